/* pubsub_private.h - the verbs of a service, shared by pubsub*.c.
 * Owns: nothing. Threads: as pubsub.h. Errors: faults; a verb that gives one has changed nothing.
 * Spec: XEP-0060. Tests: as pubsub.h */
#pragma once

#include "base/buffer.h"
#include "server/pubsub/pubsub.h"
#include "server/pubsub/pubsub_ns.h"
#include "server/pubsub/pubsub_profile.h"

enum {
    PUBSUB_NAME_MAX = 1023,           /* bytes of the name of a node or an item */
    PUBSUB_EVENT_BYTES = 1024 * 1024, /* of one event */
    PUBSUB_ARENA_BYTES = 8 * 1024 * 1024
};

/* pubsub_outcome.c */
struct pubsub_change *
pubsub_add_change(struct pubsub_job *job, enum pubsub_change_kind kind, struct str node);

/* Takes the text out of the buffer and ends it. The event is for the node's audience. */
struct pubsub_event *
pubsub_add_event(struct pubsub_job *job, const struct pubsub_node *node, struct buffer *xml);
void pubsub_begin_event(struct buffer *out);
void pubsub_end_event(struct buffer *out);

/* The <pubsub/> of the reply. */
struct element *pubsub_reply(struct pubsub_job *job, struct str ns);

/* The node as it is must be stored. */
void pubsub_put_node(struct pubsub_job *job, const struct pubsub_node *node);

/* How many items of it are kept. */
int64_t pubsub_keep_of(const struct pubsub_job *job, const struct pubsub_node *node);

/* Makes a node with `config` (whose texts it takes over). */
MUST_CHECK enum pubsub_fault
pubsub_make_node(struct pubsub_job *job, struct str name, struct pubsub_config *config);

/* pubsub_publish.c: 7 */
MUST_CHECK enum pubsub_fault pubsub_verb_publish(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_retract(struct pubsub_job *job);

/* pubsub_items.c: 6.5, 5.5 */
MUST_CHECK enum pubsub_fault pubsub_verb_items(struct pubsub_job *job);

/* pubsub_subscribe.c: 5.6, 5.7, 6.1, 6.2 */
MUST_CHECK enum pubsub_fault pubsub_verb_subscribe(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_unsubscribe(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_subscriptions(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_affiliations(struct pubsub_job *job);

/* Changes a subscription and tells its holder (`tells`; XEP-0060 12.13). */
void pubsub_set_subscription(struct pubsub_job *job,
                             struct pubsub_node *node,
                             struct jid jid,
                             enum pubsub_subscription state,
                             bool tells);

/* pubsub_owner.c: 8.1-8.5 */
MUST_CHECK enum pubsub_fault pubsub_verb_create(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_get_config(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_set_config(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_default_config(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_delete(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_purge(struct pubsub_job *job);

/* pubsub_people.c: 8.8, 8.9 */
MUST_CHECK enum pubsub_fault pubsub_verb_list_subscriptions(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_edit_subscriptions(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_list_affiliations(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_verb_edit_affiliations(struct pubsub_job *job);

/* pubsub_disco.c: 5.2-5.5 */
MUST_CHECK enum pubsub_fault pubsub_disco_info(struct pubsub_job *job);
MUST_CHECK enum pubsub_fault pubsub_disco_items(struct pubsub_job *job);
