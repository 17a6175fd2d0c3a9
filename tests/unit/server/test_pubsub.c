/* test_pubsub.c - requests to a service: what is answered, what is stored, who is told. */
#include "server/pubsub/pubsub.h"

#include "base/error.h"
#include "server/pubsub/pubsub_ns.h"
#include "server/pubsub/pubsub_profile.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define OWNER "anna@a.example"

struct fixture {
    struct arena arena;
    struct pubsub_service service;
    struct pubsub_limits limits;
    struct pubsub_outcome out;
    struct stanza *request;
    bool used;
    char said[1024]; /* what followed from the last request, see describe() */
};

static struct jid
jid_of(struct fixture *fixture, const char *text)
{
    struct jid jid;

    assert_int_equal(jid_parse(&fixture->arena, str_from(text), &jid), 0);
    return jid;
}

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    arena_init(&fixture->arena, 1 << 20);
    pubsub_service_init(&fixture->service, jid_of(fixture, OWNER));
    fixture->limits = (struct pubsub_limits){
        .max_nodes = 5,
        .max_items = 100,
        .max_payload = 200,
        .max_bytes = 10000,
        .max_relations = 4,
        .max_own = 2,
    };
    *state = fixture;
    return 0;
}

static void
clear(struct fixture *fixture)
{
    if (!fixture->used)
        return;
    pubsub_outcome_fini(&fixture->out);
    stanza_unref(fixture->request);
    fixture->used = false;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    clear(fixture);
    pubsub_service_fini(&fixture->service);
    arena_fini(&fixture->arena);
    free(fixture);
    return 0;
}

/* ---- asking ---- */

static struct stanza *
parse_iq(const char *from, const char *type, const char *payload)
{
    struct arena arena;
    struct element *root;
    struct buffer text;
    struct stanza *stanza;

    buffer_init(&text, 1 << 20);
    buffer_printf(&text, "<iq from='%s' to='" OWNER "' id='i' type='%s'>%s</iq>", from, type,
                  payload);
    arena_init(&arena, 1 << 22);
    assert_int_equal(xml_parse(&arena, buffer_str(&text), NS_CLIENT, &root), 0);
    stanza = stanza_take(arena, root);
    assert_non_null(stanza);
    buffer_fini(&text);
    return stanza;
}

static void
append(struct fixture *fixture, struct str text)
{
    size_t len = strlen(fixture->said);

    assert_true(len + text.len < sizeof(fixture->said));
    memcpy(fixture->said + len, text.data ? text.data : "", text.len);
    fixture->said[len + text.len] = '\0';
}

static const char *const change_names[] = {
    [CHANGE_NODE_PUT] = "node",    [CHANGE_NODE_REMOVE] = "no-node", [CHANGE_AFFILIATION] = "aff",
    [CHANGE_SUBSCRIPTION] = "sub", [CHANGE_ITEMS_PUT] = "put",       [CHANGE_ITEMS_REMOVE] = "del",
};

static void
describe_change(struct fixture *fixture, const struct pubsub_change *change)
{
    char number[32];

    append(fixture, str_from(change_names[change->kind]));
    append(fixture, STR(":"));
    append(fixture, change->node);
    if (change->kind == CHANGE_AFFILIATION || change->kind == CHANGE_SUBSCRIPTION) {
        (void)snprintf(number, sizeof(number), "=%d", change->value);
        append(fixture, STR(":"));
        append(fixture, change->jid);
        append(fixture, str_from(number));
    }
    for (size_t i = 0; i < change->item_count; i++) {
        append(fixture, STR(":"));
        append(fixture, change->items[i].id);
    }
    for (size_t i = 0; i < change->id_count; i++) {
        append(fixture, STR(":"));
        append(fixture, change->ids[i]);
    }
    if (change->all)
        append(fixture, STR(":all"));
    if (change->publisher.len > 0)
        append(fixture, STR(" by "));
    append(fixture, change->publisher);
    append(fixture, STR(" "));
}

/* Errors as "condition own-condition"; else the changes, then the events' addresses and what is
 * read. */
