/* rfc6121_message.h - private conversations: with an account, or with somebody in a room who hides
 * theirs.
 * Owns: who is known to be online. Threads: the account's. Errors: as failed messages.
 * Spec: RFC 6121 5, XEP-0045 7.5, XEP-0359. Tests: tests/unit/client/test_router.c */
#pragma once

#include "client/account_private.h"
#include "xmpp/stanza.h"

JdConversation *private_open_member(JdAccount *account, JdMember *member);
JdConversation *private_open_jid(JdAccount *account, const char *jid, GError **error);

/* Presence of an account's device or of an occupant. */
void private_show_changed(JdAccount *account, struct jid from, JdShow show);

/* Somebody in a room came, changed or went: `jid` is their account or occupant address. */
void private_refresh(JdAccount *account, const char *jid);

/* A room was joined or left: its occupants are seen and can be reached, or not. */
void private_room_changed(JdAccount *account);

/* The same messages as other devices of ours have them. */
void private_take_copy(JdAccount *account, const struct stanza *message);

/* What a message is identified by, its body and its origin-id, all owned. */
struct message_content {
    char *id;
    char *body;      /* NULL = none */
    char *origin_id; /* XEP-0359; NULL = none */
};
struct message_content message_content_of(const struct stanza *stanza);
void message_content_clear(struct message_content *content);

/* A message stanza with this body, and the message's id as its id and origin-id. */
struct stanza *message_stanza(struct str type, const char *to, JdMessage *message);
