/* message_row.h - JdMessageRow: something said: who, when, what, and whether it arrived.
 * Rows are reused: they show whatever line they are given.
 * Owns: a reference to its line. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/conversation.h"
#include "desktop/line.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_MESSAGE_ROW (jd_message_row_get_type())
G_DECLARE_FINAL_TYPE(JdMessageRow, jd_message_row, JD, MESSAGE_ROW, GtkWidget)

GtkWidget *jd_message_row_new(void);

/* NULL: shows nothing and holds nothing. */
void jd_message_row_set_line(JdMessageRow *self, JdLine *line);

G_END_DECLS
