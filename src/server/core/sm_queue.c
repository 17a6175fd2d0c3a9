/* sm_queue.c - see sm_queue.h. */
#include "server/core/sm_queue.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "server/core/parcel.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAPACITY = 8 /* a power of two */
};

void
sm_queue_init(struct sm_queue *queue)
{
    *queue = (struct sm_queue){ 0 };
}

static struct sm_entry *
slot(const struct sm_queue *queue, size_t index)
{
    return &queue->_ring[(queue->_first + index) & (queue->_capacity - 1)];
}

static size_t
weight(const struct sm_entry *entry)
{
    return block_str(entry->block).len + sizeof(*entry);
}

static void
grow(struct sm_queue *queue)
{
    size_t capacity = queue->_capacity > 0 ? 2 * queue->_capacity : FIRST_CAPACITY;
    struct sm_entry *ring = memory_new(capacity, sizeof(*ring));

    for (size_t i = 0; i < queue->count; i++)
        ring[i] = *slot(queue, i);
    free(queue->_ring);
    queue->_ring = ring;
    queue->_capacity = capacity;
    queue->_first = 0;
}

void
sm_queue_push(struct sm_queue *queue, struct sm_entry entry)
{
    if (queue->count == queue->_capacity)
        grow(queue);
    *slot(queue, queue->count) = entry;
    queue->count++;
    queue->sent++;
    queue->bytes += weight(&entry);
}

const struct sm_entry *
sm_queue_at(const struct sm_queue *queue, size_t index)
{
    assert(index < queue->count);
    return slot(queue, index);
}

bool
sm_queue_pop(struct sm_queue *queue, struct sm_entry *ret)
{
    if (queue->count == 0)
        return false;
    *ret = *slot(queue, 0);
    queue->_first = (queue->_first + 1) & (queue->_capacity - 1);
    queue->count--;
    queue->bytes -= weight(ret);
    if (queue->count > 0)
        return true;
    free(queue->_ring);
    queue->_ring = NULL;
    queue->_capacity = queue->_first = 0;
    return true;
}

void
sm_queue_fini(struct sm_queue *queue)
{
    struct sm_entry entry;

    while (sm_queue_pop(queue, &entry)) {
        block_unref(entry.block);
        block_unref(parcel_lose(entry.parcel));
    }
}

/* ---- acknowledgements ---- */

uint32_t
sm_queue_acked(const struct sm_queue *queue)
{
    return queue->sent - (uint32_t)queue->count;
}

enum sm_ack
sm_queue_check(const struct sm_queue *queue, uint32_t h)
{
    uint32_t ahead = h - sm_queue_acked(queue);

    if (ahead <= queue->count)
        return SM_ACK_OK;
    return ahead > UINT32_MAX / 2 ? SM_ACK_OLD : SM_ACK_TOO_HIGH;
}

enum sm_ack
sm_queue_ack(struct sm_queue *queue, uint32_t h)
{
    enum sm_ack verdict = sm_queue_check(queue, h);
    struct sm_entry entry;

    while (verdict == SM_ACK_OK && sm_queue_acked(queue) != h && sm_queue_pop(queue, &entry)) {
        block_unref(entry.block);
        parcel_arrive(entry.parcel);
    }
    return verdict;
}

/* ---- sending again ---- */

/* We wrote these bytes ourselves, so a tag is where it looks as if it were. A forwarded message
 * (XEP-0297) has its own stamp inside; that is the one that counts. */
static bool
wants_stamp(struct str bytes)
{
    return !str_starts_with(bytes, STR("<iq")) &&
           !memmem(bytes.data, bytes.len, NS_DELAY.data, NS_DELAY.len);
}

static struct str
root_name(struct str bytes)
{
    size_t end = 1;

    while (end < bytes.len && bytes.data[end] != ' ' && bytes.data[end] != '>' &&
           bytes.data[end] != '/')
        end++;
    return str_slice(bytes, 1, end);
}

void
sm_write_again(struct buffer *out, struct str bytes, struct str domain, int64_t sent_us)
{
    struct str name = root_name(bytes);
    bool is_empty = str_ends_with(bytes, STR("/>"));
    char stamp[CLOCK_TEXT_BYTES];

    if (!wants_stamp(bytes)) {
        buffer_append(out, bytes);
        return;
    }
    /* Behind "</name>" nothing follows, and "/>" stands for ">" and it. */
    buffer_append(out, str_slice(bytes, 0, bytes.len - (is_empty ? 2 : name.len + 3)));
    if (is_empty)
        buffer_append_char(out, '>');
    clock_format(sent_us, stamp);
    buffer_printf(out, "<delay xmlns='%s' stamp='%s' from='", NS_DELAY.data, stamp);
    xml_escape(out, domain);
    buffer_printf(out, "'/></%.*s>", STR_ARG(name));
}
