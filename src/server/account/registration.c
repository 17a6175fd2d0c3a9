/* registration.c - see registration.h. */
#include "server/account/registration.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account.h"
#include "server/account/invitation.h"
#include "server/account/password.h"
#include "server/account/registration_limit.h"
#include "server/account/reserved_names.h"
#include "server/account/verifiers.h"
#include "server/core/command.h"
#include "server/core/config.h"
#include "server/core/session.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum {
    ARENA_BYTES = 64 * 1024,
    WRONG_TOKENS_MAX = 5 /* of one connection */
};

static struct registration_limit limit = REGISTRATION_LIMIT_INIT;

/* An account on its way to the store. */
struct registration {
    struct verifiers_job job;
    struct session *session; /* stays until it is answered, see session.h */
    struct stanza *request;
    struct arena arena;
    struct str name;
    struct str jid; /* bare */
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
    const struct store_account_create *create =
        CONTAINER_OF(call, struct store_account_create, call);
    struct worker *worker = context;
    int status = call->status;

    if (status == 0 && create->ret_inviter.len > 0 && !worker->ended)
        invitation_used(worker, create->ret_inviter, registration->jid);
    store_call_free(call);
    if (worker->ended) {
        registration_free(registration);
        return;
    }
    if (status == 0) {
        registration_limit_made(&limit, str_from(session->network), loop_now_us(worker->loop));
        log_info(&session->log, "registered", "%.*s", STR_ARG(registration->name));
        answer(session, stanza_result(registration->request));
    } else if (status == E_FORBIDDEN) {
        refuse(session, registration->request, "forbidden",
               STR("The invitation has been used already, or is for another name."));
    } else if (status == E_EXISTS) {
        /* To learn that there is such an account is not cheaper than to make one. */
        registration_limit_made(&limit, str_from(session->network), loop_now_us(worker->loop));
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
    create->token_hash = store_keep(&create->call, registration->session->invitation);
    create->jid = store_keep(&create->call, registration->jid);
    memcpy(create->verifiers, job->verifiers, sizeof(create->verifiers));
    store_submit(worker->server->store, &create->call);
}

bool
registration_is_kept(const struct server *server, struct str name)
{
    struct arena arena;
    struct jid jid;

    arena_init(&arena, JID_TEXT_MAX * 3);
    const struct str text = arena_printf(&arena, "%.*s@%s", STR_ARG(name), server->config->domain);
    const bool is_kept = reserved_names_have(name) ||
                         (jid_parse(&arena, text, &jid) == 0 && command_is_admin(server, jid.bare));
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
    if (registration_is_kept(session->worker->server, name)) {
        *ret_text = STR("This name is kept for the administrator.");
        return "not-allowed";
    }
    /* Who is invited has been counted when the invitation was made. */
    if (config->limits && session->invitation.len == 0 &&
        !registration_limit_try(&limit, str_from(session->network),
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
    registration->jid = arena_printf(&registration->arena, "%.*s@%.*s", STR_ARG(registration->name),
                                     STR_ARG(session->worker->server->domain));
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

/* ---- invitations ---- */

struct preauth {
    struct session *session; /* stays until it is answered, see session.h */
    struct stanza *request;
};

/* A token is 130 bits: who guesses is only a burden. */
static void
refuse_token(struct session *session, const struct stanza *request)
{
    refuse(session, request, "item-not-found", STR("The provided token is invalid or expired"));
    if (++session->wrong_tokens >= WRONG_TOKENS_MAX)
        session_close(session, E_LIMIT, "too many wrong tokens");
}

/* XEP-0445 4: that it has not ended counts now, and no more later. */
static void
invitation_found(struct store_call *call, void *context)
{
    struct store_invitation_load *found = CONTAINER_OF(call, struct store_invitation_load, call);
    struct preauth *preauth = call->owner;
    struct session *session = preauth->session;
    const struct worker *worker = context;

    if (!worker->ended && call->status == 0 && found->ret.registers) {
        session->invitation = arena_dup(&session->arena, found->token_hash);
        answer(session, stanza_result(preauth->request));
    } else if (!worker->ended && (call->status == 0 || call->status == E_NOT_FOUND)) {
        refuse_token(session, preauth->request);
    } else if (!worker->ended) {
        answer(session, stanza_error_for(preauth->request, call->status));
    }
    store_call_free(call);
    stanza_unref(preauth->request);
    free(preauth);
}

static void
take_token(struct session *session, struct stanza *request)
{
    struct worker *worker = session->worker;
    struct str token = element_get(stanza_payload(request), STR("token"));
    struct store_invitation_load *find;
    struct preauth *preauth;

    if (session->invitation.len > 0 || request->type != TYPE_SET || token.len == 0) {
        refuse(session, request, "bad-request", STR_EMPTY);
        return;
    }
    preauth = memory_new(1, sizeof(*preauth));
    *preauth = (struct preauth){ session, stanza_ref(request) };
    find =
        STORE_CALL(invitation_load, INVITATION_LOAD, &worker->mailbox, invitation_found, preauth);
    find->token_hash = invitation_hash(&find->call.arena, token);
    find->now_us = clock_wall_us();
    store_submit(worker->server->store, &find->call);
}

void
registration_receive(struct session *session, struct stanza *stanza)
{
    const struct config *config = session->worker->server->config;

    if (config->registration == REGISTRATION_CLOSED)
        refuse(session, stanza, "service-unavailable", STR("New accounts are not made here."));
    else if (stanza_child(stanza, NS_PREAUTH, STR("preauth")))
        take_token(session, stanza);
    else if (config->registration == REGISTRATION_INVITE && session->invitation.len == 0)
        refuse(session, stanza, "not-allowed", STR("You need an invitation to register here."));
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
