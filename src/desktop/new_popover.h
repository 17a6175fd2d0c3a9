/* new_popover.h - JdNewPopover: one entry that opens a room, a person in the lobby, or an address.
 * Owns: nothing. Threads: the main one. Errors: told by the window. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/account.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_NEW_POPOVER (jd_new_popover_get_type())
G_DECLARE_FINAL_TYPE(JdNewPopover, jd_new_popover, JD, NEW_POPOVER, GtkPopover)

void jd_new_popover_set_account(JdNewPopover *self, JdAccount *account);

G_END_DECLS
