/* registration.c - see registration.h. */
#include "server/account/registration.h"

#include "base/error.h"
#include "base/memory.h"
#include "server/account/account.h"
#include "server/account/password.h"
#include "server/account/registration_limit.h"
#include "server/account/verifiers.h"
#include "server/core/command.h"
#include "server/core/config.h"
#include "server/core/session.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum {
    ARENA_BYTES = 64 * 1024
};

static struct registration_limit limit = REGISTRATION_LIMIT_INIT;

/* An account on its way to the store. */
struct registration {
    struct verifiers_job job;
    struct session *session; /* stays until it is answered, see session.h */
    struct stanza *request;
    struct arena arena;
    struct str name;
};

int
registration_read(struct arena *arena,
                  const struct stanza *stanza,
                  struct str *ret_name,
                  struct str *ret_password)
{
    const struct element *query = stanza_payload(stanza);
    struct str name = element_child_text(arena, query, NS_REGISTER, STR("username"));

    *ret_password = element_child_text(arena, query, NS_REGISTER, STR("password"));

    if (name.len == 0 || ret_password->len == 0)
        return E_NOT_FOUND;
    return jid_prepare_local(arena, name, ret_name) < 0 ? E_JID : 0;
}

/* ---- answers ---- */

static void
answer(struct session *session, struct stanza *reply)
{
    session_send(session, reply);
    stanza_unref(reply);
}

static void
refuse(struct session *session,
       const struct stanza *request,
       const char *condition,
       struct str text)
{
    answer(session, stanza_error(request, condition, text));
}

/* XEP-0077 3.1. */
static void
answer_form(struct session *session, const struct stanza *request)
{
    struct stanza *result = stanza_result(request);
    struct arena *arena = &result->arena;
    struct element *query = element_add(arena, result->root, NS_REGISTER, STR("query"));

    element_add_with_text(arena, query, NS_REGISTER, STR("instructions"),
                          STR("Choose a username and a password."));
    element_add(arena, query, NS_REGISTER, STR("username"));
    element_add(arena, query, NS_REGISTER, STR("password"));
    answer(session, result);
}

/* ---- making the account ---- */

static void
registration_free(struct registration *registration)
{
    stanza_unref(registration->request);
    arena_fini(&registration->arena);
    free(registration);
}

static void
create_done(struct store_call *call, void *context)
{
    struct registration *registration = call->owner;
    struct session *session = registration->session;
    struct worker *worker = context;
    int status = call->status;

    store_call_free(call);
    if (worker->ended) {
        registration_free(registration);
        return;
    }
    if (status == 0) {
        registration_limit_made(&limit, str_from(session->network), loop_now_us(worker->loop));
        log_info(&session->log, "registered", "%.*s", STR_ARG(registration->name));
        answer(session, stanza_result(registration->request));
    } else if (status == E_EXISTS) {
        refuse(session, registration->request, "conflict", STR("This name is taken."));
    } else {
        answer(session, stanza_error_for(registration->request, status));
    }
    registration_free(registration);
}

static void
hashed(struct verifiers_job *job, struct worker *worker)
{
    struct registration *registration = CONTAINER_OF(job, struct registration, job);
    struct store_account_create *create;

    if (worker->ended) {
        registration_free(registration);
        return;
    }
    create =
        STORE_CALL(account_create, ACCOUNT_CREATE, &worker->mailbox, create_done, registration);
    create->name = store_keep(&create->call, registration->name);
    memcpy(create->verifiers, job->verifiers, sizeof(create->verifiers));
    store_submit(worker->server->store, &create->call);
}

/* Whoever came first would be the administrator: these accounts are made with jackdawctl. */
static bool
is_kept_for_admin(const struct server *server, struct str name)
{
    struct arena arena;
    struct jid jid;

    arena_init(&arena, JID_TEXT_MAX * 3);
    const struct str text = arena_printf(&arena, "%.*s@%s", STR_ARG(name), server->config->domain);
    const bool is_kept = jid_parse(&arena, text, &jid) == 0 && command_is_admin(server, jid.bare);
    arena_fini(&arena);
    return is_kept;
}

/* Why it cannot be; NULL when it can. */
static const char *
find_fault(const struct session *session, int status, struct str name, struct str *ret_text)
{
    const struct config *config = session->worker->server->config;

    *ret_text = STR_EMPTY;
    if (status == E_NOT_FOUND) {
        *ret_text = STR("A username and a password are needed.");
        return "not-acceptable";
    }
    if (status == E_JID || (status == 0 && str_starts_with(name, STR(SESSION_GUEST_PREFIX)))) {
        *ret_text = STR("This name cannot be used.");
        return "jid-malformed";
    }
    if (is_kept_for_admin(session->worker->server, name)) {
        *ret_text = STR("This name is kept for the administrator.");
        return "not-allowed";
    }
    if (config->limits && !registration_limit_try(&limit, str_from(session->network),
                                                  loop_now_us(session->worker->loop),
                                                  config->registrations_per_hour)) {
        *ret_text = STR("Too many accounts come from your network. Please try again later.");
        return "resource-constraint";
    }
    return NULL;
}

static void
make_account(struct session *session, struct stanza *request)
{
    const struct config *config = session->worker->server->config;
    struct registration *registration = memory_new(1, sizeof(*registration));
    struct str typed, password, text;
    const char *fault;

    registration->session = session;
    registration->request = stanza_ref(request);
    registration->job.done = hashed;
    arena_init(&registration->arena, ARENA_BYTES);
    int r = registration_read(&registration->arena, request, &registration->name, &typed);
    if (r == 0 && password_prepare(&registration->arena, config, typed, &password, &text) < 0)
        fault = "not-acceptable";
    else
        fault = find_fault(session, r, registration->name, &text);
    if (!fault && verifiers_make(&registration->job, session->worker, password) < 0)
        fault = "resource-constraint";
    if (fault) {
        refuse(session, request, fault, text);
        registration_free(registration);
    }
}

void
registration_receive(struct session *session, struct stanza *stanza)
{
    const struct config *config = session->worker->server->config;

    if (config->registration != REGISTRATION_OPEN)
        refuse(session, stanza, "service-unavailable", STR("New accounts are not made here."));
    else if (!stanza_child(stanza, NS_REGISTER, STR("query")))
        refuse(session, stanza, "bad-request", STR_EMPTY);
    else if (stanza->type == TYPE_GET)
        answer_form(session, stanza);
    else if (element_child(stanza_payload(stanza), NS_REGISTER, STR("remove")))
        refuse(session, stanza, "unexpected-request", STR_EMPTY);
    else
        make_account(session, stanza);
    stanza_unref(stanza);
}