static void
describe(struct fixture *fixture)
{
    const struct pubsub_outcome *out = &fixture->out;

    fixture->said[0] = '\0';
    if (out->reply && out->reply->type == TYPE_ERROR) {
        const struct element *error = stanza_child(out->reply, NS_CLIENT, STR("error"));
        const struct element *child = element_first_child(error);

        append(fixture, child->name);
        append(fixture, STR(" "));
        if (element_next(child))
            append(fixture, element_next(child)->name);
        append(fixture, element_get(element_next(child), STR("feature")));
    }
    for (const struct pubsub_change *change = out->changes; change; change = change->next)
        describe_change(fixture, change);
    for (const struct pubsub_event *event = out->events; event; event = event->next) {
        append(fixture, jid_is_set(event->to) ? STR("tell ") : STR("tell-all"));
        append(fixture, event->to.full);
        append(fixture, STR(" "));
    }
    if (out->reads)
        append(fixture, STR("read"));
}

struct from {
    const char *jid;
    bool friend;
    const char *group;
};

static const struct from anna = { OWNER "/x", true, NULL };
static const struct from bert = { "bert@b.example/x", true, "Friends" };
static const struct from carl = { "carl@c.example/x", false, NULL };

static const char *
ask(struct fixture *fixture, struct from from, const char *type, const char *payload)
{
    struct str group = str_from(from.group);
    struct pubsub_asker asker = {
        .sees_presence = from.friend,
        .groups = &group,
        .group_count = from.group != NULL,
    };
    struct pubsub_job job = {
        .service = &fixture->service,
        .limits = &fixture->limits,
        .asker = &asker,
        .now_us = 1000000,
        .out = &fixture->out,
    };

    clear(fixture);
    fixture->request = parse_iq(from.jid, type, payload);
    asker.jid = fixture->request->from;
    job.request = fixture->request;
    pubsub_handle(&job);
    fixture->used = true;
    assert_false(fixture->out.spoiled);
    assert_true((fixture->out.reply != NULL) != fixture->out.reads);
    describe(fixture);
    return fixture->said;
}

#define PUBSUB(payload) "<pubsub xmlns='http://jabber.org/protocol/pubsub'>" payload "</pubsub>"
#define OWNED(payload)                                                                             \
    "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>" payload "</pubsub>"
#define ITEM(id) "<item id='" id "'><x xmlns='u:x'/></item>"
#define FORM(type, fields)                                                                         \
    "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"                 \
    "<value>http://jabber.org/protocol/pubsub#" type "</value></field>" fields "</x>"
#define FIELD(name, value) "<field var='pubsub#" name "'><value>" value "</value></field>"
#define CREATE(node, fields)                                                                       \
    PUBSUB("<create node='" node "'/><configure>" FORM("node_config", fields) "</configure>")
#define PUBLISH(node, item) PUBSUB("<publish node='" node "'>" item "</publish>")
#define PUBLISH_WITH(node, item, fields)                                                           \
    PUBSUB("<publish node='" node "'>" item                                                        \
           "</publish><publish-options>" FORM("publish-options", fields) "</publish-options>")

struct step {
    const struct from *from;
    const char *type, *payload, *expected;
};

static void
play(void **state, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *said = ask(*state, *steps[i].from, steps[i].type, steps[i].payload);

        if (strcmp(said, steps[i].expected) != 0)
            fail_msg("step %zu: %s\n%s\nnot %s", i, steps[i].payload, said, steps[i].expected);
    }
}

#define PLAY(state, steps) play((state), (steps), ARRAY_LEN(steps))

/* ---- 7.1, 7.1.4, 7.1.5 ---- */

static void
publishing(void **state)
{
    static const struct step steps[] = {
        { &anna, "set", PUBLISH("n", ITEM("1")), "node:n put:n:1 tell-all " },
        { &anna, "set", PUBLISH("n", ITEM("1")), "put:n:1 tell-all " },
        { &bert, "set", PUBLISH("n", ITEM("1")), "forbidden " },
        { &bert, "set", PUBLISH("m", ITEM("1")), "item-not-found " },
        { &anna, "set", PUBSUB("<publish>" ITEM("1") "</publish>"), "bad-request nodeid-required" },
        { &anna, "set", PUBLISH("n", ""), "bad-request item-required" },
        { &anna, "set", PUBLISH("n", "<item id='1'/>"), "bad-request invalid-payload" },
        { &anna, "set", PUBLISH("n", "<item><a xmlns='a'/><b xmlns='b'/></item>"),
          "bad-request invalid-payload" },
        { &anna, "set", PUBLISH("n", ITEM("1") ITEM("2")), "bad-request " },
        { &anna, "set", PUBLISH("n", "<thing/>"), "bad-request " },
        { &anna, "set",
          PUBLISH("n", "<item><a xmlns='a'>0123456789012345678901234567890123456789012345678901234"
                       "567890123456789012345678901234567890123456789012345678901234567890123456789"
                       "012345678901234567890123456789012345678901234567890123456789</a></item>"),
          "not-acceptable payload-too-big" },
        { &anna, "get", PUBLISH("n", ITEM("1")), "bad-request " },
        { &anna, "set", PUBSUB(""), "bad-request " },
        { &anna, "set", PUBSUB("<publish xmlns='other' node='n'/>"), "bad-request " },
        { &anna, "set", PUBSUB("<nonsense node='n'/>"), "bad-request " },
    };

    PLAY(state, steps);
}

