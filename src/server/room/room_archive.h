/* room_archive.h - what is said in a room, into its archive and out of it.
 * Owns: nothing. Threads: the room's. Time: none. Errors: as those of room_queue.h.
 * Spec: XEP-0313 6.2. Tests: tests/interop/test_archive.py */
#pragma once

#include "server/room/room_queue.h"
#include "server/store/store_archive.h"

/* Has the room one? Rooms that do not last have not. */
bool room_is_archived(const struct room *room);

/* Stores the message, which an occupant has sent, before everybody gets it. */
void room_archive_message(struct room_message *message, const struct occupant *sender);

/* A call that stores the message as the room's own; for room_queue_commit(). */
MUST_CHECK struct store_archive_add *room_archive_call(struct room_message *message);

/* Takes one that was stored back into the history. */
void room_archive_recall(struct room *room, const struct store_archive_message *message);
