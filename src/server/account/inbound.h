/* inbound.h - stanzas for an account that wait: some for the archive, the others for those.
 * Owns: the stanzas, by reference, with their settlement held. Threads: the account's home worker.
 * Time: none. Errors: none. Spec: RFC 6120 10.1 (order). Tests: tests/interop/test_archive.py
 *
 * What is archived is given to the store at once, and goes on when it is there. Whatever comes
 * meanwhile goes on behind it, so that nothing is overtaken. */
#pragma once

#include "base/list.h"
#include "xmpp/stanza.h"

struct account;

struct inbound {
    struct list items; /* struct inbound_item, the oldest first */
    size_t count;
};

struct inbound_item {
    struct list link;
    struct stanza *stanza; /* what goes on; NULL: nothing any more */
    bool ready;
};

/* As many stanzas as may wait; whoever sends more is told to try again. */
#define INBOUND_MAX ((size_t)10000)

void inbound_init(struct inbound *inbound);
void inbound_clear(struct inbound *inbound);

static inline bool
inbound_is_empty(const struct inbound *inbound)
{
    return inbound->count == 0;
}

/* At the end of the line. `ready`: it waits only for those before it. */
struct inbound_item *inbound_add(struct inbound *inbound, struct stanza *stanza, bool ready);

/* The first one, if it may go: taken out, its reference and its hold are the caller's. NULL when
 * there is none. */
struct stanza *inbound_take(struct inbound *inbound);

/* Nothing goes on in its place. */
void inbound_drop(struct inbound_item *item);
