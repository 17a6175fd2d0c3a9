/* conversation_private.h - how the engine fills a conversation.
 * Owns: nothing. Threads: the account's. Errors: none. Spec: XEP-0045, RFC 6121 5.
 * Tests: tests/unit/client/test_conversation.c */
#pragma once

#include "client/conversation.h"
#include "client/member_private.h"
#include "client/message_private.h"

/* Lines kept in memory; the oldest go first. */
#define CONVERSATION_MESSAGES_MAX 20000

/* Bytes of one text: well inside what a server takes as one stanza. */
#define CONVERSATION_TEXT_MAX (64 * 1024)

/* What the user's verbs do. Rooms and private conversations each have a constant table. */
struct conversation_ops {
    void (*send)(JdConversation *conversation, JdMessage *message, gpointer owner);
    void (*leave)(JdConversation *conversation, gpointer owner);
};

/* `owner` is borrowed until conversation_detach(). */
JdConversation *conversation_new(JdConversationKind kind,
                                 const char *jid,
                                 const char *title,
                                 const struct conversation_ops *ops,
                                 gpointer owner);
void conversation_detach(JdConversation *self);

void conversation_set_jid(JdConversation *self, const char *jid);
void conversation_set_title(JdConversation *self, const char *title);
void conversation_set_topic(JdConversation *self, const char *topic);
void conversation_set_joined(JdConversation *self, gboolean joined);
void conversation_set_show(JdConversation *self, JdShow show);

/* A private conversation's person is, or was last, in this room under this nickname. NULL = was
 * never seen in one. */
void conversation_set_seen(JdConversation *self, const char *room, const char *nickname);
const char *conversation_get_seen_room(JdConversation *self);
const char *conversation_get_seen_nickname(JdConversation *self);

/* They went away for good, in words for the line under the title; NULL = they did not. */
void conversation_set_absence(JdConversation *self, const char *words);
void conversation_set_guest(JdConversation *self, gboolean guest);
gboolean conversation_is_absent(JdConversation *self);

/* The user's own name here: sender of what is sent, and what counts as a mention. */
void conversation_set_own_name(JdConversation *self, const char *name);
const char *conversation_get_own_name(JdConversation *self);

/* Takes a reference. An old one (delayed on its way) goes where its time belongs; `counts` makes it
 * unread. */
void conversation_add(JdConversation *self, JdMessage *message, gboolean counts);

/* An event line, now. */
void conversation_tell(JdConversation *self,
                       JdMessageKind kind,
                       const char *sender,
                       const char *sentence);

/* One of the user's own messages, borrowed; NULL when there is none with this id. */
JdMessage *conversation_find_own(JdConversation *self, const char *id);

/* FALSE when `key` was remembered before: the same message a second time. */
gboolean conversation_remember(JdConversation *self, const char *key);

/* Time of the newest text that somebody else or the server confirmed; 0 when there is none. */
gint64 conversation_newest_text(JdConversation *self);

/* Calls ops->send for everything that is still pending, oldest first. */
void conversation_send_pending(JdConversation *self);

/* Members, found by nickname. */
JdMember *conversation_find_member(JdConversation *self, const char *nickname);
JdMember *conversation_find_member_by_jid(JdConversation *self, const char *bare_jid);
void conversation_put_member(JdConversation *self, const struct member_details *details);
void conversation_rename_member(JdConversation *self,
                                const char *from,
                                const struct member_details *details);
void conversation_remove_member(JdConversation *self, const char *nickname);
void conversation_clear_members(JdConversation *self);

/* Around a second join: whoever was not seen again between the two is gone. */
void conversation_mark_members_stale(JdConversation *self);
void conversation_remove_stale_members(JdConversation *self);

/* ---- what is kept (conversation_history.c) ---- */

/* Where it is kept, and who passes on what the history answers. */
struct conversation_keeper {
    struct history *history;
    const char *account; /* whose archive has what no room's has */
    history_view_cb view;
    history_sync_cb sync;
    /* Somebody looks at a gap of this conversation. */
    void (*look)(JdConversation *conversation, const struct history_gap *gap, gpointer data);
    gpointer data;
};

/* From now on the list is a window over the history; the keeper is borrowed until it is detached.
 */
void conversation_attach_history(JdConversation *self, const struct conversation_keeper *keeper);
void conversation_detach_history(JdConversation *self);
gboolean conversation_is_kept(JdConversation *self);

/* Something heard: into the history, and from there into the list. */
void conversation_receive(JdConversation *self, const struct history_event *event);

/* What the history tells, each after the other. */
void conversation_take_view(JdConversation *self, const struct history_view *view);
void conversation_take_message(JdConversation *self, const struct history_message *kept);
void conversation_take_summary(JdConversation *self, const struct history_conversation *summary);
void conversation_take_sync(JdConversation *self);