static void
an_item_without_id_gets_one(void **state)
{
    struct fixture *fixture = *state;
    struct element *payload;

    (void)ask(fixture, anna, "set", PUBLISH("n", "<item><x xmlns='u:x'/></item>"));
    payload = element_first_child(element_first_child(stanza_payload(fixture->out.reply)));
    assert_int_equal(element_get(payload, STR("id")).len, 26);
    assert_true(str_equal(element_get(payload, STR("id")), fixture->out.changes->next->items->id));
}

static void
publish_options_are_preconditions(void **state)
{
    static const struct step steps[] = {
        { &anna, "set", PUBLISH_WITH("n", ITEM("1"), FIELD("unknown", "1")),
          "conflict precondition-not-met" },
        { &anna, "set", PUBLISH_WITH("n", ITEM("1"), FIELD("access_model", "nonsense")),
          "not-acceptable unsupported-access-model" },
        { &anna, "set",
          PUBLISH_WITH("n", ITEM("1"),
                       FIELD("access_model", "whitelist") FIELD("max_items", "max")),
          "node:n put:n:1 tell-all " },
        { &anna, "set", PUBLISH_WITH("n", ITEM("1"), FIELD("access_model", "whitelist")),
          "put:n:1 tell-all " },
        { &anna, "set", PUBLISH_WITH("n", ITEM("1"), FIELD("persist_items", "true")),
          "put:n:1 tell-all " },
        { &anna, "set", PUBLISH_WITH("n", ITEM("1"), FIELD("max_items", "10")),
          "conflict precondition-not-met" },
        { &anna, "set", PUBLISH_WITH("n", ITEM("1"), FIELD("access_model", "open")),
          "conflict precondition-not-met" },
        { &anna, "set", PUBLISH_WITH("n", ITEM("1"), FIELD("access_model", "nonsense")),
          "conflict precondition-not-met" },
        { &anna, "set", PUBLISH_WITH("n", ITEM("1"), FIELD("unknown", "1")),
          "conflict precondition-not-met" },
        { &anna, "set",
          PUBSUB("<publish node='n'>" ITEM("1") "</publish><publish-options>" FORM(
              "node_config", FIELD("access_model", "whitelist")) "</publish-options>"),
          "bad-request " },
    };

    PLAY(state, steps);
}

/* CVE-2018-6591: what is private begins private and stays it. */
static void
private_nodes_cannot_be_opened(void **state)
{
    static const struct step steps[] = {
        { &anna, "set",
          PUBLISH_WITH("urn:xmpp:bookmarks:1", ITEM("a@b"), FIELD("access_model", "open")),
          "conflict precondition-not-met" },
        { &anna, "set", CREATE("urn:xmpp:bookmarks:1", FIELD("access_model", "presence")),
          "not-acceptable unsupported-access-model" },
        { &anna, "set", PUBLISH("urn:xmpp:bookmarks:1", ITEM("a@b")),
          "node:urn:xmpp:bookmarks:1 put:urn:xmpp:bookmarks:1:a@b tell-all " },
        { &bert, "get", PUBSUB("<items node='urn:xmpp:bookmarks:1'/>"), "not-allowed closed-node" },
        { &anna, "set",
          OWNED("<configure node='urn:xmpp:bookmarks:1'>" FORM(
              "node_config", FIELD("access_model", "open")) "</configure>"),
          "not-acceptable unsupported-access-model" },
        { &anna, "set",
          OWNED("<configure node='urn:xmpp:bookmarks:1'>" FORM(
              "node_config", FIELD("publish_model", "open")) "</configure>"),
          "not-acceptable unsupported-access-model" },
        { &anna, "set", PUBLISH("urn:xmpp:mds:displayed:0", ITEM("a@b")),
          "node:urn:xmpp:mds:displayed:0 put:urn:xmpp:mds:displayed:0:a@b tell-all " },
        { &bert, "get", PUBSUB("<items node='urn:xmpp:mds:displayed:0'/>"),
          "not-allowed closed-node" },
    };
    struct fixture *fixture = *state;
    const struct pubsub_config *config;

    PLAY(state, steps);
    config = &pubsub_find(&fixture->service, PUBSUB_NODE_BOOKMARKS)->config;
    assert_int_equal(config->max_items, PUBSUB_MAX);
    assert_int_equal(config->send_last, LAST_NEVER);
}

