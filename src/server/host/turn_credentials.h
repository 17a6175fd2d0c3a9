/* turn_credentials.h - a name and a password for a TURN relay that knows the same secret.
 * Owns: nothing. Threads: any. Time: wall clock, passed in. Errors: none.
 * Spec: draft-uberti-behave-turn-rest-00 2.2, as coturn does it.
 * Tests: tests/unit/server/test_turn_credentials.c */
#pragma once

#include "base/arena.h"

struct turn_credentials {
    struct str username; /* the end in seconds since 1970, a colon, and a word for the user */
    struct str password; /* base64 of HMAC-SHA-1 of the name */
};

/* The word is the same for one user each time, so that the relay can count by it, and tells the
 * relay nothing. */
struct turn_credentials
turn_credentials_make(struct arena *arena, struct str secret, struct str user, int64_t expires_us);
