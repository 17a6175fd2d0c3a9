/* sqlite_private.c - private XML storage (XEP-0049). */
#include "base/error.h"
#include "server/store/sqlite.h"

static int
put(struct store_connection *connection, int64_t account, const struct store_private_put *put)
{
    bool removes = put->xml.len == 0;
    struct sqlite_query query =
        sqlite_query(connection, removes ? SQL_PRIVATE_DELETE : SQL_PRIVATE_PUT);

    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, put->key);
    if (!removes)
        sqlite_bind_str(&query, put->xml);
    return sqlite_run(&query);
}

/* Behind the change, which an error takes back. */
static int
check_use(struct store_connection *connection, int64_t account, const struct store_private_put *put)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PRIVATE_USE);
    bool fits = true;
    int r;

    sqlite_bind_int(&query, account);
    if (sqlite_row(&query))
        fits = sqlite_int(&query, 0) <= put->keys_max && sqlite_int(&query, 1) <= put->bytes_max;
    r = sqlite_finish(&query);
    return r == 0 && !fits ? E_FULL : r;
}

int
sqlite_private_put(struct store_connection *connection, struct store_call *call)
{
    const struct store_private_put *question = CONTAINER_OF(call, struct store_private_put, call);
    int64_t account;
    int r = sqlite_account_id(connection, question->name, &account);

    if (r == 0)
        r = put(connection, account, question);
    /* Taking away is always allowed. */
    return r < 0 || question->xml.len == 0 ? r : check_use(connection, account, question);
}

int
sqlite_private_load(struct store_connection *connection, struct store_call *call)
{
    struct store_private_load *load = CONTAINER_OF(call, struct store_private_load, call);
    struct sqlite_query query = sqlite_query(connection, SQL_PRIVATE_LOAD);
    bool found;
    int r;

    sqlite_bind_str(&query, load->name);
    sqlite_bind_str(&query, load->key);
    found = sqlite_row(&query);
    if (found)
        load->ret_xml = sqlite_str(&query, 0, &call->arena);
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}
