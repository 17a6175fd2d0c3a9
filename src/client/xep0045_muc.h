/* xep0045_muc.h - rooms: joining and leaving them, and who is in.
 * Owns: the account's rooms. Threads: the account's. Errors: as notices in the room, or of the
 * sign-in when it is the lobby. Spec: XEP-0045. Tests: tests/unit/client/test_router.c */
#pragma once

#include "client/account_private.h"
#include "xmpp/stanza.h"

/* Joins a room (again); `title` may be NULL. NULL when there are too many conversations. */
JdConversation *muc_join(JdAccount *account, const char *jid, const char *title);

/* The same from what somebody typed: an address, or a name at the room service. */
JdConversation *muc_open(JdAccount *account, const char *text, GError **error);

/* In all rooms; the answers come by account_set_nickname() or account_refuse_nickname(). */
void muc_set_nickname(JdAccount *account, const char *nickname);

/* Where rooms are made by name; NULL = not known. */
void muc_set_service(JdAccount *account, const char *service);

/* Reads what a room's archive has as we would in the room. */
struct message_reader;
void muc_reader(JdAccount *account, const char *room, struct message_reader *reader);

/* Questions of the private conversations. `jid` is an account's, or an occupant's address. */
gboolean muc_is_room(JdAccount *account, const char *bare_jid);
gboolean muc_is_occupant(JdAccount *account, const char *jid); /* of one of our rooms */
gboolean muc_is_joined(JdAccount *account, const char *occupant_jid);
JdShow muc_show_of(JdAccount *account, const char *jid);
char *muc_nickname_of(JdAccount *account, const char *jid); /* owned; NULL = not seen */
