/* iq.h - our requests, and the answers that really are answers.
 * Owns: the open requests. Threads: the account's. Errors: a request without answer is told as
 * NULL. Spec: RFC 6120 8.1.2.1, 8.2.3, 10.1. Tests: tests/unit/client/test_router.c */
#pragma once

#include "client/account_private.h"
#include "xmpp/stanza.h"

/* `answer` is an IQ of type result or error, or NULL: none in time, or the connection is gone. */
typedef void (*iq_cb)(JdAccount *account, const struct stanza *answer, gpointer data);

struct iq_table *iq_table_new(JdAccount *account);
void iq_table_free(struct iq_table *table);

/* Sends a request (takes it, unsealed; it has an id from stanza_new_iq) and calls `done` once. */
void iq_request(JdAccount *account, struct stanza *request, iq_cb done, gpointer data);

/* True if the stanza answered a request of ours. The sender has to be whom we asked (attack: an
 * answer from somebody else who guessed the id). */
bool iq_answered(JdAccount *account, const struct stanza *answer);

/* Tells every open request that there is no answer. */
void iq_forget_all(JdAccount *account);
