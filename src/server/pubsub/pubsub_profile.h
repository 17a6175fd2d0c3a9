/* pubsub_profile.h - nodes whose purpose is known: safe defaults for what nobody else may read.
 * Owns: constants. Threads: any. Time: none. Errors: none.
 * Spec: XEP-0402 3, XEP-0490 5, XEP-0223 3. Tests: tests/unit/server/test_pubsub.c
 *
 * A client that forgets its publish-options would show the user's rooms and reading habits to all
 * contacts (CVE-2018-6591). So these nodes begin closed, and stay it. */
#pragma once

#include "server/pubsub/pubsub_config.h"

#define PUBSUB_NODE_BOOKMARKS        STR("urn:xmpp:bookmarks:1")     /* XEP-0402 */
#define PUBSUB_NODE_LEGACY_BOOKMARKS STR("storage:bookmarks")        /* XEP-0048 */
#define PUBSUB_NODE_DISPLAYED        STR("urn:xmpp:mds:displayed:0") /* XEP-0490 */
#define PUBSUB_NODE_AVATAR_DATA      STR("urn:xmpp:avatar:data")     /* XEP-0084 */
#define PUBSUB_NODE_AVATAR_METADATA  STR("urn:xmpp:avatar:metadata") /* XEP-0084 */

/* Is the node only ever for its owner? */
bool pubsub_profile_is_private(struct str node);

/* The configuration that a new node of that name gets. */
void pubsub_profile_apply(struct str node, struct pubsub_config *config);

/* May the node have this configuration? */
bool pubsub_profile_allows(struct str node, const struct pubsub_config *config);
