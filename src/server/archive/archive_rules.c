/* archive_rules.c - see archive_rules.h. */
#include "server/archive/archive_rules.h"

#include "xmpp/ns.h"

/* What a conversation is made of besides words. An empty name stands for any. */
static const struct {
    struct str ns;
    struct str name;
} kept[] = {
    { STR_INIT("urn:xmpp:receipts"), STR_INIT("received") },         /* XEP-0184 */
    { STR_INIT("jabber:x:conference"), STR_INIT("x") },              /* XEP-0249 */
    { STR_INIT("urn:xmpp:message-correct:0"), STR_INIT("replace") }, /* XEP-0308 */
    { STR_INIT("urn:xmpp:chat-markers:0"), STR_INIT("received") },   /* XEP-0333 */
    { STR_INIT("urn:xmpp:chat-markers:0"), STR_INIT("displayed") },
    { STR_INIT("urn:xmpp:chat-markers:0"), STR_INIT("acknowledged") },
    { STR_INIT("urn:xmpp:jingle-message:0"), STR_INIT("") },     /* XEP-0353 */
    { STR_INIT("urn:xmpp:eme:0"), STR_INIT("encryption") },      /* XEP-0380 */
    { STR_INIT("urn:xmpp:fasten:0"), STR_INIT("apply-to") },     /* XEP-0422 */
    { STR_INIT("urn:xmpp:message-retract:1"), STR_INIT("") },    /* XEP-0424 */
    { STR_INIT("urn:xmpp:reactions:0"), STR_INIT("reactions") }, /* XEP-0444 */
    { STR_INIT("urn:xmpp:sfs:0"), STR_INIT("") },                /* XEP-0447 */
    { STR_INIT("urn:xmpp:omemo:2"), STR_INIT("encrypted") },     /* XEP-0384 */
    { STR_INIT("eu.siacs.conversations.axolotl"), STR_INIT("encrypted") },
    { STR_INIT("urn:xmpp:openpgp:0"), STR_INIT("openpgp") }, /* XEP-0373 */
};

static bool
is_kept(const struct element *child)
{
    for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
        if (str_equal(child->ns, kept[i].ns) &&
            (kept[i].name.len == 0 || str_equal(child->name, kept[i].name)))
            return true;
    }
    return false;
}

/* XEP-0045 7.8.2: from a room that speaks for somebody. */
static bool
is_invitation(const struct element *child)
{
    return element_is(child, NS_MUC_USER, STR("x")) &&
           (element_child(child, NS_MUC_USER, STR("invite")) ||
            element_child(child, NS_MUC_USER, STR("decline")));
}

static bool
has_kept(const struct stanza *message)
{
    for (const struct element *child = element_first_child(message->root); child;
         child = element_next(child)) {
        if (is_kept(child) || is_invitation(child))
            return true;
    }
    return false;
}

enum archive_rule
archive_rule_of(const struct stanza *message)
{
    /* XEP-0334 5: an error repeats hints that were meant for something else. */
    if (message->type == TYPE_ERROR)
        return ARCHIVE_NOT;
    if (stanza_child(message, NS_HINTS, STR("no-store")) ||
        stanza_child(message, NS_HINTS, STR("no-permanent-store")))
        return ARCHIVE_NOT;
    if (stanza_child(message, NS_CLIENT, STR("body")) ||
        stanza_child(message, NS_HINTS, STR("store")))
        return ARCHIVE_SHOWN;
    if (stanza_child(message, NS_CLIENT, STR("subject")))
        return ARCHIVE_QUIETLY;
    return has_kept(message) ? ARCHIVE_QUIETLY : ARCHIVE_NOT;
}

bool
archive_is_conversation(const struct stanza *message)
{
    return message->type == TYPE_CHAT || message->type == TYPE_NONE ||
           message->type == TYPE_UNKNOWN;
}
