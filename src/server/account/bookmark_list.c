/* bookmark_list.c - see bookmark_list.h. */
#include "server/account/bookmark_list.h"

#include "server/pubsub/pubsub_ns.h"
#include "xmpp/xml_reader.h"

enum {
    ARENA_MAX = 16 * 1024 * 1024 /* for all bookmarks, taken apart */
};

void
bookmark_list_init(struct bookmark_list *list)
{
    *list = (struct bookmark_list){ .count = 0 };
    arena_init(&list->arena, ARENA_MAX);
}

void
bookmark_list_fini(struct bookmark_list *list)
{
    arena_fini(&list->arena);
}

void
bookmark_list_add(struct bookmark_list *list, const struct bookmark *bookmark)
{
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 16;
        struct bookmark *larger = arena_alloc(&list->arena, room * sizeof(*larger));

        if (!larger)
            return; /* the arena says so */
        if (list->count > 0)
            memcpy(larger, list->items, list->count * sizeof(*larger));
        list->items = larger;
        list->room = room;
    }
    list->items[list->count++] = *bookmark;
}

const struct bookmark *
bookmark_list_find(const struct bookmark_list *list, struct str jid)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_equal(list->items[i].jid, jid))
            return &list->items[i];
    }
    return NULL;
}

void
bookmark_list_add_legacy(struct bookmark_list *list, const struct element *storage)
{
    const struct element *child = element_first_child(storage);

    for (; child; child = element_next(child)) {
        struct bookmark bookmark;

        if (bookmark_read_legacy(&list->arena, child, &bookmark) &&
            !bookmark_list_find(list, bookmark.jid))
            bookmark_list_add(list, &bookmark);
    }
}

void
bookmark_list_add_items(struct bookmark_list *list, const struct store_pubsub_items_load *load)
{
    for (size_t i = 0; i < load->ret_count; i++) {
        const struct store_pubsub_item *item = &load->ret_items[i];
        struct str xml = arena_dup(&list->arena, item->xml);
        struct bookmark bookmark;
        struct element *element;

        if (xml_parse(&list->arena, xml, NS_PUBSUB, &element) == 0 &&
            bookmark_read(&list->arena, arena_dup(&list->arena, item->id), element, &bookmark))
            bookmark_list_add(list, &bookmark);
    }
}
