/* muc_room.h - one room and our place in it, shared by the files of XEP-0045.
 * Owns: its timers and what is on its way. Borrows: the account and the conversation's place in it.
 * Threads: the account's. Errors: as notices. Spec: XEP-0045 7.
 * Tests: tests/unit/client/test_router.c */
#pragma once

#include "client/account_private.h"
#include "xmpp/stanza.h"

enum room_state {
    ROOM_OUT,
    ROOM_JOINING, /* presence is sent; our own has not come back */
    ROOM_IN,
};

struct room {
    JdAccount *account;
    JdConversation *conversation;
    char *jid;
    char *nickname;        /* ours there; while joining the one asked for */
    char *wanted_nickname; /* asked for while in; NULL = nothing is */
    char *taken_nickname;  /* the person's own, which we could not have; NULL = we have it */
    char *occupant_id;     /* XEP-0421, ours; NULL = the room gives none */
    enum room_state state;
    gboolean wants_in;      /* comes back by itself after the connection was lost */
    gboolean was_in;        /* since it was opened: missed messages count as unread */
    gboolean is_up_to_date; /* the history has come: what was written offline may go */
    guint conflicts;        /* refused for the nickname, in a row */
    guint timer;            /* of joining, of trying again, or of the history */
    GHashTable *on_the_way; /* id -> struct flight: sent, not reflected */
};

struct room *room_new(JdAccount *account, JdConversation *conversation);
void room_free(gpointer room);

/* ---- muc_room.c ---- */
void room_join(struct room *room);
void room_leave(struct room *room);
void room_is_joined(struct room *room);     /* our own presence came */
void room_is_up_to_date(struct room *room); /* the history has ended */
void room_is_left(struct room *room, gboolean wants_in);
void room_connection_lost(struct room *room);
void room_not_joined(struct room *room, const struct stanza *error);
void room_change_nickname(struct room *room, const char *nickname);
void room_try_again(struct room *room, guint seconds);
gboolean room_is_lobby(struct room *room);

/* room/nickname */
char *room_occupant_jid(struct room *room, const char *nickname);

/* ---- muc_presence.c ---- */
void room_take_presence(struct room *room, const struct stanza *presence);

/* ---- muc_text.c ---- */
void room_send(struct room *room, JdMessage *message);
GHashTable *room_flights_new(void);
void room_forget_flights(struct room *room);
void room_take_message(struct room *room, const struct stanza *message);
