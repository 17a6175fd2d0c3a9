/* affiliations.h - who belongs to a room for longer than a visit, and the nicknames kept for them.
 * Owns: its entries. Threads: the room's. Time: none. Errors: E_FULL past the limit.
 * Spec: XEP-0045 5.2, 7.10, 7.12. Tests: tests/interop/test_muc.py */
#pragma once

#include "base/map.h"
#include "server/room/privileges.h"

/* Entries of one room. */
#define AFFILIATIONS_MAX ((size_t)10000)

struct affiliation_entry {
    struct map_node node; /* by bare JID */
    char *jid;            /* owned */
    char *nick;           /* owned; reserved for them; "" = none */
    char *nick_key;       /* owned; nickname_key() of it; "" = none */
    enum affiliation affiliation;
};

struct affiliations {
    struct map entries;
};

void affiliations_init(struct affiliations *affiliations);
void affiliations_clear(struct affiliations *affiliations);

enum affiliation affiliations_get(const struct affiliations *affiliations, struct str bare);

/* Sets or, with AFFILIATION_NONE, forgets. An outcast keeps no nickname (9.1). */
MUST_CHECK int affiliations_set(struct affiliations *affiliations,
                                struct str bare,
                                enum affiliation affiliation,
                                struct str nick);

/* The nickname kept for somebody; empty when there is none. */
struct str affiliations_nick(const struct affiliations *affiliations, struct str bare);

/* Is the nickname, or one that people take for it (RFC 8266), kept for somebody else than `bare`?
 * O(entries). */
bool affiliations_nick_is_anothers(const struct affiliations *affiliations,
                                   struct str nick,
                                   struct str bare);

size_t affiliations_count(const struct affiliations *affiliations, enum affiliation affiliation);

/* Walks all entries; NULL starts, NULL ends. */
const struct affiliation_entry *affiliations_next(const struct affiliations *affiliations,
                                                  const struct affiliation_entry *entry);
