/* sqlite_vcard.c - vCards (XEP-0054). */
#include "base/error.h"
#include "server/store/sqlite.h"

int
sqlite_vcard_put(struct store_connection *connection, struct store_call *call)
{
    const struct store_vcard_put *put = CONTAINER_OF(call, struct store_vcard_put, call);
    bool removes = put->xml.len == 0;
    struct sqlite_query query;
    int64_t account;
    int r = sqlite_account_id(connection, put->name, &account);

    if (r < 0)
        return r;
    query = sqlite_query(connection, removes ? SQL_VCARD_DELETE : SQL_VCARD_PUT);
    sqlite_bind_int(&query, account);
    if (!removes)
        sqlite_bind_str(&query, put->xml);
    return sqlite_run(&query);
}

int
sqlite_vcard_load(struct store_connection *connection, struct store_call *call)
{
    struct store_vcard_load *load = CONTAINER_OF(call, struct store_vcard_load, call);
    struct sqlite_query query = sqlite_query(connection, SQL_VCARD_LOAD);
    bool found;
    int r;

    sqlite_bind_str(&query, load->name);
    found = sqlite_row(&query);
    if (found)
        load->ret_xml = sqlite_str(&query, 0, &call->arena);
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}
