/* blocklist.c - see blocklist.h. */
#include "server/account/blocklist.h"

#include "base/memory.h"

#include <stdlib.h>

struct blocked {
    struct map_node node;
    size_t len;
    char text[];
};

static struct blocked *
blocked_at(struct map_node *node)
{
    return node ? CONTAINER_OF(node, struct blocked, node) : NULL;
}

static struct str
address_of(const struct blocked *blocked)
{
    return blocked ? (struct str){ blocked->text, blocked->len } : STR_EMPTY;
}

void
blocklist_init(struct blocklist *list)
{
    map_init(&list->items);
}

void
blocklist_fini(struct blocklist *list)
{
    blocklist_clear(list);
    map_fini(&list->items);
}

void
blocklist_add(struct blocklist *list, struct str address)
{
    struct blocked *blocked;

    if (blocklist_has(list, address))
        return;
    blocked = memory_new(1, sizeof(*blocked) + address.len);
    blocked->len = address.len;
    memcpy(blocked->text, address.data, address.len);
    map_put(&list->items, address_of(blocked), &blocked->node);
}

void
blocklist_remove(struct blocklist *list, struct str address)
{
    struct blocked *blocked = blocked_at(map_get(&list->items, address));

    if (!blocked)
        return;
    map_remove(&list->items, &blocked->node);
    free(blocked);
}

void
blocklist_clear(struct blocklist *list)
{
    struct map_node *node = map_next(&list->items, NULL);

    while (node) {
        struct map_node *next = map_next(&list->items, node);

        map_remove(&list->items, node);
        free(blocked_at(node));
        node = next;
    }
}

bool
blocklist_has(const struct blocklist *list, struct str address)
{
    return map_get(&list->items, address);
}

size_t
blocklist_count(const struct blocklist *list)
{
    return map_count(&list->items);
}

bool
blocklist_matches(const struct blocklist *list, struct jid jid)
{
    if (map_count(&list->items) == 0)
        return false;
    return blocklist_has(list, jid.full) || blocklist_has(list, jid.bare) ||
           blocklist_has(list, jid.domain);
}

bool
blocklist_item_matches(struct jid item, struct jid jid)
{
    return str_equal(item.full, jid.full) || str_equal(item.full, jid.bare) ||
           str_equal(item.full, jid.domain);
}

struct str
blocklist_next(const struct blocklist *list, struct str address)
{
    struct map_node *node = address.len > 0 ? map_get(&list->items, address) : NULL;

    return address_of(blocked_at(map_next(&list->items, node)));
}
