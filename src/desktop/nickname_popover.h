/* nickname_popover.h - JdNicknamePopover: what do you want to be called? Closes when it is so.
 * Owns: nothing. Threads: the main one. Errors: shown under the entry. Spec: XEP-0045 7.6.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/account.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_NICKNAME_POPOVER (jd_nickname_popover_get_type())
G_DECLARE_FINAL_TYPE(JdNicknamePopover, jd_nickname_popover, JD, NICKNAME_POPOVER, GtkPopover)

void jd_nickname_popover_set_account(JdNicknamePopover *self, JdAccount *account);

G_END_DECLS
