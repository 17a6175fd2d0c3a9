#include "client/xep0030_disco.h"
#include "client/feature.h"
#include "client/iq.h"
#include "client/text.h"
#include "client/xep0115_caps.h"
#include "xmpp/ns.h"

#define SERVICES_MAX 32 /* of one server that are looked at */

/* ---- answers ---- */

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **
disco_features(void)
{
    GPtrArray *all = g_ptr_array_new();
    for (guint i = 0; FEATURES[i]; i++) {
        for (const char *const *name = FEATURES[i]->disco; name && *name; name++)
            g_ptr_array_add(all, (gpointer)(guintptr)*name);
    }
    g_ptr_array_sort(all, compare_texts);
    g_ptr_array_add(all, NULL);
    void *names = g_ptr_array_free(all, FALSE);
    return names;
}

static struct stanza *
begin_reply(const struct stanza *request, struct str ns, struct element **ret_query)
{
    struct stanza *reply = stanza_result(request);
    struct str node = element_get(stanza_payload(request), STR("node"));
    *ret_query = element_add(&reply->arena, reply->root, ns, STR("query"));
    if (node.len > 0)
        element_set(&reply->arena, *ret_query, STR("node"), node);
    return reply;
}

static struct stanza *
answer_info(JdAccount *account, const struct stanza *request, const char **ret_condition)
{
    (void)account;
    struct element *query = NULL;
    struct str node = element_get(stanza_payload(request), STR("node"));
    if (node.len > 0 && !caps_is_our_node(node)) {
        *ret_condition = "item-not-found";
        return NULL;
    }
    struct stanza *reply = begin_reply(request, NS_DISCO_INFO, &query);
    struct arena *arena = &reply->arena;
    struct element *identity = element_add(arena, query, NS_DISCO_INFO, STR("identity"));
    element_set(arena, identity, STR("category"), STR(DISCO_CATEGORY));
    element_set(arena, identity, STR("type"), STR(DISCO_TYPE));
    element_set(arena, identity, STR("name"), STR(DISCO_NAME));
    g_autofree const char **features = disco_features();
    for (guint i = 0; features[i]; i++) {
        struct element *feature = element_add(arena, query, NS_DISCO_INFO, STR("feature"));
        element_set(arena, feature, STR("var"), str_from(features[i]));
    }
    return reply;
}

static struct stanza *
answer_items(JdAccount *account, const struct stanza *request, const char **ret_condition)
{
    (void)account, (void)ret_condition;
    struct element *query = NULL;
    return begin_reply(request, NS_DISCO_ITEMS, &query);
}

/* ---- the search ---- */

/* One server at a time is asked, in the order of the list: the first room service is the one. */
struct search {
    disco_found_cb done;
    GQueue services; /* addresses not asked yet */
};

static void ask_next(JdAccount *account, struct search *search);

static void
finish(JdAccount *account, struct search *search, const char *service)
{
    disco_found_cb done = search->done;
    g_queue_clear_full(&search->services, g_free);
    g_free(search);
    if (account_is_bound(account))
        done(account, service);
}

/* XEP-0045 6.1: identity conference/text, feature muc. */
static gboolean
is_room_service(const struct stanza *answer)
{
    const struct element *query = stanza_child(answer, NS_DISCO_INFO, STR("query"));
    for (const struct element *at = element_child(query, NS_DISCO_INFO, STR("feature")); at;
         at = element_next_named(at, NS_DISCO_INFO, STR("feature"))) {
        if (str_equal(element_get(at, STR("var")), NS_MUC))
            return TRUE;
    }
    return FALSE;
}

static void
info_cb(JdAccount *account, const struct stanza *answer, gpointer data)
{
    struct search *search = data;
    if (answer == NULL || answer->type != TYPE_RESULT || !is_room_service(answer)) {
        ask_next(account, search);
        return;
    }
    g_autofree char *service = text_dup(answer->from.domain);
    finish(account, search, service);
}

static struct stanza *
request_to(struct str ns, const char *address)
{
    struct stanza *request = stanza_new_iq(STR("get"), (struct jid){ 0 });
    struct jid to;
    if (jid_parse(&request->arena, str_from(address), &to) < 0) {
        stanza_unref(request);
        return NULL;
    }
    stanza_set_to(request, to);
    element_add(&request->arena, request->root, ns, STR("query"));
    return request;
}

static void
ask_next(JdAccount *account, struct search *search)
{
    struct stanza *request = NULL;
    while (request == NULL) {
        g_autofree char *service = g_queue_pop_head(&search->services);
        if (service == NULL || !account_is_bound(account)) {
            finish(account, search, NULL);
            return;
        }
        request = request_to(NS_DISCO_INFO, service);
    }
    iq_request(account, request, info_cb, search);
}

static void
items_cb(JdAccount *account, const struct stanza *answer, gpointer data)
{
    struct search *search = data;
    const struct element *query = answer && answer->type == TYPE_RESULT
                                      ? stanza_child(answer, NS_DISCO_ITEMS, STR("query"))
                                      : NULL;
    for (const struct element *at = element_child(query, NS_DISCO_ITEMS, STR("item"));
         at && g_queue_get_length(&search->services) < SERVICES_MAX;
         at = element_next_named(at, NS_DISCO_ITEMS, STR("item")))
        g_queue_push_tail(&search->services, text_dup(element_get(at, STR("jid"))));
    ask_next(account, search);
}

void
disco_find_rooms(JdAccount *account, disco_found_cb done)
{
    struct search *search = g_new0(struct search, 1);
    search->done = done;
    g_autofree char *domain = text_dup(account_jid(account).domain);
    struct stanza *request = request_to(NS_DISCO_ITEMS, domain);
    if (request == NULL)
        finish(account, search, NULL);
    else
        iq_request(account, request, items_cb, search);
}

static const char *const disco[] = {
    "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/disco#items",
    NULL,
};

static const struct feature_request requests[] = {
    { STR_INIT("http://jabber.org/protocol/disco#info"), STR_INIT("query"), TYPE_GET, answer_info },
    { STR_INIT("http://jabber.org/protocol/disco#items"), STR_INIT("query"), TYPE_GET,
      answer_items },
    { .answer = NULL },
};

const struct feature feature_disco = {
    .name = "disco",
    .disco = disco,
    .requests = requests,
};
