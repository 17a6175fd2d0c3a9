/* sidebar.h - JdSidebar: who I am, and my conversations.
 * Owns: nothing of the protocol. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/account.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_SIDEBAR (jd_sidebar_get_type())
G_DECLARE_FINAL_TYPE(JdSidebar, jd_sidebar, JD, SIDEBAR, GtkWidget)

/* Properties: "selected" JdConversation (notifies), "folded" boolean: it fills the window. */
void jd_sidebar_set_account(JdSidebar *self, JdAccount *account);
void jd_sidebar_select(JdSidebar *self, JdConversation *conversation);
JdConversation *jd_sidebar_get_selected(JdSidebar *self); /* borrowed, may be NULL */

/* The next (1) or previous (-1) conversation, or the next with something unread. */
void jd_sidebar_step(JdSidebar *self, int direction, gboolean unread);

void jd_sidebar_focus_list(JdSidebar *self);
void jd_sidebar_open_filter(JdSidebar *self);
void jd_sidebar_open_new(JdSidebar *self);
void jd_sidebar_open_nickname(JdSidebar *self);

G_END_DECLS
