/* presence.h - telling one contact where the user is.
 * Owns: nothing. Threads: the account's home worker. Errors: none. Spec: RFC 6121 4.
 * Tests: tests/interop/test_im.py */
#pragma once

#include "server/account/account.h"

/* Sends the presence of each available session, or an unavailable one for each, to a bare JID that
 * has just got or lost its subscription (RFC 6121 3.1.5, 3.2.2, 3.3.3). */
void presence_show_to(struct account *account, struct jid contact);
void presence_hide_from(struct account *account, struct jid contact);

/* Ends the presence of each available session for whoever has it and matches the address `item`
 * (XEP-0191 3.3), and shows it again to those who may have it (3.4). */
void presence_hide_from_matching(struct account *account, struct jid item);
void presence_show_to_matching(struct account *account, struct jid item);

/* The session's presence from now on, told to those who were told the last one. */
void
presence_renew(struct account *account, struct account_session *state, struct stanza *presence);

/* Has the session sent its presence to this address itself (RFC 6121 4.6)? */
bool presence_is_told(const struct account_session *state, struct jid jid);

/* Are both sessions in the room under one nickname, as far as they have told it (XEP-0045 7.2)? */
bool presence_shares_nick(const struct account_session *a,
                          const struct account_session *b,
                          struct jid room);

/* RFC 6121 4.7.2.3: E_FORMAT for anything but a number from -128 to 127. None is 0. */
MUST_CHECK int presence_priority(const struct stanza *presence, int *ret_priority);
