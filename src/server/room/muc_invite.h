/* muc_invite.h - invitations in the room's name.
 * Owns: nothing. Threads: the room's. Time: none. Errors: none. Spec: XEP-0045 7.8.2, 9.5.
 * Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/room.h"

/* `invite` (may be NULL) is the inviter's element, for reason and thread; `from` its sender as the
 * invited may know them. */
void
muc_invite_send(struct room *room, struct jid to, struct str from, const struct element *invite);
