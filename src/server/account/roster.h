/* roster.h - an account's contacts in memory, and their way to the disk and to the sessions.
 * Owns: its items. Threads: the account's home worker. Time: none. Errors: E_FULL past
 * max_roster_items. Spec: RFC 6121 2, 3. Tests: tests/interop/test_im.py
 *
 * Memory is what is on the disk: a change is applied, pushed, answered and told to the contact
 * after its commit, so that nobody is told what a crash or a full disk takes back. What comes
 * meanwhile about the same contact waits (roster_line.h). */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "server/account/roster_line.h"
#include "server/store/store.h"
#include "xmpp/stanza.h"

struct account;

struct roster_item {
    struct map_node node;         /* by row.jid */
    struct store_roster_item row; /* its texts lie behind the item, in the same piece of memory */
};

struct roster {
    struct map items; /* also those that are not listed: requests, pre-approvals */
    size_t listed_count;
    size_t listed_coming, unlisted_coming; /* items that are on their way to the disk */
    int64_t version;                       /* RFC 6121 2.6 */
    struct roster_line line;
    unsigned writes;          /* changes that are not on the disk yet */
    struct list waiting_gets; /* requests for the roster that wait for them */
};

/* At most this many bytes for a name, and for all groups of an item together. */
#define ROSTER_NAME_MAX   1023
#define ROSTER_GROUPS_MAX 4096

void roster_init(struct roster *roster);
void roster_fini(struct roster *roster);

/* Takes over what was loaded. */
void roster_load(struct roster *roster, const struct store_account_load *load);

/* The item of a bare JID, or NULL. */
struct roster_item *roster_find(const struct roster *roster, struct jid jid);

/* Puts a copy of `row` in, in place of the one with its address. `row` may view the old one. */
struct roster_item *roster_put(struct roster *roster, const struct store_roster_item *row);
void roster_remove(struct roster *roster, struct roster_item *item);

/* Walking: NULL is before the first and behind the last. Nothing may be put in meanwhile; the item
 * at hand may be removed after its successor was fetched. */
struct roster_item *roster_next(const struct roster *roster, const struct roster_item *item);

/* Is there room for one more that is shown (`listed`), or that is not? Those on their way count. */
bool roster_has_room(const struct roster *roster, bool listed, size_t max_items);

/* Has the contact a subscription to the user's presence (from, both); the user to theirs? */
bool roster_item_sees_user(const struct roster_item *item);
bool roster_item_is_seen(const struct roster_item *item);

/* What one item becomes, and what follows when that is on the disk. */
struct roster_change {
    struct store_roster_item row; /* views: copied */
    bool forgets;                 /* nothing: the item of row.jid goes */
    bool push;                    /* tell the interested sessions */

    /* The IQ or presence that asks for it, borrowed: an IQ is answered, all are settled (XEP-0198).
     * It gets the error when the disk does not take the change. */
    struct stanza *cause;

    /* What else follows, before the push; the item (NULL: none) is still as it was. May be NULL. */
    void (*effect)(struct account *account, const struct roster_item *item, struct stanza *cause);
};

/* Only when roster_line_takes() was false for the contact. */
void roster_commit(struct account *account, const struct roster_change *change);
