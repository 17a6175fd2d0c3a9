/* muc_disco.c - what a room says about itself (XEP-0045 6.4, 6.5, 7.12) */
#include "server/room/feature_list.h"
#include "server/room/room_feature.h"
#include "xmpp/ns.h"

#define NODE_RESERVED_NICK "x-roomuser-item"
#define NODE_TRAFFIC       "http://jabber.org/protocol/muc#traffic"
#define FORM_TYPE_ROOMINFO STR("http://jabber.org/protocol/muc#roominfo")

static struct element *
add_identity(struct arena *arena, struct element *query, struct str name)
{
    struct element *identity = element_add(arena, query, NS_DISCO_INFO, STR("identity"));

    if (!identity)
        return NULL;
    element_set(arena, identity, STR("category"), STR("conference"));
    element_set(arena, identity, STR("type"), STR("text"));
    if (name.len > 0)
        element_set(arena, identity, STR("name"), name);
    return identity;
}

static void
add_feature(struct arena *arena, struct element *query, const char *var)
{
    struct element *feature = element_add(arena, query, NS_DISCO_INFO, STR("feature"));

    if (feature)
        element_set(arena, feature, STR("var"), str_from(var));
}

/* 15.3: what kind of room it is. */
static void
describe_kind(const struct room *room, struct arena *arena, struct element *query)
{
    const struct room_config *config = &room->config;
    const struct {
        bool is;
        const char *yes, *no;
    } kinds[] = {
        { config->listed, "muc_public", "muc_hidden" },
        { config->persistent, "muc_persistent", "muc_temporary" },
        { config->members_only, "muc_membersonly", "muc_open" },
        { config->moderated, "muc_moderated", "muc_unmoderated" },
        { config->password_protected, "muc_passwordprotected", "muc_unsecured" },
        { room_is_anonymous(room), "muc_semianonymous", "muc_nonanonymous" },
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        add_feature(arena, query, kinds[i].is ? kinds[i].yes : kinds[i].no);
}

static void
add_field(
    struct arena *arena, struct element *form, const char *var, const char *type, struct str value)
{
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));

    if (!field)
        return;
    element_set(arena, field, STR("var"), str_from(var));
    if (type)
        element_set(arena, field, STR("type"), str_from(type));
    element_add_with_text(arena, field, NS_DATA_FORM, STR("value"), value);
}

/* XEP-0128. */
static void
describe_details(const struct room *room, struct arena *arena, struct element *query)
{
    struct element *form = element_add(arena, query, NS_DATA_FORM, STR("x"));

    if (!form)
        return;
    element_set(arena, form, STR("type"), STR("result"));
    add_field(arena, form, "FORM_TYPE", "hidden", FORM_TYPE_ROOMINFO);
    add_field(arena, form, "muc#roominfo_description", NULL, str_from(room->config.description));
    add_field(arena, form, "muc#roominfo_occupants", NULL,
              arena_printf(arena, "%zu", room->occupant_count));
    add_field(arena, form, "muc#maxhistoryfetch", NULL,
              arena_printf(arena, "%u", room->config.history));
    add_field(arena, form, "muc#roomconfig_changesubject", "boolean",
              room->config.change_subject ? STR("1") : STR("0"));
}

static void
describe(const struct room *room, struct arena *arena, struct element *query)
{
    describe_kind(room, arena, query);
    describe_details(room, arena, query);
}

static void
describe_all(const struct room *room, struct arena *arena, struct element *query)
{
    add_identity(arena, query, str_from(room->config.title));
    for (size_t i = 0; i < room_feature_count; i++) {
        const char *const *var = room_features[i]->base.disco;
        if (!feature_is_on(&room_features[i]->base, room->entity.worker->server))
            continue;
        for (; var && *var; var++)
            add_feature(arena, query, *var);
    }
    for (size_t i = 0; i < room_feature_count; i++)
        if (room_features[i]->describe)
            room_features[i]->describe(room, arena, query);
}

/* 7.12. */
static void
describe_reserved_nick(const struct room *room,
                       struct arena *arena,
                       struct element *query,
                       struct str bare)
{
    const struct str nick = affiliations_nick(&room->affiliations, bare);

    if (nick.len > 0)
        add_identity(arena, query, nick);
}

static void
handle_info(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct room *room = room_of(entity);
    const struct str node = element_get(stanza_payload(request), STR("node"));
    const bool asks_nick = str_is(node, NODE_RESERVED_NICK);

    /* 18.1.1: a room that lets everything through says so. */
    if (node.len > 0 && !asks_nick) {
        room_refuse(room, request,
                    str_is(node, NODE_TRAFFIC) ? "service-unavailable" : "item-not-found");
        return;
    }
    struct stanza *out = stanza_result(request);
    if (!out)
        return;
    struct element *query = element_add(&out->arena, out->root, NS_DISCO_INFO, STR("query"));
    if (query && node.len > 0)
        element_set(&out->arena, query, STR("node"), node);
    if (asks_nick)
        describe_reserved_nick(room, &out->arena, query, request->from.bare);
    else
        describe_all(room, &out->arena, query);
    router_route(worker, out);
}

/* 6.5: who is in the room is told to those who are, and where everybody may look anyway. */
static void
handle_items(struct worker *worker, struct entity *entity, struct stanza *request)
{
    const struct room *room = room_of(entity);
    struct stanza *out = stanza_result(request);

    if (!out)
        return;
    struct element *query = element_add(&out->arena, out->root, NS_DISCO_ITEMS, STR("query"));
    if (occupant_session_find(room, request->from.full))
        LIST_FOREACH (&room->occupants, link) {
            struct element *item = element_add(&out->arena, query, NS_DISCO_ITEMS, STR("item"));
            if (item)
                element_set(&out->arena, item, STR("jid"), occupant_of(link)->jid.full);
        }
    if (arena_is_full(&out->arena)) {
        stanza_unref(out);
        router_reply_condition(worker, request, "resource-constraint", STR_EMPTY);
        return;
    }
    router_route(worker, out);
}

static const struct iq_handler iqs[] = {
    { .ns = STR_INIT("http://jabber.org/protocol/disco#info"),
      .name = "query",
      .get = true,
      .handle = handle_info },
    { .ns = STR_INIT("http://jabber.org/protocol/disco#items"),
      .name = "query",
      .get = true,
      .handle = handle_items },
    { .ns = { NULL, 0 } },
};

static const char *const disco[] = {
    "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/disco#items",
    NULL,
};

const struct room_feature muc_disco_feature = {
    .base = { .name = "muc_disco", .disco = disco, .iqs = iqs },
    .describe = describe,
};
