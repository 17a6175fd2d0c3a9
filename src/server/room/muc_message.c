/* muc_message.c - something to say to everybody (XEP-0045 7.4) */
#include "server/room/muc_message.h"

#include "base/random.h"
#include "server/room/feature_list.h"
#include "server/room/room_feature.h"
#include "server/room/room_queue.h"
#include "server/room/room_send.h"
#include "xmpp/ns.h"

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
is_forged(const struct element *child, struct str room)
{
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
    struct element *child = stanza_payload(out);

    while (child) {
        struct element *next = element_next(child);
        if (is_forged(child, room))
            element_remove(child);
        child = next;
    }
}

bool
muc_message_write(const struct occupant *sender,
                  const struct stanza *stanza,
                  struct stanza_wire *ret_wire,
                  char ret_id[STANZA_ID_BYTES])
{
    struct room *room = sender->room;
    struct stanza *out = stanza_dup(stanza, false);

    random_token(ret_id, STANZA_ID_BYTES);
    if (!out) {
        room_refuse(room, stanza, "policy-violation");
        return false;
    }
    stanza_set_from(out, sender->jid);
    stanza_set_to(out, (struct jid){ 0 });
    if (out->id.len == 0)
        stanza_set_id(out, str_from(ret_id));
    muc_message_strip(out, room->entity.jid.bare);
    room_features_stamp(sender, out);
    struct element *id = element_add(&out->arena, out->root, NS_SID, STR("stanza-id"));
    if (id) {
        element_set(&out->arena, id, STR("by"), room->entity.jid.bare);
        element_set(&out->arena, id, STR("id"), str_from(ret_id));
    }
    if (room_write(out, ret_wire) == 0)
        return true;
    room_refuse(room, stanza, "policy-violation");
    return false;
}

/* What those who come later should see: what has a body or asks for it (XEP-0334). */
static bool
is_lasting(const struct stanza *stanza)
{
    if (stanza_child(stanza, NS_HINTS, STR("no-store")) ||
        stanza_child(stanza, NS_HINTS, STR("no-permanent-store")))
        return false;
    return stanza_child(stanza, NS_CLIENT, STR("body")) ||
           stanza_child(stanza, NS_HINTS, STR("store"));
}

static void
store_first(struct room_message *message, const struct occupant *sender, const char *id)
{
    const struct room *room = message->room;
    struct store_room_message_add *add =
        STORE_CALL(room_message_add, ROOM_MESSAGE_ADD, &room->entity.worker->mailbox,
                   room_message_committed, message);

    add->jid = store_keep(&add->call, room->entity.jid.bare);
    add->message = (struct store_room_message){
        .id = store_keep(&add->call, str_from(id)),
        .stored_us = message->stored_us,
        .nick = store_keep(&add->call, sender->jid.resource),
        .sender = store_keep(&add->call, message->origin->from.full),
        .xml = store_keep(&add->call, block_str(message->wire.block)),
    };
    room_queue_commit(message, &add->call);
}

static bool
message(struct room *room, struct stanza *stanza)
{
    struct stanza_wire wire;
    char id[STANZA_ID_BYTES];

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
    if (!muc_message_write(sender, stanza, &wire, id))
        return true;
    struct room_message *message = room_message_new(room, stanza, wire);
    if (!message)
        return true;
    message->lasting = is_lasting(stanza);
    if (message->lasting && room->stored)
        store_first(message, sender, id);
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
