/* xep0030_disco.c - what the server and its rooms' service are, and what is found there (XEP-0030;
 * XEP-0045 6.1 to 6.3). */
#include "base/error.h"
#include "server/core/router.h"
#include "server/host/host_feature.h"
#include "server/host/result_set.h"
#include "server/host/xep0050_commands.h"
#include "server/host/xep0157_contact.h"
#include "xmpp/ns.h"

/* In one answer; the rest is on the next page. */
enum {
    ROOMS_MAX = 500,
    ROOMS_BYTES = (int)STANZA_ARENA_DEFAULT / 2
};

/* ---- info ---- */

/* A disco#info result that is being written. */
struct info {
    const struct server *server;
    struct stanza *result;
    struct element *query;
};

static void
add_identity(struct info *info, struct str category, struct str type, struct str name)
{
    struct arena *arena = &info->result->arena;
    struct element *identity = element_add(arena, info->query, NS_DISCO_INFO, STR("identity"));

    element_set(arena, identity, STR("category"), category);
    element_set(arena, identity, STR("type"), type);
    element_set(arena, identity, STR("name"), name);
}

/* Each once, whoever announces it. */
static void
add_feature(struct info *info, struct str var)
{
    struct arena *arena = &info->result->arena;
    const struct element *known = element_child(info->query, NS_DISCO_INFO, STR("feature"));
    struct element *feature;

    for (; known; known = element_next_named(known, NS_DISCO_INFO, STR("feature"))) {
        if (str_equal(element_get(known, STR("var")), var))
            return;
    }
    feature = element_add(arena, info->query, NS_DISCO_INFO, STR("feature"));
    element_set(arena, feature, STR("var"), var);
}

static void
add_list(const struct feature *const *features, size_t count, void *context)
{
    struct info *info = context;

    for (size_t i = 0; i < count; i++) {
        const char *const *var = features[i]->disco;

        if (!feature_is_on(features[i], info->server))
            continue;
        for (; var && *var; var++)
            add_feature(info, str_from(*var));
    }
}

static void
handle_info(struct worker *worker, struct entity *entity, struct stanza *request)
{
    const struct server *server = worker->server;
    struct info info;

    (void)entity;
    if (element_has(stanza_payload(request), STR("node"))) {
        commands_answer_info(worker, request);
        return;
    }
    info.server = server;
    info.result = stanza_result(request);
    info.query = element_add(&info.result->arena, info.result->root, NS_DISCO_INFO, STR("query"));
    if (host_address_of(server, request) == HOST_ROOMS) {
        add_identity(&info, STR("conference"), STR("text"), STR("Rooms"));
        add_list(host_feature_list, host_feature_count, &info);
        add_feature(&info, NS_MUC);
        add_feature(&info, NS_RESULT_SET);
    } else {
        add_identity(&info, STR("server"), STR("im"), STR("Jackdaw"));
        add_list(host_feature_list, host_feature_count, &info);
        host_for_each_announced(add_list, &info);
        contact_add_form(server, &info.result->arena, info.query);
    }
    router_route(worker, info.result);
}

/* ---- items ---- */

static void
add_item(struct arena *arena, struct element *query, struct str jid, struct str name)
{
    struct element *item = element_add(arena, query, NS_DISCO_ITEMS, STR("item"));

    element_set(arena, item, STR("jid"), jid);
    if (name.len > 0)
        element_set(arena, item, STR("name"), name);
}

static void
answer_domain_items(struct worker *worker, const struct stanza *request)
{
    struct stanza *result = stanza_result(request);
    struct element *query = element_add(&result->arena, result->root, NS_DISCO_ITEMS, STR("query"));

    add_item(&result->arena, query, worker->server->rooms_domain, STR("Rooms"));
    router_route(worker, result);
}

static void
rooms_listed(struct store_call *call, void *worker)
{
    struct store_room_list *list = CONTAINER_OF(call, struct store_room_list, call);
    struct stanza *request = call->owner;

    if (call->status < 0) {
        router_reply_error(worker, request, call->status);
    } else {
        struct stanza *result = stanza_result(request);
        struct arena *arena = &result->arena;
        struct element *query = element_add(arena, result->root, NS_DISCO_ITEMS, STR("query"));
        size_t count = list->ret_count;

        for (size_t i = 0; i < count; i++)
            add_item(arena, query, list->ret_rooms[i].jid, list->ret_rooms[i].title);
        /* A list that was cut says where it goes on, asked or not. */
        if (count == ROOMS_MAX || element_child(stanza_payload(request), NS_RESULT_SET, STR("set")))
            result_set_write(arena, query, count > 0 ? list->ret_rooms[0].jid : STR_EMPTY,
                             count > 0 ? list->ret_rooms[count - 1].jid : STR_EMPTY);
        router_route(worker, result);
    }
    stanza_unref(request);
    store_call_free(call);
}

static void
answer_room_items(struct worker *worker, struct stanza *request)
{
    struct arena arena;
    struct result_set page;

    arena_init(&arena, STANZA_ARENA_DEFAULT);
    int r = result_set_read(&arena, stanza_payload(request), ROOMS_MAX, &page);
    if (r < 0) {
        router_reply_error(worker, request, r);
    } else {
        struct store_room_list *list =
            STORE_CALL(room_list, ROOM_LIST, &worker->mailbox, rooms_listed, stanza_ref(request));

        list->after = store_keep(&list->call, page.after);
        list->limit = page.max;
        store_submit(worker->server->store, &list->call);
    }
    arena_fini(&arena);
}

static void
handle_items(struct worker *worker, struct entity *entity, struct stanza *request)
{
    (void)entity;
    if (element_has(stanza_payload(request), STR("node")))
        commands_answer_items(worker, request);
    else if (host_address_of(worker->server, request) == HOST_ROOMS)
        answer_room_items(worker, request);
    else
        answer_domain_items(worker, request);
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

const struct host_feature host_xep0030_disco = {
    .feature = { .name = "xep0030_disco", .disco = disco, .iqs = iqs },
};
