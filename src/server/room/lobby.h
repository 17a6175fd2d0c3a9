/* lobby.h - the room that is always there (docs/adr/0004).
 * Owns: nothing. Threads: the lobby's. Time: none. Errors: in the log. Spec: none.
 * Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/room.h"

bool lobby_is(const struct room *room);

/* The absent room becomes the lobby and is stored. */
void lobby_make(struct room *room);
