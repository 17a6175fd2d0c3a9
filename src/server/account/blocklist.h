/* blocklist.h - the addresses an account has blocked, in memory.
 * Owns: its items. Threads: the account's home worker. Time: none. Errors: none. Spec: XEP-0191 5.
 * Tests: tests/unit/server/test_blocklist.c */
#pragma once

#include "base/map.h"
#include "xmpp/jid.h"

struct blocklist {
    struct map items; /* by address */
};

void blocklist_init(struct blocklist *list);
void blocklist_fini(struct blocklist *list);

/* An address as jid.full: of a user, one of his sessions, a domain, or what is at one. */
void blocklist_add(struct blocklist *list, struct str address);
void blocklist_remove(struct blocklist *list, struct str address);
void blocklist_clear(struct blocklist *list);
bool blocklist_has(const struct blocklist *list, struct str address);
size_t blocklist_count(const struct blocklist *list);

/* Is the address blocked, by itself or by what it belongs to? */
bool blocklist_matches(const struct blocklist *list, struct jid jid);

/* Does the one item match? */
bool blocklist_item_matches(struct jid item, struct jid jid);

/* Walking: the empty address is before the first and behind the last. */
struct str blocklist_next(const struct blocklist *list, struct str address);
