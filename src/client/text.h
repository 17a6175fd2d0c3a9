/* text.h - between the views of base/ and the NUL-terminated strings of GLib.
 * Owns: nothing. Threads: any. Errors: none. Spec: XML 1.0 2.2 (characters), UAX #9.
 * Tests: tests/unit/client/test_text.c */
#pragma once

#include "base/str.h"

#include <glib.h>

/* An owned copy; NULL stays NULL only for text_dup_or_null and an empty view. */
char *text_dup(struct str text);
char *text_dup_or_null(struct str text);

/* What may go into a message: valid UTF-8, without the control characters XML forbids, and without
 * white space around it. NULL when nothing is left. */
char *text_clean(const char *typed);

/* The first line of `body`, at most `characters` long and then with an ellipsis. */
char *text_preview(const char *body, glong characters);

/* What others wrote, for a place inside a sentence or a line of ours. Letters that run from right
 * to left would turn round what stands beside them, so that somebody else seems to speak: such a
 * text is set apart (UAX #9, isolates), without the controls that lead out of there. Others stay as
 * they are. */
char *text_isolate(const char *text);

/* Does `body` name `nickname` as a word of its own, in any case? */
gboolean text_mentions(const char *body, const char *nickname);

/* Another nickname like this one: "anna" gives "anna2", "anna2" gives "anna3". */
char *text_next_nickname(const char *nickname);
