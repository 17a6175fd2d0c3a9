/* mate.h - private conversations follow the people who share a room with us: under a new nickname,
 * as a guest who has come back, and to the end when they are gone.
 * Owns: nothing; what is known of a person is kept by their conversation. Threads: the account's.
 * Errors: as lines of the conversation. Spec: XEP-0045 7.5, 7.6, 7.14; XEP-0175.
 * Tests: tests/unit/client/test_mate.c
 *
 * An account is one person wherever it is. A guest has an address for one connection only, so the
 * nickname in the shared room is all that leads from one to the next, and the conversation says so.
 */
#pragma once

#include "client/account_private.h"

/* Somebody in a room of ours; borrowed texts. */
struct mate {
    const char *room; /* bare address */
    const char *nickname;
    const char *occupant_jid;
    const char *real_jid; /* bare; NULL = the room hides it */
};

/* Is this bare address (NULL = unknown) one that our server gave to a guest? */
gboolean mate_is_guest(JdAccount *account, const char *jid);

/* In the room now. `is_news` when we are in it ourselves: until then others may follow who are the
 * better match. */
void mate_came(JdAccount *account, const struct mate *mate, gboolean is_news);
void mate_went(JdAccount *account, const struct mate *mate);
void mate_renamed(JdAccount *account, const char *old_occupant_jid, const struct mate *mate);

/* We are in the room (again) and know of everybody there. */
void mates_settle(JdAccount *account, JdConversation *room);

/* A new private conversation: where is its person? */
void mate_look_for(JdAccount *account, JdConversation *conversation);
