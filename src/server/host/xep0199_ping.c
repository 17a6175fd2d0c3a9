/* xep0199_ping.c - is the server there? (XEP-0199 4.2) */
#include "server/core/router.h"
#include "server/host/host_feature.h"

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

const struct host_feature host_xep0199_ping = {
    .feature = { .name = "xep0199_ping", .disco = disco, .iqs = iqs },
};
