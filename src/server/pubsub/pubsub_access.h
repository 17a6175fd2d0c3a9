/* pubsub_access.h - who may do what with a node.
 * Owns: nothing. Threads: any. Time: none. Errors: as faults. Spec: XEP-0060 4.1, 4.5, 6.1.3, 6.5.
 * Tests: tests/unit/server/test_pubsub.c */
#pragma once

#include "server/pubsub/pubsub_node.h"

/* Who asks, as far as the rules care. */
struct pubsub_asker {
    struct jid jid;
    bool sees_presence;       /* the owner, or subscribed to the owner's presence */
    const struct str *groups; /* that the owner has put them into */
    size_t group_count;
};

/* Retrieve items; and, for who shares presence with the owner and has asked for the node by its
 * capabilities, be told of news (XEP-0163 4). */
MUST_CHECK enum pubsub_fault pubsub_may_read(const struct pubsub_service *service,
                                             const struct pubsub_node *node,
                                             const struct pubsub_asker *asker);

/* The same for becoming a subscriber: with ACCESS_AUTHORIZE everybody may ask. */
MUST_CHECK enum pubsub_fault pubsub_may_subscribe(const struct pubsub_service *service,
                                                  const struct pubsub_node *node,
                                                  const struct pubsub_asker *asker);
MUST_CHECK enum pubsub_fault pubsub_may_publish(const struct pubsub_service *service,
                                                const struct pubsub_node *node,
                                                const struct pubsub_asker *asker);

/* Configure, delete, purge, manage. */
MUST_CHECK enum pubsub_fault pubsub_may_own(const struct pubsub_service *service,
                                            const struct pubsub_asker *asker);
