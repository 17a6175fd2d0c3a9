/* retraction.h - what takes back a message that is in an archive, and who may.
 * Owns: nothing. Threads: any. Time: wall clock, passed in. Errors: none. Spec: XEP-0424 3, 4.
 * Tests: tests/interop/test_archive.py */
#pragma once

#include "server/store/store_archive.h"
#include "xmpp/stanza.h"

/* The <retract/> of a message, NULL when it takes back nothing. */
const struct element *retraction_of(const struct stanza *message);

/* Fills in how `message`, whose contact is known, is found again by the id that its sender gave it.
 * In a private message from a room it is the occupant who says so, not the room. */
void origin_fill(struct store_archive_add *add, const struct stanza *message);

/* Fills in what the store does when `message`, which is added with `add`, takes something back. In
 * a room it is named by the room's id, elsewhere by the id that its sender gave it. */
void retraction_fill(struct store_archive_add *add,
                     const struct store *store,
                     const struct stanza *message,
                     int64_t now_us);
