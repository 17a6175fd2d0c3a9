/* conversation.h - JdConversation: the lobby, another room, or one person.
 * Owns: its messages and members. Threads: the account's. Errors: as failed messages.
 * Spec: XEP-0045, RFC 6121 5. Tests: tests/unit/client/test_conversation.c */
#pragma once

#include "client/member.h"
#include "client/message.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    JD_CONVERSATION_ROOM,
    JD_CONVERSATION_PRIVATE
} JdConversationKind;

#define JD_TYPE_CONVERSATION_KIND (jd_conversation_kind_get_type())
GType jd_conversation_kind_get_type(void);

#define JD_TYPE_CONVERSATION (jd_conversation_get_type())
G_DECLARE_FINAL_TYPE(JdConversation, jd_conversation, JD, CONVERSATION, GObject)

/* Properties (all notify):
 *   "jid" string (bare; of a room's occupant: full), "kind", "title" string, "subtitle" string
 *   (topic, "3 members", "offline"), "joined" boolean (private: the connection is there),
 *   "unread" uint, "mentioned" boolean (unread ones concern the user), "preview" string (last
 *   message in one line), "last-activity" int64 (wall microseconds, 0 = none),
 *   "messages" GListModel<JdMessage>, "members" GListModel<JdMember> (private: empty),
 *   "show" JdShow of the other person (private) */

JdConversationKind jd_conversation_get_kind(JdConversation *self);
const char *jd_conversation_get_jid(JdConversation *self);
const char *jd_conversation_get_title(JdConversation *self);
const char *jd_conversation_get_subtitle(JdConversation *self);
gboolean jd_conversation_get_joined(JdConversation *self);
guint jd_conversation_get_unread(JdConversation *self);
gboolean jd_conversation_get_mentioned(JdConversation *self);
JdShow jd_conversation_get_show(JdConversation *self);
const char *jd_conversation_get_preview(JdConversation *self);
gint64 jd_conversation_get_last_activity(JdConversation *self);
GListModel *jd_conversation_get_messages(JdConversation *self);
GListModel *jd_conversation_get_members(JdConversation *self);

/* Sends text (not empty, trimmed); the message appears at once as JD_MESSAGE_PENDING. Written while
 * offline it is kept and sent on reconnect, once. */
void jd_conversation_send(JdConversation *self, const char *text);

/* A failed message once more. */
void jd_conversation_retry(JdConversation *self, JdMessage *message);

/* The user has seen everything. */
void jd_conversation_mark_read(JdConversation *self);

/* What was said before the first message of the list is put in front of it, as far as it is known
 * here or the archive has it. FALSE: there is nothing more, or it is on its way already. */
gboolean jd_conversation_load_older(JdConversation *self);

/* Leaves a room, or drops a private conversation from the list. */
void jd_conversation_leave(JdConversation *self);

G_END_DECLS
