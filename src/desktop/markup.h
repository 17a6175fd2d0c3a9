/* markup.h - from what somebody wrote to what a label shows: links and a little styling.
 * Owns: nothing; results are the caller's. Threads: any. Errors: none: any text gives valid markup.
 * Spec: XEP-0393 6.2 (spans). Tests: tests/desktop/test_markup.c */
#pragma once

#include <glib.h>

/* Pango markup of `body`, everything foreign escaped. Web addresses become links; *strong*,
 * _emphasis_, ~struck~ and `code` are shown so, with their marks. Linear in the length. */
char *markup_from_body(const char *body);

/* Nothing but one to three emoji, which are then shown large. */
gboolean markup_is_emoji_only(const char *body);
