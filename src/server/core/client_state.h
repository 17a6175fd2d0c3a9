/* client_state.h - what an inactive client need not hear at once (XEP-0352), as a value.
 * Owns: a reference to each stanza that is held back. Threads: one owner at a time. Time: none.
 * Errors: none. Spec: XEP-0352 3, 5. Tests: tests/unit/server/test_client_state.c
 *
 * Presence and chat states (XEP-0085) are held back, the newest of each sender. Everything else
 * matters: before it goes, what was held back goes, so that nothing overtakes anything of the same
 * sender. A detached session (XEP-0198) is as good as inactive. */
#pragma once

#include "base/block.h"
#include "base/list.h"
#include "base/map.h"

struct client_state {
    bool inactive;
    struct map _by_sender;
    struct list _held; /* the one that was changed longest ago first */
    size_t _bytes;
};

struct held_stanza {
    struct block *block; /* a reference */
    size_t to_offset;    /* see sm_queue.h */
};

void client_state_init(struct client_state *state);
void client_state_fini(struct client_state *state);

/* Holds back a stanza (as it would be sent) if the client is inactive and it may wait; takes a
 * reference of its own then. False: it must be sent, after all that client_state_pop() gives. */
bool client_state_hold(struct client_state *state, struct block *block, size_t to_offset);

/* Takes out the next that was held back, with its reference. */
bool client_state_pop(struct client_state *state, struct held_stanza *ret);