static void
transient_nodes(void **state)
{
    static const struct step steps[] = {
        { &anna, "set", CREATE("n", FIELD("persist_items", "0")), "node:n " },
        { &anna, "set", PUBLISH("n", ITEM("1")), "tell-all " },
        { &anna, "set", PUBLISH("n", ""), "bad-request payload-required" },
        { &anna, "get", PUBSUB("<items node='n'/>"),
          "feature-not-implemented unsupportedpersistent-items" },
        { &anna, "set", PUBSUB("<retract node='n'><item id='1'/></retract>"),
          "feature-not-implemented unsupportedpersistent-items" },
        { &anna, "set", OWNED("<purge node='n'/>"),
          "feature-not-implemented unsupportedpersistent-items" },
        { &anna, "set", CREATE("m", FIELD("persist_items", "0") FIELD("deliver_payloads", "0")),
          "node:m " },
        { &anna, "set", PUBLISH("m", ""), "tell-all " },
        { &anna, "set", PUBLISH("m", ITEM("1")), "bad-request item-forbidden" },
        { &anna, "set", CREATE("t", FIELD("type", "u:y")), "node:t " },
        { &anna, "set", PUBLISH("t", ITEM("1")), "bad-request invalid-payload" },
    };

    PLAY(state, steps);
}

static void
retracting(void **state)
{
    static const struct step steps[] = {
        { &anna, "set", PUBLISH_WITH("n", ITEM("1"), FIELD("publish_model", "open")),
          "node:n put:n:1 tell-all " },
        { &anna, "set", PUBSUB("<retract node='n'><item id='1'/></retract>"), "del:n:1 " },
        { &anna, "set", PUBSUB("<retract node='n' notify='true'><item id='1'/></retract>"),
          "del:n:1 tell-all " },
        { &anna, "set",
          PUBSUB("<retract node='n' notify='1'><item id='1'/><item id='2'/></retract>"),
          "del:n:1:2 tell-all " },
        { &bert, "set", PUBSUB("<retract node='n'><item id='1'/></retract>"),
          "del:n:1 by bert@b.example " },
        { &anna, "set", PUBSUB("<retract node='n'/>"), "bad-request item-required" },
        { &anna, "set", PUBSUB("<retract node='n'><item/></retract>"),
          "bad-request item-required" },
        { &anna, "set", PUBSUB("<retract><item id='1'/></retract>"),
          "bad-request nodeid-required" },
        { &anna, "set", PUBSUB("<retract node='m'><item id='1'/></retract>"), "item-not-found " },
    };

    PLAY(state, steps);
}

/* ---- 8 ---- */

static void
making_and_deleting(void **state)
{
    static const struct step steps[] = {
        { &anna, "set", PUBSUB("<create node='n'/>"), "node:n " },
        { &anna, "set", PUBSUB("<create node='n'/>"), "conflict " },
        { &bert, "set", PUBSUB("<create node='m'/>"), "forbidden " },
        { &anna, "set", CREATE("m", FIELD("access_model", "odd")),
          "not-acceptable unsupported-access-model" },
        { &anna, "set", CREATE("m", FIELD("node_type", "collection")),
          "feature-not-implemented unsupportedcollections" },
        { &anna, "set", CREATE("m", FIELD("max_items", "0")), "not-acceptable " },
        { &anna, "set", PUBSUB("<create node='m'/><configure node='m'/>"), "bad-request " },
        { &anna, "set", PUBSUB("<configure/><create node='m'/>"), "bad-request " },
        { &bert, "set", OWNED("<delete node='n'/>"), "forbidden " },
        { &bert, "set", OWNED("<delete node='secret'/>"), "forbidden " },
        { &anna, "set", OWNED("<delete/>"), "bad-request nodeid-required" },
        { &anna, "set", OWNED("<delete node='n'/>"), "no-node:n tell-all " },
        { &anna, "set", OWNED("<delete node='n'/>"), "item-not-found " },
        { &anna, "set", PUBSUB("<create node='1'/>"), "node:1 " },
        { &anna, "set", PUBSUB("<create node='2'/>"), "node:2 " },
        { &anna, "set", PUBSUB("<create node='3'/>"), "node:3 " },
        { &anna, "set", PUBSUB("<create node='4'/>"), "node:4 " },
        { &anna, "set", PUBSUB("<create node='5'/>"), "node:5 " },
        { &anna, "set", PUBSUB("<create node='6'/>"), "resource-constraint max-nodes-exceeded" },
        { &anna, "set", PUBLISH("6", ITEM("1")), "resource-constraint max-nodes-exceeded" },
        { &anna, "set", OWNED("<purge node='1'/>"), "del:1:all " },
    };

    PLAY(state, steps);
}

