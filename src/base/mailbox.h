/* mailbox.h - letters from any thread to one thread, in the order each sender sent them.
 * Owns: its eventfd and the letters not yet opened. Threads: mailbox_post from any; all else only
 * from the owner. Errors: start-up only. Tests: tests/unit/base/test_mailbox.c (TSan)
 *
 * No locks: posting pushes on an atomic stack; the owner takes the whole stack, turns it round and
 * opens the letters. Only a post into an empty mailbox writes to the eventfd: one wake-up a batch.
 */
#pragma once

#include "base/attributes.h"

#include <stdatomic.h>
#include <stddef.h>

/* Lives at the front of whatever is sent; `open` gets the letter back, in the owner's thread, and
 * owns it from then on. `context` is what the owner passed to mailbox_open_all. */
struct letter {
    struct letter *_next;
    void (*open)(struct letter *letter, void *context);
};

struct mailbox {
    _Atomic(struct letter *) _top;
    int _event_fd;
};

MUST_CHECK int mailbox_init(struct mailbox *mailbox);

/* Must be empty: open what is left first. */
void mailbox_fini(struct mailbox *mailbox);

/* Becomes readable when there are letters: for epoll. */
int mailbox_fd(const struct mailbox *mailbox);
void mailbox_post(struct mailbox *mailbox, struct letter *letter);

/* Opens every letter that was there on entry; returns how many. */
size_t mailbox_open_all(struct mailbox *mailbox, void *context);
