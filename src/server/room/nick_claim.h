/* nick_claim.h - who may take which nickname, and who has to give one back.
 * Owns: nothing. Threads: the room's. Time: none. Errors: as stanza error conditions.
 * Spec: XEP-0045 7.2.8, 7.6; docs/adr/0011. Tests: tests/interop/test_muc.py,
 * tests/interop/test_nick_claim.py */
#pragma once

#include "server/room/room.h"

/* May the sender of `stanza` have the nickname in its address? `own` is who they are in the room
 * already, under this nickname or another; NULL: nobody. NULL, or the condition and a sentence. */
const char *nick_denied(const struct room *room,
                        const struct stanza *stanza,
                        const struct occupant *own,
                        struct str *ret_text);

/* It is theirs: somebody else who has it leaves. */
void nick_make_way(struct room *room, const struct stanza *stanza, const struct occupant *own);
