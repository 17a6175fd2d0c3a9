/* room_store.h - a room and the store: reading it, writing it, and answering after the commit.
 * Owns: a commit owns itself until it has answered. Threads: the room's. Time: none.
 * Errors: as stanza errors to whoever asked, and in the log. Spec: none.
 * Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/room.h"

/* Reads the room when it is opened; ends with entity_opened(). */
void room_store_load(struct room *room);

/* Several writes that answer one request together: result when all are committed, or an error.
 * A room that is not persistent writes nothing and answers at once. */
struct room_commit;

/* `request` may be NULL: nobody waits. */
MUST_CHECK struct room_commit *room_commit_new(struct room *room, struct stanza *request);
void room_commit_save(struct room_commit *commit);
void room_commit_remove(struct room_commit *commit);
void room_commit_affiliation(struct room_commit *commit, struct str bare);
void room_commit_all_affiliations(struct room_commit *commit);

/* Nothing more to write; frees it when all is answered. */
void room_commit_end(struct room_commit *commit);

/* A call that saves the room with this subject, for room_queue_commit(). */
MUST_CHECK struct store_call *room_store_save_call(struct room *room,
                                                   const struct room_subject *subject);
