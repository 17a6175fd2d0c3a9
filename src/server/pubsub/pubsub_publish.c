/* pubsub_publish.c - publishing and retracting (XEP-0060 7). */
#include "base/error.h"
#include "base/random.h"
#include "server/pubsub/pubsub_private.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

enum {
    TOKEN_BYTES = 27, /* 26 characters, 130 bits */
    IDS_MAX = 1000    /* of one retract request */
};

/* ---- 7.1: what is published ---- */

/* One thing to publish, checked. */
struct publication {
    struct pubsub_item item;
    bool has_item; /* an <item/> was sent */
    bool made_id;  /* we made its id */
    struct str ns; /* of the payload */
};

static struct str
make_id(struct arena *arena)
{
    char token[TOKEN_BYTES];

    random_token(token, sizeof(token));
    return arena_dup(arena, str_from(token));
}

/* 7.1.3.6: exactly one payload element, if any. */
static enum pubsub_fault
read_payload(struct pubsub_job *job, const struct element *item, struct publication *ret)
{
    const struct element *payload = element_first_child(item);
    struct buffer text;

    if (!payload)
        return PUBSUB_OK;
    if (element_next(payload))
        return PUBSUB_INVALID_PAYLOAD;
    buffer_init(&text, job->limits->max_payload);
    xml_write(&text, payload, STR_EMPTY);
    ret->ns = payload->ns;
    ret->item.xml = arena_dup(&job->out->arena, buffer_str(&text));
    bool fits = !buffer_failed(&text);
    buffer_fini(&text);
    return fits ? PUBSUB_OK : PUBSUB_PAYLOAD_TOO_BIG;
}

static enum pubsub_fault
read_publication(struct pubsub_job *job, struct publication *ret)
{
    const struct element *item = element_first_child(job->action);

    if (item && (!element_is(item, NS_PUBSUB, STR("item")) || element_next(item)))
        return PUBSUB_BAD_REQUEST;
    *ret = (struct publication){ .has_item = item };
    ret->item.id = element_get(item, STR("id"));
    ret->item.publisher = job->request->from.full;
    ret->item.published_us = job->now_us;
    if (ret->item.id.len > PUBSUB_NAME_MAX)
        return PUBSUB_NOT_ACCEPTABLE;
    if (ret->item.id.len == 0) {
        ret->item.id = make_id(&job->out->arena);
        ret->made_id = true;
    }
    return read_payload(job, item, ret);
}

/* 7.1.3.5 to 7.1.3.7: does it fit the node? */
static enum pubsub_fault
check_publication(const struct pubsub_config *config, const struct publication *publication)
{
    bool has_payload = publication->item.xml.len > 0;

    if (config->persist_items && !publication->has_item)
        return PUBSUB_ITEM_REQUIRED;
    if (config->deliver_payloads && !has_payload)
        return publication->has_item ? PUBSUB_INVALID_PAYLOAD : PUBSUB_PAYLOAD_REQUIRED;
    if (!config->persist_items && !config->deliver_payloads && publication->has_item)
        return PUBSUB_ITEM_FORBIDDEN;
    if (publication->item.xml.len > config->max_payload)
        return PUBSUB_PAYLOAD_TOO_BIG;
    if (config->type.len > 0 && has_payload && !str_equal(config->type, publication->ns))
        return PUBSUB_INVALID_PAYLOAD;
    return PUBSUB_OK;
}

/* ---- 7.1.4, 7.1.5: where it is published ---- */

static const struct element *
find_options(const struct pubsub_job *job)
{
    const struct element *options =
        element_next_named(job->action, NS_PUBSUB, STR("publish-options"));

    return element_child(options, NS_DATA_FORM, STR("x"));
}

static enum pubsub_fault
check_node(struct pubsub_job *job, const struct publication *publication)
{
    const struct element *options = find_options(job);
    enum pubsub_fault fault = pubsub_may_publish(job->service, job->node, job->asker);

    if (fault == PUBSUB_OK && options)
        fault = pubsub_config_check_options(&job->node->config, options);
    return fault == PUBSUB_OK ? check_publication(&job->node->config, publication) : fault;
}

