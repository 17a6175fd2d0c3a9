/* sm_queue.h - what was sent to a client and not yet acknowledged by it (XEP-0198), as a value.
 * Owns: its ring, a reference to the bytes of each entry and a hold on its parcel. Threads: one
 * owner at a time. Time: passed in, wall clock. Errors: as enum sm_ack.
 * Spec: XEP-0198 4 and 5. Tests: tests/unit/server/test_sm_queue.c
 *
 * Counts are modulo 2^32, as XEP-0198 4 wants them. An empty queue holds no memory. */
#pragma once

#include "base/attributes.h"
#include "base/block.h"

struct parcel;
struct buffer;

/* `to_offset` of an entry whose bytes have their own `to`. */
#define SM_WHOLE SIZE_MAX

struct sm_entry {
    struct block *block;   /* a reference; the stanza as it was sent */
    size_t to_offset;      /* where the session's own address goes, or SM_WHOLE */
    int64_t sent_us;       /* wall: the first time */
    struct parcel *parcel; /* a hold, or NULL: who else was given the same message */
};

struct sm_queue {
    struct sm_entry *_ring;
    size_t _capacity, _first;
    size_t count;  /* entries */
    size_t bytes;  /* what they weigh */
    uint32_t sent; /* stanzas so far, the acknowledged ones included */
};

enum sm_ack {
    SM_ACK_OK,
    SM_ACK_OLD,      /* less than was acknowledged before: nothing changes */
    SM_ACK_TOO_HIGH, /* more than was sent: nothing changes */
};

void sm_queue_init(struct sm_queue *queue);

/* What is still in it is forgotten, as if it had not been acknowledged. */
void sm_queue_fini(struct sm_queue *queue);

/* Counts a stanza and takes over the entry's references. */
void sm_queue_push(struct sm_queue *queue, struct sm_entry entry);

/* The entry at `index`, 0 being the oldest. */
const struct sm_entry *sm_queue_at(const struct sm_queue *queue, size_t index);

/* The number of stanzas acknowledged so far. */
uint32_t sm_queue_acked(const struct sm_queue *queue);

/* What would sm_queue_ack() say? */
enum sm_ack sm_queue_check(const struct sm_queue *queue, uint32_t h);

/* XEP-0198 4: everything up to `h` has arrived. */
MUST_CHECK enum sm_ack sm_queue_ack(struct sm_queue *queue, uint32_t h);

/* Takes the oldest out, with its references; it has not been acknowledged and does not count as
 * such. False when there is none. */
bool sm_queue_pop(struct sm_queue *queue, struct sm_entry *ret);

/* Appends to `out` what is sent once more: `bytes` (a whole stanza, as it was sent) with a note of
 * when it was sent the first time (XEP-0203), unless it has one already or is an IQ. */
void sm_write_again(struct buffer *out, struct str bytes, struct str domain, int64_t sent_us);
