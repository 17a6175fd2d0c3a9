/* muc_leave.h - how somebody gets out of a room, whoever wants it.
 * Owns: nothing. Threads: the room's. Time: none. Errors: none. Spec: XEP-0045 7.14, 8.2, 9.1.
 * Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/presence.h"

/* Tells everybody with this note (which says `leaving`), and frees the occupant. The room may have
 * vanished afterwards. */
void muc_remove(struct occupant *occupant, const struct presence_note *note);