static enum pubsub_fault
create_node(struct pubsub_job *job, const struct publication *publication)
{
    const struct element *options = find_options(job);
    struct pubsub_config config;
    enum pubsub_fault fault = PUBSUB_OK;

    /* To others the node is missing, whatever they try. */
    if (pubsub_may_own(job->service, job->asker) != PUBSUB_OK)
        return PUBSUB_NOT_FOUND;
    pubsub_config_init(&config);
    pubsub_profile_apply(job->name, &config);
    if (options)
        fault = pubsub_config_submit_options(&config, options);
    if (fault == PUBSUB_OK && !pubsub_profile_allows(job->name, &config))
        fault = PUBSUB_PRECONDITION;
    if (fault == PUBSUB_OK)
        fault = check_publication(&config, publication);
    if (fault == PUBSUB_OK)
        fault = pubsub_make_node(job, job->name, &config);
    pubsub_config_fini(&config);
    return fault;
}

/* ---- what follows ---- */

static void
store_item(struct pubsub_job *job, const struct pubsub_item *item)
{
    struct pubsub_change *change = pubsub_add_change(job, CHANGE_ITEMS_PUT, job->name);

    if (!change)
        return;
    change->items = arena_alloc(&job->out->arena, sizeof(*change->items));
    if (!change->items)
        return;
    *change->items = *item;
    change->item_count = 1;
    change->keep = pubsub_keep_of(job, job->node);
    change->rejects = job->node->config.when_full == FULL_REJECT;
    change->tells_evicted =
        job->node->config.when_full == FULL_RETRACT_OLDEST && job->node->config.notify_retract;
}

void
pubsub_write_item_event(struct buffer *out,
                        const struct pubsub_node *node,
                        const struct pubsub_item *item)
{
    pubsub_begin_event(out);
    buffer_append(out, STR("<items"));
    xml_write_attribute(out, STR("node"), node->name);
    buffer_append(out, STR("><item"));
    xml_write_attribute(out, STR("id"), item->id);
    buffer_append_char(out, '>');
    if (node->config.deliver_payloads)
        buffer_append(out, item->xml);
    buffer_append(out, STR("</item></items>"));
    pubsub_end_event(out);
}

static void
tell_item(struct pubsub_job *job, const struct pubsub_item *item)
{
    struct buffer text;

    if (!job->node->config.deliver_notifications)
        return;
    pubsub_write_item_event(&text, job->node, item);
    (void)pubsub_add_event(job, job->node, &text);
}

static void
publish(struct pubsub_job *job, const struct pubsub_item *item)
{
    if (job->node->config.persist_items)
        store_item(job, item);
    tell_item(job, item);
}

enum pubsub_fault
pubsub_verb_publish(struct pubsub_job *job)
{
    struct publication publication;
    struct element *published, *item;
    enum pubsub_fault fault = read_publication(job, &publication);

    if (fault == PUBSUB_OK)
        fault = job->node ? check_node(job, &publication) : create_node(job, &publication);
    if (fault != PUBSUB_OK)
        return fault;
    publish(job, &publication.item);

    struct element *reply = pubsub_reply(job, NS_PUBSUB);
    struct arena *arena = &job->out->reply->arena;
    published = element_add(arena, reply, NS_PUBSUB, STR("publish"));
    element_set(arena, published, STR("node"), job->name);
    item = element_add(arena, published, NS_PUBSUB, STR("item"));
    element_set(arena, item, STR("id"), publication.item.id);
    return PUBSUB_OK;
}

/* ---- 7.2: retracting ---- */

void
pubsub_write_retract_event(struct buffer *out, struct str node, const struct str *ids, size_t count)
{
    pubsub_begin_event(out);
    buffer_append(out, STR("<items"));
    xml_write_attribute(out, STR("node"), node);
    buffer_append_char(out, '>');
    for (size_t i = 0; i < count; i++) {
        buffer_append(out, STR("<retract"));
        xml_write_attribute(out, STR("id"), ids[i]);
        buffer_append(out, STR("/>"));
    }
    buffer_append(out, STR("</items>"));
    pubsub_end_event(out);
}