static void
an_instant_node_gets_a_name(void **state)
{
    struct fixture *fixture = *state;

    (void)ask(fixture, anna, "set", PUBSUB("<create/>"));
    assert_int_equal(
        element_get(element_first_child(stanza_payload(fixture->out.reply)), STR("node")).len, 26);
    assert_int_equal(map_count(&fixture->service.nodes), 1);
}

static void
configuring(void **state)
{
    static const struct step steps[] = {
        { &anna, "set", PUBSUB("<create node='n'/>"), "node:n " },
        { &anna, "get", OWNED("<configure node='n'/>"), "" },
        { &anna, "get", OWNED("<default/>"), "" },
        { &bert, "get", OWNED("<configure node='n'/>"), "forbidden " },
        { &anna, "get", OWNED("<configure/>"), "bad-request nodeid-required" },
        { &anna, "set", OWNED("<configure node='n'/>"), "bad-request " },
        { &anna, "set",
          OWNED("<configure node='n'><x xmlns='jabber:x:data' type='cancel'/></configure>"), "" },
        { &anna, "set",
          OWNED("<configure node='n'>" FORM("node_config", FIELD("notify_config", "1")
                                                               FIELD("odd", "1")) "</configure>"),
          "node:n tell-all " },
        { &anna, "set",
          OWNED("<configure node='n'>" FORM(
              "node_config", FIELD("send_last_published_item", "often")) "</configure>"),
          "not-acceptable " },
    };

    PLAY(state, steps);
}

static void
affiliations(void **state)
{
#define AFFILIATE(jid, value)    "<affiliation jid='" jid "' affiliation='" value "'/>"
#define AFFILIATIONS_OF(entries) OWNED("<affiliations node='n'>" entries "</affiliations>")
    static const struct step steps[] = {
        { &anna, "set", CREATE("n", FIELD("access_model", "whitelist")), "node:n " },
        { &carl, "get", PUBSUB("<items node='n'/>"), "not-allowed closed-node" },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("carl@c.example", "member")),
          "aff:n:carl@c.example=2 " },
        { &carl, "get", PUBSUB("<items node='n'/>"), "read" },
        { &carl, "set", PUBLISH("n", ITEM("1")), "forbidden " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("carl@c.example/x", "publisher")),
          "aff:n:carl@c.example=4 " },
        { &carl, "set", PUBLISH("n", ITEM("1")), "put:n:1 tell-all " },
        { &carl, "set", PUBSUB("<retract node='n'><item id='1'/></retract>"), "del:n:1 " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("carl@c.example", "member")), "not-acceptable " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("carl@c.example", "outcast")),
          "aff:n:carl@c.example=1 " },
        { &carl, "get", PUBSUB("<items node='n'/>"), "forbidden " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("carl@c.example", "publish-only")),
          "aff:n:carl@c.example=3 " },
        { &carl, "get", PUBSUB("<items node='n'/>"), "forbidden " },
        { &carl, "set", PUBSUB("<retract node='n'><item id='1'/></retract>"),
          "del:n:1 by carl@c.example " },
        { &anna, "set",
          AFFILIATIONS_OF(AFFILIATE(OWNER, "none") AFFILIATE("dora@d.example", "member")),
          "not-acceptable aff:n:dora@d.example=2 " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("dora@d.example", "owner")), "not-acceptable " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("e@e", "member") AFFILIATE("e@e", "none")),
          "bad-request " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("e@e", "king")), "not-acceptable " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("@", "member")), "bad-request " },
        { &anna, "set", AFFILIATIONS_OF(""), "bad-request " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("e@e", "member") AFFILIATE("f@f", "member")),
          "aff:n:e@e=2 aff:n:f@f=2 " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("g@g", "member")), "not-acceptable " },
        { &anna, "set", AFFILIATIONS_OF(AFFILIATE("f@f", "none")), "aff:n:f@f=0 " },
        { &bert, "get", AFFILIATIONS_OF(""), "forbidden " },
        { &anna, "get", AFFILIATIONS_OF(""), "" },
    };

    PLAY(state, steps);
}

