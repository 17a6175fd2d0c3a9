/* sign_in_guard.h - makes guessing passwords slow, per network and per account.
 * Owns: itself. Threads: any (atomic). Time: monotonic us, passed in. Errors: none.
 * Spec: RFC 6120 6.4.5, 13.8; XEP-0205. Tests: tests/unit/server/test_sign_in_guard.c
 *
 * A failure is answered late: the more of them there were of late for that account or from that
 * network, the later. Names that do not exist count like others, so nothing is learnt from the
 * wait. An account is never locked: whoever knows its password gets in at once, unless the network
 * they come from has been guessing a lot; then every attempt from there waits a moment before it is
 * even looked at, so that guessing does not get quicker by hanging up early.
 *
 * Counts are kept in sketches of fixed size (see address_counts.h) and halve every minute. */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

struct sign_in_guard;

MUST_CHECK struct sign_in_guard *sign_in_guard_new(void);
void sign_in_guard_free(struct sign_in_guard *guard);

/* How long an attempt from there has to wait before it is looked at. */
int64_t sign_in_guard_wait_us(struct sign_in_guard *guard, struct str network, int64_t now_us);

/* Counts a failure; returns how long to hold its answer back. `account` may be empty. */
int64_t sign_in_guard_failed(struct sign_in_guard *guard,
                             struct str network,
                             struct str account,
                             int64_t now_us);
