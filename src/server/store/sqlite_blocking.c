/* sqlite_blocking.c - whom an account has blocked (XEP-0191). */
#include "base/error.h"
#include "server/store/sqlite.h"

static int
change_one(struct store_connection *connection,
           enum sqlite_statement which,
           int64_t account,
           struct str jid)
{
    struct sqlite_query query = sqlite_query(connection, which);

    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, jid);
    return sqlite_run(&query);
}

static int
unblock_everybody(struct store_connection *connection, int64_t account)
{
    struct sqlite_query query = sqlite_query(connection, SQL_BLOCKS_DELETE);

    sqlite_bind_int(&query, account);
    return sqlite_run(&query);
}

int
sqlite_block_change(struct store_connection *connection, struct store_call *call)
{
    const struct store_block_change *change = CONTAINER_OF(call, struct store_block_change, call);
    enum sqlite_statement which = change->blocks ? SQL_BLOCK_INSERT : SQL_BLOCK_DELETE;
    int64_t account;
    int r = sqlite_account_id(connection, change->name, &account);

    if (r == 0 && change->everything)
        return unblock_everybody(connection, account);
    for (size_t i = 0; i < change->count && r == 0; i++)
        r = change_one(connection, which, account, change->jids[i]);
    return r;
}

int
sqlite_load_blocked(struct store_connection *connection,
                    struct store_account_load *load,
                    int64_t account)
{
    struct sqlite_query query = sqlite_query(connection, SQL_BLOCKS);
    struct arena *arena = &load->call.arena;

    sqlite_bind_int(&query, account);
    while (sqlite_row(&query)) {
        load->ret_blocked = sqlite_grow(&query, arena, load->ret_blocked, load->ret_blocked_count,
                                        sizeof(*load->ret_blocked));
        if (!load->ret_blocked)
            break;
        load->ret_blocked[load->ret_blocked_count++] = sqlite_str(&query, 0, arena);
    }
    return sqlite_finish(&query);
}
