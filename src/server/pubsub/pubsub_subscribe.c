/* pubsub_subscribe.c - subscribing, and what somebody is to the nodes
 * (XEP-0060 5.6, 5.7, 6.1, 6.2).
 */
#include "base/error.h"
#include "server/pubsub/pubsub_private.h"
#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

/* ---- the owner is asked (8.6), told (notify_sub), and the subscriber told (12.13) ---- */

static void
write_field(struct buffer *out, const char *var, const char *type, struct str value)
{
    buffer_append(out, STR("<field"));
    xml_write_attribute(out, STR("var"), str_from(var));
    xml_write_attribute(out, STR("type"), str_from(type));
    buffer_append(out, STR("><value>"));
    xml_escape(out, value);
    buffer_append(out, STR("</value></field>"));
}

static void
ask_owner(struct pubsub_job *job, struct jid subscriber)
{
    struct pubsub_event *event;
    struct buffer text;

    buffer_init(&text, PUBSUB_EVENT_BYTES);
    buffer_append(&text, STR("<x xmlns='jabber:x:data' type='form'>"
                             "<title>Subscription request</title>"));
    write_field(&text, "FORM_TYPE", "hidden", PUBSUB_AUTHORIZATION);
    write_field(&text, "pubsub#node", "text-single", job->name);
    write_field(&text, "pubsub#subscriber_jid", "jid-single", subscriber.full);
    write_field(&text, "pubsub#allow", "boolean", STR("false"));
    buffer_append(&text, STR("</x>"));
    event = pubsub_add_event(job, job->node, &text);
    if (!event)
        return;
    event->to = job->service->owner;
    event->type = STR_EMPTY;
}

static void
tell_subscription(struct pubsub_job *job,
                  const struct pubsub_node *node,
                  struct jid jid,
                  enum pubsub_subscription state,
                  struct jid to)
{
    struct pubsub_event *event;
    struct buffer text;

    pubsub_begin_event(&text);
    buffer_append(&text, STR("<subscription"));
    xml_write_attribute(&text, STR("node"), node->name);
    xml_write_attribute(&text, STR("jid"), jid.full);
    xml_write_attribute(&text, STR("subscription"), pubsub_subscription_name(state));
    buffer_append(&text, STR("/>"));
    pubsub_end_event(&text);
    event = pubsub_add_event(job, node, &text);
    if (event)
        event->to = jid_dup(&job->out->arena, to);
}

void
pubsub_set_subscription(struct pubsub_job *job,
                        struct pubsub_node *node,
                        struct jid jid,
                        enum pubsub_subscription state,
                        bool tells)
{
    struct pubsub_change *change = pubsub_add_change(job, CHANGE_SUBSCRIPTION, node->name);

    if (!change)
        return;
    change->jid = arena_dup(&job->out->arena, jid.full);
    change->value = (int)state;
    if (tells)
        tell_subscription(job, node, jid, state, jid);
    if (node->config.notify_sub && state != SUBSCRIPTION_PENDING)
        tell_subscription(job, node, jid, state, job->service->owner);
    pubsub_relation_set(&node->subscriptions, jid, (int)state); /* `jid` may be part of it */
}

/* ---- 6.1, 6.2 ---- */

/* 6.1.3.1: the address that is subscribed belongs to who asks. */
static enum pubsub_fault
read_jid(struct pubsub_job *job, struct jid *ret)
{
    struct str text = element_get(job->action, STR("jid"));

    if (text.len == 0)
        return PUBSUB_JID_REQUIRED;
    if (jid_parse(&job->out->arena, text, ret) < 0 || !jid_bare_equal(*ret, job->asker->jid))
        return PUBSUB_INVALID_JID;
    return PUBSUB_OK;
}

static enum pubsub_fault
answer(struct pubsub_job *job, struct jid jid, enum pubsub_subscription state)
{
    struct element *reply = pubsub_reply(job, NS_PUBSUB);
    struct arena *arena = &job->out->reply->arena;
    struct element *subscription = element_add(arena, reply, NS_PUBSUB, STR("subscription"));

    element_set(arena, subscription, STR("node"), job->name);
    element_set(arena, subscription, STR("jid"), jid.full);
    element_set(arena, subscription, STR("subscription"), pubsub_subscription_name(state));
    return PUBSUB_OK;
}

