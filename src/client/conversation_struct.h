/* conversation_struct.h - what is inside a conversation, for conversation*.c only.
 * Owns, threads, errors: as conversation.h. Tests: tests/unit/client/test_conversation.c */
#pragma once

#include "client/conversation_private.h"

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

    GListStore *messages;
    GListStore *members;
    GHashTable *by_nickname; /* nickname -> JdMember */
    GHashTable *own;         /* id -> JdMessage, the user's */
    GHashTable *remembered;  /* set of keys, owned by the queue */
    GQueue remembered_order;
};

/* The line under the title: topic, number of members, presence. */
void conversation_update_subtitle(JdConversation *self);
