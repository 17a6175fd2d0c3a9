/* conversation_row.h - JdConversationRow: one conversation in the list, 64 pixels high.
 * Owns: a reference to its conversation. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/conversation.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_CONVERSATION_ROW (jd_conversation_row_get_type())
G_DECLARE_FINAL_TYPE(JdConversationRow, jd_conversation_row, JD, CONVERSATION_ROW, GtkListBoxRow)

/* Property "conversation". */
GtkWidget *jd_conversation_row_new(JdConversation *conversation);
JdConversation *jd_conversation_row_get_conversation(JdConversationRow *self);

/* Time has passed: says "5 min" anew. */
void jd_conversation_row_refresh_time(JdConversationRow *self);

G_END_DECLS
