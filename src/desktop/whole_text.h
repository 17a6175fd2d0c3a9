/* whole_text.h - JdWholeText: all of a text that is too long for a row of the conversation, in a
 * box of its own that scrolls. Only what is seen of it is laid out, so it may be of any length.
 * Owns: a copy of the text. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_long_text.c */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_WHOLE_TEXT (jd_whole_text_get_type())
G_DECLARE_FINAL_TYPE(JdWholeText, jd_whole_text, JD, WHOLE_TEXT, GtkWidget)

GtkWidget *jd_whole_text_new(void);

/* NULL: shows nothing and holds nothing. */
void jd_whole_text_set_text(JdWholeText *self, const char *text);

G_END_DECLS
