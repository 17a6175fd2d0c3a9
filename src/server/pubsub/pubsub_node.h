/* pubsub_node.h - the nodes of one service, and who has to do with them. No items: those are only
 * in the store. Owns: nodes, affiliations, subscriptions. Threads: one owner at a time. Time: none.
 * Errors: none. Spec: XEP-0060 4.1, 4.2. Tests: tests/unit/server/test_pubsub.c */
#pragma once

#include "base/map.h"
#include "server/pubsub/pubsub_config.h"
#include "xmpp/jid.h"

/* XEP-0060 4.1. The numbers are stored. The owner is the service's own; nobody else is. */
enum pubsub_affiliation {
    AFFILIATION_NONE,
    AFFILIATION_OUTCAST,
    AFFILIATION_MEMBER,
    AFFILIATION_PUBLISH_ONLY,
    AFFILIATION_PUBLISHER,
    AFFILIATION_OWNER,
    AFFILIATIONS
};

/* XEP-0060 4.2. The numbers are stored. */
enum pubsub_subscription {
    SUBSCRIPTION_NOT,
    SUBSCRIPTION_PENDING,
    SUBSCRIPTION_SUBSCRIBED,
    SUBSCRIPTIONS
};

/* An address and what it is to a node: an affiliation (bare) or a subscription (bare or full). */
struct pubsub_relation {
    struct map_node node;
    int value; /* never 0 */
    struct jid jid;
    char _text[];
};

struct pubsub_node {
    struct map_node by_name; /* in the service */
    struct str name;
    struct pubsub_config config;
    int64_t created_us; /* wall */
    struct map affiliations;
    struct map subscriptions;
    char _text[];
};

struct pubsub_service {
    struct map nodes;
    struct jid owner; /* bare; borrowed */
};

void pubsub_service_init(struct pubsub_service *service, struct jid owner);
void pubsub_service_fini(struct pubsub_service *service);

struct pubsub_node *pubsub_find(const struct pubsub_service *service, struct str name);

/* A new one with the default configuration; there is none of that name. */
struct pubsub_node *pubsub_add(struct pubsub_service *service, struct str name, int64_t created_us);

/* Takes it out of the service; the caller frees it. */
void pubsub_take_out(struct pubsub_service *service, struct pubsub_node *node);
void pubsub_node_free(struct pubsub_node *node);

/* Walking as with map_next(). */
struct pubsub_node *pubsub_next(const struct pubsub_service *service,
                                const struct pubsub_node *node);
struct pubsub_relation *pubsub_relation_next(const struct map *relations,
                                             const struct pubsub_relation *relation);

/* By the whole address. `value` 0 removes. */
struct pubsub_relation *pubsub_relation_find(const struct map *relations, struct str jid);
void pubsub_relation_set(struct map *relations, struct jid jid, int value);

enum pubsub_affiliation pubsub_affiliation_of(const struct pubsub_service *service,
                                              const struct pubsub_node *node,
                                              struct jid jid);

/* The best of the bare address and its resources. */
enum pubsub_subscription pubsub_subscription_of(const struct pubsub_node *node, struct jid jid);

/* "owner", "publish-only"; "none", "subscribed". False for a name that is none. */
struct str pubsub_affiliation_name(enum pubsub_affiliation affiliation);
struct str pubsub_subscription_name(enum pubsub_subscription subscription);
bool pubsub_affiliation_parse(struct str name, enum pubsub_affiliation *ret);
bool pubsub_subscription_parse(struct str name, enum pubsub_subscription *ret);
