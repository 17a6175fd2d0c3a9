/* muc_message.c - something to say to everybody (XEP-0045 7.4) */
#include "server/room/muc_message.h"

#include "base/random.h"
#include "server/archive/archive_rules.h"
#include "server/room/feature_list.h"
#include "server/room/room_archive.h"
#include "server/room/room_feature.h"
#include "server/room/room_queue.h"
#include "server/room/room_send.h"
#include "xmpp/ns.h"

/* Of the id that a message is given when it has none; with its NUL. */
#define MESSAGE_ID_BYTES 25

struct occupant *
muc_message_sender(struct room *room, const struct stanza *stanza)
{
    struct occupant_session *session = occupant_session_find(room, stanza->from.full);

    if (!session) {
        room_refuse(room, stanza, "not-acceptable");
        return NULL;
    }
    struct occupant *occupant = session->occupant;
    if (!occupant_may_speak(occupant)) {
        room_refuse_text(room, stanza, "policy-violation", STR("Too many messages at once."));
        return NULL;
    }
    return occupant;
}

/* XEP-0359 3.1: nobody but the room may give ids by the room; XEP-0203: nor delays. */
static bool
is_forged(const struct element *child, const void *context)
{
    const struct str room = *(const struct str *)context;

    if (str_equal(child->ns, NS_MUC_USER))
        return true;
    if (element_is(child, NS_SID, STR("stanza-id")))
        return str_equal(element_get(child, STR("by")), room);
    return element_is(child, NS_DELAY, STR("delay")) &&
           str_equal(element_get(child, STR("from")), room);
}

void
muc_message_strip(struct stanza *out, struct str room)
{
    element_remove_if(out->root, is_forged, &room);
}

bool
muc_message_write(const struct occupant *sender,
                  const struct stanza *stanza,
                  struct room_wording *ret)
{
    struct room *room = sender->room;
    struct stanza *out = stanza_dup(stanza, false);

    if (!out) {
        room_refuse(room, stanza, "policy-violation");
        return false;
    }
    stanza_set_from(out, sender->jid);
    stanza_set_to(out, (struct jid){ 0 });
    if (out->id.len == 0) {
        char id[MESSAGE_ID_BYTES];

        random_token(id, sizeof(id));
        stanza_set_id(out, str_from(id));
    }
    muc_message_strip(out, room->entity.jid.bare);
    room_features_stamp(sender, out);
    if (room_wording_write(room, out, ret) == 0)
        return true;
    room_refuse(room, stanza, "policy-violation");
    return false;
}

static bool
message(struct room *room, struct stanza *stanza)
{
    struct room_wording wording;

    if (stanza->type != TYPE_GROUPCHAT || stanza->to.resource.len > 0)
        return false;
    const struct occupant *sender = muc_message_sender(room, stanza);
    if (!sender)
        return true;
    /* 7.4: a visitor has no voice. */
    if (sender->role < ROLE_PARTICIPANT) {
        room_refuse(room, stanza, "forbidden");
        return true;
    }
    if (!muc_message_write(sender, stanza, &wording))
        return true;
    struct room_message *message = room_message_new(room, stanza, wording);
    if (!message)
        return true;
    const enum archive_rule rule = archive_rule_of(stanza);
    message->lasting = rule == ARCHIVE_SHOWN;
    if (rule != ARCHIVE_NOT && room_is_archived(room))
        room_archive_message(message, sender);
    else
        room_queue_pass(message);
    return true;
}

static const char *const disco[] = {
    "http://jabber.org/protocol/muc#stable_id",
    "urn:xmpp:sid:0",
    NULL,
};

const struct room_feature muc_message_feature = {
    .base = { .name = "muc_message", .disco = disco },
    .message = message,
};
