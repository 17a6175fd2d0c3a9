/* lobby.h - the room that is always there (docs/adr/0004).
 * Owns: nothing. Threads: the lobby's. Time: none. Errors: in the log. Spec: none.
 * Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/room.h"

/* Accounts that a nickname may be taken for. */
struct lobby_names {
    struct str names[3];
    size_t count;
};

bool lobby_is(const struct room *room);

/* docs/adr/0011: in the lobby the nickname that is an account's name (RFC 8266 2.4), or looks
 * like it (UTS 39 4), is that account's. Whose is the one in `stanza`'s address? NICK_UNKNOWN: the
 * store has to be asked for the accounts `ret_names`, which are put into the arena. */
enum nick_owner lobby_nick_owner(const struct room *room,
                                 const struct stanza *stanza,
                                 struct arena *arena,
                                 struct lobby_names *ret_names);

/* The absent room becomes the lobby and is stored. */
void lobby_make(struct room *room);
