/* xep0077_register.c - a signed-in user's own registration: a new password, or the end of the
 * account (XEP-0077 3.2, 3.3). */
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/password.h"
#include "server/account/registration.h"
#include "server/account/verifiers.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "xmpp/ns.h"

#include <stdlib.h>

/* A request on its way through the hashing threads and the store. */
struct change {
    struct verifiers_job job;
    struct account *account;
    struct stanza *request;
};

static struct change *
change_new(struct account *account, struct stanza *request)
{
    struct change *change = memory_new(1, sizeof(*change));

    change->account = account;
    change->request = stanza_ref(request);
    settlement_hold(request);
    entity_pin(&account->entity);
    return change;
}

static void
change_free(struct change *change)
{
    struct account *account = change->account;

    settlement_release(change->request);
    stanza_unref(change->request);
    free(change);
    entity_unpin(&account->entity);
}

static void
answer_get(struct worker *worker, struct account *account, struct stanza *request)
{
    struct stanza *result = stanza_result(request);
    struct arena *arena = &result->arena;
    struct element *query = element_add(arena, result->root, NS_REGISTER, STR("query"));

    element_add(arena, query, NS_REGISTER, STR("registered"));
    element_add_with_text(arena, query, NS_REGISTER, STR("username"), account->entity.jid.local);
    element_add(arena, query, NS_REGISTER, STR("password"));
    router_route(worker, result);
}

/* ---- another password ---- */

static void
set_done(struct store_call *call, void *worker)
{
    struct change *change = call->owner;

    if (call->status < 0)
        router_reply_error(worker, change->request, call->status);
    else
        router_route(worker, stanza_result(change->request));
    store_call_free(call);
    change_free(change);
}

static void
hashed(struct verifiers_job *job, struct worker *worker)
{
    struct change *change = CONTAINER_OF(job, struct change, job);
    struct store_account_set_verifiers *set;

    if (worker->ended) {
        change_free(change);
        return;
    }
    set = STORE_CALL(account_set_verifiers, ACCOUNT_SET_VERIFIERS, &worker->mailbox, set_done,
                     change);
    set->name = store_keep(&set->call, change->account->entity.jid.local);
    memcpy(set->verifiers, job->verifiers, sizeof(set->verifiers));
    store_submit(worker->server->store, &set->call);
}

/* XEP-0077 3.3: nobody but the user, and never an empty one. */
static void
change_password(struct worker *worker, struct account *account, struct stanza *request)
{
    struct str name = STR_EMPTY, typed, password, fault;
    struct arena arena;

    arena_init(&arena, STANZA_ARENA_DEFAULT);
    int r = registration_read(&arena, request, &name, &typed);
    if (r < 0 || !str_equal(name, account->entity.jid.local)) {
        router_reply_error(worker, request, E_FORMAT);
    } else if (password_prepare(&arena, worker->server->config, typed, &password, &fault) < 0) {
        router_reply_condition(worker, request, "not-acceptable", fault);
    } else {
        struct change *change = change_new(account, request);

        change->job.done = hashed;
        r = verifiers_make(&change->job, worker, password);
        if (r < 0) {
            router_reply_error(worker, request, r);
            change_free(change);
        }
    }
    arena_fini(&arena);
}

/* ---- the end ---- */

static void
remove_done(struct store_call *call, void *context)
{
    struct change *change = call->owner;
    struct account *account = change->account;
    struct worker *worker = context;
    struct account_session *state;
    int status = call->status;

    store_call_free(call);
    if (worker->ended) {
        change_free(change);
        return;
    }
    if (status < 0) {
        router_reply_error(worker, change->request, status);
    } else {
        log_info(&worker->log, "unregistered", "%.*s", STR_ARG(account->entity.jid.bare));
        state = account_find_session(account, change->request->from);
        if (state) {
            struct stanza *result = stanza_result(change->request);

            session_send(state->session, result);
            stanza_unref(result);
        }
        account_end_here(account, "the account has been removed");
    }
    change_free(change);
}

static void
cancel(struct worker *worker, struct account *account, struct stanza *request)
{
    const struct element *only = element_first_child(stanza_payload(request));
    struct store_account_remove *gone;

    if (element_next(only)) {
        router_reply_error(worker, request, E_FORMAT);
        return;
    }
    gone = STORE_CALL(account_remove, ACCOUNT_REMOVE, &worker->mailbox, remove_done,
                      change_new(account, request));
    gone->name = store_keep(&gone->call, account->entity.jid.local);
    store_submit(worker->server->store, &gone->call);
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);

    if (!account_is_owner(account, request))
        router_reply_error(worker, request, E_FORBIDDEN);
    else if (account->guest)
        router_reply_condition(worker, request, "not-allowed", STR_EMPTY);
    else if (request->type == TYPE_GET)
        answer_get(worker, account, request);
    else if (element_child(stanza_payload(request), NS_REGISTER, STR("remove")))
        cancel(worker, account, request);
    else
        change_password(worker, account, request);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("jabber:iq:register"), "query", true, true, handle },
    { .name = NULL },
};

static const char *const disco[] = { "jabber:iq:register", NULL };

const struct account_feature account_xep0077_register = {
    .feature = { .name = "xep0077_register", .disco = disco, .iqs = iqs },
};
