/* pubsub_access.c - see pubsub_access.h. */
#include "server/pubsub/pubsub_access.h"

/* What an affiliation decides by itself (XEP-0060 4.1). */
enum verdict {
    VERDICT_NO,
    VERDICT_YES,
    VERDICT_BY_NODE /* the access or publish model says */
};

static const struct {
    enum verdict read, publish;
} by_affiliation[AFFILIATIONS] = {
    [AFFILIATION_NONE] = { VERDICT_BY_NODE, VERDICT_BY_NODE },
    [AFFILIATION_OUTCAST] = { VERDICT_NO, VERDICT_NO },
    [AFFILIATION_MEMBER] = { VERDICT_YES, VERDICT_BY_NODE },
    [AFFILIATION_PUBLISH_ONLY] = { VERDICT_NO, VERDICT_YES },
    [AFFILIATION_PUBLISHER] = { VERDICT_YES, VERDICT_YES },
    [AFFILIATION_OWNER] = { VERDICT_YES, VERDICT_YES },
};

static bool
is_in_group(const struct pubsub_node *node, const struct pubsub_asker *asker)
{
    for (size_t i = 0; i < asker->group_count; i++) {
        for (size_t j = 0; j < node->config.group_count; j++) {
            if (str_equal(asker->groups[i], node->config.groups[j]))
                return true;
        }
    }
    return false;
}

static bool
is_subscribed(const struct pubsub_node *node, const struct pubsub_asker *asker)
{
    return pubsub_subscription_of(node, asker->jid) == SUBSCRIPTION_SUBSCRIBED;
}

/* XEP-0060 4.5 with the errors of 6.1.3 and 6.5.9. */
static enum pubsub_fault
check_model(const struct pubsub_node *node, const struct pubsub_asker *asker)
{
    switch ((enum pubsub_access)node->config.access) {
    case ACCESS_OPEN:
        return PUBSUB_OK;
    case ACCESS_PRESENCE:
        return asker->sees_presence ? PUBSUB_OK : PUBSUB_PRESENCE_REQUIRED;
    case ACCESS_ROSTER: /* 6.5.1: subscribed to the presence, and in the group */
        return asker->sees_presence && is_in_group(node, asker) ? PUBSUB_OK : PUBSUB_NOT_IN_GROUP;
    case ACCESS_AUTHORIZE:
        return is_subscribed(node, asker) ? PUBSUB_OK : PUBSUB_NOT_SUBSCRIBED;
    case ACCESS_WHITELIST:
        return PUBSUB_CLOSED_NODE;
    }
    return PUBSUB_CLOSED_NODE;
}

enum pubsub_fault
pubsub_may_read(const struct pubsub_service *service,
                const struct pubsub_node *node,
                const struct pubsub_asker *asker)
{
    enum verdict verdict = by_affiliation[pubsub_affiliation_of(service, node, asker->jid)].read;

    if (verdict == VERDICT_BY_NODE)
        return check_model(node, asker);
    return verdict == VERDICT_YES ? PUBSUB_OK : PUBSUB_FORBIDDEN;
}

enum pubsub_fault
pubsub_may_subscribe(const struct pubsub_service *service,
                     const struct pubsub_node *node,
                     const struct pubsub_asker *asker)
{
    enum pubsub_fault fault = pubsub_may_read(service, node, asker);

    if (fault != PUBSUB_OK && fault != PUBSUB_NOT_SUBSCRIBED)
        return fault; /* and nothing else of the node */
    return node->config.subscribe ? PUBSUB_OK : PUBSUB_NO_SUBSCRIBE;
}

enum pubsub_fault
pubsub_may_publish(const struct pubsub_service *service,
                   const struct pubsub_node *node,
                   const struct pubsub_asker *asker)
{
    enum pubsub_affiliation affiliation = pubsub_affiliation_of(service, node, asker->jid);

    if (by_affiliation[affiliation].publish == VERDICT_YES)
        return PUBSUB_OK;
    if (by_affiliation[affiliation].publish == VERDICT_NO)
        return PUBSUB_FORBIDDEN;
    switch ((enum pubsub_publish_model)node->config.publish_model) {
    case PUBLISH_OPEN:
        return PUBSUB_OK;
    case PUBLISH_SUBSCRIBERS:
        return is_subscribed(node, asker) ? PUBSUB_OK : PUBSUB_FORBIDDEN;
    case PUBLISH_PUBLISHERS:
        break;
    }
    return PUBSUB_FORBIDDEN;
}

enum pubsub_fault
pubsub_may_own(const struct pubsub_service *service, const struct pubsub_asker *asker)
{
    return jid_bare_equal(asker->jid, service->owner) ? PUBSUB_OK : PUBSUB_FORBIDDEN;
}
