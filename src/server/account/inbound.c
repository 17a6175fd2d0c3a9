/* inbound.c - see inbound.h. */
#include "server/account/inbound.h"

#include "base/memory.h"
#include "server/core/settlement.h"

#include <stdlib.h>

void
inbound_init(struct inbound *inbound)
{
    list_init(&inbound->items);
    inbound->count = 0;
}

static void
item_free(struct inbound *inbound, struct inbound_item *item)
{
    list_remove(&item->link);
    inbound->count--;
    free(item);
}

void
inbound_clear(struct inbound *inbound)
{
    LIST_FOREACH (&inbound->items, link) {
        struct inbound_item *item = CONTAINER_OF(link, struct inbound_item, link);

        /* Only when the server stops: nobody is told that these were dealt with. */
        stanza_unref(item->stanza);
        item_free(inbound, item);
    }
}

struct inbound_item *
inbound_add(struct inbound *inbound, struct stanza *stanza, bool ready)
{
    struct inbound_item *item = memory_new(1, sizeof(*item));

    item->stanza = stanza_ref(stanza);
    item->ready = ready;
    settlement_hold(stanza);
    list_append(&inbound->items, &item->link);
    inbound->count++;
    return item;
}

struct stanza *
inbound_take(struct inbound *inbound)
{
    while (!list_is_empty(&inbound->items)) {
        struct inbound_item *item = CONTAINER_OF(inbound->items.next, struct inbound_item, link);
        struct stanza *stanza = item->stanza;

        if (!item->ready)
            return NULL;
        item_free(inbound, item);
        if (stanza)
            return stanza;
    }
    return NULL;
}

void
inbound_drop(struct inbound_item *item)
{
    settlement_release(item->stanza);
    stanza_unref(item->stanza);
    item->stanza = NULL;
    item->ready = true;
}
