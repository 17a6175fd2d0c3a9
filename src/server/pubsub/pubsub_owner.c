/* pubsub_owner.c - making, configuring, purging and deleting nodes (XEP-0060 8.1 to 8.5). */
#include "base/random.h"
#include "server/pubsub/pubsub_private.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

enum {
    TOKEN_BYTES = 27 /* 26 characters, 130 bits */
};

/* ---- 8.1 ---- */

/* 8.1.3: the configuration follows, and names no node of its own. */
static enum pubsub_fault
read_config(const struct pubsub_job *job, struct pubsub_config *config)
{
    const struct element *configure =
        element_child(job->action->parent, NS_PUBSUB, STR("configure"));
    const struct element *form = element_child(configure, NS_DATA_FORM, STR("x"));
    enum pubsub_fault fault = PUBSUB_OK;

    if (configure &&
        (configure != element_next(job->action) || element_has(configure, STR("node"))))
        return PUBSUB_BAD_REQUEST;
    if (form)
        fault = pubsub_config_submit(config, form);
    if (fault == PUBSUB_OK && !pubsub_profile_allows(job->name, config))
        fault = PUBSUB_ACCESS_MODEL;
    return fault;
}

enum pubsub_fault
pubsub_verb_create(struct pubsub_job *job)
{
    struct pubsub_config config;
    struct element *reply;
    char token[TOKEN_BYTES];
    enum pubsub_fault fault;

    if (job->node)
        return PUBSUB_EXISTS;
    random_token(token, sizeof(token));
    if (job->name.len == 0)
        job->name = arena_dup(&job->out->arena, str_from(token));
    pubsub_config_init(&config);
    pubsub_profile_apply(job->name, &config);
    fault = read_config(job, &config);
    if (fault == PUBSUB_OK)
        fault = pubsub_make_node(job, job->name, &config);
    pubsub_config_fini(&config);
    if (fault != PUBSUB_OK)
        return fault;
    reply = pubsub_reply(job, NS_PUBSUB);
    reply = element_add(&job->out->reply->arena, reply, NS_PUBSUB, STR("create"));
    element_set(&job->out->reply->arena, reply, STR("node"), job->name);
    return PUBSUB_OK;
}

/* ---- 8.2, 8.3 ---- */

static enum pubsub_fault
answer_form(struct pubsub_job *job, struct str name, const struct pubsub_config *config)
{
    struct element *reply = pubsub_reply(job, NS_PUBSUB_OWNER);
    struct arena *arena = &job->out->reply->arena;
    struct element *parent = element_add(arena, reply, NS_PUBSUB_OWNER, name);

    if (job->node)
        element_set(arena, parent, STR("node"), job->name);
    pubsub_config_form(config, arena, parent, STR("form"));
    return PUBSUB_OK;
}

enum pubsub_fault
pubsub_verb_get_config(struct pubsub_job *job)
{
    return answer_form(job, STR("configure"), &job->node->config);
}

enum pubsub_fault
pubsub_verb_default_config(struct pubsub_job *job)
{
    struct pubsub_config config;
    enum pubsub_fault fault;

    job->node = NULL;
    pubsub_config_init(&config);
    fault = answer_form(job, STR("default"), &config);
    pubsub_config_fini(&config);
    return fault;
}

/* 8.2.5.3: with the new configuration, where payloads are sent at all. */
static void
tell_config(struct pubsub_job *job)
{
    const struct pubsub_node *node = job->node;
    struct arena *arena = &job->out->arena;
    struct element *event = element_new(arena, NS_PUBSUB_EVENT, STR("event"));
    struct element *configuration =
        element_add(arena, event, NS_PUBSUB_EVENT, STR("configuration"));
    struct buffer text;

    element_set(arena, configuration, STR("node"), node->name);
    if (node->config.deliver_payloads)
        pubsub_config_form(&node->config, arena, configuration, STR("result"));
    if (arena_is_full(arena))
        return;
    buffer_init(&text, PUBSUB_EVENT_BYTES);
    xml_write(&text, event, STR_EMPTY);
    (void)pubsub_add_event(job, node, &text);
}

static enum pubsub_fault
change_config(struct pubsub_job *job, const struct element *form)
{
    struct pubsub_config config;
    enum pubsub_fault fault;

    pubsub_config_init(&config);
    pubsub_config_copy(&config, &job->node->config);
    fault = pubsub_config_submit(&config, form);
    if (fault == PUBSUB_OK && !pubsub_profile_allows(job->name, &config))
        fault = PUBSUB_ACCESS_MODEL;
    if (fault == PUBSUB_OK) {
        pubsub_config_fini(&job->node->config);
        job->node->config = config;
        pubsub_put_node(job, job->node);
        if (config.notify_config)
            tell_config(job);
    } else {
        pubsub_config_fini(&config);
    }
    return fault;
}

enum pubsub_fault
pubsub_verb_set_config(struct pubsub_job *job)
{
    const struct element *form = element_child(job->action, NS_DATA_FORM, STR("x"));
    struct str type = element_get(form, STR("type"));

    if (!form)
        return PUBSUB_BAD_REQUEST;
    if (str_is(type, "cancel")) /* 8.2.4 */
        return PUBSUB_OK;
    return str_is(type, "submit") ? change_config(job, form) : PUBSUB_BAD_REQUEST;
}

/* ---- 8.4, 8.5 ---- */

/* An event whose only element names the node. */
static void
tell_node(struct pubsub_job *job, struct str what)
{
    struct buffer text;

    pubsub_begin_event(&text);
    buffer_append_char(&text, '<');
    buffer_append(&text, what);
    xml_write_attribute(&text, STR("node"), job->node->name);
    buffer_append(&text, STR("/>"));
    pubsub_end_event(&text);
    (void)pubsub_add_event(job, job->node, &text);
}

enum pubsub_fault
pubsub_verb_delete(struct pubsub_job *job)
{
    struct pubsub_node *node = job->node;

    (void)pubsub_add_change(job, CHANGE_NODE_REMOVE, node->name);
    if (node->config.notify_delete)
        tell_node(job, STR("delete"));
    pubsub_take_out(job->service, node);
    job->out->gone = node;
    return PUBSUB_OK;
}

/* 8.5.2: one word for all items. */
enum pubsub_fault
pubsub_verb_purge(struct pubsub_job *job)
{
    struct pubsub_change *change;

    if (!job->node->config.persist_items)
        return PUBSUB_NO_PERSISTENCE;
    change = pubsub_add_change(job, CHANGE_ITEMS_REMOVE, job->name);
    if (change)
        change->all = true;
    if (job->node->config.notify_retract)
        tell_node(job, STR("purge"));
    return PUBSUB_OK;
}
