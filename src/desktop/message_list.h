/* message_list.h - JdMessageList: the messages of a conversation, newest at the bottom.
 * Stays at the bottom while it is there; scrolled up, it keeps its place and counts what is new.
 * Owns: the timeline. Threads: the main one. Errors: none. Cost: rows on screen, not messages.
 * Spec: none. Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/conversation.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_MESSAGE_LIST (jd_message_list_get_type())
G_DECLARE_FINAL_TYPE(JdMessageList, jd_message_list, JD, MESSAGE_LIST, GtkWidget)

/* What is seen (at the bottom, in the active window) is marked as read. */
void jd_message_list_set_conversation(JdMessageList *self, JdConversation *conversation);

void jd_message_list_scroll_to_bottom(JdMessageList *self);
gboolean jd_message_list_is_at_bottom(JdMessageList *self);

G_END_DECLS
