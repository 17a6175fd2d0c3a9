/* member_list.h - JdMemberList: who is in a room; a click on somebody opens a private conversation.
 * Owns: the groups. Threads: the main one. Errors: none. Spec: XEP-0045 5.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/conversation.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_MEMBER_LIST (jd_member_list_get_type())
G_DECLARE_FINAL_TYPE(JdMemberList, jd_member_list, JD, MEMBER_LIST, GtkWidget)

void jd_member_list_set_conversation(JdMemberList *self, JdConversation *conversation);

G_END_DECLS
