/* account.h - what a user's bare JID is while somebody needs it in memory.
 * Owns: the roster, what its features remember of the account and of its sessions. Borrows: its
 * sessions (core's). Threads: the account's home worker. Time: the loop's; wall clock where a
 * stamp is sent. Errors: as stanza errors to whoever asked. Spec: RFC 6120 7 and 10.3, RFC 6121.
 * Tests: tests/interop/test_im.py; the rules: tests/unit/server/
 *
 * The account only carries stanzas to its features; what happens to them stands in features.c.
 * Guests (RFC 4505) are accounts without a row in the store: nothing of theirs lasts. */
#pragma once

#include "server/account/archive_preferences.h"
#include "server/account/avatar.h"
#include "server/account/blocklist.h"
#include "server/account/inbound.h"
#include "server/account/roster.h"
#include "server/core/entity.h"
#include "server/core/session.h"
#include "server/store/archive_id.h"

extern const struct entity_kind account_kind;
extern const struct session_home account_session_home;

struct offline_flight;
struct account_carbons;
struct displayed;
struct pep;

/* Private to xep0160_offline.c. */
struct account_offline {
    int64_t count;                 /* messages in the store, or on their way there */
    unsigned writes;               /* of them on their way */
    struct offline_flight *flight; /* they are on their way to a session */
    struct list held;              /* what came meanwhile and has to wait its turn */
    size_t held_count;
};

/* Private to xep0357_push.c. */
struct account_push {
    struct list services;
    size_t count;
};

/* Private to xep0313_archive.c, but for what is said of a member. */
struct account_archive {
    struct archive_preferences preferences;
    uint64_t submitted, stored; /* messages from the account: given to the store, answered by it */
    struct list waiting;        /* questions that wait for some of them */
    size_t waiting_count;
    unsigned asked; /* questions under way */

    /* The id of the message from a session that is going through the features now, for copies to
     * the others; empty when it is not archived. */
    char sent_id[ARCHIVE_ID_BYTES];
};

/* Private to xep0377_reporting.c. */
struct account_reports {
    int64_t since_us;
    unsigned told;
};

/* Private to xep0012_last.c. */
struct account_last {
    int64_t left_us; /* wall; 0: not since the account is in memory */
    char *status;
};

struct account {
    struct entity entity;
    bool guest;
    bool removed;         /* its row has gone; nobody may use it any more */
    struct list sessions; /* struct session by account_link, the oldest first */
    struct list binders;  /* struct account_session that wait until the account is loaded */
    struct roster roster;
    struct pep *pep;      /* pep.h; NULL until it is needed */
    struct avatar avatar; /* what presence says of it (XEP-0398) */
    struct blocklist blocked;
    size_t blocks_pending;  /* addresses on their way to the disk */
    struct inbound inbound; /* what waits for the archive, in order */
    struct account_archive archive;
    struct account_offline offline;
    struct account_reports reports;
    struct account_last last;
    struct account_push push;
    bool disabled;                   /* may not sign in */
    struct account_carbons *carbons; /* private to xep0280_carbons.c; NULL = nothing to remember */
};

/* What the account knows about one of its sessions: session->account_state. */
struct account_session {
    struct session *session;
    struct list binder; /* in account->binders */
    struct str wanted;  /* the resource, while it waits there */
    bool bound;

    /* Presence, RFC 6121 4. */
    bool available;
    bool hides_avatar;           /* has said that it shows no picture (XEP-0153 4.1) */
    struct displayed *displayed; /* private to xep0490_displayed.c: of the message at hand */
    bool interested;             /* has asked for the roster: gets pushes (RFC 6121 2.1.6) */
    int priority;                /* -128 to 127, when available */
    struct stanza *presence;
    bool carbons;        /* gets copies (XEP-0280) */
    bool knows_blocked;  /* has asked for the blocked addresses: gets pushes (XEP-0191 3.3) */
    struct map directed; /* struct directed: who else has been told (RFC 6121 4.6) */
};

static inline struct account *
account_of(struct entity *entity)
{
    return CONTAINER_OF(entity, struct account, entity);
}

static inline struct account_session *
account_session_at(struct list *link)
{
    return (struct account_session *)CONTAINER_OF(link, struct session, account_link)
        ->account_state;
}

/* Walks the bound sessions: `link` is the account_link, see account_session_at(). */
#define ACCOUNT_FOREACH_SESSION(account, link) LIST_FOREACH (&(account)->sessions, link)

/* Available with a priority that lets messages to the bare JID in (RFC 6121 8.5.2.1). One that
 * waits to be resumed (XEP-0198 5) is as present as any; one that has ended in this turn is not. */
static inline bool
account_session_is_receptive(const struct account_session *state)
{
    return state->available && state->priority >= 0 && !session_is_over(state->session);
}

struct server *account_server(const struct account *account);
struct worker *account_worker(const struct account *account);

/* The bound session of a full JID of this account, or NULL. */
struct account_session *account_find_session(struct account *account, struct jid full);

/* Is there a session for messages to the bare JID? */
bool account_has_receptive_session(struct account *account);

/* Did one of the account's own sessions send it? */
bool account_is_owner(const struct account *account, const struct stanza *stanza);

/* Has the user told them that there is such an account: by presence, by asking for theirs? */
bool account_is_known_to(struct account *account, struct jid jid);

/* Is nothing to pass between the user and this address (XEP-0191)? Never true of the user's own
 * address, nor of the server that he talks to. */
bool account_blocks(const struct account *account, struct jid jid);

/* May they see the account's presence: the owner, and who is subscribed to it? */
bool account_trusts(struct account *account, struct jid jid);

/* Lets an inbound stanza go through the features; borrowed. */
void account_receive(struct account *account, struct stanza *stanza);

/* Lets one go on behind the hook `stanza_in` of a feature that had kept it back. */
struct account_feature;
void account_receive_behind(struct account *account,
                            struct stanza *stanza,
                            const struct account_feature *feature);

/* Makes the resource and binds; see bind.c. */
void account_bind(struct account *account, struct account_session *state, struct str wanted);

/* The account has been removed from the store: ends its sessions with a sentence for them and the
 * log, cancels its subscriptions as far as they are in memory (XEP-0077 3.2). Any worker may call
 * it. */
void account_end(struct worker *worker, struct str name, const char *reason);

/* The disk has made `contact` a contact of the account: memory and sessions are to know. */
void account_befriend(struct worker *worker, struct str bare, struct str contact);

/* Ends the sessions of a bare address, or the one of a full address; says whether an account may
 * sign in, and ends its sessions when it may not. Any worker may call them. */
void account_end_sessions(struct worker *worker, struct jid who, const char *reason);
void account_set_disabled(struct worker *worker, struct str name, bool disabled);

/* The same as account_end() on its home worker. */
void account_end_here(struct account *account, const char *reason);
