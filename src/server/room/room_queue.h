/* room_queue.h - one thing after the other: messages wait for their commit, all else for them.
 * Owns: what waits. Threads: the room's. Time: none. Errors: E_FULL when too much waits.
 * Spec: XEP-0045 7.1 (order). Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/room.h"

/* Messages of one room that wait for the disk, and stanzas that wait for them. */
#define ROOM_AWAITING_MAX ((size_t)2000)
#define ROOM_DEFERRED_MAX ((size_t)5000)

/* A message on its way through the room. */
struct room_message {
    struct list link; /* room->awaiting */
    struct room *room;
    struct stanza *origin;        /* owned reference; its settlement is held */
    struct stanza_wire wire;      /* owned; what everybody gets */
    bool lasting;                 /* goes into the history */
    int64_t stored_us;            /* wall */
    struct room_subject *subject; /* owned; NULL when it changes none */
    bool ready;
    int status;
};

/* A stanza for the room: handled now, or when its turn has come. Borrowed. */
void room_queue_receive(struct room *room, struct stanza *stanza);

/* NULL when too many wait already: then the sender has been told. Takes the wire. */
struct room_message *
room_message_new(struct room *room, struct stanza *origin, struct stanza_wire wire);

/* Sends it to everybody in its turn: at once, or after `call` (taken) is committed. */
void room_queue_pass(struct room_message *message);
void room_queue_commit(struct room_message *message, struct store_call *call);

/* The `done` of such a call. */
void room_message_committed(struct store_call *call, void *worker);

/* Drops all that waits, without a word: the room is being closed. */
void room_queue_clear(struct room *room);
