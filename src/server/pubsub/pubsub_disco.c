/* pubsub_disco.c - what there is at a service and its nodes (XEP-0060 5.2 to 5.5). */
#include "base/clock.h"
#include "server/pubsub/pubsub_private.h"
#include "xmpp/ns.h"

static struct element *
begin(struct pubsub_job *job, struct str ns)
{
    struct stanza *reply = stanza_result(job->request);
    struct element *query = element_add(&reply->arena, reply->root, ns, STR("query"));

    job->out->reply = reply;
    if (job->name.len > 0)
        element_set(&reply->arena, query, STR("node"), job->name);
    return query;
}

static void
add_field(struct arena *arena, struct element *form, struct str var, struct str value)
{
    struct element *field = element_add(arena, form, NS_DATA_FORM, STR("field"));

    element_set(arena, field, STR("var"), var);
    element_add_with_text(arena, field, NS_DATA_FORM, STR("value"), value);
}

/* 5.4 */
static void
add_meta_data(struct pubsub_job *job, struct element *query)
{
    struct arena *arena = &job->out->reply->arena;
    struct element *form = element_add(arena, query, NS_DATA_FORM, STR("x"));
    char stamp[CLOCK_TEXT_BYTES];

    clock_format(job->node->created_us, stamp);
    element_set(arena, form, STR("type"), STR("result"));
    add_field(arena, form, STR("FORM_TYPE"), PUBSUB_META_DATA);
    element_set(arena, form->first, STR("type"), STR("hidden"));
    add_field(arena, form, STR("pubsub#owner"), job->service->owner.bare);
    add_field(arena, form, STR("pubsub#creation_date"), str_from(stamp));
    pubsub_config_describe(&job->node->config, arena, form);
}

/* 5.3. Who may not read a node is told no more than that. */
enum pubsub_fault
pubsub_disco_info(struct pubsub_job *job)
{
    struct element *query, *identity, *feature;
    struct arena *arena;
    enum pubsub_fault fault;

    if (!job->node)
        return PUBSUB_NOT_FOUND;
    fault = pubsub_may_subscribe(job->service, job->node, job->asker);
    if (fault != PUBSUB_OK && fault != PUBSUB_NO_SUBSCRIBE)
        return fault;
    query = begin(job, NS_DISCO_INFO);
    arena = &job->out->reply->arena;
    identity = element_add(arena, query, NS_DISCO_INFO, STR("identity"));
    element_set(arena, identity, STR("category"), STR("pubsub"));
    element_set(arena, identity, STR("type"), STR("leaf"));
    feature = element_add(arena, query, NS_DISCO_INFO, STR("feature"));
    element_set(arena, feature, STR("var"), NS_PUBSUB);
    add_meta_data(job, query);
    return PUBSUB_OK;
}

/* XEP-0163 6.2: only what the asker may subscribe to or read. */
static void
list_nodes(struct pubsub_job *job)
{
    struct element *query = begin(job, NS_DISCO_ITEMS);
    struct arena *arena = &job->out->reply->arena;
    const struct pubsub_node *node = NULL;

    while ((node = pubsub_next(job->service, node))) {
        struct element *item;

        if (pubsub_may_subscribe(job->service, node, job->asker) != PUBSUB_OK)
            continue;
        item = element_add(arena, query, NS_DISCO_ITEMS, STR("item"));
        element_set(arena, item, STR("jid"), job->service->owner.bare);
        element_set(arena, item, STR("node"), node->name);
        if (node->config.title.len > 0)
            element_set(arena, item, STR("name"), node->config.title);
    }
}

enum pubsub_fault
pubsub_disco_items(struct pubsub_job *job)
{
    enum pubsub_fault fault;

    if (!element_has(job->action, STR("node"))) {
        list_nodes(job);
        return PUBSUB_OK;
    }
    if (!job->node)
        return PUBSUB_NOT_FOUND;
    fault = pubsub_may_read(job->service, job->node, job->asker);
    if (fault != PUBSUB_OK)
        return fault;
    if (!job->node->config.persist_items) {
        (void)begin(job, NS_DISCO_ITEMS);
        return PUBSUB_OK;
    }
    job->out->reads = true;
    job->out->read = (struct pubsub_read){
        .node = job->name,
        .page = PUBSUB_PAGE_LAST,
        .limit = job->limits->max_items,
        .disco = true,
    };
    return PUBSUB_OK;
}