/* 7.2.3.4: each with an id. */
static enum pubsub_fault
read_ids(struct pubsub_job *job, struct str **ret_ids, size_t *ret_count)
{
    const struct element *item = element_first_child(job->action);
    size_t count = 0;

    for (; item; item = element_next(item), count++) {
        if (!element_is(item, NS_PUBSUB, STR("item")) || element_get(item, STR("id")).len == 0)
            return PUBSUB_ITEM_REQUIRED;
    }
    if (count == 0)
        return PUBSUB_ITEM_REQUIRED;
    *ret_ids = count <= IDS_MAX ? arena_alloc(&job->out->arena, count * sizeof(**ret_ids)) : NULL;
    if (!*ret_ids)
        return PUBSUB_NOT_ACCEPTABLE;
    item = element_first_child(job->action);
    for (size_t i = 0; i < count; i++, item = element_next(item))
        (*ret_ids)[i] = element_get(item, STR("id"));
    *ret_count = count;
    return PUBSUB_OK;
}

static void
retract(struct pubsub_job *job, struct str *ids, size_t count, bool tells)
{
    struct pubsub_change *change = pubsub_add_change(job, CHANGE_ITEMS_REMOVE, job->name);
    struct buffer text;

    if (!change)
        return;
    change->ids = ids;
    change->id_count = count;
    if (!tells || !job->node->config.deliver_notifications)
        return;
    pubsub_write_retract_event(&text, job->name, ids, count);
    (void)pubsub_add_event(job, job->node, &text);
}

enum pubsub_fault
pubsub_verb_retract(struct pubsub_job *job)
{
    struct str notify = element_get(job->action, STR("notify"));
    struct str *ids;
    size_t count;
    enum pubsub_fault fault = pubsub_may_publish(job->service, job->node, job->asker);

    if (fault == PUBSUB_OK && !job->node->config.persist_items)
        fault = PUBSUB_NO_PERSISTENCE;
    if (fault == PUBSUB_OK)
        fault = read_ids(job, &ids, &count);
    if (fault != PUBSUB_OK)
        return fault;
    retract(job, ids, count,
            job->node->config.notify_retract || str_is(notify, "true") || str_is(notify, "1"));
    /* 4.1: the owner and publishers may remove anything, the others what is theirs. */
    if (job->out->changes &&
        pubsub_affiliation_of(job->service, job->node, job->asker->jid) < AFFILIATION_PUBLISHER)
        job->out->changes->publisher = arena_dup(&job->out->arena, job->asker->jid.bare);
    return PUBSUB_OK;
}

/* ---- the server's own ---- */

static enum pubsub_fault
make_own_node(struct pubsub_job *job, const struct pubsub_own_item *item)
{
    struct pubsub_config config;

    pubsub_config_init(&config);
    config.access = item->access;
    pubsub_profile_apply(item->node, &config);
    return pubsub_make_node(job, item->node, &config);
}

enum pubsub_fault
pubsub_publish_own(struct pubsub_job *job, const struct pubsub_own_item *item)
{
    struct arena *arena = &job->out->arena;
    struct pubsub_item stored = {
        .id = arena_dup(arena, item->id),
        .publisher = job->asker->jid.full,
        .published_us = job->now_us,
        .xml = arena_dup(arena, item->xml),
    };
    enum pubsub_fault fault = PUBSUB_OK;

    job->name = item->node;
    job->node = pubsub_find(job->service, item->node);
    if (!job->node)
        fault = make_own_node(job, item);
    if (fault == PUBSUB_OK)
        publish(job, &stored);
    return fault;
}

enum pubsub_fault
pubsub_retract_own(struct pubsub_job *job, struct str node, struct str id)
{
    struct str *ids = arena_alloc(&job->out->arena, sizeof(*ids));

    job->name = node;
    job->node = pubsub_find(job->service, node);
    if (!job->node || !ids)
        return PUBSUB_NOT_FOUND;
    *ids = arena_dup(&job->out->arena, id);
    retract(job, ids, 1, true);
    return PUBSUB_OK;
}
