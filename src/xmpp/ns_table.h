/* ns_table.h - namespace names kept once: most are ours, or the parent's.
 * Owns: the set's buckets; the names belong to the arena. Threads: one owner at a time.
 * Errors: data NULL past the arena's limit. Tests: tests/unit/xmpp/test_element.c
 *
 * A prefix of one letter can stand for a name of a thousand bytes, as often as one likes. So each
 * is copied once for a tree and no oftener. */
#pragma once

#include "base/arena.h"
#include "base/map.h"

/* The names that were copied for one tree. */
struct ns_set {
    struct map _names;
};

void ns_set_init(struct ns_set *set);

/* The names stay valid as long as their arena. */
void ns_set_fini(struct ns_set *set);

/* The same namespace name, valid as long as the arena: `near` (already in it) when equal, else a
 * constant of ns.h, else a copy. */
struct str ns_keep(struct ns_set *set, struct arena *arena, struct str ns, struct str near);
