/* composer.h - JdComposer: where messages are written: grows with the text, Return sends.
 * Owns: the text. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_COMPOSER (jd_composer_get_type())
G_DECLARE_FINAL_TYPE(JdComposer, jd_composer, JD, COMPOSER, GtkWidget)

/* Signal "send" (string): trimmed and not empty; the composer is empty again afterwards. */
void jd_composer_set_hint(JdComposer *self, const char *hint);
void jd_composer_set_text(JdComposer *self, const char *text);
char *jd_composer_dup_text(JdComposer *self);
void jd_composer_open_emoji(JdComposer *self);

/* Members whose nickname Tab completes; NULL = none. */
void jd_composer_set_members(JdComposer *self, GListModel *members);

G_END_DECLS
