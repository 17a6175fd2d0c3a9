/* sqlite_streams.c - how streams ended (XEP-0198 5). */
#include "base/error.h"
#include "server/store/sqlite.h"

enum {
    ENDS_MAX = 32 /* of an account that are remembered */
};

static int
prune(struct store_connection *connection, int64_t account)
{
    struct sqlite_query query = sqlite_query(connection, SQL_STREAM_ENDS_PRUNE);

    sqlite_bind_int(&query, account);
    sqlite_bind_int(&query, ENDS_MAX);
    return sqlite_run(&query);
}

int
sqlite_stream_end_add(struct store_connection *connection, struct store_call *call)
{
    const struct store_stream_end_add *end = CONTAINER_OF(call, struct store_stream_end_add, call);
    struct sqlite_query query;
    int64_t account;
    int r = sqlite_account_id(connection, end->name, &account);

    if (r < 0)
        return r;
    query = sqlite_query(connection, SQL_STREAM_END_INSERT);
    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, end->id);
    sqlite_bind_int(&query, end->h);
    sqlite_bind_int(&query, end->ended_us);
    r = sqlite_run(&query);
    return r < 0 ? r : prune(connection, account);
}

int
sqlite_stream_end_find(struct store_connection *connection, struct store_call *call)
{
    struct store_stream_end_find *end = CONTAINER_OF(call, struct store_stream_end_find, call);
    struct sqlite_query query = sqlite_query(connection, SQL_STREAM_END);
    bool found;
    int r;

    sqlite_bind_str(&query, end->name);
    sqlite_bind_str(&query, end->id);
    found = sqlite_row(&query);
    if (found)
        end->ret_h = sqlite_int(&query, 0);
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}
