/* xep0012_last.c - since when a user is away, for those who may see his presence (XEP-0012 3, 4).
 *
 * The moment is kept in memory at once, so that the next question sees it, and on the disk for when
 * the account has left memory. */
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/presence.h"
#include "server/core/router.h"
#include "xmpp/ns.h"

#include <stdlib.h>

#define NS_LAST   STR("jabber:iq:last")
#define SECOND_US INT64_C(1000000)

enum {
    STATUS_MAX = 1024 /* bytes of the last word */
};

/* ---- leaving ---- */

static bool
somebody_is_available(struct account *account, const struct account_session *except)
{
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        const struct account_session *state = account_session_at(link);

        if (state != except && state->available)
            return true;
    }
    return false;
}

static void
put_done(struct store_call *call, void *context)
{
    struct account *account = call->owner;
    struct worker *worker = context;

    if (call->status < 0 && call->status != E_NOT_FOUND)
        log_warning(&worker->log, "activity-not-stored", "%.*s: %s",
                    STR_ARG(account->entity.jid.bare), error_text(call->status));
    store_call_free(call);
    entity_unpin(&account->entity);
}

static void
store_activity(struct account *account)
{
    struct store_activity_put *put = STORE_CALL(
        activity_put, ACTIVITY_PUT, &account_worker(account)->mailbox, put_done, account);

    entity_pin(&account->entity);
    put->name = store_keep(&put->call, account->entity.jid.local);
    put->left_us = account->last.left_us;
    put->status = store_keep(&put->call, str_from(account->last.status));
    store_submit(account_server(account)->store, &put->call);
}

/* Called before the session counts as unavailable. */
static void
note_end(struct account *account, const struct account_session *state, struct str status)
{
    if (!state->available || somebody_is_available(account, state) || account->removed)
        return;
    free(account->last.status);
    account->last.status = str_dup(status.len > STATUS_MAX ? STR_EMPTY : status);
    account->last.left_us = clock_wall_us();
    if (!account->guest)
        store_activity(account);
}

static enum flow
presence_out(struct account *account, struct account_session *state, struct stanza *presence)
{
    struct arena arena;

    if (presence->type != TYPE_UNAVAILABLE || jid_is_set(presence->to))
        return FLOW_ON;
    arena_init(&arena, STANZA_ARENA_DEFAULT);
    note_end(account, state, element_child_text(&arena, presence->root, NS_CLIENT, STR("status")));
    arena_fini(&arena);
    return FLOW_ON;
}

static void
session_closed(struct account *account, struct account_session *state)
{
    note_end(account, state, STR_EMPTY);
}

static void
account_closed(struct account *account)
{
    free(account->last.status);
    account->last.status = NULL;
}

/* ---- asking ---- */

static void
answer(struct worker *worker, const struct stanza *request, int64_t left_us, struct str status)
{
    struct stanza *result = stanza_result(request);
    struct arena *arena = &result->arena;
    struct element *query = element_add(arena, result->root, NS_LAST, STR("query"));
    int64_t seconds = left_us > 0 ? (clock_wall_us() - left_us) / SECOND_US : 0;

    /* The wall clock may have been set back. */
    element_set(arena, query, STR("seconds"),
                arena_printf(arena, "%lld", seconds > 0 ? (long long)seconds : 0));
    if (status.len > 0)
        element_add_text(arena, query, status);
    router_route(worker, result);
}

static void
load_done(struct store_call *call, void *worker)
{
    struct store_activity_load *load = CONTAINER_OF(call, struct store_activity_load, call);
    struct stanza *request = call->owner;

    if (call->status < 0)
        router_reply_error(worker, request, call->status);
    else
        answer(worker, request, load->ret_left_us, load->ret_status);
    stanza_unref(request);
    store_call_free(call);
}

static void
answer_from_disk(struct account *account, struct stanza *request)
{
    struct worker *worker = account_worker(account);
    struct store_activity_load *load =
        STORE_CALL(activity_load, ACTIVITY_LOAD, &worker->mailbox, load_done, stanza_ref(request));

    load->name = store_keep(&load->call, account->entity.jid.local);
    store_submit(worker->server->store, &load->call);
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);

    if (somebody_is_available(account, NULL))
        answer(worker, request, 0, STR_EMPTY);
    else if (account->last.left_us > 0)
        answer(worker, request, account->last.left_us, str_from(account->last.status));
    else
        answer_from_disk(account, request);
}

/* XEP-0012 4: a question to a session goes there only from those who may know that it is there. */
static enum flow
stanza_in(struct account *account, struct stanza *stanza)
{
    const struct account_session *state;

    if (stanza->kind != STANZA_IQ || stanza->type != TYPE_GET || jid_is_bare(stanza->to) ||
        !element_is(stanza_payload(stanza), NS_LAST, STR("query")))
        return FLOW_ON;
    state = account_find_session(account, stanza->to);
    if (account_trusts(account, stanza->from) || (state && presence_is_told(state, stanza->from)))
        return FLOW_ON;
    /* As if there were no such account. */
    router_reply_condition(account_worker(account), stanza, "service-unavailable", STR_EMPTY);
    return FLOW_DONE;
}

static const struct iq_handler iqs[] = {
    { STR_INIT("jabber:iq:last"), "query", true, false, handle },
    { .name = NULL },
};

static const char *const disco[] = { "jabber:iq:last", NULL };

const struct account_feature account_xep0012_last = {
    .feature = { .name = "xep0012_last", .disco = disco, .iqs = iqs },
    .session_closed = session_closed,
    .presence_out = presence_out,
    .stanza_in = stanza_in,
    .account_closed = account_closed,
};
