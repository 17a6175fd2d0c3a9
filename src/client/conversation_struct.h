/* conversation_struct.h - what is inside a conversation, for conversation*.c only.
 * Owns, threads, errors: as conversation.h. Tests: tests/unit/client/test_conversation.c */
#pragma once

#include "client/conversation_private.h"

#define PREVIEW_LETTERS 120

struct _JdConversation {
    GObject parent_instance;
    const struct conversation_ops *ops;
    gpointer owner;

    JdConversationKind kind;
    char *jid;
    char *title;
    char *topic;
    char *subtitle;
    char *preview;
    char *own_name;
    gboolean joined;
    gboolean mentioned;
    guint unread;
    gint64 last_activity;
    JdShow show;

    /* Private: where the other person was seen last, and in words that they are there no more. */
    char *seen_room;
    char *seen_nickname;
    char *absence;
    gboolean guest; /* the other person has no account */

    GListStore *messages;
    GListStore *members;
    GHashTable *by_nickname; /* nickname -> JdMember */
    GHashTable *own;         /* id -> JdMessage, the user's */
    GHashTable *remembered;  /* set of keys, owned by the queue */
    GQueue remembered_order;

    /* What was said, when it is kept. */
    const struct conversation_keeper *keeper; /* borrowed; NULL: only what is in the list */
    GHashTable *by_row;                       /* gint64 -> JdMessage, borrowed from the list */
    GQueue held;        /* of JdMessage: lines that wait for what came before them */
    gboolean has_older; /* the history has more than the list */
    gboolean has_gap;   /* and the archive may have more than the history */
    gboolean reads;     /* a page is on its way */
    gboolean takes;     /* the history tells: what changes is known to it */
};

/* ---- conversation_history.c ---- */
void conversation_history_init(JdConversation *self);
void conversation_history_clear(JdConversation *self);
void conversation_keep(JdConversation *self, JdMessage *message); /* ours, or an event line */
void conversation_set_unread(JdConversation *self, guint unread, gboolean mentioned);
void conversation_set_last(JdConversation *self, const char *preview, gint64 time);
void conversation_mark_kept_read(JdConversation *self);

/* "You: " or who said it, where that is not clear. */
char *
conversation_preview(JdConversation *self, const char *body, const char *sender, gboolean outgoing);

/* The line under the title: topic, number of members, presence. */
void conversation_update_subtitle(JdConversation *self);
