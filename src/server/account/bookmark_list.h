/* bookmark_list.h - all of a user's bookmarks, from wherever they come.
 * Owns: everything, in its arena. Threads: any. Time: none. Errors: what is no bookmark is skipped;
 * when there are too many, the arena says so. Spec: XEP-0048 3, XEP-0402 3.
 * Tests: tests/interop/test_bookmarks.py */
#pragma once

#include "base/arena.h"
#include "server/account/bookmark.h"
#include "server/store/store.h"

struct bookmark_list {
    struct arena arena;
    struct bookmark *items;
    size_t count, room;
};

void bookmark_list_init(struct bookmark_list *list);
void bookmark_list_fini(struct bookmark_list *list);

/* Its texts are not copied. */
void bookmark_list_add(struct bookmark_list *list, const struct bookmark *bookmark);

/* The one of this room, or NULL. */
const struct bookmark *bookmark_list_find(const struct bookmark_list *list, struct str jid);

/* The rooms of a <storage/> (XEP-0048), which must stay as long as the list: the first of each
 * counts. */
void bookmark_list_add_legacy(struct bookmark_list *list, const struct element *storage);

/* The items of the node (XEP-0402); copies. */
void bookmark_list_add_items(struct bookmark_list *list,
                             const struct store_pubsub_items_load *load);
