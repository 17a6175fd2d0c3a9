/* muc_private.c - something to say to one occupant (XEP-0045 7.5) */
#include "server/room/feature_list.h"
#include "server/room/muc_message.h"
#include "server/room/room_feature.h"
#include "xmpp/ns.h"

static bool
may_send(const struct room *room, const struct occupant *sender)
{
    static const enum role least[] = {
        [PM_ANYONE] = ROLE_VISITOR,
        [PM_PARTICIPANTS] = ROLE_PARTICIPANT,
        [PM_MODERATORS] = ROLE_MODERATOR,
        [PM_NOBODY] = ROLE_MODERATOR + 1,
    };
    return sender->role >= least[room->config.allow_pm];
}

static void
send_to(const struct occupant *sender, const struct occupant_session *to, struct stanza *stanza)
{
    struct room *room = sender->room;
    struct stanza *out = stanza_dup(stanza, false);

    if (!out) {
        room_refuse(room, stanza, "policy-violation");
        return;
    }
    stanza_set_from(out, sender->jid);
    stanza_set_to(out, to->real);
    muc_message_strip(out, room->entity.jid.bare);
    room_features_stamp(sender, out);
    /* Says that it is of a room, to carbons (XEP-0280 6.1) and to the reader. */
    element_add(&out->arena, out->root, NS_MUC_USER, STR("x"));
    room_forward(room, stanza, out);
}

static bool
message(struct room *room, struct stanza *stanza)
{
    if (stanza->to.resource.len == 0)
        return false;
    const struct occupant *sender = muc_message_sender(room, stanza);
    if (!sender)
        return true;
    const struct occupant *to = occupant_find(room, stanza->to.resource);
    if (stanza->type == TYPE_GROUPCHAT) {
        room_refuse(room, stanza, "bad-request");
    } else if (!to) {
        room_refuse(room, stanza, "item-not-found");
    } else if (!may_send(room, sender)) {
        room_refuse(room, stanza, "forbidden");
    } else {
        /* 7.2.8: to all their clients. */
        LIST_FOREACH (&to->sessions, link)
            send_to(sender, occupant_session_of(link), stanza);
    }
    return true;
}

const struct room_feature muc_private_feature = {
    .base = { .name = "muc_private" },
    .message = message,
};
