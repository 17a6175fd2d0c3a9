/* sqlite_activity.c - when an account was last there (XEP-0012), and whom to tell of what it misses
 * (XEP-0357). */
#include "base/error.h"
#include "server/store/sqlite.h"

int
sqlite_activity_put(struct store_connection *connection, struct store_call *call)
{
    const struct store_activity_put *put = CONTAINER_OF(call, struct store_activity_put, call);
    struct sqlite_query query;
    int64_t account;
    int r = sqlite_account_id(connection, put->name, &account);

    if (r < 0)
        return r;
    query = sqlite_query(connection, SQL_ACTIVITY_PUT);
    sqlite_bind_int(&query, account);
    sqlite_bind_int(&query, put->left_us);
    sqlite_bind_str(&query, put->status);
    return sqlite_run(&query);
}

int
sqlite_activity_load(struct store_connection *connection, struct store_call *call)
{
    struct store_activity_load *load = CONTAINER_OF(call, struct store_activity_load, call);
    struct sqlite_query query = sqlite_query(connection, SQL_ACTIVITY_LOAD);
    bool found;
    int r;

    sqlite_bind_str(&query, load->name);
    found = sqlite_row(&query);
    if (found) {
        load->ret_left_us = sqlite_int(&query, 0);
        load->ret_status = sqlite_str(&query, 1, &call->arena);
    }
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

int
sqlite_push_put(struct store_connection *connection, struct store_call *call)
{
    const struct store_push_put *put = CONTAINER_OF(call, struct store_push_put, call);
    struct sqlite_query query;
    int64_t account;
    int r = sqlite_account_id(connection, put->name, &account);

    if (r < 0)
        return r;
    query = sqlite_query(connection, SQL_PUSH_PUT);
    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, put->service.jid);
    sqlite_bind_str(&query, put->service.node);
    sqlite_bind_str(&query, put->service.options);
    return sqlite_run(&query);
}

int
sqlite_push_remove(struct store_connection *connection, struct store_call *call)
{
    const struct store_push_remove *gone = CONTAINER_OF(call, struct store_push_remove, call);
    struct sqlite_query query;
    int64_t account;
    int r = sqlite_account_id(connection, gone->name, &account);

    if (r < 0)
        return r;
    query = sqlite_query(connection, gone->all_nodes ? SQL_PUSH_DELETE_ALL : SQL_PUSH_DELETE);
    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, gone->jid);
    if (!gone->all_nodes)
        sqlite_bind_str(&query, gone->node);
    return sqlite_run(&query);
}

int
sqlite_load_push(struct store_connection *connection,
                 struct store_account_load *load,
                 int64_t account)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUSH_SERVICES);
    struct arena *arena = &load->call.arena;

    sqlite_bind_int(&query, account);
    while (sqlite_row(&query)) {
        load->ret_push = sqlite_grow(&query, arena, load->ret_push, load->ret_push_count,
                                     sizeof(*load->ret_push));
        if (!load->ret_push)
            break;
        load->ret_push[load->ret_push_count++] = (struct store_push_service){
            .jid = sqlite_str(&query, 0, arena),
            .node = sqlite_str(&query, 1, arena),
            .options = sqlite_str(&query, 2, arena),
        };
    }
    return sqlite_finish(&query);
}
