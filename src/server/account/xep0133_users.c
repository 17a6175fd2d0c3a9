/* xep0133_users.c - accounts made, removed, closed and opened by an administrator, and passwords
 * set (XEP-0133 4.1 to 4.4, 4.7). */
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account.h"
#include "server/account/admin_form.h"
#include "server/account/password.h"
#include "server/account/verifiers.h"

#include <stdlib.h>

static void
log_done(const struct command_call *call, struct str name)
{
    log_notice(&call->worker->server->log, "administered", "%.*s: %s %.*s",
               STR_ARG(call->request->from.bare), call->command->name, STR_ARG(name));
}

/* ---- with a password ---- */

struct with_password {
    struct verifiers_job job;
    struct command_call *call;
    struct jid user;
};

static void
with_password_free(struct with_password *change)
{
    explicit_bzero(change->job.verifiers, sizeof(change->job.verifiers));
    free(change);
}

static void
password_stored(struct store_call *store_call, void *context)
{
    struct with_password *change = store_call->owner;
    struct command_call *call = change->call;
    int status = store_call->status;

    (void)context;
    store_call_free(store_call);
    if (status == 0)
        log_done(call, change->user.local);
    if (status < 0)
        command_fail_error(call, status);
    else
        command_done(call, "Done.");
    with_password_free(change);
}

static void
create_hashed(struct verifiers_job *job, struct worker *worker)
{
    struct with_password *change = CONTAINER_OF(job, struct with_password, job);
    struct store_account_create *create =
        STORE_CALL(account_create, ACCOUNT_CREATE, &worker->mailbox, password_stored, change);

    create->name = store_keep(&create->call, change->user.local);
    memcpy(create->verifiers, job->verifiers, sizeof(create->verifiers));
    store_submit(worker->server->store, &create->call);
}

static void
password_hashed(struct verifiers_job *job, struct worker *worker)
{
    struct with_password *change = CONTAINER_OF(job, struct with_password, job);
    struct store_account_set_verifiers *set = STORE_CALL(
        account_set_verifiers, ACCOUNT_SET_VERIFIERS, &worker->mailbox, password_stored, change);

    set->name = store_keep(&set->call, change->user.local);
    memcpy(set->verifiers, job->verifiers, sizeof(set->verifiers));
    store_submit(worker->server->store, &set->call);
}

/* Why it cannot be, or NULL. */
static const char *
find_fault(struct command_call *call, struct jid user, struct str typed, struct str *ret_password)
{
    struct str fault;
    const struct element *form = call->form;

    if (!jid_is_bare(user) || str_starts_with(user.local, STR(SESSION_GUEST_PREFIX)))
        return "This name cannot be used.";
    if (form && call->command->write_form && command_value(call, "password-verify").len > 0 &&
        !str_equal(command_value(call, "password-verify"), command_value(call, "password")))
        return "The passwords are not the same.";
    if (password_prepare(&call->arena, call->worker->server->config, typed, ret_password, &fault) <
        0)
        return fault.data;
    return NULL;
}

static void
run_with_password(struct command_call *call,
                  void (*hashed)(struct verifiers_job *job, struct worker *worker))
{
    struct with_password *change;
    struct str password;
    struct jid user;
    const char *fault;
    int r = command_user(call, command_value(call, "accountjid"), &user);

    if (r < 0) {
        command_fail_error(call, r);
        return;
    }
    fault = find_fault(call, user, command_value(call, "password"), &password);
    if (fault) {
        command_fail(call, "not-acceptable", fault);
        return;
    }
    change = memory_new(1, sizeof(*change));
    change->call = call;
    change->user = user;
    change->job.done = hashed;
    r = verifiers_make(&change->job, call->worker, password);
    if (r < 0) {
        command_fail_error(call, r);
        free(change);
    }
}

static void
form_add(const struct command_call *call, struct arena *arena, struct element *form)
{
    (void)call;
    admin_form_begin(arena, form);
    admin_form_required(arena, form, "jid-single", "accountjid", "The address of the account");
    admin_form_required(arena, form, "text-private", "password", "The password");
    command_field(arena, form, "text-private", "password-verify", "The password again");
}

static void
run_add(struct command_call *call)
{
    run_with_password(call, create_hashed);
}

const struct command command_add_user = {
    .node = ADMIN_FORM "#add-user",
    .name = "Add a user",
    .write_form = form_add,
    .run = run_add,
};

static void
form_password(const struct command_call *call, struct arena *arena, struct element *form)
{
    (void)call;
    admin_form_begin(arena, form);
    admin_form_required(arena, form, "jid-single", "accountjid", "The address of the account");
    admin_form_required(arena, form, "text-private", "password", "The new password");
}

static void
run_password(struct command_call *call)
{
    run_with_password(call, password_hashed);
}

