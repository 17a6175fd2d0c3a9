/* colour.h - the colour of a name: the same in every client that follows XEP-0392.
 * Owns: nothing. Threads: any. Errors: none. Spec: XEP-0392 5 (angle from SHA-1, HSLuv).
 * Tests: tests/unit/client/test_colour.c (the XEP's vectors) */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    double red, green, blue; /* 0 to 1 */
} JdColour;

/* `dark` gives a lighter tone that keeps 4.5:1 contrast on dark backgrounds. */
JdColour jd_colour_for_name(const char *name, gboolean dark);

G_END_DECLS
