/* xep0401_invitations.c - links by which users invite contacts, and administrators new users
 * (XEP-0401 4). */
#include "base/clock.h"
#include "base/error.h"
#include "server/account/admin_form.h"
#include "server/account/invitation.h"
#include "server/account/registration.h"
#include "server/core/config.h"
#include "server/core/session.h"

#define INVITATION_FORM "urn:xmpp:invite#invitation"

static void
add_text(struct arena *arena, struct element *form, const char *var, struct str value)
{
    command_field_value(arena, command_field(arena, form, "text-single", var, NULL), value);
}

static void
made(struct invitation_job *job, struct worker *worker)
{
    struct command_call *call = job->owner;
    char stamp[CLOCK_TEXT_BYTES];

    if (job->status == E_FULL) {
        command_fail(call, "resource-constraint", "You have too many open invitations.");
    } else if (job->status < 0) {
        command_fail_error(call, job->status);
    } else {
        struct element *form;
        struct stanza *result = command_result(call, INVITATION_FORM, &form);

        log_notice(&worker->log, "invitation-made", "by %.*s", STR_ARG(call->request->from.bare));
        add_text(&result->arena, form, "uri", job->uri);
        clock_format(job->expires_us, stamp);
        add_text(&result->arena, form, "expire", str_from(stamp));
        command_send(call, result);
    }
    invitation_job_free(job);
}

/* XEP-0401 4.1. */
static void
run_invite(struct command_call *call)
{
    struct invitation_order order = {
        .inviter = jid_bare(call->request->from),
        .is_contact = true,
    };

    if (!str_equal(order.inviter.domain, call->worker->server->domain))
        command_fail_error(call, E_FORBIDDEN);
    else
        invitation_make(call->worker, &order, made, call);
}

const struct command command_invite = {
    .node = "urn:xmpp:invite#invite",
    .name = "Invite somebody",
    .for_users = true,
    .run = run_invite,
};

/* XEP-0401 4.4. */
static void
form_create(const struct command_call *call, struct arena *arena, struct element *form)
{
    (void)call;
    command_field(arena, form, "text-single", "username", "The name, if it is to be a certain one");
    command_field(arena, form, "boolean", "roster-subscription", "Make us contacts");
}

static bool
is_true(struct str value)
{
    return str_is(value, "1") || str_is(value, "true");
}

static void
run_create(struct command_call *call)
{
    struct invitation_order order = { 0 };
    struct str name = str_trim(command_value(call, "username"));

    if (!invitation_registers(call->worker->server)) {
        command_fail(call, "not-allowed", "New accounts are not made here.");
        return;
    }
    if (name.len > 0 && (jid_prepare_local(&call->arena, name, &order.name) < 0 ||
                         str_starts_with(order.name, STR(SESSION_GUEST_PREFIX)) ||
                         registration_is_kept(call->worker->server, order.name))) {
        command_fail(call, "not-acceptable", "This name cannot be used.");
        return;
    }
    if (is_true(command_value(call, "roster-subscription")))
        order.inviter = jid_bare(call->request->from);
    invitation_make(call->worker, &order, made, call);
}

const struct command command_create_account = {
    .node = "urn:xmpp:invite#create-account",
    .name = "Invite a new user",
    .write_form = form_create,
    .run = run_create,
};
