/* account_history.h - an account's history, and catching up with its archives.
 * Owns: the history, the plan, and what is asked. Threads: the account's. Errors: none told; what
 * could not be fetched is a gap still. Spec: XEP-0313. Tests: tests/interop/test_history.py */
#pragma once

#include "client/account_private.h"
#include "client/history.h"

/* A conversation of the account: what was said in it comes from the history from now on. Those with
 * people who have no address of their own (in a room, guests) are not kept. */
void account_history_attach(JdAccount *account, JdConversation *conversation);

/* The person does not want to see it any more. */
void account_history_put_away(JdAccount *account, JdConversation *conversation);

/* We are in a room (again), and have missed what was said meanwhile. */
void account_history_joined(JdAccount *account, JdConversation *room);
