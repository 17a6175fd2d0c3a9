/* settlement.h - tells a sender's session when a stanza is dealt with for good.
 * Owns: itself, by its holds. Threads: hold and release from any worker (atomic).
 * Time: none. Errors: none. Spec: XEP-0198 4 (`h` counts what is handled).
 * Tests: tests/unit/server/test_settlement.c
 *
 * A stanza is dealt with when it was delivered, answered with an error, or when what must last is
 * committed. The router holds it from the session to the end of the entity's receive(); whoever
 * stores it takes another hold until the commit. When the last hold goes, a letter tells the
 * session, which moves `h` on when everything before is settled too. */
#pragma once

#include "xmpp/stanza.h"

struct worker;

/* Hangs a settlement on the stanza (before it is routed): with one hold, which router_route takes
 * over. `session_number` and `sequence` come back in session_settled(). */
void settlement_begin(struct stanza *stanza, struct worker *home, struct str session_jid,
                      uint32_t sequence);

/* A stanza without settlement is fine in both. */
void settlement_hold(struct stanza *stanza);
void settlement_release(struct stanza *stanza);
