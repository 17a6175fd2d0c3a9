/* pubsub_ns.h - the namespaces of publish-subscribe.
 * Owns: constants. Threads: any. Spec: beside each name. */
#pragma once

#include "base/str.h"

#define NS_PUBSUB              STR("http://jabber.org/protocol/pubsub")        /* XEP-0060 */
#define NS_PUBSUB_OWNER        STR("http://jabber.org/protocol/pubsub#owner")  /* XEP-0060 8 */
#define NS_PUBSUB_EVENT        STR("http://jabber.org/protocol/pubsub#event")  /* XEP-0060 7.1.2 */
#define NS_PUBSUB_ERRORS       STR("http://jabber.org/protocol/pubsub#errors") /* XEP-0060 11 */
#define NS_PUBSUB_RSM          STR("http://jabber.org/protocol/rsm")           /* XEP-0059 */
#define PUBSUB_NODE_CONFIG     STR("http://jabber.org/protocol/pubsub#node_config")
#define PUBSUB_PUBLISH_OPTIONS STR("http://jabber.org/protocol/pubsub#publish-options")
#define PUBSUB_AUTHORIZATION   STR("http://jabber.org/protocol/pubsub#subscribe_authorization")
#define PUBSUB_META_DATA       STR("http://jabber.org/protocol/pubsub#meta-data")
