/* sqlite_pubsub_items.c - what was published (XEP-0060 6.5, 7). */
#include "base/error.h"
#include "server/store/sqlite.h"

enum {
    PAGE_MAX_BYTES = 1024 * 1024, /* of the items of one answer */
    ITEM_COST = 100               /* bytes an item counts for beside its texts */
};

/* ---- writing ---- */

int
sqlite_pubsub_evict(struct store_connection *connection,
                    int64_t node,
                    int64_t keep,
                    struct store_pubsub_items_put *wants)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_ITEMS_EVICT);

    sqlite_bind_int(&query, node);
    sqlite_bind_int(&query, keep);
    while (sqlite_row(&query)) {
        if (!wants)
            continue;
        wants->ret_evicted = sqlite_grow(&query, &wants->call.arena, wants->ret_evicted,
                                         wants->ret_evicted_count, sizeof(*wants->ret_evicted));
        if (!wants->ret_evicted)
            break;
        wants->ret_evicted[wants->ret_evicted_count++] = sqlite_str(&query, 0, &wants->call.arena);
    }
    return sqlite_finish(&query);
}

static int
remove_item(struct store_connection *connection, int64_t node, struct str id)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_ITEM_DELETE);

    sqlite_bind_int(&query, node);
    sqlite_bind_str(&query, id);
    return sqlite_finish_change(&query);
}

static int
insert_item(struct store_connection *connection, int64_t node, const struct store_pubsub_item *item)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_ITEM_INSERT);

    sqlite_bind_int(&query, node);
    sqlite_bind_str(&query, item->id);
    sqlite_bind_str(&query, item->publisher);
    sqlite_bind_int(&query, item->published_us);
    sqlite_bind_int(&query, (int64_t)(item->xml.len + item->id.len) + ITEM_COST);
    sqlite_bind_str(&query, item->xml);
    return sqlite_run(&query);
}

/* The old one goes first: what is published again is the newest. */
static int
put_item(struct store_connection *connection,
         int64_t node,
         const struct store_pubsub_item *item,
         int64_t *item_count)
{
    int r = remove_item(connection, node, item->id);

    if (r == E_NOT_FOUND)
        (*item_count)++;
    else if (r < 0)
        return r;
    return insert_item(connection, node, item);
}

static int
check_bytes(struct store_connection *connection, struct str account, int64_t bytes_max)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_BYTES);
    int64_t bytes = 0;
    int r;

    sqlite_bind_str(&query, account);
    if (sqlite_row(&query))
        bytes = sqlite_int(&query, 0);
    r = sqlite_finish(&query);
    return r == 0 && bytes > bytes_max ? E_FULL : r;
}

/* What was too much is taken back as a whole: the write is undone when it fails. */
int
sqlite_pubsub_items_put(struct store_connection *connection, struct store_call *call)
{
    struct store_pubsub_items_put *put = CONTAINER_OF(call, struct store_pubsub_items_put, call);
    int64_t node = 0, item_count = 0;
    int r = sqlite_pubsub_node(connection, put->name, put->node, &node, &item_count);

    for (size_t i = 0; i < put->item_count && r == 0; i++)
        r = put_item(connection, node, &put->items[i], &item_count);
    if (r == 0 && put->rejects && item_count > put->keep)
        r = E_EXISTS;
    if (r == 0 && item_count > put->keep)
        r = sqlite_pubsub_evict(connection, node, put->keep, put);
    return r < 0 ? r : check_bytes(connection, put->name, put->bytes_max);
}

/* Did this bare address publish it? */
static int
check_publisher(struct store_connection *connection,
                int64_t node,
                struct str id,
                struct str publisher)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_ITEM_PUBLISHER);
    bool is_theirs = false;
    int r;

    sqlite_bind_int(&query, node);
    sqlite_bind_str(&query, id);
    if (sqlite_row(&query)) {
        struct str full = sqlite_view(&query, 0);
        ptrdiff_t slash = str_find_char(full, '/', 0);

        is_theirs = str_equal(str_slice(full, 0, slash < 0 ? full.len : (size_t)slash), publisher);
    }
    r = sqlite_finish(&query);
    return r == 0 && !is_theirs ? E_NOT_FOUND : r;
}

