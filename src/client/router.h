/* router.h - where an incoming stanza goes, and which ones go nowhere.
 * Owns: nothing. Threads: the account's. Errors: strangers' requests get an error reply, other
 * hostile input silence. Spec: RFC 6120 8.2.3, 8.4, 10.3; XEP-0280 11, XEP-0297 (not ours).
 * Tests: tests/unit/client/test_router.c */
#pragma once

#include "client/account_private.h"
#include "xmpp/stanza.h"

void router_take(JdAccount *account, const struct stanza *stanza);
