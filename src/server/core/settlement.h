/* settlement.h - tells a sender's session when a stanza is dealt with for good.
 * Owns: itself, by its holds. Threads: hold and release from any worker (atomic).
 * Time: none. Errors: none. Spec: XEP-0198 4 (`h` counts what is handled).
 * Tests: tests/unit/server/test_settlement.c
 *
 * A stanza is dealt with when it was delivered, answered with an error, or when what must last is
 * committed. The session holds it until session_home->receive() returns, the router from
 * router_route() to the end of the entity's receive(); whoever stores it takes another hold until
 * the commit. When the last hold goes, the session is told (by a letter, if it lives on another
 * worker) and moves `h` on when everything before is settled too. */
#pragma once

#include "xmpp/stanza.h"

struct worker;

/* Hangs a settlement on the stanza, which is stamped with its sender's full JID and not sealed yet:
 * with one hold, which is the caller's. On `home`, `sequence` comes back in session_settled() for
 * the session with that JID, if it is still the one with that number. */
void settlement_begin(struct stanza *stanza,
                      struct worker *home,
                      uint64_t session_number,
                      uint32_t sequence);

/* Hangs the settlement of `origin` on a copy that is not sealed yet: with one hold, which is the
 * caller's. Until the copy's last hold goes, the origin is held (and referred to). */
void settlement_follow(struct stanza *copy, struct stanza *origin);

/* A stanza without settlement is fine in both. Whoever holds it has a reference to it as well. */
void settlement_hold(struct stanza *stanza);
void settlement_release(struct stanza *stanza);