static int
remove_all(struct store_connection *connection, int64_t node)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_ITEMS_DELETE);

    sqlite_bind_int(&query, node);
    return sqlite_run(&query);
}

int
sqlite_pubsub_items_remove(struct store_connection *connection, struct store_call *call)
{
    const struct store_pubsub_items_remove *remove =
        CONTAINER_OF(call, struct store_pubsub_items_remove, call);
    int64_t node = 0;
    int r = sqlite_pubsub_node(connection, remove->name, remove->node, &node, NULL);

    if (r == 0 && remove->all)
        r = remove_all(connection, node);
    for (size_t i = 0; i < remove->id_count && r == 0; i++) {
        if (remove->publisher.len > 0)
            r = check_publisher(connection, node, remove->ids[i], remove->publisher);
        if (r == 0)
            r = remove_item(connection, node, remove->ids[i]);
    }
    return r;
}

/* ---- loading ---- */

/* The array to append to and how many bytes its texts have. */
struct item_list {
    struct arena *arena;
    struct store_pubsub_item *items;
    size_t count, bytes;
};

/* False when the list has all that goes into one answer. */
static bool
append_item(struct item_list *list, struct sqlite_query *query, struct str node)
{
    size_t len = sqlite_view(query, 3).len;

    if (list->count > 0 && list->bytes + len > PAGE_MAX_BYTES)
        return false;
    list->items = sqlite_grow(query, list->arena, list->items, list->count, sizeof(*list->items));
    if (!list->items)
        return false;
    list->items[list->count++] = (struct store_pubsub_item){
        .node = node,
        .id = sqlite_str(query, 0, list->arena),
        .publisher = sqlite_str(query, 1, list->arena),
        .published_us = sqlite_int(query, 2),
        .xml = sqlite_str(query, 3, list->arena),
    };
    list->bytes += len;
    return true;
}

static int
load_by_id(struct store_connection *connection,
           struct store_pubsub_items_load *load,
           int64_t node,
           struct item_list *list)
{
    int r = 0;

    for (size_t i = 0; i < load->id_count && r == 0; i++) {
        struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_ITEM);

        sqlite_bind_int(&query, node);
        sqlite_bind_str(&query, load->ids[i]);
        if (sqlite_row(&query) && !append_item(list, &query, STR_EMPTY))
            load->id_count = i; /* the last round */
        r = sqlite_finish(&query);
    }
    return r;
}

static int
find_position(struct store_connection *connection,
              enum sqlite_statement which,
              int64_t node,
              struct str id,
              int64_t *ret_position)
{
    struct sqlite_query query = sqlite_query(connection, which);
    bool found;
    int r;

    sqlite_bind_int(&query, node);
    sqlite_bind_str(&query, id);
    found = sqlite_row(&query);
    if (found)
        *ret_position = sqlite_int(&query, 0);
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

static int
count_older(struct store_connection *connection, int64_t node, int64_t position, int64_t *ret_count)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_ITEMS_OLDER);

    sqlite_bind_int(&query, node);
    sqlite_bind_int(&query, position);
    if (sqlite_row(&query))
        *ret_count = sqlite_int(&query, 0);
    return sqlite_finish(&query);
}

static void
turn_round(struct item_list *list)
{
    for (size_t i = 0; i < list->count / 2; i++) {
        struct store_pubsub_item item = list->items[i];

        list->items[i] = list->items[list->count - 1 - i];
        list->items[list->count - 1 - i] = item;
    }
}

/* Where a page begins in the table: a statement and its parameter. */
struct page_start {
    enum sqlite_statement statement;
    int64_t from;
};