/* ---- 6.1, 6.2, 8.6, 8.8 ---- */

#define SUBSCRIBE(jid)   PUBSUB("<subscribe node='n' jid='" jid "'/>")
#define UNSUBSCRIBE(jid) PUBSUB("<unsubscribe node='n' jid='" jid "'/>")

static void
subscribing(void **state)
{
    static const struct step steps[] = {
        { &anna, "set", CREATE("n", FIELD("access_model", "open") FIELD("notify_sub", "1")),
          "node:n " },
        { &carl, "set", SUBSCRIBE("carl@c.example"), "sub:n:carl@c.example=2 tell " OWNER " " },
        { &carl, "set", SUBSCRIBE("carl@c.example"), "" },
        { &carl, "set", SUBSCRIBE("bert@b.example"), "bad-request invalid-jid" },
        { &carl, "set", SUBSCRIBE("@"), "bad-request invalid-jid" },
        { &carl, "set", PUBSUB("<subscribe node='n'/>"), "bad-request jid-required" },
        { &carl, "set", PUBSUB("<subscribe node='m' jid='carl@c.example'/>"), "item-not-found " },
        { &carl, "set", SUBSCRIBE("carl@c.example/1"), "sub:n:carl@c.example/1=2 tell " OWNER " " },
        { &carl, "set", SUBSCRIBE("carl@c.example/2"), "policy-violation too-many-subscriptions" },
        { &carl, "get", PUBSUB("<subscriptions/>"), "" },
        { &bert, "set", UNSUBSCRIBE("carl@c.example"), "forbidden " },
        { &bert, "set", UNSUBSCRIBE("bert@b.example"), "unexpected-request not-subscribed" },
        { &carl, "set", UNSUBSCRIBE("carl@c.example"), "sub:n:carl@c.example=0 tell " OWNER " " },
        { &carl, "set", PUBSUB("<options node='n' jid='carl@c.example'/>"),
          "feature-not-implemented unsupportedsubscription-options" },
    };

    PLAY(state, steps);
}

static void
access_models_are_kept(void **state)
{
    static const struct step steps[] = {
        { &anna, "set", PUBSUB("<create node='n'/>"), "node:n " },
        { &carl, "set", SUBSCRIBE("carl@c.example"),
          "not-authorized presence-subscription-required" },
        { &carl, "get", PUBSUB("<items node='n'/>"),
          "not-authorized presence-subscription-required" },
        { &bert, "set", SUBSCRIBE("bert@b.example"), "sub:n:bert@b.example=2 " },
        { &bert, "get", PUBSUB("<items node='n'/>"), "read" },
        { &anna, "set",
          OWNED("<configure node='n'>" FORM(
              "node_config", FIELD("access_model", "roster")
                                 FIELD("roster_groups_allowed", "Work")) "</configure>"),
          "node:n " },
        { &bert, "get", PUBSUB("<items node='n'/>"), "not-authorized not-in-roster-group" },
        { &anna, "set",
          OWNED("<configure node='n'>" FORM(
              "node_config", "<field var='pubsub#roster_groups_allowed'><value>Work</value>"
                             "<value>Friends</value></field>") "</configure>"),
          "node:n " },
        { &bert, "get", PUBSUB("<items node='n'/>"), "read" },
        { &anna, "set",
          OWNED("<configure node='n'>" FORM("node_config", FIELD("subscribe", "0")) "</configure>"),
          "node:n " },
        { &bert, "set", SUBSCRIBE("bert@b.example/y"),
          "feature-not-implemented unsupportedsubscribe" },
    };

    PLAY(state, steps);
}

static bool
authorize(struct fixture *fixture, struct from from, const char *form)
{
    struct pubsub_asker asker = { .sees_presence = from.friend };
    struct pubsub_job job = {
        .service = &fixture->service,
        .limits = &fixture->limits,
        .asker = &asker,
        .now_us = 1,
        .out = &fixture->out,
    };
    bool is_one;

    clear(fixture);
    fixture->request = parse_iq(from.jid, "set", form);
    asker.jid = fixture->request->from;
    job.request = fixture->request;
    is_one = pubsub_authorize(&job, stanza_payload(fixture->request));
    fixture->used = true;
    describe(fixture);
    return is_one;
}

