/* pubsub.h - a publish-subscribe service: a request in, what follows from it out.
 * Owns: nothing; an outcome owns what is in it. Threads: the service's owner. Time: wall clock,
 * passed in. Errors: as the reply. Spec: XEP-0060 5-8.
 * Tests: tests/unit/server/test_pubsub.c, tests/fuzz/fuzz_floors.c
 *
 * No socket, no store: pubsub_handle() changes the service in memory and says what must be stored,
 * what is answered when that is done, and who is to be told. Its caller does all three. When
 * something could not be stored the caller reads the service from the store again. */
#pragma once

#include "server/pubsub/pubsub_access.h"

struct pubsub_limits {
    size_t max_nodes;
    uint32_t max_items;   /* per node */
    size_t max_payload;   /* bytes */
    int64_t max_bytes;    /* of all items */
    size_t max_relations; /* affiliations of a node; its subscriptions */
    size_t max_own;       /* subscriptions of one user to a node */
};

struct pubsub_item {
    struct str id;
    struct str publisher; /* full JID */
    int64_t published_us; /* wall */
    struct str xml;       /* the payload; may be empty */
};

/* ---- what must be stored, in this order ---- */

enum pubsub_change_kind {
    CHANGE_NODE_PUT,
    CHANGE_NODE_REMOVE,
    CHANGE_AFFILIATION,
    CHANGE_SUBSCRIPTION,
    CHANGE_ITEMS_PUT,
    CHANGE_ITEMS_REMOVE
};

struct pubsub_change {
    struct pubsub_change *next;
    enum pubsub_change_kind kind;
    struct str node;
    int64_t keep;       /* node and items put: how many items stay */
    struct str config;  /* node put */
    int64_t created_us; /* node put */
    struct str jid;     /* affiliation, subscription */
    int value;          /* affiliation, subscription; 0 = removed */
    struct pubsub_item *items;
    size_t item_count;
    bool rejects;       /* rather than letting the oldest go */
    bool tells_evicted; /* subscribers hear which ones went */
    struct str *ids;    /* items remove */
    size_t id_count;
    bool all;
    struct str publisher; /* items remove: only what this bare address published; empty = all */
};

/* ---- who is told when it is ---- */

struct pubsub_event {
    struct pubsub_event *next;
    struct str node;
    struct str type; /* of the message; empty = normal */
    struct str xml;  /* what goes into it */
    struct jid to;   /* only this address; not set = everybody the node's news are for */
};

/* ---- what must be read before it can be answered ---- */

enum pubsub_page {
    PUBSUB_PAGE_IDS, /* those named */
    PUBSUB_PAGE_FIRST,
    PUBSUB_PAGE_LAST,
    PUBSUB_PAGE_AFTER,
    PUBSUB_PAGE_BEFORE,
    PUBSUB_PAGE_INDEX
};

struct pubsub_read {
    struct str node;
    enum pubsub_page page;
    struct str *ids;
    size_t id_count;
    struct str anchor; /* an item's id, for AFTER and BEFORE */
    int64_t index;
    size_t limit;
    bool paged; /* the asker speaks XEP-0059 */
    bool disco; /* answered as disco#items: names only */
};

struct pubsub_found {
    const struct pubsub_item *items;
    size_t count;
    int64_t total, index;
};

/* ---- the whole ---- */

struct pubsub_outcome {
    struct arena arena;
    enum pubsub_fault fault; /* what `reply` says */
    bool spoiled;            /* there was no room to say what changed: read the service again */
    struct stanza *reply;    /* not sealed; NULL when it comes from what is read */
    struct pubsub_change *changes, *_last_change;
    struct pubsub_event *events, *_last_event;
    bool reads;
    struct pubsub_read read;
    struct jid newcomer; /* set: gets the newest item of `newcomer_node` */
    struct str newcomer_node;
    struct pubsub_node *gone; /* removed; its subscribers are still to be told */
};

/* One request to one service. */
struct pubsub_job {
    struct pubsub_service *service;
    const struct pubsub_limits *limits;
    const struct pubsub_asker *asker;
    const struct stanza *request;
    int64_t now_us; /* wall */
    struct pubsub_outcome *out;

    /* pubsub_handle()'s: */
    const struct element *action; /* the child of <pubsub/> */
    struct str name;              /* of the node */
    struct pubsub_node *node;     /* NULL when there is none */
};

/* An IQ with <pubsub/>, a disco#info with a node, or a disco#items. Fills `out`, which is
 * uninitialised before and the caller's to end. */
void pubsub_handle(struct pubsub_job *job);
void pubsub_outcome_init(struct pubsub_outcome *outcome);
void pubsub_outcome_fini(struct pubsub_outcome *outcome);

/* Writes what answers a read, as the payload of the result. */
void pubsub_write_found(struct buffer *out,
                        const struct pubsub_read *read,
                        const struct pubsub_found *found,
                        struct jid service);

/* Writes the <event/> of one item; that of items that went because the node was full. */
void pubsub_write_item_event(struct buffer *out,
                             const struct pubsub_node *node,
                             const struct pubsub_item *item);
void pubsub_write_retract_event(struct buffer *out,
                                struct str node,
                                const struct str *ids,
                                size_t count);

/* For the server's own publishing (XEP-0398, XEP-0402, XEP-0490): the same as if the owner had.
 * A node that is missing is made with `access`. The payload is text. */
struct pubsub_own_item {
    struct str node, id, xml;
    enum pubsub_access access;
};
MUST_CHECK enum pubsub_fault pubsub_publish_own(struct pubsub_job *job,
                                                const struct pubsub_own_item *item);
MUST_CHECK enum pubsub_fault
pubsub_retract_own(struct pubsub_job *job, struct str node, struct str id);

/* XEP-0163 7.1: the asker's place in the owner's roster has changed: subscriptions to what they may
 * not read any more end. */
void pubsub_cancel_lost(struct pubsub_job *job);

/* XEP-0060 8.6: the owner's answer to a request for subscription; `form` is in the message. False
 * when it is none. */
bool pubsub_authorize(struct pubsub_job *job, const struct element *form);
