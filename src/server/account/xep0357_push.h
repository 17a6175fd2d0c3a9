/* xep0357_push.h - telling a user's app servers that something waits for him.
 * Owns: nothing. Threads: the account's home worker. Time: none. Errors: a service that refuses is
 * forgotten. Spec: XEP-0357. Tests: tests/interop/test_push.py */
#pragma once

#include "server/account/account.h"

/* Takes over what was loaded; forgets it. */
void push_load(struct account *account, const struct store_account_load *load);
void push_forget(struct account *account);

/* No session takes this message now: says so to the user's services. For messages that came while
 * nobody was there it is called already; whoever keeps one for a session without connection
 * (XEP-0198 5) calls it as well. */
void push_notify(struct account *account, const struct stanza *message);
