/* markup.h - from what somebody wrote to what a label shows: links and a little styling.
 * Owns: nothing; results are the caller's. Threads: any. Errors: none: any text gives valid markup.
 * Spec: XEP-0393 6.2 (spans). Tests: tests/desktop/test_markup.c */
#pragma once

#include <glib.h>

/* Pango markup of `body`, everything foreign escaped. Web addresses become links; *strong*,
 * _emphasis_, ~struck~ and `code` are shown so, with their marks. Linear in the length. */
char *markup_from_body(const char *body);

/* A long body is shown in part: whether this one is, and that part as plain text. */
gboolean markup_is_cut(const char *body);
char *markup_dup_shown(const char *body);

/* All of it for a text view, divided where a paragraph or a word would be too long to be laid out
 * at once; and a stretch of that as it was written. */
char *markup_in_paragraphs(const char *body);
char *markup_without_breaks(const char *shown);

/* Nothing but one to three emoji, which are then shown large. */
gboolean markup_is_emoji_only(const char *body);
