/* account.c - an account's life, and the way of a stanza through its features. */
#include "server/account/account.h"

#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/offline_rules.h"
#include "server/account/registration.h"
#include "server/account/subscription.h"
#include "server/account/xep0357_push.h"
#include "server/account/xep0398_avatar.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "server/core/session.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SIFT_ARENA_BYTES = 16 * 1024 * 1024 /* what a room sends, read again */
};

struct server *
account_server(const struct account *account)
{
    return account->entity.worker->server;
}

struct worker *
account_worker(const struct account *account)
{
    return account->entity.worker;
}

struct account_session *
account_find_session(struct account *account, struct jid full)
{
    struct session *session = session_find(account_worker(account), full.full);

    return session ? session->account_state : NULL;
}

bool
account_is_owner(const struct account *account, const struct stanza *stanza)
{
    return jid_bare_equal(stanza->from, account->entity.jid);
}

bool
account_trusts(struct account *account, struct jid jid)
{
    const struct roster_item *item = roster_find(&account->roster, jid);

    if (jid_bare_equal(jid, account->entity.jid))
        return true;
    return item && roster_item_sees_user(item) && !account_blocks(account, jid);
}

bool
account_has_receptive_session(struct account *account)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        if (account_session_is_receptive(account_session_at(link)))
            return true;
    }
    return false;
}

bool
account_is_known_to(struct account *account, struct jid jid)
{
    const struct roster_item *item = roster_find(&account->roster, jid);

    return account_trusts(account, jid) || (item && (roster_item_is_seen(item) || item->row.ask));
}

bool
account_blocks(const struct account *account, struct jid jid)
{
    bool is_own =
        jid_bare_equal(jid, account->entity.jid) || str_equal(jid.full, account->entity.jid.domain);

    return !is_own && blocklist_matches(&account->blocked, jid);
}

/* ---- opened and closed ---- */

static void
bind_waiting(struct account *account, int status)
{
    LIST_FOREACH (&account->binders, link) {
        struct account_session *state = CONTAINER_OF(link, struct account_session, binder);

        list_remove(link);
        if (status < 0)
            session_refuse_bind(state->session, status == E_NOT_FOUND ? E_AUTH : status);
        else
            account_bind(account, state, state->wanted);
    }
}

static void
load_done(struct store_call *call, void *context)
{
    struct store_account_load *load = CONTAINER_OF(call, struct store_account_load, call);
    struct account *account = call->owner;
    struct worker *worker = context;
    int status = call->status;

    if (status == 0) {
        roster_load(&account->roster, load);
        account->offline.count = load->ret_offline_count;
        account->disabled = load->ret_disabled;
        push_load(account, load);
        archive_preferences_read(&account->archive.preferences, load->ret_archive_preferences);
        avatar_load(account, load->ret_avatar);
        for (size_t i = 0; i < load->ret_blocked_count; i++)
            blocklist_add(&account->blocked, load->ret_blocked[i]);
    } else if (status != E_NOT_FOUND) {
        log_error(&worker->log, "account-not-loaded", "%.*s: %s", STR_ARG(account->entity.jid.bare),
                  error_text(status));
    }
    store_call_free(call);
    entity_opened(&account->entity, status);
    if (!worker->ended)
        bind_waiting(account, status);
    entity_unpin(&account->entity);
}

static void
load(struct account *account)
{
    struct store_account_load *call = STORE_CALL(
        account_load, ACCOUNT_LOAD, &account_worker(account)->mailbox, load_done, account);

    entity_pin(&account->entity);
    call->name = store_keep(&call->call, account->entity.jid.local);
    store_submit(account_server(account)->store, &call->call);
}

static struct entity *
open_account(struct worker *worker, struct jid bare)
{
    struct account *account = memory_new(1, sizeof(*account));

    entity_init(&account->entity, &account_kind, worker, bare);
    list_init(&account->sessions);
    list_init(&account->binders);
    list_init(&account->offline.held);
    list_init(&account->push.services);
    list_init(&account->archive.waiting);
    archive_preferences_init(&account->archive.preferences);
    inbound_init(&account->inbound);
    roster_init(&account->roster);
    blocklist_init(&account->blocked);
    account->guest = str_starts_with(bare.local, STR(SESSION_GUEST_PREFIX));
    if (account->guest)
        entity_opened(&account->entity, 0);
    else
        load(account);
    return &account->entity;
}

static void
close_account(struct entity *entity)
{
    struct account *account = account_of(entity);

    features_account_closed(account);
    inbound_clear(&account->inbound);
    archive_preferences_fini(&account->archive.preferences);
    roster_fini(&account->roster);
    blocklist_fini(&account->blocked);
    free(account);
}

/* ---- inbound ---- */

/* RFC 6121 8.5.1 lets a message to nobody be ignored: those that are dropped in silence when the
 * user is away are, or silence would tell that there is such a user. */
static bool
is_ignored(const struct stanza *stanza)
{
    return stanza->kind == STANZA_MESSAGE && offline_rule_of(stanza) == OFFLINE_DROP;
}

