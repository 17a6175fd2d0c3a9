/* write_queue.c - a ring of pieces. A piece is a view of a shared block or of a chunk of copies. */
#include "server/net/write_queue.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

enum {
    PIECES_FIRST = 8,
    COPY_MAX = 512,     /* bytes: what is longer is shared */
    CHUNK_FIRST = 1000, /* small enough for the allocator's quickest way */
    CHUNK_MAX = 16 * 1024
};

/* Copied bytes; several pieces may view parts of it. */
struct write_chunk {
    uint32_t refs; /* pieces, and one while it is the queue's current chunk */
    uint32_t used, capacity;
    char bytes[];
};

struct write_piece {
    const char *data;
    size_t length;
    struct block *block; /* one of these two is set */
    struct write_chunk *chunk;
};

void
write_queue_init(struct write_queue *queue)
{
    *queue = (struct write_queue){ 0 };
}

static void
chunk_unref(struct write_chunk *chunk)
{
    if (chunk && --chunk->refs == 0)
        free(chunk);
}

static struct write_piece *
piece_at(const struct write_queue *queue, uint32_t index)
{
    return &queue->_pieces[(queue->_first + index) & (queue->_capacity - 1)];
}

static void
drop_first(struct write_queue *queue)
{
    struct write_piece *piece = piece_at(queue, 0);

    block_unref(piece->block);
    chunk_unref(piece->chunk);
    queue->_first = (queue->_first + 1) & (queue->_capacity - 1);
    queue->_count--;
}

static void
release(struct write_queue *queue)
{
    assert(queue->_count == 0 && queue->_bytes == 0);
    free(queue->_pieces);
    chunk_unref(queue->_chunk);
    queue->_pieces = NULL;
    queue->_capacity = queue->_first = 0;
    queue->_chunk = NULL;
}

void
write_queue_fini(struct write_queue *queue)
{
    while (queue->_count > 0)
        drop_first(queue);
    queue->_bytes = 0;
    release(queue);
}

static void
grow(struct write_queue *queue)
{
    uint32_t capacity = queue->_capacity ? queue->_capacity * 2 : PIECES_FIRST;
    struct write_piece *pieces = memory_resize(NULL, capacity, sizeof(*pieces));

    for (uint32_t i = 0; i < queue->_count; i++)
        pieces[i] = *piece_at(queue, i);
    free(queue->_pieces);
    queue->_pieces = pieces;
    queue->_capacity = capacity;
    queue->_first = 0;
}

static void
append(struct write_queue *queue, struct write_piece piece)
{
    if (queue->_count == queue->_capacity)
        grow(queue);
    queue->_count++;
    *piece_at(queue, queue->_count - 1) = piece;
}

/* A chunk for at least some of `wanted` bytes; larger the more is waiting already. */
static void
new_chunk(struct write_queue *queue, size_t wanted)
{
    size_t capacity = wanted > queue->_bytes ? wanted : queue->_bytes;
    struct write_chunk *chunk;

    if (capacity < CHUNK_FIRST)
        capacity = CHUNK_FIRST;
    if (capacity > CHUNK_MAX)
        capacity = CHUNK_MAX;
    chunk = memory_resize(NULL, sizeof(*chunk) + capacity, 1);
    *chunk = (struct write_chunk){ .refs = 1, .capacity = (uint32_t)capacity };
    chunk_unref(queue->_chunk);
    queue->_chunk = chunk;
}

/* `length` bytes have been written behind what was used of the current chunk. */
static void
append_copied(struct write_queue *queue, size_t length)
{
    struct write_chunk *chunk = queue->_chunk;
    const char *data = chunk->bytes + chunk->used;
    struct write_piece *last = queue->_count > 0 ? piece_at(queue, queue->_count - 1) : NULL;

    chunk->used += (uint32_t)length;
    if (last && last->chunk == chunk && last->data + last->length == data) {
        last->length += length;
        return;
    }
    chunk->refs++;
    append(queue, (struct write_piece){ .data = data, .length = length, .chunk = chunk });
}

void
write_queue_copy(struct write_queue *queue, struct str bytes)
{
    while (bytes.len > 0) {
        size_t room, length;

        if (!queue->_chunk || queue->_chunk->used == queue->_chunk->capacity)
            new_chunk(queue, bytes.len);
        room = queue->_chunk->capacity - queue->_chunk->used;
        length = bytes.len < room ? bytes.len : room;
        memcpy(queue->_chunk->bytes + queue->_chunk->used, bytes.data, length);
        append_copied(queue, length);
        queue->_bytes += length;
        bytes = str_slice(bytes, length, bytes.len);
    }
}

void
write_queue_share(struct write_queue *queue, struct block *block, size_t offset, size_t length)
{
    struct str bytes = block_str(block);

    assert(offset <= bytes.len && length <= bytes.len - offset);
    bytes = str_slice(bytes, offset, offset + length);
    if (length <= COPY_MAX) {
        write_queue_copy(queue, bytes);
        return;
    }
    append(queue,
           (struct write_piece){ .data = bytes.data, .length = length, .block = block_ref(block) });
    queue->_bytes += length;
}

size_t
write_queue_bytes(const struct write_queue *queue)
{
    return queue->_bytes;
}

size_t
write_queue_front(const struct write_queue *queue,
                  struct iovec *ret_iov,
                  size_t iov_max,
                  size_t bytes_max)
{
    size_t count = 0;

    for (; count < iov_max && count < queue->_count && bytes_max > 0; count++) {
        const struct write_piece *piece = piece_at(queue, (uint32_t)count);
        size_t length = piece->length < bytes_max ? piece->length : bytes_max;
        union {
            const char *from;
            void *to;
        } base = { .from = piece->data }; /* writev() only reads, but does not say so */

        ret_iov[count] = (struct iovec){ .iov_base = base.to, .iov_len = length };
        bytes_max -= length;
    }
    return count;
}

struct str
write_queue_gather(const struct write_queue *queue, char *scratch, size_t max)
{
    size_t length = 0;

    if (queue->_count == 0)
        return STR_EMPTY;
    if (queue->_count == 1 || piece_at(queue, 0)->length >= max)
        return str_slice((struct str){ piece_at(queue, 0)->data, piece_at(queue, 0)->length }, 0,
                         max);
    for (uint32_t i = 0; i < queue->_count && length < max; i++) {
        const struct write_piece *piece = piece_at(queue, i);
        size_t part = piece->length < max - length ? piece->length : max - length;

        memcpy(scratch + length, piece->data, part);
        length += part;
    }
    return (struct str){ scratch, length };
}

void
write_queue_consume(struct write_queue *queue, size_t count)
{
    assert(count <= queue->_bytes);
    queue->_bytes -= count;
    while (count > 0) {
        struct write_piece *piece = piece_at(queue, 0);

        if (piece->length > count) {
            piece->data += count;
            piece->length -= count;
            return;
        }
        count -= piece->length;
        drop_first(queue);
    }
    if (queue->_count == 0)
        release(queue);
}
