/* sign_in_guard.h - makes guessing passwords slow, per network and per account.
 * Owns: itself. Threads: any (a lock; never on the message path). Time: monotonic us, passed in.
 * Errors: E_LIMIT when there is no place left in the line. Spec: RFC 6120 6.4.5, 13.8; XEP-0205.
 * Tests: tests/unit/server/test_sign_in_guard.c, tests/interop/test_guessing.py
 *
 * What is rationed is answers. The answer to a wrong password is held back: the more of them there
 * were of late for that account or from that network, the longer. Answers to one network, and those
 * about one account, stand in one line, so a hundred connections learn no more than one; when the
 * line is too long an attempt is refused, and nobody learns whether the password was right: where
 * it comes in the clear it is not even looked at, so guessing costs us no hashing either. Hanging
 * up early brings nothing: the place in the line is taken.
 *
 * A right password stands in the line, too, if it comes from a network that has been guessing: else
 * silence would be an answer. But whoever has signed in to this account from this network before is
 * let in at once, unless that account is being guessed from there just now. So an attacker behind
 * the same address translation keeps out nobody who is at home there, and nobody who is elsewhere.
 *
 * Names that do not exist count like others: nothing is learnt from the wait. Counts halve every
 * minute; they and the lines are kept in sketches of fixed size (see address_counts.h), the
 * acquaintances in a table of fixed size in which the oldest makes place. */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

#include <stdbool.h>

struct sign_in_guard;

MUST_CHECK struct sign_in_guard *sign_in_guard_new(void);
void sign_in_guard_free(struct sign_in_guard *guard);

/* Will an attempt be refused, whatever the password is? */
bool sign_in_guard_is_full(struct sign_in_guard *guard,
                           struct str network,
                           struct str account,
                           int64_t now_us);

/* The password was wrong, or right: how long to hold the answer back. E_LIMIT: refuse. `account`
 * may be empty. */
MUST_CHECK int sign_in_guard_wrong(struct sign_in_guard *guard,
                                   struct str network,
                                   struct str account,
                                   int64_t now_us,
                                   int64_t *ret_wait_us);
MUST_CHECK int sign_in_guard_right(struct sign_in_guard *guard,
                                   struct str network,
                                   struct str account,
                                   int64_t now_us,
                                   int64_t *ret_wait_us);
