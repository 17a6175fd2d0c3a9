/* xep0030_disco.c - what an account is, told to those who may see its presence (XEP-0030 3, 4, 8).
 */
#include "server/account/xep0030_disco.h"
#include "base/error.h"
#include "server/account/account_feature.h"
#include "server/account/pep.h"
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

/* What is asked of the account's nodes (XEP-0060 5). */
static void
ask_service(struct account *account, struct stanza *request)
{
    struct worker *worker = account_worker(account);

    if (account->guest && !account_trusts(account, request->from))
        router_reply_condition(worker, request, "service-unavailable", STR_EMPTY);
    else if (account->guest)
        router_reply_error(worker, request, E_NOT_FOUND);
    else
        pep_handle(account, request);
}

static void
add_identity(struct stanza *result, struct element *query, struct str category, struct str type)
{
    struct element *identity = element_add(&result->arena, query, NS_DISCO_INFO, STR("identity"));

    element_set(&result->arena, identity, STR("category"), category);
    element_set(&result->arena, identity, STR("type"), type);
}

static void
handle_info(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);
    struct stanza *result;
    struct element *query;

    if (element_has(stanza_payload(request), STR("node"))) {
        ask_service(account, request);
        return;
    }
    /* XEP-0030 8: a stranger cannot even tell whether there is such an account. */
    if (!account_trusts(account, request->from)) {
        router_reply_condition(worker, request, "service-unavailable", STR_EMPTY);
        return;
    }
    result = stanza_result(request);
    query = element_add(&result->arena, result->root, NS_DISCO_INFO, STR("query"));
    add_identity(result, query, STR("account"),
                 account->guest ? STR("anonymous") : STR("registered"));
    if (!account->guest) /* XEP-0163 6.1 */
        add_identity(result, query, STR("pubsub"), STR("pep"));
    add_features(worker->server, result, query);
    router_route(worker, result);
}

/* XEP-0030 8: strangers get no sessions. */
void
disco_add_sessions(struct account *account, const struct stanza *request, struct stanza *result)
{
    struct element *query = stanza_payload(result);

    if (!element_is(query, NS_DISCO_ITEMS, STR("query")) || element_has(query, STR("node")) ||
        !account_trusts(account, request->from))
        return;
    ACCOUNT_FOREACH_SESSION(account, link)
    {
        struct account_session *state = account_session_at(link);
        struct element *item;

        if (!state->available)
            continue;
        item = element_add(&result->arena, query, NS_DISCO_ITEMS, STR("item"));
        element_set(&result->arena, item, STR("jid"), state->session->jid.full);
    }
}

static void
handle_items(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);
    struct stanza *result;

    if (!account->guest || element_has(stanza_payload(request), STR("node")) ||
        !account_trusts(account, request->from)) {
        ask_service(account, request);
        return;
    }
    result = stanza_result(request);
    element_add(&result->arena, result->root, NS_DISCO_ITEMS, STR("query"));
    disco_add_sessions(account, request, result);
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
    .feature = { .name = "xep0030_disco", .disco = disco, .iqs = iqs, .serves_strangers = true },
};
