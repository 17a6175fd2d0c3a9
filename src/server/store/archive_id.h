/* archive_id.h - the names under which archived messages are given out.
 * Owns: nothing. Threads: any. Time: none. Errors: E_NOT_FOUND for what is no id of ours.
 * Spec: XEP-0313 3 ("unpredictable and unique"), XEP-0359 5 (nothing to be inferred from them).
 * Tests: tests/unit/server/test_archive_id.c
 *
 * An id is the message's key enciphered (one AES block) under a secret of the database: nothing
 * has to be stored or looked up to find one from the other, and neither the number nor the age of
 * messages shows. */
#pragma once

#include "base/attributes.h"
#include "base/str.h"

#define ARCHIVE_SECRET_BYTES 16
#define ARCHIVE_ID_BYTES     27 /* 26 characters [a-z2-7] and a NUL */

void archive_id_make(const unsigned char secret[ARCHIVE_SECRET_BYTES],
                     int64_t key,
                     char ret[ARCHIVE_ID_BYTES]);
MUST_CHECK int
archive_id_read(const unsigned char secret[ARCHIVE_SECRET_BYTES], struct str id, int64_t *ret_key);

/* A number for "this sender's message with this id", to find it again: never 0. It lasts, so it
 * must never be computed differently. */
int64_t archive_origin(struct str sender_bare, struct str message_id);
