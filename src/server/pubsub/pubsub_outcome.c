/* pubsub_outcome.c - what follows from a request, put together. */
#include "base/error.h"
#include "server/pubsub/pubsub_private.h"

void
pubsub_outcome_init(struct pubsub_outcome *outcome)
{
    *outcome = (struct pubsub_outcome){ .fault = PUBSUB_OK };
    arena_init(&outcome->arena, PUBSUB_ARENA_BYTES);
}

void
pubsub_outcome_fini(struct pubsub_outcome *outcome)
{
    stanza_unref(outcome->reply);
    pubsub_node_free(outcome->gone);
    arena_fini(&outcome->arena);
}

struct element *
pubsub_reply(struct pubsub_job *job, struct str ns)
{
    struct stanza *reply = stanza_result(job->request);

    job->out->reply = reply;
    return reply ? element_add(&reply->arena, reply->root, ns, STR("pubsub")) : NULL;
}

struct pubsub_change *
pubsub_add_change(struct pubsub_job *job, enum pubsub_change_kind kind, struct str node)
{
    struct pubsub_outcome *out = job->out;
    struct pubsub_change *change = arena_alloc(&out->arena, sizeof(*change));

    if (!change)
        return NULL;
    change->kind = kind;
    change->node = arena_dup(&out->arena, node);
    if (out->_last_change)
        out->_last_change->next = change;
    else
        out->changes = change;
    out->_last_change = change;
    return change;
}

struct pubsub_event *
pubsub_add_event(struct pubsub_job *job, const struct pubsub_node *node, struct buffer *xml)
{
    struct pubsub_outcome *out = job->out;
    struct pubsub_event *event = arena_alloc(&out->arena, sizeof(*event));

    if (event && !buffer_failed(xml)) {
        event->node = arena_dup(&out->arena, node->name);
        event->type = node->config.message_type == MESSAGE_HEADLINE ? STR("headline") : STR_EMPTY;
        event->xml = arena_dup(&out->arena, buffer_str(xml));
        if (out->_last_event)
            out->_last_event->next = event;
        else
            out->events = event;
        out->_last_event = event;
    }
    buffer_fini(xml);
    return event;
}

void
pubsub_begin_event(struct buffer *out)
{
    buffer_init(out, PUBSUB_EVENT_BYTES);
    buffer_append(out, STR("<event xmlns='http://jabber.org/protocol/pubsub#event'>"));
}

void
pubsub_end_event(struct buffer *out)
{
    buffer_append(out, STR("</event>"));
}

int64_t
pubsub_keep_of(const struct pubsub_job *job, const struct pubsub_node *node)
{
    const struct pubsub_config *config = &node->config;

    if (!config->persist_items)
        return 0;
    return config->max_items < job->limits->max_items ? config->max_items : job->limits->max_items;
}

void
pubsub_put_node(struct pubsub_job *job, const struct pubsub_node *node)
{
    struct pubsub_change *change = pubsub_add_change(job, CHANGE_NODE_PUT, node->name);
    struct buffer text;

    if (!change)
        return;
    buffer_init(&text, PUBSUB_EVENT_BYTES);
    pubsub_config_print(&node->config, &text);
    change->config = arena_dup(&job->out->arena, buffer_str(&text));
    change->created_us = node->created_us;
    change->keep = pubsub_keep_of(job, node);
    buffer_fini(&text);
}

enum pubsub_fault
pubsub_make_node(struct pubsub_job *job, struct str name, struct pubsub_config *config)
{
    struct pubsub_node *node;

    if (name.len == 0 || name.len > PUBSUB_NAME_MAX)
        return PUBSUB_NOT_ACCEPTABLE;
    if (map_count(&job->service->nodes) >= job->limits->max_nodes)
        return PUBSUB_MAX_NODES;
    node = pubsub_add(job->service, name, job->now_us);
    pubsub_config_fini(&node->config);
    node->config = *config;
    *config = (struct pubsub_config){ 0 };
    job->node = node;
    job->name = node->name;
    pubsub_put_node(job, node);
    return PUBSUB_OK;
}
