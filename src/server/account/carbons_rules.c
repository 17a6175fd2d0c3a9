/* carbons_rules.c - see carbons_rules.h. */
#include "server/account/carbons_rules.h"

#include "xmpp/ns.h"

#define NS_CHAT_MARKERS STR("urn:xmpp:chat-markers:0") /* XEP-0333 */

/* XEP-0280 8, XEP-0334 4.3; and a copy is never copied again. */
static bool
is_private(const struct stanza *message)
{
    return stanza_child(message, NS_CARBONS, STR("private")) ||
           stanza_child(message, NS_HINTS, STR("no-copy")) ||
           stanza_child(message, NS_CARBONS, STR("sent")) ||
           stanza_child(message, NS_CARBONS, STR("received"));
}

/* XEP-0249, and XEP-0045 7.8.2. */
static bool
is_invitation(const struct stanza *message)
{
    const struct element *user = stanza_child(message, NS_MUC_USER, STR("x"));

    return stanza_child(message, NS_CONFERENCE, STR("x")) ||
           element_child(user, NS_MUC_USER, STR("invite")) ||
           element_child(user, NS_MUC_USER, STR("decline"));
}

/* A room brings what an occupant says in private to each session that has joined it. */
static bool
is_from_occupant(const struct stanza *message, struct str rooms_domain)
{
    if (jid_is_bare(message->from))
        return false;
    return str_equal(message->from.domain, rooms_domain) ||
           stanza_child(message, NS_MUC_USER, STR("x"));
}

static bool
has_im_payload(const struct stanza *message)
{
    for (const struct element *child = element_first_child(message->root); child;
         child = element_next(child)) {
        if (str_equal(child->ns, NS_RECEIPTS) || str_equal(child->ns, NS_CHATSTATES) ||
            str_equal(child->ns, NS_CHAT_MARKERS))
            return true;
    }
    return false;
}

static bool
is_instant_message(const struct stanza *message)
{
    if (message->type == TYPE_CHAT)
        return true;
    /* RFC 6121 5.2.2: a type that is not known is read as "normal". */
    if ((message->type == TYPE_NONE || message->type == TYPE_UNKNOWN) &&
        stanza_child(message, NS_CLIENT, STR("body")))
        return true;
    return has_im_payload(message);
}

enum carbons_rule
carbons_rule_of(const struct stanza *message, bool sent, struct str rooms_domain)
{
    if (message->type == TYPE_GROUPCHAT || is_private(message))
        return CARBONS_NEVER;
    if (message->type == TYPE_ERROR)
        return CARBONS_IF_ANSWER;
    if (is_invitation(message))
        return CARBONS_COPY;
    if (!sent && is_from_occupant(message, rooms_domain))
        return CARBONS_NEVER;
    return is_instant_message(message) ? CARBONS_COPY : CARBONS_NEVER;
}
