/* message_private.h - how the engine makes messages and follows what becomes of them.
 * Owns: nothing. Threads: the account's. Errors: none. Spec: RFC 6121 5, XEP-0045 7, XEP-0359.
 * Tests: tests/unit/client/test_conversation.c */
#pragma once

#include "client/history.h"
#include "client/message.h"

/* The texts are copied. */
struct message_details {
    JdMessageKind kind;
    JdMessageState state;
    const char *id;         /* ours: also its origin-id. NULL for events */
    const char *sender;     /* nickname */
    const char *sender_jid; /* NULL when unknown */
    const char *body;
    gint64 time; /* wall microseconds; 0 = now */
    gboolean outgoing;
    gboolean mentions_me;
};

JdMessage *message_new(const struct message_details *details);

/* `failure` is a sentence and goes with JD_MESSAGE_FAILED only. */
void message_set_state(JdMessage *self, JdMessageState state, const char *failure);

/* How often it has gone out by itself. A message that broke the connection twice is not tried a
 * third time (it may be what breaks it). */
guint message_get_attempts(JdMessage *self);
void message_set_attempts(JdMessage *self, guint attempts);

/* ---- lines that are kept ---- */

JdMessage *message_from_history(const struct history_message *kept);

/* It has become so. */
void message_take(JdMessage *self, const struct history_message *kept);

/* Its row in the history, 0 = none (yet); and what orders it among the other lines. */
gint64 message_get_row(JdMessage *self);
gint64 message_get_position(JdMessage *self);
void message_set_position(JdMessage *self, gint64 position);
