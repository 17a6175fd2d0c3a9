/* sqlite_accounts.c - accounts and their SCRAM verifiers. */
#include "base/error.h"
#include "server/store/sqlite.h"

static const char *const hash_names[SCRAM_HASHES] = {
    [SCRAM_SHA_1] = "SHA-1",
    [SCRAM_SHA_256] = "SHA-256",
};

static struct str
bytes_of(const uint8_t *bytes, size_t len)
{
    return (struct str){ (const char *)bytes, len };
}

static int
put_verifier(struct store_connection *connection,
             int64_t account,
             const struct scram_verifier *verifier)
{
    struct sqlite_query query = sqlite_query(connection, SQL_VERIFIER_PUT);
    size_t key_len = scram_key_bytes(verifier->hash);

    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, str_from(hash_names[verifier->hash]));
    sqlite_bind_int(&query, verifier->iterations);
    sqlite_bind_bytes(&query, bytes_of(verifier->salt, verifier->salt_len));
    sqlite_bind_bytes(&query, bytes_of(verifier->stored_key, key_len));
    sqlite_bind_bytes(&query, bytes_of(verifier->server_key, key_len));
    return sqlite_run(&query);
}

static int
put_verifiers(struct store_connection *connection,
              int64_t account,
              const struct scram_verifier verifiers[SCRAM_HASHES])
{
    int r = 0;

    for (size_t i = 0; i < SCRAM_HASHES && r == 0; i++)
        r = put_verifier(connection, account, &verifiers[i]);
    return r;
}

int
sqlite_account_create(struct store_connection *connection, struct store_call *call)
{
    struct store_account_create *create = CONTAINER_OF(call, struct store_account_create, call);
    struct sqlite_query query = sqlite_query(connection, SQL_ACCOUNT_INSERT);
    int64_t account = 0;
    int r;

    sqlite_bind_str(&query, create->name);
    if (sqlite_row(&query))
        account = sqlite_int(&query, 0);
    r = sqlite_finish(&query);
    if (r == 0 && create->token_hash.len > 0)
        r = sqlite_redeem(connection, create, account);
    return r < 0 ? r : put_verifiers(connection, account, create->verifiers);
}

int
sqlite_account_disable(struct store_connection *connection, struct store_call *call)
{
    const struct store_account_disable *disable =
        CONTAINER_OF(call, struct store_account_disable, call);
    struct sqlite_query query = sqlite_query(connection, SQL_ACCOUNT_DISABLE);

    sqlite_bind_str(&query, disable->name);
    sqlite_bind_int(&query, disable->disabled);
    return sqlite_finish_change(&query);
}

int
sqlite_account_set_verifiers(struct store_connection *connection, struct store_call *call)
{
    struct store_account_set_verifiers *set =
        CONTAINER_OF(call, struct store_account_set_verifiers, call);
    int64_t account;
    int r = sqlite_account_id(connection, set->name, &account);

    if (r == 0)
        r = sqlite_tokens_forget(connection, account);
    return r < 0 ? r : put_verifiers(connection, account, set->verifiers);
}

int
sqlite_account_remove(struct store_connection *connection, struct store_call *call)
{
    struct store_account_remove *remove = CONTAINER_OF(call, struct store_account_remove, call);
    struct sqlite_query query = sqlite_query(connection, SQL_ACCOUNT_DELETE);

    sqlite_bind_str(&query, remove->name);
    return sqlite_finish_change(&query);
}

int
sqlite_account_exists(struct store_connection *connection, struct store_call *call)
{
    const struct store_account_exists *question =
        CONTAINER_OF(call, struct store_account_exists, call);
    int64_t account;

    return sqlite_account_id(connection, question->name, &account);
}

static bool
read_verifier(const struct sqlite_query *query, struct scram_verifier *ret)
{
    struct str salt = sqlite_view(query, 1);
    struct str stored_key = sqlite_view(query, 2);
    struct str server_key = sqlite_view(query, 3);
    size_t key_len = scram_key_bytes(ret->hash);

    if (salt.len == 0 || salt.len > SCRAM_SALT_MAX)
        return false;
    if (stored_key.len != key_len || server_key.len != key_len)
        return false;
    ret->iterations = (uint32_t)sqlite_int(query, 0);
    memcpy(ret->salt, salt.data, salt.len);
    ret->salt_len = salt.len;
    memcpy(ret->stored_key, stored_key.data, key_len);
    memcpy(ret->server_key, server_key.data, key_len);
    return true;
}

int
sqlite_account_verifier(struct store_connection *connection, struct store_call *call)
{
    struct store_account_verifier *find = CONTAINER_OF(call, struct store_account_verifier, call);
    struct sqlite_query query = sqlite_query(connection, SQL_VERIFIER);
    int status = E_NOT_FOUND;
    int r;

    find->ret_verifier.hash = find->hash;
    sqlite_bind_str(&query, find->name);
    sqlite_bind_str(&query, str_from(hash_names[find->hash]));
    if (sqlite_row(&query))
        status = read_verifier(&query, &find->ret_verifier) ? 0 : E_STORE;
    r = sqlite_finish(&query);
    if (status == E_STORE)
        log_error(connection->log, "database-failed", "the verifier of %.*s is damaged",
                  STR_ARG(find->name));
    return r < 0 ? r : status;
}

int
sqlite_account_list(struct store_connection *connection, struct store_call *call)
{
    struct store_account_list *list = CONTAINER_OF(call, struct store_account_list, call);
    struct sqlite_query query = sqlite_query(connection, SQL_ACCOUNT_NAMES);

    sqlite_bind_str(&query, list->after);
    sqlite_bind_int(&query, (int64_t)list->limit);
    while (sqlite_row(&query)) {
        list->ret_names = sqlite_grow(&query, &call->arena, list->ret_names, list->ret_count,
                                      sizeof(*list->ret_names));
        if (!list->ret_names)
            break;
        list->ret_names[list->ret_count++] = sqlite_str(&query, 0, &call->arena);
    }
    return sqlite_finish(&query);
}
