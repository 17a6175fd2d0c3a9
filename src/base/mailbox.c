/* mailbox.c - see mailbox.h. */
#include "base/mailbox.h"

#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int
mailbox_init(struct mailbox *mailbox)
{
    atomic_init(&mailbox->_top, NULL);
    mailbox->_event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return mailbox->_event_fd < 0 ? E_IO : 0;
}

void
mailbox_fini(struct mailbox *mailbox)
{
    assert(!atomic_load(&mailbox->_top));
    close(mailbox->_event_fd);
    mailbox->_event_fd = -1;
}

int
mailbox_fd(const struct mailbox *mailbox)
{
    return mailbox->_event_fd;
}

static void
ring(struct mailbox *mailbox)
{
    uint64_t one = 1;
    ssize_t written;

    do {
        written = write(mailbox->_event_fd, &one, sizeof(one));
    } while (written < 0 && errno == EINTR);
    /* EAGAIN would mean a full counter, which is as readable as can be. */
    assert(written == sizeof(one) || errno == EAGAIN);
}

void
mailbox_post(struct mailbox *mailbox, struct letter *letter)
{
    struct letter *top = atomic_load_explicit(&mailbox->_top, memory_order_relaxed);

    assert(letter->open);
    do {
        letter->_next = top;
        /* release: the owner sees what was written into the letter. The stack is only ever taken
         * whole, so a top that went and came back is still the right one. */
    } while (!atomic_compare_exchange_weak_explicit(&mailbox->_top, &top, letter,
                                                    memory_order_release, memory_order_relaxed));
    /* From here on the letter belongs to the owner; `top` is only compared, never followed. */
    if (!top)
        ring(mailbox);
}

static void
silence(struct mailbox *mailbox)
{
    uint64_t rings;
    ssize_t got;

    do {
        got = read(mailbox->_event_fd, &rings, sizeof(rings));
    } while (got < 0 && errno == EINTR);
    assert(got == sizeof(rings) || errno == EAGAIN);
}

/* The stack has the newest on top; letters are opened oldest first. */
static struct letter *
turn_round(struct letter *top)
{
    struct letter *oldest = NULL;

    while (top) {
        struct letter *next = top->_next;

        top->_next = oldest;
        oldest = top;
        top = next;
    }
    return oldest;
}

size_t
mailbox_open_all(struct mailbox *mailbox, void *context)
{
    struct letter *letter;
    size_t count = 0;

    /* In this order: a post after the exchange rings again, one in between rings for nothing. */
    silence(mailbox);
    letter = turn_round(atomic_exchange_explicit(&mailbox->_top, NULL, memory_order_acquire));
    for (struct letter *next; letter; letter = next, count++) {
        next = letter->_next;
        letter->open(letter, context);
    }
    return count;
}
