/* xep0198_acks.h - the server's word that it has got a message.
 * Owns: what is not acknowledged yet. Threads: the account's. Errors: what was not acknowledged
 * when the stream broke stays pending and is sent once more. Spec: XEP-0198 3, 4 (no resumption).
 * Tests: tests/unit/client/test_account.c
 *
 * With a server that has no stream management a ping behind the messages does the same (RFC 6120
 * 10.1: a server deals with one client's stanzas in order). */
#pragma once

#include "client/account_private.h"
#include "xmpp/stanza.h"

/* The message that was just sent: pending until the server acknowledges it. */
void acks_follow(JdAccount *account, JdMessage *message);

/* Whether it is on its way already. */
gboolean acks_is_following(JdAccount *account, JdMessage *message);

/* Counts an incoming stanza; true if it was stream management's own. */
bool acks_take(JdAccount *account, const struct stanza *stanza);
