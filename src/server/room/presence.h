/* presence.h - what the room says about its occupants.
 * Owns: nothing (the occupants keep the bytes). Threads: the room's. Time: none.
 * Errors: a presence that is too big is not sent. Spec: XEP-0045 7.2, 17.3.
 * Tests: tests/interop/test_muc.py */
#pragma once

#include "server/room/room.h"

/* XEP-0045 15.6.2. */
enum muc_status {
    STATUS_NON_ANONYMOUS = 100,
    STATUS_CONFIG_CHANGED = 104,
    STATUS_SELF = 110,
    STATUS_NOW_NON_ANONYMOUS = 172,
    STATUS_NOW_SEMI_ANONYMOUS = 173,
    STATUS_CREATED = 201,
    STATUS_BANNED = 301,
    STATUS_NEW_NICK = 303,
    STATUS_KICKED = 307,
    STATUS_AFFILIATION_LOST = 321,
    STATUS_MEMBERS_ONLY = 322,
    STATUS_TECHNICAL = 333,
};

#define PRESENCE_CODES 4

/* What a presence says besides who somebody is. Zeroed: nothing. */
struct presence_note {
    bool leaving;                   /* type "unavailable", role "none" */
    int codes[PRESENCE_CODES];      /* for everybody; 0 ends */
    int self_codes[PRESENCE_CODES]; /* for themselves, besides 110; 0 ends */
    struct str id;                  /* of the request, for the client that made it */
    struct str new_nick;
    struct str actor; /* nickname of who did it */
    struct str reason;
    const struct element *destroy; /* 10.9: to be copied in */
    const struct stanza *said;     /* leaving: the presence with their last words */
};

/* Says to everybody, themselves included, how the occupant is now (or that it leaves). */
void presence_broadcast(struct occupant *occupant, const struct presence_note *note);

/* To the other occupants only. */
void presence_to_others(struct occupant *occupant, const struct presence_note *note);

/* To one client of their own. */
void presence_to_self(struct occupant_session *session, const struct presence_note *note);

/* 7.2.2: every other occupant, to somebody who has just come. */
void presence_of_others(struct occupant_session *newcomer);

/* Something about the occupant has changed: what newcomers are told is written anew. */
void presence_changed(struct occupant *occupant);

/* <status code='...'/> under a muc#user <x/>. */
void presence_add_status(struct arena *arena, struct element *x, int code);
