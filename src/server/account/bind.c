/* bind.c - which resource a session gets (RFC 6120 7). */
#include "base/error.h"
#include "base/random.h"
#include "server/account/account_feature.h"
#include "server/core/config.h"

enum {
    RESOURCE_CHARACTERS = 16 /* 80 bits: nobody guesses it (RFC 6120 7.6) */
};

static bool
has_place(struct account *account, const struct session *replaced)
{
    const struct config *config = account_server(account)->config;
    size_t count = list_count(&account->sessions) - (replaced ? 1 : 0);

    return !config->limits || count < config->max_sessions_per_account;
}

/* Who waits to be resumed makes room for who is here. */
static struct session *
oldest_detached(struct account *account)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct session *session = CONTAINER_OF(link, struct session, account_link);

        if (session_is_detached(session) && !session_is_over(session))
            return session;
    }
    return NULL;
}

/* RFC 6120 7.6, 7.7: what the client asks for, else one of ours. The JID is in the session's
 * arena. */
static int
choose(struct account *account, struct session *session, struct str wanted, struct jid *ret_full)
{
    char token[RESOURCE_CHARACTERS + 1];

    if (wanted.len == 0) {
        random_token(token, sizeof(token));
        wanted = str_from(token);
    }
    return jid_with_resource(&session->arena, account->entity.jid, wanted, ret_full);
}

void
account_bind(struct account *account, struct account_session *state, struct str wanted)
{
    struct session *session = state->session;
    struct session *old;
    struct jid full;

    if (session_is_over(session)) /* it has ended while the account was loaded */
        return;
    if (account->disabled) {
        session_refuse_bind(session, E_AUTH);
        return;
    }
    if (choose(account, session, wanted, &full) < 0) {
        session_refuse_bind(session, E_FORMAT);
        return;
    }
    old = session_find(account_worker(account), full.full);
    if (!old && !has_place(account, NULL))
        old = oldest_detached(account);
    if (!has_place(account, old)) {
        session_refuse_bind(session, E_FULL);
        return;
    }
    /* RFC 6120 7.7.2.2, the first choice: who comes back after a lost connection is the same. */
    if (old)
        session_replace(old);
    /* It could sign in, so the name has been registered again. */
    account->removed = false;
    state->bound = true;
    list_append(&account->sessions, &session->account_link);
    session_bound(session, full);
    features_session_bound(account, state);
}
