/* sqlite_offline.c - messages that wait for their recipient. */
#include "base/error.h"
#include "server/store/sqlite.h"

/* An answer is not filled beyond this, except by its first message. */
enum {
    ANSWER_MAX_BYTES = 4 * 1024 * 1024
};

static int
check_room(struct store_connection *connection, int64_t account, int64_t limit)
{
    struct sqlite_query query = sqlite_query(connection, SQL_OFFLINE_COUNT);
    bool full = false;
    int r;

    sqlite_bind_int(&query, account);
    if (sqlite_row(&query))
        full = sqlite_int(&query, 0) >= limit;
    r = sqlite_finish(&query);
    return r == 0 && full ? E_FULL : r;
}

static int
insert(struct store_connection *connection, int64_t account, struct store_offline_add *add)
{
    struct sqlite_query query = sqlite_query(connection, SQL_OFFLINE_INSERT);
    int r;

    sqlite_bind_int(&query, account);
    sqlite_bind_int(&query, add->stored_us);
    sqlite_bind_str(&query, add->xml);
    r = sqlite_run(&query);
    if (r == 0)
        add->ret_id = sqlite3_last_insert_rowid(connection->db);
    return r;
}

int
sqlite_offline_add(struct store_connection *connection, struct store_call *call)
{
    struct store_offline_add *add = CONTAINER_OF(call, struct store_offline_add, call);
    int64_t account;
    int r = sqlite_account_id(connection, add->name, &account);

    if (r == 0)
        r = check_room(connection, account, add->limit);
    return r < 0 ? r : insert(connection, account, add);
}

int
sqlite_offline_load(struct store_connection *connection, struct store_call *call)
{
    struct store_offline_load *load = CONTAINER_OF(call, struct store_offline_load, call);
    struct sqlite_query query = sqlite_query(connection, SQL_OFFLINE_LOAD);
    size_t bytes = 0;

    sqlite_bind_str(&query, load->name);
    sqlite_bind_int(&query, load->after);
    sqlite_bind_int(&query, (int64_t)load->limit);
    while (bytes < ANSWER_MAX_BYTES && sqlite_row(&query)) {
        load->ret_messages = sqlite_grow(&query, &call->arena, load->ret_messages, load->ret_count,
                                         sizeof(*load->ret_messages));
        if (!load->ret_messages)
            break;
        load->ret_messages[load->ret_count++] = (struct store_offline_message){
            .id = sqlite_int(&query, 0),
            .stored_us = sqlite_int(&query, 1),
            .xml = sqlite_str(&query, 2, &call->arena),
        };
        bytes += sqlite_view(&query, 2).len;
    }
    return sqlite_finish(&query);
}

int
sqlite_offline_remove(struct store_connection *connection, struct store_call *call)
{
    struct store_offline_remove *remove = CONTAINER_OF(call, struct store_offline_remove, call);
    struct sqlite_query query = sqlite_query(connection, SQL_OFFLINE_DELETE);

    sqlite_bind_str(&query, remove->name);
    sqlite_bind_int(&query, remove->up_to);
    return sqlite_run(&query);
}
