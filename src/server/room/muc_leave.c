/* muc_leave.c - leaving, and being found gone (XEP-0045 7.14, 18.1.2) */
#include "server/room/muc_leave.h"

#include "server/room/feature_list.h"
#include "server/room/room_feature.h"

void
muc_remove(struct occupant *occupant, const struct presence_note *note)
{
    struct room *room = occupant->room;

    log_info(&room->entity.worker->log, "room-left", "%s left %.*s", occupant->real_bare,
             STR_ARG(occupant->jid.full));
    presence_broadcast(occupant, note);
    occupant_free(occupant);
    if (room->occupant_count == 0)
        room_emptied(room);
}

/* One client goes. The occupant stays while there is another one (7.2.8). */
static void
remove_session(struct occupant_session *session, const struct stanza *said)
{
    struct occupant *occupant = session->occupant;
    const struct presence_note leaving = { .leaving = true, .said = said };
    const bool was_shown = occupant_shown(occupant) == session;

    if (occupant->sessions.next->next == &occupant->sessions) {
        muc_remove(occupant, &leaving);
        return;
    }
    presence_to_self(session, &leaving);
    occupant_session_free(session);
    if (was_shown) {
        presence_changed(occupant);
        presence_broadcast(occupant, &(const struct presence_note){ 0 });
    }
}

/* 18.1.2: what says that a client is no longer there. */
static bool
is_delivery_error(const struct stanza *stanza)
{
    static const char *const conditions[] = {
        "gone",     "item-not-found",          "recipient-unavailable",
        "redirect", "remote-server-not-found", "remote-server-timeout",
    };
    const struct str condition = stanza_error_condition(stanza);

    for (size_t i = 0; i < ARRAY_LEN(conditions); i++)
        if (str_is(condition, conditions[i]))
            return true;
    return false;
}

static bool
presence(struct room *room, struct stanza *stanza)
{
    struct occupant_session *session = occupant_session_find(room, stanza->from.full);

    if (stanza->type == TYPE_NONE)
        return false;
    /* 17.3: who is not in the room cannot leave; other types mean nothing here. */
    if (session && stanza->type == TYPE_UNAVAILABLE)
        remove_session(session, stanza);
    else if (session && stanza->type == TYPE_ERROR && is_delivery_error(stanza))
        remove_session(session, NULL);
    return true;
}

/* A private message came back: whoever sent it hears so from the occupant it was for. */
static void
pass_bounce_on(struct room *room, const struct occupant_session *from, struct stanza *stanza)
{
    const struct occupant *sender = occupant_find(room, stanza->to.resource);

    if (!from || !sender)
        return;
    LIST_FOREACH (&sender->sessions, link) {
        struct stanza *bounce = stanza_dup(stanza, false);
        if (!bounce)
            return;
        stanza_set_from(bounce, from->occupant->jid);
        stanza_set_to(bounce, occupant_session_of(link)->real);
        room_features_stamp(from->occupant, bounce);
        room_forward(room, stanza, bounce);
    }
}

static bool
message(struct room *room, struct stanza *stanza)
{
    struct occupant_session *session = occupant_session_find(room, stanza->from.full);

    if (stanza->type != TYPE_ERROR)
        return false;
    pass_bounce_on(room, session, stanza);
    if (session && is_delivery_error(stanza))
        remove_session(session, NULL);
    return true;
}

const struct room_feature muc_leave_feature = {
    .base = { .name = "muc_leave" },
    .presence = presence,
    .message = message,
};
