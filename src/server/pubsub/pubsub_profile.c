/* pubsub_profile.c - see pubsub_profile.h. */
#include "server/pubsub/pubsub_profile.h"

bool
pubsub_profile_is_private(struct str node)
{
    return str_equal(node, PUBSUB_NODE_BOOKMARKS) || str_equal(node, PUBSUB_NODE_DISPLAYED) ||
           str_equal(node, PUBSUB_NODE_LEGACY_BOOKMARKS);
}

void
pubsub_profile_apply(struct str node, struct pubsub_config *config)
{
    if (!pubsub_profile_is_private(node))
        return;
    config->access = ACCESS_WHITELIST;
    config->send_last = LAST_NEVER;
    config->max_items = PUBSUB_MAX;
    config->notify_retract = true; /* the user's other clients keep in step */
}

bool
pubsub_profile_allows(struct str node, const struct pubsub_config *config)
{
    return !pubsub_profile_is_private(node) ||
           (config->access == ACCESS_WHITELIST && config->publish_model == PUBLISH_PUBLISHERS);
}
