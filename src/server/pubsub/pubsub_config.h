/* pubsub_config.h - what the owner of a node can choose about it: one table of options.
 * Owns: its texts, in one piece of memory. Threads: one owner at a time. Time: none.
 * Errors: as faults, with the configuration unchanged. Spec: XEP-0060 7.1.5, 8.2, 16.4.4;
 * XEP-0004. Tests: tests/unit/server/test_pubsub_config.c
 *
 * The table in pubsub_config.c is the only place where an option is named: it makes the text that
 * the store keeps, the forms that an owner reads and fills in, and the preconditions of a
 * publisher.
 */
#pragma once

#include "base/buffer.h"
#include "server/pubsub/pubsub_fault.h"

/* XEP-0060 4.5 */
enum pubsub_access {
    ACCESS_OPEN,
    ACCESS_PRESENCE,
    ACCESS_ROSTER,
    ACCESS_AUTHORIZE,
    ACCESS_WHITELIST
};

enum pubsub_publish_model {
    PUBLISH_PUBLISHERS,
    PUBLISH_SUBSCRIBERS,
    PUBLISH_OPEN
};

enum pubsub_send_last {
    LAST_NEVER,
    LAST_ON_SUB,
    LAST_ON_SUB_AND_PRESENCE
};

/* What gives way when a node is full (XEP-0060 7.1.2.5). */
enum pubsub_when_full {
    FULL_RETRACT_OLDEST,
    FULL_DISCARD_OLDEST,
    FULL_REJECT
};

enum pubsub_message_type {
    MESSAGE_HEADLINE,
    MESSAGE_NORMAL
};

/* "max": as many or as much as the server allows. */
#define PUBSUB_MAX UINT32_MAX

enum {
    PUBSUB_GROUPS_MAX = 20, /* roster groups that a node names */
    PUBSUB_TEXT_MAX = 1024  /* bytes of one text */
};

struct pubsub_config {
    uint32_t access;        /* enum pubsub_access */
    uint32_t publish_model; /* enum pubsub_publish_model */
    uint32_t send_last;     /* enum pubsub_send_last */
    uint32_t when_full;     /* enum pubsub_when_full */
    uint32_t message_type;  /* enum pubsub_message_type */
    uint32_t max_items;
    uint32_t max_payload; /* bytes */
    bool persist_items;
    bool deliver_notifications;
    bool deliver_payloads;
    bool subscribe; /* subscriptions are possible */
    bool notify_config;
    bool notify_delete;
    bool notify_retract;
    bool notify_sub;
    struct str title;
    struct str description;
    struct str type; /* namespace of the payload */
    struct str *groups;
    size_t group_count;
    void *_texts; /* the memory of all texts */
};

/* The defaults of XEP-0163 8. */
void pubsub_config_init(struct pubsub_config *config);
void pubsub_config_fini(struct pubsub_config *config);

/* `config` is initialised; becomes a copy of `from`. */
void pubsub_config_copy(struct pubsub_config *config, const struct pubsub_config *from);

/* The text that the store keeps: "name=value" lines. Unknown names are skipped when it is read over
 * `config`. */
void pubsub_config_print(const struct pubsub_config *config, struct buffer *out);
void pubsub_config_parse(struct pubsub_config *config, struct str text);

/* XEP-0060 8.2.2: the form under `parent`; `type` is "form" (to be filled in) or "result". */
void pubsub_config_form(const struct pubsub_config *config,
                        struct arena *arena,
                        struct element *parent,
                        struct str type);

/* Adds what anybody may know of a node (XEP-0060 5.4) to a form. */
void pubsub_config_describe(const struct pubsub_config *config,
                            struct arena *arena,
                            struct element *form);

/* XEP-0060 8.2.4: reads a submitted form over `config`. Fields that no option knows are skipped. */
MUST_CHECK enum pubsub_fault pubsub_config_submit(struct pubsub_config *config,
                                                  const struct element *form);

/* XEP-0060 7.1.5: the same for a node that does not exist yet, but every field must be known. */
MUST_CHECK enum pubsub_fault pubsub_config_submit_options(struct pubsub_config *config,
                                                          const struct element *form);

/* XEP-0060 7.1.5: does the node have what the publisher counts on? */
MUST_CHECK enum pubsub_fault pubsub_config_check_options(const struct pubsub_config *config,
                                                         const struct element *form);
