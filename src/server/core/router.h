/* router.h - one question: whose JID is `to`? Then the stanza goes to that entity's worker.
 * Owns: what is under way. Threads: called on any worker with that worker as `from`.
 * Time: none. Errors: as stanza errors to the sender. Spec: RFC 6120 8.1.1, 10.
 * Tests: tests/unit/server/test_router.c
 *
 * Order: what one sender sends to one recipient arrives in the order it was sent, because both ways
 * (the worker's own arrivals list, another worker's mailbox) keep order and one pair always takes
 * the same way. Nothing is received inside router_route(): it only queues, so there is no
 * recursion. */
#pragma once

#include "server/core/worker.h"
#include "xmpp/stanza.h"

/* Takes the reference. The stanza is sealed (routing seals it if it is not) and has from and to. */
void router_route(struct worker *from, struct stanza *stanza);

/* Answers `request` with an error from its addressee to its sender; does nothing when it may not be
 * answered, or was delivered before. */
void router_reply_error(struct worker *from, const struct stanza *request, int error);
void router_reply_condition(struct worker *from,
                            const struct stanza *request,
                            const char *condition,
                            struct str text);

/* Hands in everything that has arrived for this worker's entities; the worker's loop calls it. */
void router_deliver_arrivals(struct worker *worker);

/* ---- one message to many (rooms) ---- */

/* A list of recipients of the same bytes. Takes nothing; `wire` is referenced as needed. */
struct fanout_recipient {
    struct jid to; /* full JID of a local session */
};

/* Sends `wire` to each recipient's session, one letter per worker whatever their number. A session
 * that has gone meanwhile is skipped: its owner hears of it by the unavailable presence its account
 * sends. `kind` is for client state and counters. The recipients' order does not matter. */
void router_fanout(struct worker *from,
                   const struct stanza_wire *wire,
                   enum stanza_kind kind,
                   const struct fanout_recipient *recipients,
                   size_t count);
