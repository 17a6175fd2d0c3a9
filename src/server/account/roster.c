/* roster.c - see roster.h. */
#include "server/account/roster.h"

#include "base/memory.h"

#include <stdlib.h>

void
roster_init(struct roster *roster)
{
    *roster = (struct roster){ 0 };
    map_init(&roster->items);
    list_init(&roster->waiting_gets);
    roster_line_init(&roster->line);
}

static struct roster_item *
item_at(struct map_node *node)
{
    return node ? CONTAINER_OF(node, struct roster_item, node) : NULL;
}

void
roster_fini(struct roster *roster)
{
    struct roster_item *item = roster_next(roster, NULL);

    while (item) {
        struct roster_item *next = roster_next(roster, item);

        roster_remove(roster, item);
        item = next;
    }
    map_fini(&roster->items);
    roster_line_fini(&roster->line);
}

void
roster_load(struct roster *roster, const struct store_account_load *load)
{
    for (size_t i = 0; i < load->ret_item_count; i++)
        roster_put(roster, &load->ret_items[i]);
    roster->version = load->ret_roster_version;
}

struct roster_item *
roster_find(const struct roster *roster, struct jid jid)
{
    return item_at(map_get(&roster->items, jid.bare));
}

/* Copies `text` to *end, which moves on. */
static struct str
place(char **end, struct str text)
{
    struct str copy = { *end, text.len };

    if (text.len > 0)
        memcpy(*end, text.data, text.len);
    *end += text.len;
    return copy;
}

/* A copy in one piece: rosters are long and live as long as their owner is there. */
static struct roster_item *
item_new(const struct store_roster_item *row)
{
    size_t groups_bytes = row->group_count * sizeof(struct str);
    size_t bytes = groups_bytes + row->jid.len + row->name.len + row->request.len;

    for (size_t i = 0; i < row->group_count; i++)
        bytes += row->groups[i].len;

    struct roster_item *item = memory_new(1, sizeof(*item) + bytes);
    char *end = (char *)(item + 1) + groups_bytes;

    item->row = *row;
    item->row.groups = (struct str *)(item + 1);
    item->row.jid = place(&end, row->jid);
    item->row.name = place(&end, row->name);
    item->row.request = place(&end, row->request);
    for (size_t i = 0; i < row->group_count; i++)
        item->row.groups[i] = place(&end, row->groups[i]);
    return item;
}

struct roster_item *
roster_put(struct roster *roster, const struct store_roster_item *row)
{
    struct roster_item *item = item_new(row);
    struct roster_item *old = item_at(map_get(&roster->items, item->row.jid));

    if (old)
        roster_remove(roster, old);
    map_put(&roster->items, item->row.jid, &item->node);
    if (item->row.listed)
        roster->listed_count++;
    return item;
}

void
roster_remove(struct roster *roster, struct roster_item *item)
{
    map_remove(&roster->items, &item->node);
    if (item->row.listed)
        roster->listed_count--;
    free(item);
}

struct roster_item *
roster_next(const struct roster *roster, const struct roster_item *item)
{
    return item_at(map_next(&roster->items, item ? &item->node : NULL));
}

bool
roster_has_room(const struct roster *roster, bool listed, size_t max_items)
{
    size_t unlisted_count = map_count(&roster->items) - roster->listed_count;

    return (listed ? roster->listed_count + roster->listed_coming
                   : unlisted_count + roster->unlisted_coming) < max_items;
}

bool
roster_item_sees_user(const struct roster_item *item)
{
    return item->row.subscription == ROSTER_FROM || item->row.subscription == ROSTER_BOTH;
}

bool
roster_item_is_seen(const struct roster_item *item)
{
    return item->row.subscription == ROSTER_TO || item->row.subscription == ROSTER_BOTH;
}
