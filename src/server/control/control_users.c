/* control_users.c - see control_users.h. Passwords are turned into verifiers on the hashing
 * threads; the store never sees them. */
#include "server/control/control_users.h"

#include "base/error.h"
#include "base/memory.h"
#include "server/account/account.h"
#include "server/account/password.h"
#include "server/account/verifiers.h"
#include "server/core/session.h"

#include <stdlib.h>

enum {
    LIST_AT_A_TIME = 500
};

/* True after answering that the server is stopping: only what was asked of others comes back. */
static bool
is_over(struct control_request *request, const void *context)
{
    const struct worker *worker = context;

    if (worker->ended)
        control_drop(request);
    return worker->ended;
}

static struct str
prepared_name(const struct control_request *request)
{
    const struct str *name = request->state;

    return *name;
}

/* Prepares the first argument, to be had with prepared_name(). False after answering. */
static bool
prepare_name(struct control_request *request)
{
    struct str *name = arena_alloc(&request->arena, sizeof(*name));

    if (!name || jid_prepare_local(&request->arena, control_argument(request, 0), name) < 0) {
        control_error(request, E_JID, "not a possible user name (the part before the @)");
        return false;
    }
    request->state = name;
    return true;
}

/* ---- passwords ---- */

struct control_hashing {
    struct verifiers_job job;
    struct control_request *request;
};

static struct control_hashing *
hashing_of(struct verifiers_job *job)
{
    return CONTAINER_OF(job, struct control_hashing, job);
}

static void
hashing_free(struct control_hashing *hashing)
{
    explicit_bzero(hashing->job.verifiers, sizeof(hashing->job.verifiers));
    free(hashing);
}

/* Prepares and hashes the second argument; `hashed` owns the struct around its job. */
static void
start_hashing(struct control_request *request,
              void (*hashed)(struct verifiers_job *job, struct worker *worker))
{
    struct control_hashing *hashing;
    struct str password, fault;
    int r = password_prepare(&request->arena, request->server->config, control_argument(request, 1),
                             &password, &fault);

    if (r < 0) {
        control_error(request, r, fault.data);
        return;
    }
    hashing = memory_new(1, sizeof(*hashing));
    hashing->request = request;
    hashing->job.done = hashed;
    r = verifiers_make(&hashing->job, request->server->workers[0], password);
    explicit_bzero((char *)(uintptr_t)password.data, password.len);
    if (r < 0) {
        free(hashing);
        control_error(request, r, "the server is too busy; try again");
    }
}

/* ---- verbs ---- */

static void
changed(struct store_call *call, void *worker)
{
    struct control_request *request = call->owner;
    int status = call->status;

    store_call_free(call);
    if (is_over(request, worker))
        return;
    if (status == 0)
        log_notice(&request->server->log, "administered", "%.*s %.*s", STR_ARG(request->fields[1]),
                   STR_ARG(prepared_name(request)));
    if (status == 0)
        control_ok(request);
    else if (status == E_NOT_FOUND)
        control_error(request, status, "no such user");
    else if (status == E_EXISTS)
        control_error(request, status, "the user exists already");
    else
        control_error(request, status, NULL);
}

static void
add_hashed(struct verifiers_job *job, struct worker *worker)
{
    struct control_hashing *hashing = hashing_of(job);
    struct control_request *request = hashing->request;
    struct store_account_create *create;

    if (!is_over(request, worker)) {
        create =
            STORE_CALL(account_create, ACCOUNT_CREATE, control_mailbox(request), changed, request);
        create->name = store_keep(&create->call, prepared_name(request));
        memcpy(create->verifiers, job->verifiers, sizeof(create->verifiers));
        store_submit(request->server->store, &create->call);
    }
    hashing_free(hashing);
}

void
control_user_add(struct control_request *request)
{
    if (!prepare_name(request))
        return;
    if (str_starts_with(prepared_name(request), STR(SESSION_GUEST_PREFIX)))
        control_error(request, E_FORBIDDEN, "names of this form are for guests");
    else
        start_hashing(request, add_hashed);
}

static void
password_hashed(struct verifiers_job *job, struct worker *worker)
{
    struct control_hashing *hashing = hashing_of(job);
    struct control_request *request = hashing->request;
    struct store_account_set_verifiers *set;

    if (!is_over(request, worker)) {
        set = STORE_CALL(account_set_verifiers, ACCOUNT_SET_VERIFIERS, control_mailbox(request),
                         changed, request);
        set->name = store_keep(&set->call, prepared_name(request));
        memcpy(set->verifiers, job->verifiers, sizeof(set->verifiers));
        store_submit(request->server->store, &set->call);
    }
    hashing_free(hashing);
}

void
control_user_password(struct control_request *request)
{
    if (prepare_name(request))
        start_hashing(request, password_hashed);
}

static void
removed(struct store_call *call, void *context)
{
    struct worker *worker = context;
    const struct control_request *request = call->owner;

    if (call->status == 0 && !worker->ended)
        account_end(worker, prepared_name(request), "the account was removed");
    changed(call, context);
}

void
control_user_remove(struct control_request *request)
{
    struct store_account_remove *remove;

    if (!prepare_name(request))
        return;
    remove = STORE_CALL(account_remove, ACCOUNT_REMOVE, control_mailbox(request), removed, request);
    remove->name = store_keep(&remove->call, prepared_name(request));
    store_submit(request->server->store, &remove->call);
}

static void
closed(struct store_call *call, void *context)
{
    const struct store_account_disable *disable =
        CONTAINER_OF(call, struct store_account_disable, call);
    struct worker *worker = context;
    const struct control_request *request = call->owner;

    if (call->status == 0 && !worker->ended)
        account_set_disabled(worker, prepared_name(request), disable->disabled);
    changed(call, context);
}

static void
set_disabled(struct control_request *request, bool disabled)
{
    struct store_account_disable *disable;

    if (!prepare_name(request))
        return;
    disable =
        STORE_CALL(account_disable, ACCOUNT_DISABLE, control_mailbox(request), closed, request);
    disable->name = store_keep(&disable->call, prepared_name(request));
    disable->disabled = disabled;
    store_submit(request->server->store, &disable->call);
}

void
control_user_disable(struct control_request *request)
{
    set_disabled(request, true);
}

void
control_user_enable(struct control_request *request)
{
    set_disabled(request, false);
}

static void list_after(struct control_request *request, struct str after);

static void
listed(struct store_call *call, void *worker)
{
    struct store_account_list *list = CONTAINER_OF(call, struct store_account_list, call);
    struct control_request *request = call->owner;

    if (is_over(request, worker)) {
        store_call_free(call);
        return;
    }
    for (size_t i = 0; i < list->ret_count && call->status == 0; i++)
        control_row(request, &list->ret_names[i], 1);
    if (call->status < 0)
        control_error(request, call->status, NULL);
    else if (list->ret_count < LIST_AT_A_TIME)
        control_ok(request);
    else
        list_after(request, list->ret_names[list->ret_count - 1]);
    store_call_free(call);
}

static void
list_after(struct control_request *request, struct str after)
{
    struct store_account_list *list =
        STORE_CALL(account_list, ACCOUNT_LIST, control_mailbox(request), listed, request);

    list->after = store_keep(&list->call, after);
    list->limit = LIST_AT_A_TIME;
    store_submit(request->server->store, &list->call);
}

void
control_user_list(struct control_request *request)
{
    list_after(request, STR_EMPTY);
}
