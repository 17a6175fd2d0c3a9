/* xep0092_version.c - says what we are; the operating system is nobody's business.
 * Spec: XEP-0092 3, 6. Tests: tests/unit/client/test_router.c */
#include "client/feature.h"
#include "xmpp/ns.h"

static struct stanza *
answer(JdAccount *account, const struct stanza *request, const char **ret_condition)
{
    (void)account, (void)ret_condition;
    struct stanza *reply = stanza_result(request);
    struct arena *arena = &reply->arena;
    struct element *query = element_add(arena, reply->root, NS_VERSION, STR("query"));
    element_add_with_text(arena, query, NS_VERSION, STR("name"), STR("Jackdaw"));
    element_add_with_text(arena, query, NS_VERSION, STR("version"), STR(JACKDAW_VERSION));
    return reply;
}

static const char *const disco[] = { "jabber:iq:version", NULL };

static const struct feature_request requests[] = {
    { STR_INIT("jabber:iq:version"), STR_INIT("query"), TYPE_GET, answer },
    { .answer = NULL },
};

const struct feature feature_version = {
    .name = "version",
    .disco = disco,
    .requests = requests,
};
