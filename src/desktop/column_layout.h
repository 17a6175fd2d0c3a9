/* column_layout.h - JdColumnLayout: children above each other in one place, with a natural width of
 * our choice. AdwLeaflet and AdwFlap fold by natural widths; what is inside would like any width.
 * Owns: nothing. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_COLUMN_LAYOUT (jd_column_layout_get_type())
G_DECLARE_FINAL_TYPE(JdColumnLayout, jd_column_layout, JD, COLUMN_LAYOUT, GtkLayoutManager)

/* Property "natural-width" int: in pixels. */

G_END_DECLS
