/* xep0199_ping.c - an account answers a ping for its user (XEP-0199 4.2). */
#include "server/account/account_feature.h"
#include "server/core/router.h"

/* Whether the account exists is not told to strangers: to them it does not answer. */
static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    if (account_trusts(account_of(entity), request->from))
        router_route(worker, stanza_result(request));
    else
        router_reply_condition(worker, request, "service-unavailable", STR_EMPTY);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("urn:xmpp:ping"), "ping", true, false, handle },
    { .name = NULL },
};

static const char *const disco[] = { "urn:xmpp:ping", NULL };

const struct account_feature account_xep0199_ping = {
    .feature = { .name = "xep0199_ping", .disco = disco, .iqs = iqs },
};
