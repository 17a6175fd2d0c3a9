/* pubsub_fault.h - the one table of what publish-subscribe refuses, and how it says so.
 * Owns: constants. Threads: any. Time: none. Errors: none. Spec: XEP-0060 6-8, 11.
 * Tests: tests/unit/server/test_pubsub.c */
#pragma once

#include "xmpp/stanza.h"

/* X(NAME, condition (RFC 6120 8.3.3), pubsub's own condition or NULL, feature that <unsupported/>
 * names or NULL) */
#define PUBSUB_FAULTS(X)                                                                           \
    X(BAD_REQUEST, "bad-request", NULL, NULL)                                                      \
    X(FORBIDDEN, "forbidden", NULL, NULL)                                                          \
    X(NOT_FOUND, "item-not-found", NULL, NULL)                                                     \
    X(EXISTS, "conflict", NULL, NULL)                                                              \
    X(NOT_ACCEPTABLE, "not-acceptable", NULL, NULL)                                                \
    X(NOT_ALLOWED, "not-allowed", NULL, NULL)                                                      \
    X(CONSTRAINT, "resource-constraint", NULL, NULL)                                               \
    X(INTERNAL, "internal-server-error", NULL, NULL)                                               \
    X(CLOSED_NODE, "not-allowed", "closed-node", NULL)                                             \
    X(PRESENCE_REQUIRED, "not-authorized", "presence-subscription-required", NULL)                 \
    X(NOT_IN_GROUP, "not-authorized", "not-in-roster-group", NULL)                                 \
    X(NOT_SUBSCRIBED, "not-authorized", "not-subscribed", NULL)                                    \
    X(NO_SUBSCRIPTION, "unexpected-request", "not-subscribed", NULL)                               \
    X(PENDING, "not-authorized", "pending-subscription", NULL)                                     \
    X(INVALID_JID, "bad-request", "invalid-jid", NULL)                                             \
    X(JID_REQUIRED, "bad-request", "jid-required", NULL)                                           \
    X(NODE_REQUIRED, "bad-request", "nodeid-required", NULL)                                       \
    X(ITEM_REQUIRED, "bad-request", "item-required", NULL)                                         \
    X(ITEM_FORBIDDEN, "bad-request", "item-forbidden", NULL)                                       \
    X(PAYLOAD_REQUIRED, "bad-request", "payload-required", NULL)                                   \
    X(INVALID_PAYLOAD, "bad-request", "invalid-payload", NULL)                                     \
    X(PAYLOAD_TOO_BIG, "not-acceptable", "payload-too-big", NULL)                                  \
    X(NODE_FULL, "conflict", "node-full", NULL)                                                    \
    X(PRECONDITION, "conflict", "precondition-not-met", NULL)                                      \
    X(MAX_NODES, "resource-constraint", "max-nodes-exceeded", NULL)                                \
    X(MAX_SUBSCRIPTIONS, "policy-violation", "too-many-subscriptions", NULL)                       \
    X(ACCESS_MODEL, "not-acceptable", "unsupported-access-model", NULL)                            \
    X(NO_COLLECTIONS, "feature-not-implemented", "unsupported", "collections")                     \
    X(NO_SUBSCRIBE, "feature-not-implemented", "unsupported", "subscribe")                         \
    X(NO_OPTIONS, "feature-not-implemented", "unsupported", "subscription-options")                \
    X(NO_PERSISTENCE, "feature-not-implemented", "unsupported", "persistent-items")

#define PUBSUB_FAULT_ENUM(NAME, ...) PUBSUB_##NAME,
enum pubsub_fault {
    PUBSUB_OK,
    PUBSUB_FAULTS(PUBSUB_FAULT_ENUM) PUBSUB_FAULT_COUNT
};
#undef PUBSUB_FAULT_ENUM

/* The error that answers `request`; the caller owns it. NULL as of stanza_error(). */
MUST_CHECK struct stanza *pubsub_error(const struct stanza *request, enum pubsub_fault fault);