const struct command command_change_user_password = {
    .node = ADMIN_FORM "#change-user-password",
    .name = "Change a user's password",
    .write_form = form_password,
    .run = run_password,
};

/* ---- several at once ---- */

struct several {
    struct command_call *call;
    size_t pending;
    int status; /* the first failure */
    void (*changed)(struct command_call *call, struct str name);
};

/* One of them on its way to the disk. */
struct one {
    struct several *several;
    struct str name;
};

static void
one_done(struct store_call *store_call, void *context)
{
    struct one *one = store_call->owner;
    struct several *several = one->several;
    struct worker *worker = context;

    if (store_call->status == 0 && !worker->ended) {
        log_done(several->call, one->name);
        several->changed(several->call, one->name);
    } else if (several->status == 0) {
        several->status = store_call->status;
    }
    store_call_free(store_call);
    if (--several->pending > 0)
        return;
    if (several->status < 0)
        command_fail_error(several->call, several->status);
    else
        command_done(several->call, "Done.");
    free(several);
}

static bool
is_first(const struct jid *users, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (jid_equal(users[i], users[at]))
            return false;
    }
    return true;
}

/* All addresses are looked at before any account is touched. */
static struct jid *
read_users(struct command_call *call, size_t *ret_count)
{
    struct str *values;
    size_t count = command_values(call, "accountjids", &values);
    struct jid *users = arena_alloc(&call->arena, count * sizeof(*users));
    int r = count == 0 ? E_FORMAT : 0;

    *ret_count = 0;
    for (size_t i = 0; i < count && r == 0 && users; i++) {
        r = command_user(call, values[i], &users[*ret_count]);
        if (r == 0 && is_first(users, *ret_count))
            ++*ret_count;
    }
    if (!users)
        r = E_FULL;
    if (r == 0)
        return users;
    command_fail_error(call, r);
    return NULL;
}

static void
run_several(struct command_call *call,
            struct store_call *(*ask)(struct worker *worker, struct one *one),
            void (*changed)(struct command_call *call, struct str name))
{
    struct several *several;
    size_t count;
    struct jid *users = read_users(call, &count);
    struct one *ones;

    if (!users)
        return;
    ones = arena_alloc(&call->arena, count * sizeof(*ones));
    if (!ones) {
        command_fail_error(call, E_FULL);
        return;
    }
    several = memory_new(1, sizeof(*several));
    *several = (struct several){ .call = call, .pending = count, .changed = changed };
    for (size_t i = 0; i < count; i++) {
        ones[i] = (struct one){ several, users[i].local };
        store_submit(call->worker->server->store, ask(call->worker, &ones[i]));
    }
}

static void
form_several(const struct command_call *call, struct arena *arena, struct element *form)
{
    (void)call;
    admin_form_begin(arena, form);
    admin_form_required(arena, form, "jid-multi", "accountjids", "The addresses of the accounts");
}

static struct store_call *
ask_remove(struct worker *worker, struct one *one)
{
    struct store_account_remove *gone =
        STORE_CALL(account_remove, ACCOUNT_REMOVE, &worker->mailbox, one_done, one);

    gone->name = store_keep(&gone->call, one->name);
    return &gone->call;
}

static void
removed(struct command_call *call, struct str name)
{
    account_end(call->worker, name, "the account was removed");
}

static void
run_delete(struct command_call *call)
{
    run_several(call, ask_remove, removed);
}

const struct command command_delete_user = {
    .node = ADMIN_FORM "#delete-user",
    .name = "Delete users",
    .write_form = form_several,
    .run = run_delete,
};

static struct store_call *
ask_disable(struct worker *worker, struct one *one, bool disabled)
{
    struct store_account_disable *disable =
        STORE_CALL(account_disable, ACCOUNT_DISABLE, &worker->mailbox, one_done, one);

    disable->name = store_keep(&disable->call, one->name);
    disable->disabled = disabled;
    return &disable->call;
}

static struct store_call *
ask_close(struct worker *worker, struct one *one)
{
    return ask_disable(worker, one, true);
}

static void
closed(struct command_call *call, struct str name)
{
    account_set_disabled(call->worker, name, true);
}

static void
run_disable(struct command_call *call)
{
    run_several(call, ask_close, closed);
}

const struct command command_disable_user = {
    .node = ADMIN_FORM "#disable-user",
    .name = "Disable users",
    .write_form = form_several,
    .run = run_disable,
};

static struct store_call *
ask_open(struct worker *worker, struct one *one)
{
    return ask_disable(worker, one, false);
}

static void
opened(struct command_call *call, struct str name)
{
    account_set_disabled(call->worker, name, false);
}

static void
run_reenable(struct command_call *call)
{
    run_several(call, ask_open, opened);
}

const struct command command_reenable_user = {
    .node = ADMIN_FORM "#reenable-user",
    .name = "Re-enable users",
    .write_form = form_several,
    .run = run_reenable,
};
