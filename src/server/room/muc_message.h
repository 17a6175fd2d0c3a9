/* muc_message.h - a message on its way to everybody.
 * Owns: nothing. Threads: the room's. Time: none. Errors: refused to the sender.
 * Spec: XEP-0045 7.4, XEP-0359. Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/room_queue.h"

/* What everybody will get, written. False: the sender has been told why not. */
MUST_CHECK bool muc_message_write(const struct occupant *sender,
                                  const struct stanza *stanza,
                                  struct room_wording *ret);

/* The sender as an occupant who may be heard this often; NULL after refusing. */
struct occupant *muc_message_sender(struct room *room, const struct stanza *stanza);

/* Takes out what clients may not say in a room's name: muc#user data, the room's own stanza-ids
 * and delays. */
void muc_message_strip(struct stanza *out, struct str room);
