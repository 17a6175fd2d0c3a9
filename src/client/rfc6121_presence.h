/* rfc6121_presence.h - that we are here, and whether others are.
 * Owns: nothing. Threads: the account's. Errors: none. Spec: RFC 6121 4.
 * Tests: tests/unit/client/test_router.c */
#pragma once

#include "client/account_private.h"
#include "xmpp/stanza.h"

/* What an available or unavailable presence says; JD_SHOW_ONLINE for what it does not say. */
JdShow presence_show(const struct stanza *presence);

/* The text of <status/>, owned; NULL when there is none. */
char *presence_status(const struct stanza *presence);