static int
find_start(struct store_connection *connection,
           const struct store_pubsub_items_load *load,
           int64_t node,
           struct page_start *ret)
{
    static const struct page_start starts[] = {
        [PAGE_FIRST] = { SQL_PUBSUB_ITEMS_AFTER, 0 },
        [PAGE_LAST] = { SQL_PUBSUB_ITEMS_BEFORE, INT64_MAX },
        [PAGE_AFTER] = { SQL_PUBSUB_ITEMS_AFTER, 0 },
        [PAGE_BEFORE] = { SQL_PUBSUB_ITEMS_BEFORE, 0 },
        [PAGE_INDEX] = { SQL_PUBSUB_ITEMS_FROM, 0 },
    };

    *ret = starts[load->page];
    if (load->page == PAGE_INDEX)
        ret->from = load->index;
    if (load->page != PAGE_AFTER && load->page != PAGE_BEFORE)
        return 0;
    return find_position(connection, SQL_PUBSUB_ITEM_POSITION, node, load->anchor, &ret->from);
}

static int
load_page(struct store_connection *connection,
          struct store_pubsub_items_load *load,
          int64_t node,
          struct item_list *list)
{
    struct page_start start;
    struct sqlite_query query;
    int64_t oldest = INT64_MAX;
    int r = find_start(connection, load, node, &start);

    if (r < 0)
        return r;
    query = sqlite_query(connection, start.statement);
    sqlite_bind_int(&query, node);
    sqlite_bind_int(&query, start.from);
    sqlite_bind_int(&query, (int64_t)load->limit);
    while (sqlite_row(&query)) {
        int64_t position = sqlite_int(&query, 4);

        if (!append_item(list, &query, STR_EMPTY))
            break;
        oldest = position < oldest ? position : oldest;
    }
    r = sqlite_finish(&query);
    if (start.statement == SQL_PUBSUB_ITEMS_BEFORE)
        turn_round(list);
    return r < 0 ? r : count_older(connection, node, oldest, &load->ret_index);
}

int
sqlite_pubsub_items_load(struct store_connection *connection, struct store_call *call)
{
    struct store_pubsub_items_load *load = CONTAINER_OF(call, struct store_pubsub_items_load, call);
    struct item_list list = { .arena = &call->arena };
    int64_t node = 0;
    int r = sqlite_pubsub_node(connection, load->name, load->node, &node, &load->ret_total);

    if (r == 0 && load->id_count > 0)
        r = load_by_id(connection, load, node, &list);
    else if (r == 0)
        r = load_page(connection, load, node, &list);
    load->ret_items = list.items;
    load->ret_count = list.count;
    return r;
}

static int
append_newest(struct store_connection *connection,
              int64_t node,
              struct str name,
              struct item_list *list)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_ITEMS_BEFORE);

    sqlite_bind_int(&query, node);
    sqlite_bind_int(&query, INT64_MAX);
    sqlite_bind_int(&query, 1);
    if (sqlite_row(&query))
        (void)append_item(list, &query, name);
    return sqlite_finish(&query);
}

int
sqlite_pubsub_newest_load(struct store_connection *connection, struct store_call *call)
{
    struct store_pubsub_newest_load *load =
        CONTAINER_OF(call, struct store_pubsub_newest_load, call);
    struct item_list list = { .arena = &call->arena };
    int r = 0;

    for (size_t i = 0; i < load->node_count && r == 0; i++) {
        int64_t node = 0;

        r = sqlite_pubsub_node(connection, load->name, load->nodes[i], &node, NULL);
        if (r == 0)
            r = append_newest(connection, node, load->nodes[i], &list);
        else if (r == E_NOT_FOUND)
            r = 0;
    }
    load->ret_items = list.items;
    load->ret_count = list.count;
    return r;
}

int
sqlite_pubsub_newest(struct store_connection *connection,
                     struct str account,
                     struct str node,
                     struct arena *arena,
                     struct str *ret_xml)
{
    struct item_list list = { .arena = arena };
    int64_t id = 0;
    int r = sqlite_pubsub_node(connection, account, node, &id, NULL);

    if (r == 0)
        r = append_newest(connection, id, STR_EMPTY, &list);
    if (list.count > 0)
        *ret_xml = list.items[0].xml;
    return r == E_NOT_FOUND ? 0 : r;
}
