/* xep0030_disco.c - what an account is, told to those who may see its presence (XEP-0030 3, 4, 8).
 */
#include "base/error.h"
#include "server/account/account_feature.h"
#include "server/core/router.h"
#include "xmpp/ns.h"

static void
add_features(const struct server *server, struct stanza *result, struct element *query)
{
    for (size_t i = 0; i < account_feature_count; i++) {
        const char *const *var = account_feature_list[i]->disco;

        if (!feature_is_on(account_feature_list[i], server))
            continue;
        for (; var && *var; var++) {
            struct element *feature =
                element_add(&result->arena, query, NS_DISCO_INFO, STR("feature"));

            element_set(&result->arena, feature, STR("var"), str_from(*var));
        }
    }
}

static void
handle_info(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);
    struct stanza *result;
    struct element *query, *identity;

    if (element_has(stanza_payload(request), STR("node"))) {
        router_reply_error(worker, request, E_NOT_FOUND);
        return;
    }
    result = stanza_result(request);
    query = element_add(&result->arena, result->root, NS_DISCO_INFO, STR("query"));
    identity = element_add(&result->arena, query, NS_DISCO_INFO, STR("identity"));
    element_set(&result->arena, identity, STR("category"), STR("account"));
    element_set(&result->arena, identity, STR("type"),
                account->guest ? STR("anonymous") : STR("registered"));
    add_features(worker->server, result, query);
    router_route(worker, result);
}

/* There is nothing but sessions to list. Strangers do not come as far as this: account.c. */
static void
handle_items(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);
    struct stanza *result;
    struct element *query;

    if (element_has(stanza_payload(request), STR("node"))) {
        router_reply_error(worker, request, E_NOT_FOUND);
        return;
    }
    result = stanza_result(request);
    query = element_add(&result->arena, result->root, NS_DISCO_ITEMS, STR("query"));
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);
        struct element *item;

        if (!state->available)
            continue;
        item = element_add(&result->arena, query, NS_DISCO_ITEMS, STR("item"));
        element_set(&result->arena, item, STR("jid"), state->session->jid.full);
    }
    router_route(worker, result);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("http://jabber.org/protocol/disco#info"), "query", true, false, handle_info },
    { STR_INIT("http://jabber.org/protocol/disco#items"), "query", true, false, handle_items },
    { .name = NULL },
};

static const char *const disco[] = {
    "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/disco#items",
    NULL,
};

const struct account_feature account_xep0030_disco = {
    .feature = { .name = "xep0030_disco", .disco = disco, .iqs = iqs },
};
