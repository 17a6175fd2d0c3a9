/* control_invite.c - see control_invite.h. */
#include "server/control/control_invite.h"

#include "base/clock.h"
#include "base/error.h"
#include "server/account/invitation.h"
#include "server/account/registration.h"
#include "server/core/session.h"

static void
made(struct invitation_job *job, struct worker *worker)
{
    struct control_request *request = job->owner;
    char stamp[CLOCK_TEXT_BYTES];

    if (worker->ended) {
        control_drop(request);
    } else if (job->status < 0) {
        control_error(request, job->status, NULL);
    } else {
        clock_format(job->expires_us, stamp);
        log_notice(&request->server->log, "invitation-made", "by jackdawctl");
        control_row(request, (struct str[]){ job->uri, str_from(stamp) }, 2);
        control_ok(request);
    }
    invitation_job_free(job);
}

static void
invite(struct control_request *request, struct str name)
{
    struct invitation_order order = { .name = name };

    if (invitation_registers(request->server))
        invitation_make(request->server->workers[0], &order, made, request);
    else
        control_error(request, E_FORBIDDEN,
                      "registration is closed; set it to invite (or open) in the configuration");
}

void
control_invite(struct control_request *request)
{
    invite(request, STR_EMPTY);
}

/* Only this name may be registered. */
void
control_invite_name(struct control_request *request)
{
    struct str name;

    if (jid_prepare_local(&request->arena, control_argument(request, 0), &name) < 0 ||
        str_starts_with(name, STR(SESSION_GUEST_PREFIX)))
        control_error(request, E_JID, "not a possible user name (the part before the @)");
    else if (registration_is_kept(request->server, name))
        control_error(request, E_FORBIDDEN,
                      "this name is kept for the administrator: use `user add`");
    else
        invite(request, name);
}