/* RFC 6121 8.5.1, XEP-0030 8: whoever may not see the user's presence is answered as if there were
 * no such user, whatever they ask. */
static bool
is_strangers_request(struct account *account, const struct stanza *iq)
{
    return (iq->type == TYPE_GET || iq->type == TYPE_SET) && !account_trusts(account, iq->from) &&
           !feature_serves_strangers(account_feature_list, account_feature_count, iq);
}

static void
receive_iq(struct account *account, struct stanza *stanza)
{
    struct worker *worker = account_worker(account);
    struct account_session *state;

    if (jid_is_bare(stanza->to) || stanza->to.local.len == 0) {
        if (is_strangers_request(account, stanza)) {
            router_reply_condition(worker, stanza, "service-unavailable", STR_EMPTY);
            return;
        }
        feature_dispatch_iq(account_feature_list, account_feature_count, worker, &account->entity,
                            stanza);
        return;
    }
    state = account_find_session(account, stanza->to);
    if (state)
        session_send(state->session, stanza);
    else /* RFC 6121 8.5.3.2.3 */
        router_reply_condition(worker, stanza, "service-unavailable", STR_EMPTY);
}

void
account_receive_behind(struct account *account,
                       struct stanza *stanza,
                       const struct account_feature *feature)
{
    struct worker *worker = account_worker(account);

    if (worker->ended)
        return;
    if (account->removed) {
        if (stanza->kind != STANZA_PRESENCE && !is_ignored(stanza))
            router_reply_condition(worker, stanza, "service-unavailable", STR_EMPTY);
        return;
    }
    if (features_stanza_in_behind(account, stanza, feature) == FLOW_DONE)
        return;
    if (stanza->kind == STANZA_MESSAGE)
        features_message_in(account, stanza);
    else if (stanza->kind == STANZA_PRESENCE)
        features_presence_in(account, stanza);
    else if (stanza->kind == STANZA_IQ)
        receive_iq(account, stanza);
}

void
account_receive(struct account *account, struct stanza *stanza)
{
    account_receive_behind(account, stanza, NULL);
}

static void
receive(struct entity *entity, struct stanza *stanza)
{
    account_receive(account_of(entity), stanza);
}

/* Who wants to hear of the user's news is known only as long as the account is in memory. */
static bool
is_needed(struct entity *entity)
{
    return pep_has_audience(account_of(entity));
}

const struct entity_kind account_kind = {
    .name = "account",
    .open = open_account,
    .is_needed = is_needed,
    .is_ignored = is_ignored,
    .receive = receive,
    .close = close_account,
};

/* ---- from the account's own sessions ---- */

/* RFC 6120 10.3.3; and XEP-0077, whose requests clients send to the server's own address. */
static bool
is_for_own_account(const struct account *account, const struct stanza *stanza)
{
    const struct element *payload = stanza_payload(stanza);

    if (stanza->to.local.len == 0 && jid_is_bare(stanza->to))
        return stanza->kind == STANZA_IQ && payload && str_equal(payload->ns, NS_REGISTER) &&
               str_equal(stanza->to.domain, account->entity.jid.domain);
    return jid_equal(stanza->to, account->entity.jid);
}

/* Does the stanza go further than the features? */
static bool
goes_out(struct account *account, struct account_session *state, struct stanza *stanza)
{
    if (features_stanza_out(account, state, stanza) == FLOW_DONE)
        return false;
    if (stanza->kind == STANZA_PRESENCE)
        return features_presence_out(account, state, stanza) == FLOW_ON && jid_is_set(stanza->to);
    return stanza->kind != STANZA_MESSAGE ||
           features_message_out(account, state, stanza) == FLOW_ON;
}

static void
home_stamp(struct session *session, struct stanza *stanza)
{
    features_stanza_stamp(account_of(session->account), session->account_state, stanza);
}

static void
home_receive(struct session *session, struct stanza *stanza)
{
    struct account *account = account_of(session->account);

    if (!goes_out(account, session->account_state, stanza)) {
        stanza_unref(stanza);
    } else if (stanza->kind != STANZA_PRESENCE && is_for_own_account(account, stanza)) {
        account_receive(account, stanza);
        stanza_unref(stanza);
    } else {
        router_route(account_worker(account), stanza);
    }
}

static void
home_bind(struct session *session, struct entity *entity, struct str wanted)
{
    struct account *account = account_of(entity);
    struct account_session *state = session->account_state;

    if (!state) {
        state = memory_new(1, sizeof(*state));
        state->session = session;
        list_init(&state->binder);
        map_init(&state->directed);
        session->account_state = state;
    }
    if (entity->ready) {
        account_bind(account, state, wanted);
    } else if (entity->failed) {
        session_refuse_bind(session, E_AUTH);
    } else {
        state->wanted = arena_dup(&session->arena, wanted);
        list_append(&account->binders, &state->binder);
    }
}

static bool
home_admits(struct session *session, struct str xml)
{
    struct arena arena;
    struct element *root;
    struct stanza *stanza = NULL;
    bool admitted;

    arena_init(&arena, SIFT_ARENA_BYTES);
    if (xml_parse(&arena, xml, NS_CLIENT, &root) == 0)
        stanza = stanza_take(arena, root);
    else
        arena_fini(&arena);
    admitted = !stanza || features_admit(account_of(session->account), stanza);
    stanza_unref(stanza);
    return admitted;
}

