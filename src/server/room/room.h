/* room.h - one room: its people, its settings, its newest messages.
 * Owns: all of it. Threads: the home worker's. Time: the loop's, and the wall clock for stamps.
 * Errors: as stanza errors to the sender. Spec: XEP-0045. Tests: tests/interop/test_muc.py
 *
 * A room that does not exist is also an entity for as long as somebody asks for it: ROOM_ABSENT.
 *
 * Order: a room does one thing after the other. While messages wait for their commit, everything
 * else that arrives waits behind them (room_queue.c), so all occupants see one order. */
#pragma once

#include "server/core/config.h"
#include "server/core/entity.h"
#include "server/core/router.h"
#include "server/room/affiliations.h"
#include "server/room/history.h"
#include "server/room/occupant.h"
#include "server/room/room_config.h"

enum room_state {
    ROOM_ABSENT,
    ROOM_LOCKED, /* XEP-0045 10.1.1: made, not yet configured: only its owner may enter */
    ROOM_OPEN
};

/* Whose the nickname is that somebody wants. */
enum nick_owner {
    NICK_FREE,    /* nobody's */
    NICK_OWN,     /* it is their account's name */
    NICK_OTHERS,  /* it is another account's name */
    NICK_UNKNOWN, /* nobody can tell at the moment */
};

struct room_subject {
    char *text, *nick; /* owned; "" when there is none */
    int64_t set_us;    /* wall; 0 = never */
};

struct room {
    struct entity entity;
    enum room_state state;
    bool stored; /* has a row in the store */
    struct room_config config;
    struct affiliations affiliations;
    struct list occupants; /* struct occupant */
    struct map occupants_by_nick;
    struct map sessions; /* struct occupant_session by full JID */
    size_t occupant_count;
    uint64_t session_numbers;
    struct history history;
    struct room_subject subject;
    struct list awaiting; /* struct room_message, oldest first: not reflected yet */
    struct list deferred; /* stanzas that wait for them */
    size_t awaiting_count, deferred_count;
    enum nick_owner nick_owner;        /* of the nickname in the stanza that is being handled */
    struct fanout_recipient *audience; /* scratch of room_send.c */
    size_t audience_capacity;
    struct turn_task vanish; /* of an absent room */
    unsigned archive_asked;  /* questions to the archive under way */
};

extern const struct entity_kind room_kind;

/* Sees to it that lobby@ exists (docs/adr/0004): before the workers run, or while they do. */
void room_ensure_lobby(struct server *server);

static inline struct room *
room_of(struct entity *entity)
{
    return CONTAINER_OF(entity, struct room, entity);
}

static inline const struct config *
room_limits(const struct room *room)
{
    return room->entity.worker->server->config;
}

/* ---- what it is ---- */

/* An absent room becomes one with the default configuration and `owner`; locked. */
void room_create(struct room *room, struct str owner);

/* Back to absent: forgets everything but who is in it (nobody may be). */
void room_forget(struct room *room);

/* With the server's administrators as owners of every room. */
enum affiliation room_affiliation(const struct room *room, struct str bare);
size_t room_owners(const struct room *room);
bool room_is_anonymous(const struct room *room);
bool room_shows_jids_to(const struct room *room, const struct occupant *viewer);
void room_set_subject(struct room *room, struct str text, struct str nick, int64_t set_us);

/* The last of its people has gone: it may sleep, or vanishes when it is not persistent. */
void room_emptied(struct room *room);

/* Gives a stanza to the features (room.c); room_queue.c calls it in order. */
void room_handle(struct room *room, struct stanza *stanza);

/* ---- answering ---- */

void room_refuse(struct room *room, const struct stanza *stanza, const char *condition);
void room_refuse_text(struct room *room,
                      const struct stanza *stanza,
                      const char *condition,
                      struct str text);
void room_confirm(struct room *room, const struct stanza *request);

/* Routes what was built from `origin`; takes `stanza`. When it grew too big, `origin` is refused.
 */
void room_forward(struct room *room, struct stanza *origin, struct stanza *stanza);
