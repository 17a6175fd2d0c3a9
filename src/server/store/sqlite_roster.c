/* sqlite_roster.c - rosters, and what an account needs in memory. */
#include "base/error.h"
#include "server/store/sqlite.h"

/* RFC 6121 2.1.2.5 */
static const char *const subscription_names[] = {
    [ROSTER_NONE] = "none",
    [ROSTER_TO] = "to",
    [ROSTER_FROM] = "from",
    [ROSTER_BOTH] = "both",
};

static enum roster_subscription
parse_subscription(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(subscription_names); i++) {
        if (str_is(name, subscription_names[i]))
            return (enum roster_subscription)i;
    }
    return ROSTER_NONE; /* the column's CHECK allows no other */
}

/* ---- writing ---- */

static int
next_version(struct store_connection *connection, int64_t account, int64_t *ret_version)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ACCOUNT_NEXT_VERSION);

    sqlite_bind_int(&query, account);
    if (sqlite_row(&query))
        *ret_version = sqlite_int(&query, 0);
    return sqlite_finish(&query);
}

static int
put_item(struct store_connection *connection, int64_t account, const struct store_roster_item *item)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ROSTER_PUT);

    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, item->jid);
    sqlite_bind_str(&query, item->name);
    sqlite_bind_str(&query, str_from(subscription_names[item->subscription]));
    sqlite_bind_int(&query, item->ask);
    sqlite_bind_int(&query, item->approved);
    sqlite_bind_int(&query, item->pending_in);
    sqlite_bind_int(&query, item->listed);
    sqlite_bind_str(&query, item->request);
    return sqlite_run(&query);
}

static int
clear_groups(struct store_connection *connection, int64_t account, struct str jid)
{
    struct sqlite_query query = sqlite_query(connection, SQL_GROUPS_DELETE);

    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, jid);
    return sqlite_run(&query);
}

static int
add_group(struct store_connection *connection, int64_t account, struct str jid, struct str group)
{
    struct sqlite_query query = sqlite_query(connection, SQL_GROUP_INSERT);

    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, jid);
    sqlite_bind_str(&query, group);
    return sqlite_run(&query);
}

int
sqlite_roster_put(struct store_connection *connection, struct store_call *call)
{
    struct store_roster_put *put = CONTAINER_OF(call, struct store_roster_put, call);
    const struct store_roster_item *item = &put->item;
    int64_t account = 0;
    int r = sqlite_account_id(connection, put->name, &account);

    if (r == 0)
        r = put_item(connection, account, item);
    if (r == 0)
        r = clear_groups(connection, account, item->jid);
    for (size_t i = 0; i < item->group_count && r == 0; i++)
        r = add_group(connection, account, item->jid, item->groups[i]);
    return r < 0 ? r : next_version(connection, account, &put->ret_version);
}

static int
remove_item(struct store_connection *connection, int64_t account, struct str jid)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ROSTER_DELETE);

    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, jid);
    return sqlite_finish_change(&query);
}

int
sqlite_roster_remove(struct store_connection *connection, struct store_call *call)
{
    struct store_roster_remove *remove = CONTAINER_OF(call, struct store_roster_remove, call);
    int64_t account = 0;
    int r = sqlite_account_id(connection, remove->name, &account);

    if (r == 0)
        r = remove_item(connection, account, remove->jid);
    return r < 0 ? r : next_version(connection, account, &remove->ret_version);
}

/* ---- loading ---- */

static int
load_state(struct store_connection *connection,
           struct store_account_load *load,
           int64_t *ret_account)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ACCOUNT_STATE);
    bool found;
    int r;

    sqlite_bind_str(&query, load->name);
    found = sqlite_row(&query);
    if (found) {
        *ret_account = sqlite_int(&query, 0);
        load->ret_roster_version = sqlite_int(&query, 1);
        load->ret_offline_count = sqlite_int(&query, 2);
        load->ret_disabled = sqlite_int(&query, 3) != 0;
        load->ret_archive_preferences = sqlite_str(&query, 4, &load->call.arena);
    }
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

static struct store_roster_item
read_item(struct sqlite_query *query, struct arena *arena)
{
    return (struct store_roster_item){
        .jid = sqlite_str(query, 0, arena),
        .name = sqlite_str(query, 1, arena),
        .subscription = parse_subscription(sqlite_view(query, 2)),
        .ask = sqlite_int(query, 3) != 0,
        .approved = sqlite_int(query, 4) != 0,
        .pending_in = sqlite_int(query, 5) != 0,
        .listed = sqlite_int(query, 6) != 0,
        .request = sqlite_str(query, 7, arena),
    };
}

static int
load_items(struct store_connection *connection, struct store_account_load *load, int64_t account)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ROSTER_ITEMS);
    struct arena *arena = &load->call.arena;

    sqlite_bind_int(&query, account);
    while (sqlite_row(&query)) {
        load->ret_items = sqlite_grow(&query, arena, load->ret_items, load->ret_item_count,
                                      sizeof(*load->ret_items));
        if (!load->ret_items)
            break;
        load->ret_items[load->ret_item_count++] = read_item(&query, arena);
    }
    return sqlite_finish(&query);
}

/* Items and groups come in the same order, so one walk through both brings them together. */
static int
load_groups(struct store_connection *connection, struct store_account_load *load, int64_t account)
{
    struct sqlite_query query = sqlite_query(connection, SQL_GROUPS);
    struct arena *arena = &load->call.arena;
    size_t at = 0;

    sqlite_bind_int(&query, account);
    while (sqlite_row(&query)) {
        struct store_roster_item *item;

        while (at < load->ret_item_count &&
               !str_equal(load->ret_items[at].jid, sqlite_view(&query, 0)))
            at++;
        if (at == load->ret_item_count)
            break;
        item = &load->ret_items[at];
        item->groups =
            sqlite_grow(&query, arena, item->groups, item->group_count, sizeof(*item->groups));
        if (!item->groups)
            break;
        item->groups[item->group_count++] = sqlite_str(&query, 1, arena);
    }
    return sqlite_finish(&query);
}

int
sqlite_account_load(struct store_connection *connection, struct store_call *call)
{
    struct store_account_load *load = CONTAINER_OF(call, struct store_account_load, call);
    int64_t account = 0;
    int r = load_state(connection, load, &account);

    if (r == 0)
        r = load_items(connection, load, account);
    if (r == 0)
        r = load_groups(connection, load, account);
    /* XEP-0153: presence tells of the avatar from the first one on. */
    if (r == 0)
        r = sqlite_pubsub_newest(connection, load->name, STR("urn:xmpp:avatar:metadata"),
                                 &call->arena, &load->ret_avatar);
    if (r == 0)
        r = sqlite_load_blocked(connection, load, account);
    return r < 0 ? r : sqlite_load_push(connection, load, account);
}
