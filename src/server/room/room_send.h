/* room_send.h - from the room to its people: written once, sent to all.
 * Owns: nothing. Threads: the room's. Time: none. Errors: what is too big is not sent.
 * Spec: XEP-0045 7.4. Tests: tests/interop/test_muc.py
 *
 * Everything for occupants takes this way, also what is for one: then it cannot be overtaken. */
#pragma once

#include "server/room/room.h"

enum audience {
    AUDIENCE_ALL,
    AUDIENCE_SEES_JIDS,
    AUDIENCE_SEES_NO_JIDS
};

/* Seals and serialises; takes the stanza. E_FULL, E_TOO_BIG. */
MUST_CHECK int room_write(struct stanza *stanza, struct stanza_wire *ret_wire);

/* Borrow the wire. `except` (may be NULL) hears nothing. */
void room_send_all(struct room *room,
                   const struct stanza_wire *wire,
                   enum stanza_kind kind,
                   enum audience audience,
                   const struct occupant *except);
void room_send_occupant(struct room *room,
                        const struct stanza_wire *wire,
                        enum stanza_kind kind,
                        const struct occupant *occupant);
void room_send_session(struct room *room,
                       const struct stanza_wire *wire,
                       enum stanza_kind kind,
                       const struct occupant_session *session);
