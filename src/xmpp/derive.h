/* derive.h - unguessable text that is always the same for the same things, from a secret.
 * Owns: nothing. Threads: any. Time: none. Errors: none. Spec: RFC 2104.
 * Tests: tests/unit/xmpp/test_derive.c */
#pragma once

#include "base/str.h"

/* Characters there are at most: 256 bits, 5 each. */
#define DERIVE_CHARS_MAX 51

/* Fills `ret` with `count - 1` characters of [a-z2-7] and a NUL: HMAC-SHA-256 under `secret` of
 * `purpose` and the parts, none of which can be mistaken for another. */
void derive_token(struct str secret,
                  struct str purpose,
                  const struct str *parts,
                  size_t part_count,
                  char *ret,
                  size_t count);
