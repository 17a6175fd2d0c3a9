/* sqlite_invitations.c - tokens that let somebody in (XEP-0401). */
#include "base/error.h"
#include "server/store/sqlite.h"

static int
load(struct store_connection *connection,
     struct str token_hash,
     struct arena *arena,
     struct store_invitation *ret)
{
    struct sqlite_query query = sqlite_query(connection, SQL_INVITATION_LOAD);
    bool found;
    int r;

    sqlite_bind_bytes(&query, token_hash);
    found = sqlite_row(&query);
    if (found)
        *ret = (struct store_invitation){
            .token_hash = token_hash,
            .inviter = sqlite_str(&query, 0, arena),
            .name = sqlite_str(&query, 1, arena),
            .registers = sqlite_int(&query, 2) != 0,
            .created_us = sqlite_int(&query, 3),
            .expires_us = sqlite_int(&query, 4),
        };
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

static int
use_up(struct store_connection *connection, struct str token_hash)
{
    struct sqlite_query query = sqlite_query(connection, SQL_INVITATION_DELETE);

    sqlite_bind_bytes(&query, token_hash);
    return sqlite_finish_change(&query);
}

static int
count_of(struct store_connection *connection, int64_t account, int64_t *ret_count)
{
    struct sqlite_query query = sqlite_query(connection, SQL_INVITATION_COUNT);

    sqlite_bind_int(&query, account);
    if (sqlite_row(&query))
        *ret_count = sqlite_int(&query, 0);
    return sqlite_finish(&query);
}

static int
expire(struct store_connection *connection, int64_t now_us)
{
    struct sqlite_query query = sqlite_query(connection, SQL_INVITATIONS_EXPIRE);

    sqlite_bind_int(&query, now_us);
    return sqlite_run(&query);
}

static int
check_limit(struct store_connection *connection, const struct store_invitation_add *add)
{
    int64_t account = 0, count = 0;
    int r;

    if (add->name.len == 0)
        return 0;
    r = sqlite_account_id(connection, add->name, &account);
    if (r == 0)
        r = count_of(connection, account, &count);
    return r == 0 && count >= add->limit ? E_FULL : r;
}

int
sqlite_invitation_add(struct store_connection *connection, struct store_call *call)
{
    const struct store_invitation_add *add = CONTAINER_OF(call, struct store_invitation_add, call);
    const struct store_invitation *invitation = &add->invitation;
    struct sqlite_query query;
    int r = expire(connection, invitation->created_us);

    if (r == 0)
        r = check_limit(connection, add);
    if (r < 0)
        return r;
    query = sqlite_query(connection, SQL_INVITATION_INSERT);
    sqlite_bind_bytes(&query, invitation->token_hash);
    sqlite_bind_str(&query, add->name);
    sqlite_bind_str(&query, invitation->inviter);
    sqlite_bind_str(&query, invitation->name);
    sqlite_bind_int(&query, invitation->registers);
    sqlite_bind_int(&query, invitation->created_us);
    sqlite_bind_int(&query, invitation->expires_us);
    return sqlite_run(&query);
}

int
sqlite_invitation_use(struct store_connection *connection, struct store_call *call)
{
    struct store_invitation_use *use = CONTAINER_OF(call, struct store_invitation_use, call);
    struct store_invitation invitation = { 0 };
    int r = load(connection, use->token_hash, &call->arena, &invitation);

    if (r < 0)
        return r;
    if (invitation.expires_us <= use->now_us || !str_equal(invitation.inviter, use->inviter))
        return E_NOT_FOUND;
    return use_up(connection, use->token_hash);
}

int
sqlite_invitation_load(struct store_connection *connection, struct store_call *call)
{
    struct store_invitation_load *question = CONTAINER_OF(call, struct store_invitation_load, call);
    int r = load(connection, question->token_hash, &call->arena, &question->ret);

    return r == 0 && question->ret.expires_us <= question->now_us ? E_NOT_FOUND : r;
}

/* ---- registering ---- */

static int
befriend(struct store_connection *connection, int64_t account, struct str contact)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ROSTER_BEFRIEND);
    int r;

    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, contact);
    r = sqlite_run(&query);
    if (r < 0)
        return r;
    query = sqlite_query(connection, SQL_ACCOUNT_NEXT_VERSION);
    sqlite_bind_int(&query, account);
    return sqlite_run(&query);
}

/* An inviter who has gone meanwhile leaves an account without contacts. */
static int
befriend_both(struct store_connection *connection,
              const struct store_account_create *create,
              int64_t account)
{
    struct str name =
        str_slice(create->ret_inviter, 0, (size_t)str_find_char(create->ret_inviter, '@', 0));
    int64_t inviter = 0;
    int r = sqlite_account_id(connection, name, &inviter);

    if (r < 0)
        return r == E_NOT_FOUND ? 0 : r;
    r = befriend(connection, inviter, create->jid);
    return r < 0 ? r : befriend(connection, account, create->ret_inviter);
}

/* Its end was looked at when the token was shown (XEP-0445 4). */
int
sqlite_redeem(struct store_connection *connection,
              struct store_account_create *create,
              int64_t account)
{
    struct store_invitation invitation = { 0 };
    int r = load(connection, create->token_hash, &create->call.arena, &invitation);

    if (r == E_NOT_FOUND)
        return E_FORBIDDEN;
    if (r < 0)
        return r;
    if (!invitation.registers ||
        (invitation.name.len > 0 && !str_equal(invitation.name, create->name)))
        return E_FORBIDDEN;
    create->ret_inviter = invitation.inviter;
    r = use_up(connection, create->token_hash);
    if (r < 0 || invitation.inviter.len == 0)
        return r;
    return befriend_both(connection, create, account);
}