static size_t
count_own(const struct pubsub_node *node, struct jid jid)
{
    const struct pubsub_relation *relation = NULL;
    size_t count = 0;

    while ((relation = pubsub_relation_next(&node->subscriptions, relation)))
        count += jid_bare_equal(relation->jid, jid);
    return count;
}

/* 4.5: whose request must be granted first? */
static bool
must_wait(const struct pubsub_job *job)
{
    return job->node->config.access == ACCESS_AUTHORIZE &&
           pubsub_may_read(job->service, job->node, job->asker) == PUBSUB_NOT_SUBSCRIBED;
}

static enum pubsub_fault
add_subscription(struct pubsub_job *job, struct jid jid)
{
    const struct pubsub_node *node = job->node;
    enum pubsub_subscription state =
        must_wait(job) ? SUBSCRIPTION_PENDING : SUBSCRIPTION_SUBSCRIBED;

    if (map_count(&node->subscriptions) >= job->limits->max_relations ||
        count_own(node, jid) >= job->limits->max_own)
        return PUBSUB_MAX_SUBSCRIPTIONS;
    pubsub_set_subscription(job, job->node, jid, state, false);
    if (state == SUBSCRIPTION_PENDING) {
        ask_owner(job, jid);
    } else if (node->config.send_last != LAST_NEVER && node->config.persist_items) {
        job->out->newcomer = jid;
        job->out->newcomer_node = job->name;
    }
    return answer(job, jid, state);
}

enum pubsub_fault
pubsub_verb_subscribe(struct pubsub_job *job)
{
    const struct pubsub_relation *held;
    struct jid jid;
    enum pubsub_fault fault = read_jid(job, &jid);

    if (fault == PUBSUB_OK)
        fault = pubsub_may_subscribe(job->service, job->node, job->asker);
    if (fault != PUBSUB_OK)
        return fault;
    held = pubsub_relation_find(&job->node->subscriptions, jid.full);
    if (!held)
        return add_subscription(job, jid);
    /* 6.1.3.7; 6.1.6: once more is answered like the first time. */
    return held->value == SUBSCRIPTION_PENDING ? PUBSUB_PENDING
                                               : answer(job, jid, SUBSCRIPTION_SUBSCRIBED);
}

enum pubsub_fault
pubsub_verb_unsubscribe(struct pubsub_job *job)
{
    struct jid jid;
    enum pubsub_fault fault = read_jid(job, &jid);

    if (fault == PUBSUB_INVALID_JID)
        return PUBSUB_FORBIDDEN; /* 6.2.3.3 */
    if (fault != PUBSUB_OK)
        return fault;
    if (!pubsub_relation_find(&job->node->subscriptions, jid.full))
        return PUBSUB_NO_SUBSCRIPTION; /* 6.2.3.2 */
    pubsub_set_subscription(job, job->node, jid, SUBSCRIPTION_NOT, false);
    return answer(job, jid, SUBSCRIPTION_NOT);
}

/* ---- XEP-0163 7.1 ---- */

static void
cancel_lost_at(struct pubsub_job *job, struct pubsub_node *node)
{
    struct pubsub_relation *relation = pubsub_relation_next(&node->subscriptions, NULL);
    enum pubsub_fault fault = pubsub_may_subscribe(job->service, node, job->asker);

    while (relation && fault != PUBSUB_OK && fault != PUBSUB_NO_SUBSCRIBE) {
        struct pubsub_relation *next = pubsub_relation_next(&node->subscriptions, relation);

        if (jid_bare_equal(relation->jid, job->asker->jid))
            pubsub_set_subscription(job, node, jid_dup(&job->out->arena, relation->jid),
                                    SUBSCRIPTION_NOT, true);
        relation = next;
    }
}

void
pubsub_cancel_lost(struct pubsub_job *job)
{
    struct pubsub_node *node = NULL;

    while ((node = pubsub_next(job->service, node)))
        cancel_lost_at(job, node);
}

/* ---- 8.6 ---- */

struct authorization {
    struct str node, jid, allow;
    bool is_one;
};