static void
home_closed(struct session *session)
{
    struct account_session *state = session->account_state;

    if (!state)
        return;
    list_remove(&state->binder);
    if (state->bound)
        features_session_closed(account_of(session->account), state);
    list_remove(&session->account_link);
    session->account_state = NULL;
    stanza_unref(state->presence);
    map_fini(&state->directed);
    free(state);
}

static void
home_inlined(struct session *session, const struct element *bind, struct buffer *results)
{
    features_session_inlined(account_of(session->account), session->account_state, bind, results);
}

static void
home_detached(struct session *session)
{
    features_session_detached(account_of(session->account), session->account_state);
}

static void
home_resumed(struct session *session)
{
    features_session_resumed(account_of(session->account), session->account_state);
}

/* As if it came now: to the other sessions, or where messages wait. */
static void
home_lost(struct session *session, struct stanza *stanza)
{
    account_receive(account_of(session->account), stanza);
}

const struct session_home account_session_home = {
    .bind = home_bind,
    .inlined = home_inlined,
    .stamp = home_stamp,
    .receive = home_receive,
    .admits = home_admits,
    .detached = home_detached,
    .resumed = home_resumed,
    .lost = home_lost,
    .closed = home_closed,
    .registration = registration_receive,
};

/* ---- removed ---- */

static void
forget_roster(struct account *account)
{
    struct roster_item *item = roster_next(&account->roster, NULL);

    while (item) {
        struct roster_item *next = roster_next(&account->roster, item);

        subscription_cancel(account, item);
        roster_remove(&account->roster, item);
        item = next;
    }
    account->roster.version = 0;
}

void
account_end_here(struct account *account, const char *reason)
{
    forget_roster(account);
    blocklist_clear(&account->blocked);
    push_forget(account);
    pep_forget(account);
    account->avatar = (struct avatar){ .hash = "" };
    account->removed = true;
    account->offline.count = 0;
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        session_close(CONTAINER_OF(link, struct session, account_link), E_AUTH, reason);
    }
}

/* To the worker of an account, about it. */
struct account_letter {
    struct letter letter;
    struct arena arena;
    struct jid who; /* bare, or full for one session */
    struct str reason;
    bool disabled;
    void (*act)(struct account *account, const struct account_letter *letter);
};

static void
account_letter_opened(struct letter *letter, void *context)
{
    struct account_letter *own = CONTAINER_OF(letter, struct account_letter, letter);
    struct worker *worker = context;
    struct entity *entity = worker->ended ? NULL : entity_find(worker, own->who.bare);

    if (entity && entity->kind == &account_kind && entity->ready)
        own->act(account_of(entity), own);
    arena_fini(&own->arena);
    free(own);
}

static struct account_letter *
account_letter_new(void (*act)(struct account *account, const struct account_letter *letter),
                   const char *reason)
{
    struct account_letter *letter = memory_new(1, sizeof(*letter));

    arena_init(&letter->arena, STANZA_ARENA_DEFAULT);
    letter->letter.open = account_letter_opened;
    letter->act = act;
    letter->reason = arena_dup(&letter->arena, str_from(reason));
    return letter;
}

static void
account_letter_send(struct worker *worker, struct account_letter *letter, struct jid who)
{
    letter->who = jid_dup(&letter->arena, who);
    worker_post(worker_of(worker->server, letter->who.bare), &letter->letter);
}

/* `name` is prepared. */
static void
account_letter_send_to_name(struct worker *worker, struct account_letter *letter, struct str name)
{
    struct jid who;
    int r = jid_make(&letter->arena, name, worker->server->domain, STR_EMPTY, &who);

    assert(r == 0);
    account_letter_send(worker, letter, who);
}

static void
act_end(struct account *account, const struct account_letter *letter)
{
    account_end_here(account, letter->reason.data);
}

void
account_end(struct worker *worker, struct str name, const char *reason)
{
    account_letter_send_to_name(worker, account_letter_new(act_end, reason), name);
}

static void
act_end_sessions(struct account *account, const struct account_letter *letter)
{
    bool all = str_equal(letter->who.full, letter->who.bare);

    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct session *session = CONTAINER_OF(link, struct session, account_link);

        if (all || str_equal(session->jid.full, letter->who.full))
            session_close(session, E_FORBIDDEN, letter->reason.data);
    }
}

void
account_end_sessions(struct worker *worker, struct jid who, const char *reason)
{
    account_letter_send(worker, account_letter_new(act_end_sessions, reason), who);
}

static void
act_disable(struct account *account, const struct account_letter *letter)
{
    account->disabled = letter->disabled;
    if (account->disabled)
        act_end_sessions(account, letter);
}

void
account_set_disabled(struct worker *worker, struct str name, bool disabled)
{
    struct account_letter *letter =
        account_letter_new(act_disable, "an administrator has disabled this account");

    letter->disabled = disabled;
    account_letter_send_to_name(worker, letter, name);
}
