/* xep0280_carbons.h - what our other devices say and hear.
 * Owns: nothing. Threads: the account's. Errors: forged copies go nowhere. Spec: XEP-0280.
 * Tests: tests/unit/client/test_router.c, tests/interop/test_history.py */
#pragma once

#include "client/account_private.h"
#include "xmpp/stanza.h"

/* True if it was one, or pretended to be. */
bool carbons_take(JdAccount *account, const struct stanza *stanza);