static struct authorization
read_authorization(struct arena *arena, const struct element *form)
{
    struct authorization ret = { .is_one = false };
    const struct element *field = element_child(form, NS_DATA_FORM, STR("field"));

    for (; field; field = element_next_named(field, NS_DATA_FORM, STR("field"))) {
        struct str var = element_get(field, STR("var"));
        struct str value = element_child_text(arena, field, NS_DATA_FORM, STR("value"));

        if (str_is(var, "FORM_TYPE"))
            ret.is_one = str_equal(value, PUBSUB_AUTHORIZATION);
        else if (str_is(var, "pubsub#node"))
            ret.node = value;
        else if (str_is(var, "pubsub#subscriber_jid"))
            ret.jid = value;
        else if (str_is(var, "pubsub#allow"))
            ret.allow = value;
    }
    return ret;
}

bool
pubsub_authorize(struct pubsub_job *job, const struct element *form)
{
    struct authorization authorization;
    const struct pubsub_relation *held;
    struct pubsub_node *node;
    bool allows;

    pubsub_outcome_init(job->out);
    authorization = read_authorization(&job->out->arena, form);
    if (!authorization.is_one || pubsub_may_own(job->service, job->asker) != PUBSUB_OK)
        return false;
    node = pubsub_find(job->service, authorization.node);
    held = node ? pubsub_relation_find(&node->subscriptions, authorization.jid) : NULL;
    /* A form that is cancelled decides nothing, nor does one that comes too late. */
    if (!held || held->value != SUBSCRIPTION_PENDING ||
        !str_is(element_get(form, STR("type")), "submit"))
        return true;
    job->node = node;
    job->name = node->name;
    allows = str_is(authorization.allow, "1") || str_is(authorization.allow, "true");
    pubsub_set_subscription(job, node, jid_dup(&job->out->arena, held->jid),
                            allows ? SUBSCRIPTION_SUBSCRIBED : SUBSCRIPTION_NOT, true);
    return true;
}

/* ---- 5.6, 5.7 ---- */

static void
list_subscriptions(struct pubsub_job *job, const struct pubsub_node *node, struct element *parent)
{
    struct arena *arena = &job->out->reply->arena;
    const struct pubsub_relation *relation = NULL;

    while ((relation = pubsub_relation_next(&node->subscriptions, relation))) {
        struct element *item;

        if (!jid_bare_equal(relation->jid, job->asker->jid))
            continue;
        item = element_add(arena, parent, NS_PUBSUB, STR("subscription"));
        element_set(arena, item, STR("node"), node->name);
        element_set(arena, item, STR("jid"), relation->jid.full);
        element_set(arena, item, STR("subscription"),
                    pubsub_subscription_name((enum pubsub_subscription)relation->value));
    }
}

static void
list_affiliation(struct pubsub_job *job, const struct pubsub_node *node, struct element *parent)
{
    struct arena *arena = &job->out->reply->arena;
    enum pubsub_affiliation affiliation =
        pubsub_affiliation_of(job->service, node, job->asker->jid);
    struct element *item;

    if (affiliation == AFFILIATION_NONE)
        return;
    item = element_add(arena, parent, NS_PUBSUB, STR("affiliation"));
    element_set(arena, item, STR("node"), node->name);
    element_set(arena, item, STR("affiliation"), pubsub_affiliation_name(affiliation));
}

/* Calls `list` for the node that is named, or for each. A node that does not exist has nobody. */
static enum pubsub_fault
list_each(struct pubsub_job *job,
          struct str name,
          void (*list)(struct pubsub_job *job,
                       const struct pubsub_node *node,
                       struct element *parent))
{
    struct element *reply = pubsub_reply(job, NS_PUBSUB);
    struct arena *arena = &job->out->reply->arena;
    struct element *parent = element_add(arena, reply, NS_PUBSUB, name);
    const struct pubsub_node *node = NULL;

    if (job->name.len > 0)
        element_set(arena, parent, STR("node"), job->name);
    if (job->node)
        list(job, job->node, parent);
    while (job->name.len == 0 && (node = pubsub_next(job->service, node)))
        list(job, node, parent);
    return PUBSUB_OK;
}

enum pubsub_fault
pubsub_verb_subscriptions(struct pubsub_job *job)
{
    return list_each(job, STR("subscriptions"), list_subscriptions);
}

enum pubsub_fault
pubsub_verb_affiliations(struct pubsub_job *job)
{
    return list_each(job, STR("affiliations"), list_affiliation);
}