#define ANSWER(allow)                                                                              \
    FORM("subscribe_authorization",                                                                \
         FIELD("node", "n") FIELD("subscriber_jid", "carl@c.example") FIELD("allow", allow))

static void
the_owner_grants(void **state)
{
    static const struct step ask_first[] = {
        { &anna, "set", CREATE("n", FIELD("access_model", "authorize")), "node:n " },
        { &carl, "get", PUBSUB("<items node='n'/>"), "not-authorized not-subscribed" },
        { &carl, "set", SUBSCRIBE("carl@c.example"), "sub:n:carl@c.example=1 tell " OWNER " " },
        { &carl, "set", SUBSCRIBE("carl@c.example"), "not-authorized pending-subscription" },
        { &carl, "get", PUBSUB("<items node='n'/>"), "not-authorized not-subscribed" },
    };
    static const struct step granted[] = {
        { &carl, "get", PUBSUB("<items node='n'/>"), "read" },
    };
    struct fixture *fixture = *state;

    PLAY(state, ask_first);
    assert_false(authorize(fixture, carl, ANSWER("1")));
    assert_false(authorize(fixture, anna, FORM("node_config", "")));
    assert_true(authorize(fixture, anna, ANSWER("true")));
    assert_string_equal(fixture->said, "sub:n:carl@c.example=2 tell carl@c.example ");
    PLAY(state, granted);
    assert_true(authorize(fixture, anna, ANSWER("0")));
    assert_string_equal(fixture->said, ""); /* too late */
}

static void
the_owner_edits_subscriptions(void **state)
{
#define STATE_OF(jid, value) "<subscription jid='" jid "' subscription='" value "'/>"
#define STATES_OF(entries)   OWNED("<subscriptions node='n'>" entries "</subscriptions>")
    static const struct step steps[] = {
        { &anna, "set", CREATE("n", FIELD("access_model", "authorize")), "node:n " },
        { &carl, "set", SUBSCRIBE("carl@c.example"), "sub:n:carl@c.example=1 tell " OWNER " " },
        { &anna, "get", STATES_OF(""), "" },
        { &anna, "set", STATES_OF(STATE_OF("carl@c.example", "subscribed")),
          "sub:n:carl@c.example=2 tell carl@c.example " },
        { &anna, "set", STATES_OF(STATE_OF("stranger@s.example", "subscribed")),
          "not-acceptable " },
        { &anna, "set", STATES_OF(STATE_OF("carl@c.example", "none")),
          "sub:n:carl@c.example=0 tell carl@c.example " },
        { &bert, "set", STATES_OF(STATE_OF("carl@c.example", "none")), "forbidden " },
    };

    PLAY(state, steps);
}

/* ---- 6.5, XEP-0059 ---- */

static void
pages_are_read(void **state)
{
#define SET(content) "<set xmlns='http://jabber.org/protocol/rsm'>" content "</set>"
    static const struct {
        const char *payload;
        enum pubsub_page page;
        size_t limit;
        const char *anchor;
    } cases[] = {
        { PUBSUB("<items node='n'/>"), PUBSUB_PAGE_LAST, 100, "" },
        { PUBSUB("<items node='n' max_items='3'/>"), PUBSUB_PAGE_LAST, 3, "" },
        { PUBSUB("<items node='n'/>" SET("<max>5</max>")), PUBSUB_PAGE_FIRST, 5, "" },
        { PUBSUB("<items node='n'/>" SET("<max>500</max><before/>")), PUBSUB_PAGE_LAST, 100, "" },
        { PUBSUB("<items node='n'/>" SET("<before>b</before>")), PUBSUB_PAGE_BEFORE, 100, "b" },
        { PUBSUB("<items node='n'/>" SET("<after>' OR 1=1</after>")), PUBSUB_PAGE_AFTER, 100,
          "' OR 1=1" },
        { PUBSUB("<items node='n'/>" SET("<index>7</index>")), PUBSUB_PAGE_INDEX, 100, "" },
        { PUBSUB("<items node='n'><item id='a'/><item id='b'/></items>"), PUBSUB_PAGE_IDS, 100,
          "" },
    };
    static const char *const bad[] = {
        PUBSUB("<items node='n' max_items='many'/>"),
        PUBSUB("<items node='n' max_items='-1'/>"),
        PUBSUB("<items node='n'/>" SET("<max>x</max>")),
        PUBSUB("<items node='n'/>" SET("<index>-1</index>")),
        PUBSUB("<items node='n'/>" SET("<after>a</after><before>b</before>")),
        PUBSUB("<items node='n'><thing/></items>"),
    };
    struct fixture *fixture = *state;

    (void)ask(fixture, anna, "set", PUBSUB("<create node='n'/>"));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct pubsub_read *read = &fixture->out.read;

        assert_string_equal(ask(fixture, anna, "get", cases[i].payload), "read");
        assert_int_equal(read->page, cases[i].page);
        assert_int_equal(read->limit, cases[i].limit);
        assert_true(str_is(read->anchor, cases[i].anchor));
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_string_equal(ask(fixture, anna, "get", bad[i]), "bad-request ");
}

