/* xep0199_ping.c - an account answers a ping for its user (XEP-0199 4.2). */
#include "server/account/account_feature.h"
#include "server/core/router.h"

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    (void)entity;
    router_route(worker, stanza_result(request));
}

static const struct iq_handler iqs[] = {
    { STR_INIT("urn:xmpp:ping"), "ping", true, false, handle },
    { .name = NULL },
};

static const char *const disco[] = { "urn:xmpp:ping", NULL };

const struct account_feature account_xep0199_ping = {
    .feature = { .name = "xep0199_ping", .disco = disco, .iqs = iqs },
};
