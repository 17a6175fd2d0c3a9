/* pubsub_node.c - see pubsub_node.h. */
#include "server/pubsub/pubsub_node.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

static const char *const affiliation_names[AFFILIATIONS] = {
    [AFFILIATION_NONE] = "none",           [AFFILIATION_OUTCAST] = "outcast",
    [AFFILIATION_MEMBER] = "member",       [AFFILIATION_PUBLISH_ONLY] = "publish-only",
    [AFFILIATION_PUBLISHER] = "publisher", [AFFILIATION_OWNER] = "owner",
};

static const char *const subscription_names[SUBSCRIPTIONS] = {
    [SUBSCRIPTION_NOT] = "none",
    [SUBSCRIPTION_PENDING] = "pending",
    [SUBSCRIPTION_SUBSCRIBED] = "subscribed",
};

struct str
pubsub_affiliation_name(enum pubsub_affiliation affiliation)
{
    assert(affiliation < AFFILIATIONS);
    return str_from(affiliation_names[affiliation]);
}

struct str
pubsub_subscription_name(enum pubsub_subscription subscription)
{
    assert(subscription < SUBSCRIPTIONS);
    return str_from(subscription_names[subscription]);
}

bool
pubsub_affiliation_parse(struct str name, enum pubsub_affiliation *ret)
{
    for (size_t i = 0; i < AFFILIATIONS; i++) {
        if (str_is(name, affiliation_names[i])) {
            *ret = (enum pubsub_affiliation)i;
            return true;
        }
    }
    return false;
}

bool
pubsub_subscription_parse(struct str name, enum pubsub_subscription *ret)
{
    for (size_t i = 0; i < SUBSCRIPTIONS; i++) {
        if (str_is(name, subscription_names[i])) {
            *ret = (enum pubsub_subscription)i;
            return true;
        }
    }
    return false;
}

/* ---- relations ---- */

struct pubsub_relation *
pubsub_relation_next(const struct map *relations, const struct pubsub_relation *relation)
{
    struct map_node *node = map_next(relations, relation ? &relation->node : NULL);

    return node ? CONTAINER_OF(node, struct pubsub_relation, node) : NULL;
}

struct pubsub_relation *
pubsub_relation_find(const struct map *relations, struct str jid)
{
    struct map_node *node = map_get(relations, jid);

    return node ? CONTAINER_OF(node, struct pubsub_relation, node) : NULL;
}

/* The parts of an address, as views of a copy of its text. */
static struct jid
moved(struct jid jid, const char *text)
{
    struct str *const parts[] = { &jid.bare, &jid.local, &jid.domain, &jid.resource };

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i]->len > 0)
            parts[i]->data = text + (parts[i]->data - jid.full.data);
    }
    jid.full.data = text;
    return jid;
}

void
pubsub_relation_set(struct map *relations, struct jid jid, int value)
{
    struct pubsub_relation *relation = pubsub_relation_find(relations, jid.full);

    if (relation && value != 0) {
        relation->value = value;
    } else if (relation) {
        map_remove(relations, &relation->node);
        free(relation);
    } else if (value != 0) {
        relation = memory_new(1, sizeof(*relation) + jid.full.len);
        memcpy(relation->_text, jid.full.data, jid.full.len);
        relation->jid = moved(jid, relation->_text);
        relation->value = value;
        map_put(relations, relation->jid.full, &relation->node);
    }
}

static void
relations_fini(struct map *relations)
{
    struct pubsub_relation *relation = pubsub_relation_next(relations, NULL);

    while (relation) {
        struct pubsub_relation *next = pubsub_relation_next(relations, relation);

        map_remove(relations, &relation->node);
        free(relation);
        relation = next;
    }
    map_fini(relations);
}

enum pubsub_affiliation
pubsub_affiliation_of(const struct pubsub_service *service,
                      const struct pubsub_node *node,
                      struct jid jid)
{
    const struct pubsub_relation *relation;

    if (jid_bare_equal(jid, service->owner))
        return AFFILIATION_OWNER;
    relation = pubsub_relation_find(&node->affiliations, jid.bare);
    return relation ? (enum pubsub_affiliation)relation->value : AFFILIATION_NONE;
}

enum pubsub_subscription
pubsub_subscription_of(const struct pubsub_node *node, struct jid jid)
{
    const struct pubsub_relation *relation = NULL;
    int best = SUBSCRIPTION_NOT;

    while ((relation = pubsub_relation_next(&node->subscriptions, relation))) {
        if (relation->value > best && jid_bare_equal(relation->jid, jid))
            best = relation->value;
    }
    return (enum pubsub_subscription)best;
}

/* ---- nodes ---- */

void
pubsub_service_init(struct pubsub_service *service, struct jid owner)
{
    *service = (struct pubsub_service){ .owner = owner };
    map_init(&service->nodes);
}

void
pubsub_service_fini(struct pubsub_service *service)
{
    struct pubsub_node *node = pubsub_next(service, NULL);

    while (node) {
        struct pubsub_node *next = pubsub_next(service, node);

        pubsub_take_out(service, node);
        pubsub_node_free(node);
        node = next;
    }
    map_fini(&service->nodes);
}

struct pubsub_node *
pubsub_find(const struct pubsub_service *service, struct str name)
{
    struct map_node *node = map_get(&service->nodes, name);

    return node ? CONTAINER_OF(node, struct pubsub_node, by_name) : NULL;
}

struct pubsub_node *
pubsub_next(const struct pubsub_service *service, const struct pubsub_node *node)
{
    struct map_node *next = map_next(&service->nodes, node ? &node->by_name : NULL);

    return next ? CONTAINER_OF(next, struct pubsub_node, by_name) : NULL;
}

struct pubsub_node *
pubsub_add(struct pubsub_service *service, struct str name, int64_t created_us)
{
    struct pubsub_node *node = memory_new(1, sizeof(*node) + name.len);

    memcpy(node->_text, name.data, name.len);
    node->name = (struct str){ node->_text, name.len };
    node->created_us = created_us;
    pubsub_config_init(&node->config);
    map_init(&node->affiliations);
    map_init(&node->subscriptions);
    map_put(&service->nodes, node->name, &node->by_name);
    return node;
}

void
pubsub_take_out(struct pubsub_service *service, struct pubsub_node *node)
{
    map_remove(&service->nodes, &node->by_name);
}

void
pubsub_node_free(struct pubsub_node *node)
{
    if (!node)
        return;
    relations_fini(&node->affiliations);
    relations_fini(&node->subscriptions);
    pubsub_config_fini(&node->config);
    free(node);
}
