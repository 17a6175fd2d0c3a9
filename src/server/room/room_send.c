/* room_send.c - see room_send.h */
#include "server/room/room_send.h"

#include "base/error.h"
#include "base/memory.h"

int
room_write(struct stanza *stanza, struct stanza_wire *ret_wire)
{
    int r = E_FULL;

    if (!arena_is_full(&stanza->arena)) {
        stanza_seal(stanza);
        r = stanza_serialise(stanza, ret_wire);
    }
    stanza_unref(stanza);
    return r;
}

static bool
belongs_to(const struct room *room, enum audience audience, const struct occupant *occupant)
{
    if (audience == AUDIENCE_ALL)
        return true;
    return room_shows_jids_to(room, occupant) == (audience == AUDIENCE_SEES_JIDS);
}

static void
reserve(struct room *room)
{
    const size_t needed = map_count(&room->sessions);

    if (needed <= room->audience_capacity)
        return;
    room->audience_capacity = needed * 2;
    room->audience =
        memory_resize(room->audience, room->audience_capacity, sizeof(*room->audience));
}

static size_t
add_sessions(struct room *room, size_t count, const struct occupant *occupant)
{
    LIST_FOREACH (&occupant->sessions, link)
        room->audience[count++].to = occupant_session_of(link)->real;
    return count;
}

void
room_send_all(struct room *room,
              const struct stanza_wire *wire,
              enum stanza_kind kind,
              enum audience audience,
              const struct occupant *except)
{
    size_t count = 0;

    reserve(room);
    LIST_FOREACH (&room->occupants, link) {
        const struct occupant *occupant = occupant_of(link);
        if (occupant != except && belongs_to(room, audience, occupant))
            count = add_sessions(room, count, occupant);
    }
    if (count > 0)
        router_fanout(room->entity.worker, wire, kind, room->audience, count);
}

void
room_send_occupant(struct room *room,
                   const struct stanza_wire *wire,
                   enum stanza_kind kind,
                   const struct occupant *occupant)
{
    reserve(room);
    const size_t count = add_sessions(room, 0, occupant);
    if (count > 0)
        router_fanout(room->entity.worker, wire, kind, room->audience, count);
}

void
room_send_session(struct room *room,
                  const struct stanza_wire *wire,
                  enum stanza_kind kind,
                  const struct occupant_session *session)
{
    const struct fanout_recipient recipient = { .to = session->real };

    router_fanout(room->entity.worker, wire, kind, &recipient, 1);
}
