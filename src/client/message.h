/* message.h - JdMessage: one line of a conversation: something said, or something that happened.
 * Owns: its strings. Threads: the account's. Errors: none. Spec: RFC 6121 5, XEP-0045 7.
 * Tests: tests/unit/client/test_conversation.c */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum {
    JD_MESSAGE_TEXT,
    JD_MESSAGE_JOINED,   /* "Anna joined" */
    JD_MESSAGE_LEFT,     /* "Anna left", with the reason when there is one */
    JD_MESSAGE_RENAMED,  /* "Anna is now known as Annika" */
    JD_MESSAGE_SUBJECT,  /* "Anna changed the topic to ..." */
    JD_MESSAGE_NOTICE,   /* kicked, room destroyed, ... */
    JD_MESSAGE_NICKNAME, /* the nickname asked for is taken, and another one serves */
} JdMessageKind;

typedef enum {
    JD_MESSAGE_RECEIVED, /* not ours */
    JD_MESSAGE_PENDING,  /* ours, not yet confirmed */
    JD_MESSAGE_SENT,     /* in rooms: reflected; private: acknowledged by the server (XEP-0198) */
    JD_MESSAGE_FAILED,   /* "failure" says why */
} JdMessageState;

#define JD_TYPE_MESSAGE_KIND (jd_message_kind_get_type())
GType jd_message_kind_get_type(void);
#define JD_TYPE_MESSAGE_STATE (jd_message_state_get_type())
GType jd_message_state_get_type(void);

#define JD_TYPE_MESSAGE (jd_message_get_type())
G_DECLARE_FINAL_TYPE(JdMessage, jd_message, JD, MESSAGE, GObject)

/* Properties: "kind", "sender" string (nickname), "sender-jid" string, "outgoing" boolean, "body"
 * string (text, or the whole sentence of an event), "time" int64 (wall microseconds),
 * "state" (notifies), "failure" string (notifies), "mentions-me" boolean, "edited" and "retracted"
 * booleans (notify, as do "body" and "time") */
JdMessageKind jd_message_get_kind(JdMessage *self);
JdMessageState jd_message_get_state(JdMessage *self);
const char *jd_message_get_id(JdMessage *self);
const char *jd_message_get_sender(JdMessage *self);
const char *jd_message_get_sender_jid(JdMessage *self);
gboolean jd_message_get_outgoing(JdMessage *self);
gboolean jd_message_get_mentions_me(JdMessage *self);
const char *jd_message_get_body(JdMessage *self);
const char *jd_message_get_failure(JdMessage *self);
gint64 jd_message_get_time(JdMessage *self);

/* Does it continue the group of `previous` (same sender, within five minutes, both text)? */
gboolean jd_message_continues(JdMessage *self, JdMessage *previous);

G_END_DECLS
