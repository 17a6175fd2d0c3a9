/* room_queue.h - one thing after the other: messages wait for their commit, who wants a nickname
 * in the lobby for the store's word on whose it is, all else for them.
 * Owns: what waits. Threads: the room's. Time: none. Errors: E_FULL when too much waits.
 * Spec: XEP-0045 7.1 (order). Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/room.h"

/* Messages of one room that wait for the disk, and stanzas that wait for them. */
#define ROOM_AWAITING_MAX ((size_t)2000)
#define ROOM_DEFERRED_MAX ((size_t)5000)

/* A message in the room's words. */
struct room_wording {
    int64_t key;             /* of the archive, whether it goes there or not */
    struct block *text;      /* owned; without the room's stanza-id and `to` */
    struct stanza_wire wire; /* owned; what everybody gets: with the id */
};

/* A message on its way through the room. */
struct room_message {
    struct list link; /* room->awaiting */
    struct room *room;
    struct stanza *origin; /* owned reference; its settlement is held */
    struct room_wording wording;
    bool lasting;                 /* goes into the history */
    int64_t retracts;             /* key of a message that it takes back, or 0 */
    bool moderates;               /* whoever wrote that */
    bool confirms;                /* origin is an IQ: answered when it is done */
    int64_t stored_us;            /* wall */
    struct room_subject *subject; /* owned; NULL when it changes none */
    unsigned writes;              /* that are not committed yet */
    bool ready;
    int status; /* the first error */
};

/* A stanza for the room: handled now, or when its turn has come. Borrowed. */
void room_queue_receive(struct room *room, struct stanza *stanza);

/* NULL when too many wait already: then the sender has been told. Takes the wording. */
struct room_message *
room_message_new(struct room *room, struct stanza *origin, struct room_wording wording);

/* Sends it to everybody in its turn: at once, or after `call` (taken) and the others given are
 * committed. */
void room_queue_pass(struct room_message *message);
void room_queue_commit(struct room_message *message, struct store_call *call);

/* Writes a message of the room's for all of it: gives it its key and id. Takes the stanza. */
MUST_CHECK int
room_wording_write(struct room *room, struct stanza *stanza, struct room_wording *ret);
void room_wording_fini(struct room_wording *wording);

/* Gives it the id of another key. */
void room_wording_stamp(const struct room *room, struct room_wording *wording, int64_t key);

/* The `done` of such a call. */
void room_message_committed(struct store_call *call, void *worker);

/* Drops all that waits, without a word: the room is being closed. */
void room_queue_clear(struct room *room);
