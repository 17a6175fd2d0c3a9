/* xep0092_version.c - what software this is (XEP-0092). The system it runs on is nobody's affair.
 */
#include "server/core/router.h"
#include "server/host/host_feature.h"
#include "xmpp/ns.h"

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct stanza *result = stanza_result(request);
    struct arena *arena = &result->arena;
    struct element *query = element_add(arena, result->root, NS_VERSION, STR("query"));

    (void)entity;
    element_add_with_text(arena, query, NS_VERSION, STR("name"), STR("Jackdaw"));
    element_add_with_text(arena, query, NS_VERSION, STR("version"), STR(JACKDAW_VERSION));
    router_route(worker, result);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("jabber:iq:version"), "query", true, false, handle },
    { .name = NULL },
};

static const char *const disco[] = { "jabber:iq:version", NULL };

const struct host_feature host_xep0092_version = {
    .feature = { .name = "xep0092_version", .disco = disco, .iqs = iqs },
};
