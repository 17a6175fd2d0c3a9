/* offline_rules.c - see offline_rules.h. */
#include "server/account/offline_rules.h"

#include "xmpp/ns.h"

/* Does the child say something by itself? A chat state is worth nothing later (XEP-0160 3), a
 * thread or a hint says only how the rest is meant. */
static bool
is_content(const struct element *child)
{
    return !str_equal(child->ns, NS_CHATSTATES) && !str_equal(child->ns, NS_HINTS) &&
           !element_is(child, NS_CLIENT, STR("thread"));
}

static bool
has_content(const struct stanza *message)
{
    for (const struct element *child = element_first_child(message->root); child;
         child = element_next(child)) {
        if (is_content(child))
            return true;
    }
    return false;
}

enum offline_rule
offline_rule_of(const struct stanza *message)
{
    if (message->type == TYPE_GROUPCHAT)
        return OFFLINE_BOUNCE;
    if (message->type == TYPE_HEADLINE || message->type == TYPE_ERROR)
        return OFFLINE_DROP;
    if (stanza_child(message, NS_HINTS, STR("no-store")) ||
        stanza_child(message, NS_HINTS, STR("no-permanent-store")))
        return stanza_child(message, NS_CLIENT, STR("body")) ? OFFLINE_BOUNCE : OFFLINE_DROP;
    return has_content(message) ? OFFLINE_KEEP : OFFLINE_DROP;
}
