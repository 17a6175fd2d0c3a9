/* pep_notify.c - news on their way (XEP-0163 4.3). */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "server/account/pep.h"
#include "server/core/router.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

enum {
    MESSAGE_MAX = 2 * 1024 * 1024,       /* bytes of one message */
    MESSAGE_TREE_MAX = 16 * 1024 * 1024, /* the same as a tree */
    ID_BYTES = 17
};

/* ---- one message ---- */

/* The message without `to`, behind whose name that goes. */
static void
write_message(struct buffer *out, const struct pep *pep, struct str type, struct str content)
{
    char id[ID_BYTES];

    random_token(id, sizeof(id));
    buffer_init(out, MESSAGE_MAX);
    buffer_append(out, STR("<message"));
    if (type.len > 0)
        xml_write_attribute(out, STR("type"), type);
    xml_write_attribute(out, STR("id"), str_from(id));
    xml_write_attribute(out, STR("from"), pep->account->entity.jid.full);
    buffer_append_char(out, '>');
    buffer_append(out, content);
    buffer_append(out, STR("</message>"));
}

/* For those whose session is not known: through the router, as any message. */
static void
route_message(const struct pep *pep, struct str message, struct jid to)
{
    struct element *root;
    struct stanza *stanza;
    struct arena arena;

    if (account_blocks(pep->account, to))
        return;
    arena_init(&arena, MESSAGE_TREE_MAX);
    if (xml_parse(&arena, message, NS_CLIENT, &root) < 0) {
        arena_fini(&arena);
        return;
    }
    stanza = stanza_take(arena, root);
    if (!stanza)
        return;
    stanza_set_to(stanza, to);
    if (arena_is_full(&stanza->arena))
        stanza_unref(stanza);
    else
        router_route(account_worker(pep->account), stanza);
}

static bool
is_local_session(const struct pep *pep, struct jid to)
{
    return !jid_is_bare(to) && str_equal(to.domain, account_server(pep->account)->domain);
}

/* ---- to many ---- */

/* Who gets one message. */
struct audience {
    struct pep *pep;
    const struct pubsub_node *node;
    struct str message;
    struct fanout_recipient *sessions; /* local ones: they share the bytes */
    size_t session_count;
};

static void
address(struct audience *audience, struct jid to)
{
    if (is_local_session(audience->pep, to))
        audience->sessions[audience->session_count++].to = to;
    else
        route_message(audience->pep, audience->message, to);
}

static bool
may_hear(const struct audience *audience, struct jid jid)
{
    struct pubsub_asker asker = pep_asker(audience->pep->account, jid);

    /* XEP-0191 3.2: nothing goes to who is blocked, not even what everybody may read. */
    return !account_blocks(audience->pep->account, jid) &&
           pubsub_may_read(&audience->pep->service, audience->node, &asker) == PUBSUB_OK;
}

/* XEP-0163 4: those who share presence, may read the node and want it. */
static void
address_interested(struct audience *audience)
{
    const struct pep_resource *resource = NULL;

    while ((resource = pep_resource_next(audience->pep, resource))) {
        struct jid jid = pep_resource_jid(resource);

        if (caps_wants(resource->caps, audience->node->name) && may_hear(audience, jid))
            address(audience, jid);
    }
}

/* Has a resource of this address heard of it already? (XEP-0163 4.3.2) */
static bool
is_addressed(const struct audience *audience, struct jid jid)
{
    const struct pep_resource *resource = NULL;

    while ((resource = pep_resource_next(audience->pep, resource))) {
        struct jid other = pep_resource_jid(resource);

        if (caps_wants(resource->caps, audience->node->name) &&
            (jid_is_bare(jid) ? jid_bare_equal(jid, other) : jid_equal(jid, other)))
            return true;
    }
    return false;
}

/* They may have blocked the owner since, which their own account looks after. */
static void
address_subscribers(struct audience *audience)
{
    const struct pubsub_relation *relation = NULL;

    while ((relation = pubsub_relation_next(&audience->node->subscriptions, relation))) {
        if (relation->value == SUBSCRIPTION_SUBSCRIBED && may_hear(audience, relation->jid) &&
            !is_addressed(audience, relation->jid))
            route_message(audience->pep, audience->message, relation->jid);
    }
}

static void
send_to_sessions(const struct audience *audience)
{
    struct stanza_wire wire;

    if (audience->session_count == 0)
        return;
    wire = (struct stanza_wire){ .block = block_new(audience->message),
                                 .to_offset = sizeof("<message") - 1 };
    router_fanout(account_worker(audience->pep->account), &wire, STANZA_MESSAGE, audience->sessions,
                  audience->session_count);
    block_unref(wire.block);
}

static void
tell_audience(struct pep *pep, const struct pubsub_node *node, struct str message)
{
    struct audience audience = {
        .pep = pep,
        .node = node,
        .message = message,
        .sessions = memory_new(map_count(&pep->resources), sizeof(*audience.sessions)),
    };

    address_interested(&audience);
    address_subscribers(&audience);
    send_to_sessions(&audience);
    free(audience.sessions);
}

void
pep_tell(struct pep *pep, const struct pubsub_event *event, const struct pubsub_node *gone)
{
    const struct pubsub_node *node = pubsub_find(&pep->service, event->node);
    struct buffer message;

    if (!node && gone && str_equal(gone->name, event->node))
        node = gone;
    write_message(&message, pep, event->type, event->xml);
    if (buffer_failed(&message))
        log_warning(&account_worker(pep->account)->log, "pubsub-news-too-large", "%.*s",
                    STR_ARG(event->node));
    else if (jid_is_set(event->to))
        route_message(pep, buffer_str(&message), event->to);
    else if (node)
        tell_audience(pep, node, buffer_str(&message));
    buffer_fini(&message);
}

