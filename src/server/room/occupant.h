/* occupant.h - somebody in a room: one nickname, one user, one or more of their clients.
 * Owns: its sessions and what it was last heard to be. Threads: the room's. Time: none.
 * Errors: E_JID for a nickname that cannot be one. Spec: XEP-0045 4.1, 5.1, 7.2.8.
 * Tests: tests/interop/test_muc.py */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "server/core/rate_limit.h"
#include "server/room/privileges.h"
#include "xmpp/stanza.h"

struct room;

/* Bytes of a nickname. */
#define NICK_BYTES_MAX ((size_t)255)

/* How a presence shows an occupant: with the real address or without. */
enum occupant_view {
    VIEW_FULL,
    VIEW_ANONYMOUS,
    VIEW_COUNT
};

struct occupant {
    struct list link;     /* room->occupants, in the order of entering */
    struct map_node node; /* room->occupants_by_nick, by nickname_key() */
    struct room *room;
    struct arena arena; /* of the address and the key */
    struct jid jid;     /* room@rooms.chat.example/nick */
    char *real_bare;    /* owned */
    char *id;           /* owned; XEP-0421 */
    enum affiliation affiliation;
    enum role role;
    struct list sessions;    /* struct occupant_session.link; the last is the one shown */
    struct rate_limit acts;  /* of presence, nicknames and invitations */
    struct rate_limit words; /* of messages */
    struct stanza_wire plain[VIEW_COUNT]; /* presence.c: what newcomers are told; block NULL */
};

/* One client of theirs that is in the room. */
struct occupant_session {
    struct list link;
    struct map_node node; /* room->sessions, by full JID */
    struct occupant *occupant;
    struct arena arena;
    struct jid real;         /* full */
    struct stanza *presence; /* owned reference: as it came */
    uint64_t number;         /* in this room, never used again; see muc_iq.c */
};

/* Looks a nickname over: NULL, or the stanza error condition. */
const char *nick_refused(struct str nick);

/* Puts a new occupant into the room; the nickname is free and good. The first one keeps the room
 * awake until room_emptied(). */
struct occupant *occupant_add(struct room *room, struct jid occupant_jid, struct str real_bare);

/* Takes it out, with its sessions, telling nobody. */
void occupant_free(struct occupant *occupant);

/* Who has exactly this nickname: the one that is meant by it. */
struct occupant *occupant_find(const struct room *room, struct str nick);

/* Who has this nickname or one that people take for it (RFC 8266): so it is not free. */
struct occupant *occupant_holding(const struct room *room, struct str nick);

void occupant_rename(struct occupant *occupant, struct jid occupant_jid);
/* What everybody hears of may be done only so often (13.6). Moderators' words are not counted.
 * False: too much at once. */
bool occupant_may_act(struct occupant *occupant);
bool occupant_may_speak(struct occupant *occupant);

struct standing occupant_standing(const struct occupant *occupant);

struct occupant_session *occupant_add_session(struct occupant *occupant, struct stanza *presence);
void occupant_session_free(struct occupant_session *session);
struct occupant_session *occupant_session_find(const struct room *room, struct str full);

/* Takes the new presence and makes this session the one that is shown. */
void occupant_session_show(struct occupant_session *session, struct stanza *presence);

/* The session whose presence is shown; there is always one. */
struct occupant_session *occupant_shown(const struct occupant *occupant);

static inline struct occupant *
occupant_of(struct list *link)
{
    return CONTAINER_OF(link, struct occupant, link);
}

static inline struct occupant_session *
occupant_session_of(struct list *link)
{
    return CONTAINER_OF(link, struct occupant_session, link);
}
