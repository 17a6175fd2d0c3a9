/* sqlite_tokens.c - what is needed to check the tokens that clients sign in with (XEP-0484). Two of
 * a client at most: the one it uses, and a newer one that it has not used yet. */
#include "base/error.h"
#include "server/store/sqlite.h"

enum {
    CLIENTS_MAX = 32 /* of an account; those that got their token longest ago go */
};

/* ---- reading ---- */

static void
read_token(struct sqlite_query *query, struct store_call *call, struct store_token *ret)
{
    ret->is_new = sqlite_int(query, 0) != 0;
    ret->mechanism = sqlite_str(query, 1, &call->arena);
    ret->salt = sqlite_str(query, 2, &call->arena);
    ret->issued_us = sqlite_int(query, 3);
    ret->expires_us = sqlite_int(query, 4);
}

int
sqlite_token_find(struct store_connection *connection, struct store_call *call)
{
    struct store_token_find *find = CONTAINER_OF(call, struct store_token_find, call);
    struct sqlite_query query = sqlite_query(connection, SQL_TOKENS);

    sqlite_bind_str(&query, find->name);
    sqlite_bind_bytes(&query, find->client);
    while (find->ret_count < STORE_TOKENS_MAX && sqlite_row(&query))
        read_token(&query, call, &find->ret_tokens[find->ret_count++]);
    return sqlite_finish(&query);
}

/* ---- writing ---- */

/* One statement about one client's tokens; with which slot, if it asks. */
static int
run(struct store_connection *connection,
    enum sqlite_statement statement,
    int64_t account,
    struct str client)
{
    struct sqlite_query query = sqlite_query(connection, statement);

    sqlite_bind_int(&query, account);
    sqlite_bind_bytes(&query, client);
    return sqlite_run(&query);
}

/* XEP-0484 5.1: the token that was used is the current one. E_NOT_FOUND when it has gone since it
 * was looked up: with a new password, say. */
static int
use(struct store_connection *connection, int64_t account, const struct store_token_settle *settle)
{
    struct sqlite_query query = sqlite_query(connection, SQL_TOKEN_IS_THERE);
    bool is_there;
    int r;

    sqlite_bind_int(&query, account);
    sqlite_bind_bytes(&query, settle->client);
    sqlite_bind_bytes(&query, settle->used_salt);
    is_there = sqlite_row(&query);
    r = sqlite_finish(&query);
    if (r < 0 || !is_there)
        return r < 0 ? r : E_NOT_FOUND;
    if (settle->invalidates)
        return run(connection, SQL_TOKENS_DELETE, account, settle->client);
    if (!settle->used_is_new)
        return 0;
    r = run(connection, SQL_TOKEN_DELETE_CURRENT, account, settle->client);
    return r < 0 ? r : run(connection, SQL_TOKEN_PROMOTE, account, settle->client);
}

static int
prune(struct store_connection *connection, int64_t account, int64_t now_us)
{
    struct sqlite_query query = sqlite_query(connection, SQL_TOKENS_PRUNE);
    int r;

    sqlite_bind_int(&query, account);
    sqlite_bind_int(&query, 2 * CLIENTS_MAX);
    r = sqlite_run(&query);
    if (r < 0)
        return r;
    query = sqlite_query(connection, SQL_TOKENS_EXPIRE);
    sqlite_bind_int(&query, account);
    sqlite_bind_int(&query, now_us);
    return sqlite_run(&query);
}

static int
add(struct store_connection *connection, int64_t account, const struct store_token_settle *settle)
{
    struct sqlite_query query = sqlite_query(connection, SQL_TOKEN_PUT_NEW);
    int r;

    sqlite_bind_int(&query, account);
    sqlite_bind_bytes(&query, settle->client);
    sqlite_bind_str(&query, settle->token.mechanism);
    sqlite_bind_bytes(&query, settle->token.salt);
    sqlite_bind_int(&query, settle->token.issued_us);
    sqlite_bind_int(&query, settle->token.expires_us);
    r = sqlite_run(&query);
    return r < 0 ? r : prune(connection, account, settle->token.issued_us);
}

int
sqlite_token_settle(struct store_connection *connection, struct store_call *call)
{
    const struct store_token_settle *settle = CONTAINER_OF(call, struct store_token_settle, call);
    int64_t account;
    int r = sqlite_account_id(connection, settle->name, &account);

    if (r == 0 && settle->used_salt.len > 0)
        r = use(connection, account, settle);
    if (r == 0 && settle->token.salt.len > 0)
        r = add(connection, account, settle);
    return r;
}

int
sqlite_tokens_forget(struct store_connection *connection, int64_t account)
{
    struct sqlite_query query = sqlite_query(connection, SQL_TOKENS_FORGET);

    sqlite_bind_int(&query, account);
    return sqlite_run(&query);
}