static void
what_is_found_is_written(void **state)
{
    struct fixture *fixture = *state;
    struct pubsub_item items[] = { { .id = STR("a'"), .xml = STR("<x xmlns='u'/>") },
                                   { .id = STR("<b>") } };
    struct pubsub_found found = { items, 2, 9, 3 };
    struct buffer out;

    (void)ask(fixture, anna, "set", PUBSUB("<create node='n'/>"));
    (void)ask(fixture, anna, "get", PUBSUB("<items node='n'/>" SET("<max>2</max>")));
    buffer_init(&out, 10000);
    pubsub_write_found(&out, &fixture->out.read, &found, fixture->service.owner);
    buffer_append_char(&out, '\0');
    assert_string_equal(
        buffer_str(&out).data,
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'>"
        "<item id='a&apos;'><x xmlns='u'/></item><item id='&lt;b&gt;'></item></items>"
        "<set xmlns='http://jabber.org/protocol/rsm'><first index='3'>a&apos;</first>"
        "<last>&lt;b&gt;</last><count>9</count></set></pubsub>");
    buffer_fini(&out);
}

/* ---- 5 ---- */

#define INFO(node)        "<query xmlns='http://jabber.org/protocol/disco#info' node='" node "'/>"
#define ITEMS(attributes) "<query xmlns='http://jabber.org/protocol/disco#items'" attributes "/>"

static size_t
count_items(const struct fixture *fixture)
{
    const struct element *item = element_first_child(stanza_payload(fixture->out.reply));
    size_t count = 0;

    for (; item; item = element_next(item))
        count++;
    return count;
}

static void
nodes_are_shown_to_those_who_may_read_them(void **state)
{
    static const struct step steps[] = {
        { &anna, "set", CREATE("open", FIELD("access_model", "open")), "node:open " },
        { &anna, "set", CREATE("friends", ""), "node:friends " },
        { &anna, "set", CREATE("closed", FIELD("access_model", "whitelist")), "node:closed " },
        { &carl, "get", INFO("open"), "" },
        { &carl, "get", INFO("friends"), "not-authorized presence-subscription-required" },
        { &carl, "get", INFO("closed"), "not-allowed closed-node" },
        { &carl, "get", INFO("none"), "item-not-found " },
        { &carl, "get", ITEMS(" node='open'"), "read" },
        { &carl, "get", ITEMS(" node='closed'"), "not-allowed closed-node" },
    };
    struct fixture *fixture = *state;

    PLAY(state, steps);
    (void)ask(fixture, anna, "get", ITEMS(""));
    assert_int_equal(count_items(fixture), 3);
    (void)ask(fixture, bert, "get", ITEMS(""));
    assert_int_equal(count_items(fixture), 2);
    (void)ask(fixture, carl, "get", ITEMS(""));
    assert_int_equal(count_items(fixture), 1);
}

#define PUBSUB_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        PUBSUB_TEST(publishing),
        PUBSUB_TEST(an_item_without_id_gets_one),
        PUBSUB_TEST(publish_options_are_preconditions),
        PUBSUB_TEST(private_nodes_cannot_be_opened),
        PUBSUB_TEST(transient_nodes),
        PUBSUB_TEST(retracting),
        PUBSUB_TEST(making_and_deleting),
        PUBSUB_TEST(an_instant_node_gets_a_name),
        PUBSUB_TEST(configuring),
        PUBSUB_TEST(affiliations),
        PUBSUB_TEST(subscribing),
        PUBSUB_TEST(access_models_are_kept),
        PUBSUB_TEST(the_owner_grants),
        PUBSUB_TEST(the_owner_edits_subscriptions),
        PUBSUB_TEST(pages_are_read),
        PUBSUB_TEST(what_is_found_is_written),
        PUBSUB_TEST(nodes_are_shown_to_those_who_may_read_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
