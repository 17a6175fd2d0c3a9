/* history.c - see history.h */
#include "server/room/history.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

#define OPENING "<message"
#define CLOSING "</message>"

void
history_init(struct history *history, size_t max)
{
    *history = (struct history){ .max = max };
    list_init(&history->items);
}

static struct history_item *
item_of(struct list *link)
{
    return CONTAINER_OF(link, struct history_item, link);
}

static void
drop(struct history *history, struct history_item *item)
{
    list_remove(&item->link);
    history->count--;
    history->bytes -= block_str(item->wire.block).len;
    block_unref(item->wire.block);
    free(item);
}

static void
trim(struct history *history)
{
    while (history->count > history->max || history->bytes > HISTORY_BYTES_MAX)
        drop(history, item_of(history->items.next));
}

void
history_clear(struct history *history)
{
    LIST_FOREACH (&history->items, link)
        drop(history, item_of(link));
}

void
history_set_max(struct history *history, size_t max)
{
    history->max = max;
    trim(history);
}

/* XEP-0203: the delay goes in front of the closing tag. The live bytes are reused as they are, so
 * that a message costs one serialisation however often it is sent again. */
static struct block *
with_delay(struct str xml, int64_t stored_us, struct str room)
{
    char stamp[CLOCK_TEXT_BYTES];
    struct buffer out;

    clock_format(stored_us, stamp);
    buffer_init(&out, xml.len + room.len * 6 + 256);
    buffer_append(&out, str_slice(xml, 0, xml.len - strlen(CLOSING)));
    buffer_append(&out, STR("<delay"));
    xml_write_attribute(&out, STR("xmlns"), NS_DELAY);
    xml_write_attribute(&out, STR("from"), room);
    xml_write_attribute(&out, STR("stamp"), str_from(stamp));
    buffer_append(&out, STR("/>" CLOSING));

    struct block *block = buffer_failed(&out) ? NULL : block_new(buffer_str(&out));
    buffer_fini(&out);
    return block;
}

void
history_add(struct history *history, const struct history_message *message, struct str room)
{
    if (!str_starts_with(message->xml, STR(OPENING)) || !str_ends_with(message->xml, STR(CLOSING)))
        return;
    struct block *block = with_delay(message->xml, message->stored_us, room);
    if (!block)
        return;
    struct history_item *item = memory_new(1, sizeof(*item));
    item->key = message->key;
    item->stored_us = message->stored_us;
    item->author = map_hash(message->author);
    item->wire = (struct stanza_wire){ .block = block, .to_offset = strlen(OPENING) };
    list_append(&history->items, &item->link);
    history->count++;
    history->bytes += block_str(block).len;
    trim(history);
}

static struct history_item *
find(const struct history *history, int64_t key)
{
    LIST_FOREACH (&history->items, link)
        if (item_of(link)->key == key)
            return item_of(link);
    return NULL;
}

bool
history_has(const struct history *history, int64_t key)
{
    return find(history, key);
}

bool
history_remove(struct history *history, int64_t key, struct str author)
{
    struct history_item *item = find(history, key);

    if (!item || (author.len > 0 && item->author != map_hash(author)))
        return false;
    drop(history, item);
    return true;
}

static int64_t
number_or_unsaid(const struct element *element, struct str name)
{
    int64_t value;

    if (str_to_int64(element_get(element, name), 0, INT32_MAX, &value) < 0)
        return -1;
    return value;
}

struct history_limits
history_limits_read(const struct element *element, int64_t now_us)
{
    struct history_limits limits = {
        .max_chars = number_or_unsaid(element, STR("maxchars")),
        .max_stanzas = number_or_unsaid(element, STR("maxstanzas")),
        .since_us = -1,
    };
    const int64_t seconds = number_or_unsaid(element, STR("seconds"));
    int64_t since;

    if (clock_parse(element_get(element, STR("since")), &since) == 0 && since > 0)
        limits.since_us = since;
    /* 7.2.14: the smallest amount that meets any combination of the criteria. */
    if (seconds >= 0 && now_us - seconds * 1000000 > limits.since_us)
        limits.since_us = now_us - seconds * 1000000;
    return limits;
}

struct list *
history_select(struct history *history, struct history_limits limits)
{
    struct list *first = &history->items;
    int64_t chars = 0, stanzas = 0;

    while (first->prev != &history->items) {
        const struct history_item *item = item_of(first->prev);

        chars += (int64_t)block_str(item->wire.block).len;
        stanzas++;
        if (limits.max_chars >= 0 && chars > limits.max_chars)
            break;
        if (limits.max_stanzas >= 0 && stanzas > limits.max_stanzas)
            break;
        if (limits.since_us >= 0 && item->stored_us < limits.since_us)
            break;
        first = first->prev;
    }
    return first;
}
