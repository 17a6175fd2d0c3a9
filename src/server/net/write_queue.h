/* write_queue.h - bytes that wait to be sent, some copied here, some shared with other queues.
 * Owns: the copies, a reference to each shared block. Threads: one owner at a time. Time: none.
 * Errors: none; the owner watches write_queue_bytes(). Tests: tests/unit/server/test_write_queue.c
 *
 * Small pieces are copied one behind the other, since that is cheaper than a reference each; long
 * ones are referenced. An empty queue holds no memory. */
#pragma once

#include "base/block.h"

#include <sys/uio.h>

struct write_piece;
struct write_chunk;

struct write_queue {
    struct write_piece *_pieces; /* a ring */
    uint32_t _capacity;          /* a power of two, or 0 */
    uint32_t _first, _count;
    struct write_chunk *_chunk; /* where the next copy goes; may be NULL */
    size_t _bytes;
};

void write_queue_init(struct write_queue *queue);
void write_queue_fini(struct write_queue *queue);

void write_queue_copy(struct write_queue *queue, struct str bytes);

/* `length` bytes of the block from `offset` on; takes a reference of its own when it needs one. */
void
write_queue_share(struct write_queue *queue, struct block *block, size_t offset, size_t length);

/* Bytes in it now. */
size_t write_queue_bytes(const struct write_queue *queue);

/* The front: at most `bytes_max` bytes in at most `iov_max` parts; returns how many parts. */
size_t write_queue_front(const struct write_queue *queue,
                         struct iovec *ret_iov,
                         size_t iov_max,
                         size_t bytes_max);

/* The front as one piece of at most `max` bytes: a view of the queue when it is one already, else
 * copied to `scratch`. */
struct str write_queue_gather(const struct write_queue *queue, char *scratch, size_t max);

/* Drops `count` bytes (at most all) from the front. */
void write_queue_consume(struct write_queue *queue, size_t count);
