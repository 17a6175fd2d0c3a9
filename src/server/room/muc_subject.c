/* muc_subject.c - what the room is about (XEP-0045 7.2.15, 8.1) */
#include "server/room/muc_subject.h"

#include "base/clock.h"
#include "base/memory.h"
#include "server/room/feature_list.h"
#include "server/room/muc_message.h"
#include "server/room/room_archive.h"
#include "server/room/room_feature.h"
#include "server/room/room_queue.h"
#include "server/room/room_send.h"
#include "server/room/room_store.h"
#include "xmpp/ns.h"

#include <stdio.h>

/* From the occupant who set it, where that is still a name. */
static struct jid
subject_from(struct room *room, struct arena *arena)
{
    struct jid from;

    if (room->subject.nick[0] != '\0' &&
        jid_with_resource(arena, room->entity.jid, str_from(room->subject.nick), &from) == 0)
        return from;
    return room->entity.jid;
}

static void
add_stamp(const struct room *room, struct stanza *out)
{
    char stamp[CLOCK_TEXT_BYTES];

    if (room->subject.set_us == 0)
        return;
    clock_format(room->subject.set_us, stamp);
    struct element *delay = element_add(&out->arena, out->root, NS_DELAY, STR("delay"));
    if (!delay)
        return;
    element_set(&out->arena, delay, STR("from"), room->entity.jid.bare);
    element_set(&out->arena, delay, STR("stamp"), str_from(stamp));
}

void
muc_subject_send(struct occupant_session *session)
{
    struct room *room = session->occupant->room;
    struct stanza *out = stanza_new_message(STR("groupchat"), (struct jid){ 0 });
    struct stanza_wire wire;

    if (!out)
        return;
    stanza_set_from(out, subject_from(room, &out->arena));
    element_add_with_text(&out->arena, out->root, NS_CLIENT, STR("subject"),
                          str_from(room->subject.text));
    if (room->config.subject_occupant_id[0] != '\0') {
        struct element *id =
            element_add(&out->arena, out->root, NS_OCCUPANT_ID, STR("occupant-id"));
        if (id)
            element_set(&out->arena, id, STR("id"), str_from(room->config.subject_occupant_id));
    }
    add_stamp(room, out);
    if (room_write(out, &wire) < 0)
        return;
    room_send_session(room, &wire, STANZA_MESSAGE, session);
    block_unref(wire.block);
}

/* 8.1: a subject and neither body nor thread. */
static bool
is_subject_change(const struct stanza *stanza)
{
    return stanza->type == TYPE_GROUPCHAT && stanza->to.resource.len == 0 &&
           stanza_child(stanza, NS_CLIENT, STR("subject")) &&
           !stanza_child(stanza, NS_CLIENT, STR("body")) &&
           !stanza_child(stanza, NS_CLIENT, STR("thread"));
}

static bool
may_change(const struct room *room, const struct occupant *occupant)
{
    return occupant->role >= (room->config.change_subject ? ROLE_PARTICIPANT : ROLE_MODERATOR);
}

static struct room_subject *
new_subject(const struct room_message *message, const struct occupant *sender)
{
    struct room_subject *subject = memory_new(1, sizeof(*subject));
    struct arena scratch;

    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    *subject = (struct room_subject){
        .text =
            str_dup(element_child_text(&scratch, message->origin->root, NS_CLIENT, STR("subject"))),
        .nick = str_dup(sender->jid.resource),
        .set_us = message->stored_us,
    };
    arena_fini(&scratch);
    return subject;
}

static bool
message(struct room *room, struct stanza *stanza)
{
    struct room_wording wording;

    if (!is_subject_change(stanza))
        return false;
    const struct occupant *sender = muc_message_sender(room, stanza);
    if (!sender)
        return true;
    if (!may_change(room, sender)) {
        room_refuse(room, stanza, "forbidden");
        return true;
    }
    if (!muc_message_write(sender, stanza, &wording))
        return true;
    struct room_message *message = room_message_new(room, stanza, wording);
    if (!message)
        return true;
    message->subject = new_subject(message, sender);
    snprintf(room->config.subject_occupant_id, sizeof(room->config.subject_occupant_id), "%s",
             sender->id);
    if (room_is_archived(room))
        room_archive_message(message, sender);
    if (room->stored)
        room_queue_commit(message, room_store_save_call(room, message->subject));
    else
        room_queue_pass(message);
    return true;
}

const struct room_feature muc_subject_feature = {
    .base = { .name = "muc_subject" },
    .message = message,
};
