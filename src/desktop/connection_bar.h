/* connection_bar.h - JdConnectionBar: a slim line that says for how long there is no connection.
 * Owns: nothing. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/account.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_CONNECTION_BAR (jd_connection_bar_get_type())
G_DECLARE_FINAL_TYPE(JdConnectionBar, jd_connection_bar, JD, CONNECTION_BAR, GtkWidget)

void jd_connection_bar_set_account(JdConnectionBar *self, JdAccount *account);

G_END_DECLS
