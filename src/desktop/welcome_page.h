/* welcome_page.h - JdWelcomePage: the card where somebody says who and where they are.
 * Owns: nothing of the protocol. Threads: the main one. Errors: shown under the field they concern.
 * Spec: none. Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/account.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define JD_TYPE_WELCOME_PAGE (jd_welcome_page_get_type())
G_DECLARE_FINAL_TYPE(JdWelcomePage, jd_welcome_page, JD, WELCOME_PAGE, GtkWidget)

void jd_welcome_page_set_account(JdWelcomePage *self, JdAccount *account);

/* NULL and 0 stand for what was used last, then for what is usual. */
void
jd_welcome_page_prefill(JdWelcomePage *self, const char *server, guint port, const char *nickname);

/* It worked: keeps server, port and nickname for the next time and forgets the password. */
void jd_welcome_page_remember(JdWelcomePage *self);

G_END_DECLS
