/* conversation_page.h - JdConversationPage: the open conversation: header, connection bar,
 * messages, composer, and its members at the side. Owns: the drafts. Threads: the main one. Errors:
 * none. Spec: none. Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/account.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_CONVERSATION_PAGE (jd_conversation_page_get_type())
G_DECLARE_FINAL_TYPE(JdConversationPage, jd_conversation_page, JD, CONVERSATION_PAGE, GtkWidget)

/* Properties: "conversation" JdConversation, may be NULL; "folded" boolean: it fills the window. */
void jd_conversation_page_set_account(JdConversationPage *self, JdAccount *account);
void jd_conversation_page_focus_composer(JdConversationPage *self);
void jd_conversation_page_toggle_members(JdConversationPage *self);
void jd_conversation_page_open_emoji(JdConversationPage *self);

G_END_DECLS