/* ---- the newest item: XEP-0163 4.3.4 ---- */

/* Somebody who gets the newest items, once they are read. */
struct newest {
    struct pep_task task;
    struct arena arena;
    struct jid to;
    struct str *nodes;
    size_t node_count;
    struct caps *now, *old; /* when `nodes` is still to be found */
    struct pep *pep;
};

static void
newest_discard(struct pep_task *task)
{
    struct newest *newest = CONTAINER_OF(task, struct newest, task);

    caps_unref(newest->now);
    caps_unref(newest->old);
    arena_fini(&newest->arena);
    free(newest);
}

static void
newest_free(struct newest *newest)
{
    struct account *account = newest->pep->account;

    newest_discard(&newest->task);
    entity_unpin(&account->entity);
}

static void
tell_item(struct pep *pep, struct jid to, const struct store_pubsub_item *row)
{
    const struct pubsub_node *node = pubsub_find(&pep->service, row->node);
    struct pubsub_item item = { .id = row->id, .xml = row->xml };
    struct buffer content, message;
    char stamp[CLOCK_TEXT_BYTES];

    if (!node)
        return;
    clock_format(row->published_us, stamp);
    pubsub_write_item_event(&content, node, &item);
    buffer_append(&content, STR("<delay xmlns='urn:xmpp:delay'"));
    xml_write_attribute(&content, STR("stamp"), str_from(stamp));
    buffer_append(&content, STR("/>"));
    write_message(&message, pep,
                  node->config.message_type == MESSAGE_HEADLINE ? STR("headline") : STR_EMPTY,
                  buffer_str(&content));
    if (!buffer_failed(&content) && !buffer_failed(&message))
        route_message(pep, buffer_str(&message), to);
    buffer_fini(&content);
    buffer_fini(&message);
}

static void
newest_done(struct store_call *call, void *context)
{
    struct store_pubsub_newest_load *load =
        CONTAINER_OF(call, struct store_pubsub_newest_load, call);
    struct newest *newest = call->owner;
    struct worker *worker = context;

    for (size_t i = 0; i < load->ret_count && !worker->ended && call->status == 0; i++)
        tell_item(newest->pep, newest->to, &load->ret_items[i]);
    store_call_free(call);
    newest_free(newest);
}

static bool
is_sent_newest(const struct pep *pep,
               const struct pubsub_node *node,
               const struct pubsub_asker *asker)
{
    return node->config.send_last == LAST_ON_SUB_AND_PRESENCE &&
           node->config.deliver_notifications && node->config.persist_items &&
           pubsub_may_read(&pep->service, node, asker) == PUBSUB_OK;
}

static void
find_nodes(struct newest *newest)
{
    const struct pubsub_asker asker = pep_asker(newest->pep->account, newest->to);
    const struct pubsub_node *node = NULL;

    newest->nodes = arena_alloc(&newest->arena,
                                map_count(&newest->pep->service.nodes) * sizeof(*newest->nodes));
    while (newest->nodes && (node = pubsub_next(&newest->pep->service, node))) {
        if (caps_wants(newest->now, node->name) && !caps_wants(newest->old, node->name) &&
            is_sent_newest(newest->pep, node, &asker))
            newest->nodes[newest->node_count++] = node->name;
    }
}

static void
newest_run(struct pep *pep, struct pep_task *task, int status)
{
    struct newest *newest = CONTAINER_OF(task, struct newest, task);
    struct store_pubsub_newest_load *load;

    if (status == 0 && newest->now)
        find_nodes(newest);
    if (status < 0 || newest->node_count == 0) {
        newest_free(newest);
        return;
    }
    load = STORE_CALL(pubsub_newest_load, PUBSUB_NEWEST_LOAD,
                      &account_worker(pep->account)->mailbox, newest_done, newest);
    load->name = store_keep(&load->call, pep->account->entity.jid.local);
    load->nodes = arena_alloc(&load->call.arena, newest->node_count * sizeof(*load->nodes));
    for (size_t i = 0; i < newest->node_count; i++)
        load->nodes[i] = store_keep(&load->call, newest->nodes[i]);
    load->node_count = newest->node_count;
    store_submit(account_server(pep->account)->store, &load->call);
}

static struct newest *
newest_new(struct pep *pep, struct jid to)
{
    struct newest *newest = memory_new(1, sizeof(*newest));

    newest->pep = pep;
    newest->task.run = newest_run;
    newest->task.discard = newest_discard;
    newest->task.reads = true;
    arena_init(&newest->arena, STANZA_ARENA_DEFAULT);
    newest->to = jid_dup(&newest->arena, to);
    entity_pin(&pep->account->entity);
    return newest;
}

static void
newest_start(struct newest *newest)
{
    if (pep_when_ready(newest->pep, &newest->task) < 0)
        newest_free(newest);
}

void
pep_tell_newest(struct pep *pep, struct jid to, struct caps *now, struct caps *old)
{
    struct newest *newest;

    if (!now || now->count == 0)
        return;
    newest = newest_new(pep, to);
    newest->now = caps_ref(now);
    newest->old = old ? caps_ref(old) : NULL;
    newest_start(newest);
}

void
pep_tell_newest_of(struct pep *pep, struct jid to, struct str node)
{
    struct newest *newest = newest_new(pep, to);

    newest->nodes = arena_alloc(&newest->arena, sizeof(*newest->nodes));
    newest->nodes[0] = arena_dup(&newest->arena, node);
    newest->node_count = 1;
    newest_start(newest);
}
