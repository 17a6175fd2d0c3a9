/* store.h - everything that must last, behind one interface; the backend is chosen at start.
 * Owns: its threads and the backend. A call belongs to the store from store_submit() until its
 * letter is opened, then to `done`. Threads: store_submit from any; answers come to `reply_to`.
 * Time: wall clock in microseconds where a row says when. Errors: call->status: 0 or E_NOT_FOUND,
 * E_EXISTS, E_FULL, E_STORE. Spec: none. Tests: tests/unit/server/test_store.c
 *
 * Writes are done by one writer thread in the order they were submitted, many to a transaction;
 * their answers leave after the commit (group commit). Reads are done by a few reader threads and
 * see every write whose answer has been given. A write that fails inside a batch is rolled back
 * alone and answers with its error. */
#pragma once

#include "base/arena.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "xmpp/jid.h"
#include "xmpp/scram.h"

struct store;

/* X(NAME, name, reads or writes): one line per operation; the struct is store_<name> below. */
#define STORE_OPERATIONS(X)                                                                        \
    X(ACCOUNT_CREATE, account_create, WRITES)                                                      \
    X(ACCOUNT_SET_VERIFIERS, account_set_verifiers, WRITES)                                        \
    X(ACCOUNT_REMOVE, account_remove, WRITES)                                                      \
    X(ACCOUNT_DISABLE, account_disable, WRITES)                                                    \
    X(ACCOUNT_EXISTS, account_exists, READS)                                                       \
    X(ACCOUNT_VERIFIER, account_verifier, READS)                                                   \
    X(ACCOUNT_LOAD, account_load, READS)                                                           \
    X(ACCOUNT_LIST, account_list, READS)                                                           \
    X(ROSTER_PUT, roster_put, WRITES)                                                              \
    X(ROSTER_REMOVE, roster_remove, WRITES)                                                        \
    X(OFFLINE_ADD, offline_add, WRITES)                                                            \
    X(OFFLINE_LOAD, offline_load, READS)                                                           \
    X(OFFLINE_REMOVE, offline_remove, WRITES)                                                      \
    X(STREAM_END_ADD, stream_end_add, WRITES)                                                      \
    X(STREAM_END_FIND, stream_end_find, READS)                                                     \
    X(TOKEN_FIND, token_find, READS)                                                               \
    X(TOKEN_SETTLE, token_settle, WRITES)                                                          \
    X(PRIVATE_PUT, private_put, WRITES)                                                            \
    X(PRIVATE_LOAD, private_load, READS)                                                           \
    X(BLOCK_CHANGE, block_change, WRITES)                                                          \
    X(ACTIVITY_PUT, activity_put, WRITES)                                                          \
    X(ACTIVITY_LOAD, activity_load, READS)                                                         \
    X(PUSH_PUT, push_put, WRITES)                                                                  \
    X(PUSH_REMOVE, push_remove, WRITES)                                                            \
    X(INVITATION_ADD, invitation_add, WRITES)                                                      \
    X(INVITATION_USE, invitation_use, WRITES)                                                      \
    X(INVITATION_LOAD, invitation_load, READS)                                                     \
    X(ROOM_SAVE, room_save, WRITES)                                                                \
    X(ROOM_REMOVE, room_remove, WRITES)                                                            \
    X(ROOM_LOAD, room_load, READS)                                                                 \
    X(ROOM_LIST, room_list, READS)                                                                 \
    X(ROOM_AFFILIATION_PUT, room_affiliation_put, WRITES)                                          \
    X(PUBSUB_LOAD, pubsub_load, READS)                                                             \
    X(PUBSUB_NODE_PUT, pubsub_node_put, WRITES)                                                    \
    X(PUBSUB_NODE_REMOVE, pubsub_node_remove, WRITES)                                              \
    X(PUBSUB_AFFILIATION_PUT, pubsub_affiliation_put, WRITES)                                      \
    X(PUBSUB_SUBSCRIPTION_PUT, pubsub_subscription_put, WRITES)                                    \
    X(PUBSUB_ITEMS_PUT, pubsub_items_put, WRITES)                                                  \
    X(PUBSUB_ITEMS_REMOVE, pubsub_items_remove, WRITES)                                            \
    X(PUBSUB_ITEMS_LOAD, pubsub_items_load, READS)                                                 \
    X(PUBSUB_NEWEST_LOAD, pubsub_newest_load, READS)                                               \
    X(VCARD_PUT, vcard_put, WRITES)                                                                \
    X(VCARD_LOAD, vcard_load, READS)                                                               \
    X(ARCHIVE_ADD, archive_add, WRITES)                                                            \
    X(ARCHIVE_PAGE, archive_page, READS)                                                           \
    X(ARCHIVE_BOUNDS, archive_bounds, READS)                                                       \
    X(ARCHIVE_INDEX, archive_index, WRITES)                                                        \
    X(ARCHIVE_SET_PREFERENCES, archive_set_preferences, WRITES)

#define STORE_ENUM(NAME, name, mode) STORE_##NAME,
enum store_operation {
    STORE_OPERATIONS(STORE_ENUM) STORE_OPERATION_COUNT
};
#undef STORE_ENUM

/* The front of every operation's struct. Strings of the question are copied into `arena` by the
 * caller (store_keep); strings of the answer are put there by the store. */
struct store_call {
    struct letter letter;
    enum store_operation operation;
    struct mailbox *reply_to;                            /* borrowed; outlives the call */
    void (*done)(struct store_call *call, void *worker); /* must store_call_free() it */
    void *owner;                                         /* the caller's, untouched */
    struct arena arena;
    int status;
    struct store_call *_next;
};

/* Rows ------------------------------------------------------------------------------------- */

/* RFC 6121 2.1.2.5 and appendix A. */
enum roster_subscription {
    ROSTER_NONE,
    ROSTER_TO,
    ROSTER_FROM,
    ROSTER_BOTH
};

struct store_roster_item {
    struct str jid;  /* bare */
    struct str name; /* may be empty */
    struct str *groups;
    size_t group_count;
    enum roster_subscription subscription;
    bool ask;           /* pending out */
    bool approved;      /* pre-approved, RFC 6121 3.4 */
    bool pending_in;    /* a subscription request of theirs waits for the user's answer */
    bool listed;        /* false: only pending_in or approved; not shown in the roster */
    struct str request; /* the waiting request's XML, when pending_in */
};

struct store_offline_message {
    int64_t id;        /* grows */
    int64_t stored_us; /* wall */
    struct str xml;    /* the whole stanza */
};

struct store_affiliation {
    struct str jid;  /* bare */
    int affiliation; /* the room's enum */
    struct str nick; /* reserved nickname, may be empty */
};

/* A message in an archive. The XML is that of a child of a jabber:client stream, without the
 * archive's own stanza-id. */
struct store_archive_message {
    int64_t key;         /* see store_archive_key() */
    int64_t stored_us;   /* wall; never later than the key says */
    struct str contact;  /* bare JID of the other side; in a room of the sender */
    struct str resource; /* of that address; may be empty */
    struct str nick;     /* in a room: the sender's nickname */
    bool is_shown;       /* in a room: to those who enter later */
    struct str xml;
};

/* XEP-0357: where an account is told of what it misses. */
struct store_push_service {
    struct str jid;
    struct str node;    /* may be empty */
    struct str options; /* XML, may be empty */
};

/* Who may come in, or become a contact, with a token. */
struct store_invitation {
    struct str token_hash; /* bytes */
    struct str inviter;    /* an account's bare address; empty: the administrator */
    struct str name;       /* the only one that may be registered with it; may be empty */
    bool registers;        /* makes an account */
    int64_t created_us;    /* wall */
    int64_t expires_us;    /* wall */
};

struct store_room_row {
    struct str jid;    /* bare */
    struct str config; /* the room's own text form; opaque here */
    struct str subject, subject_nick;
    int64_t subject_us; /* wall */
    bool listed;        /* shown in the service's disco#items */
    struct str title;   /* for that list */
};

/* XEP-0060 4.1, 4.2; the numbers are pubsub's enums. */
struct store_pubsub_node {
    struct str name;
    struct str config;  /* pubsub's own text form; opaque here */
    int64_t created_us; /* wall */
};

struct store_pubsub_relation {
    struct str node;
    struct str jid; /* bare of an affiliation; bare or full of a subscription */
    int value;      /* the affiliation or the state of the subscription */
};

struct store_pubsub_item {
    struct str node; /* only where several nodes are asked at once */
    struct str id;
    struct str publisher; /* full JID */
    int64_t published_us; /* wall */
    struct str xml;       /* the payload; may be empty */
};

/* Operations ------------------------------------------------------------------------------- */

/* E_EXISTS when the name is taken. With a token hash also uses the invitation up: E_FORBIDDEN when
 * there is none that allows this name. The inviter and the new account (whose bare address then is
 * in `jid`) become each other's contacts. */
struct store_account_create {
    struct store_call call;
    struct str name;
    struct scram_verifier verifiers[SCRAM_HASHES];
    struct str token_hash; /* empty: not invited */
    struct str jid;
    struct str ret_inviter; /* bare address; empty: nobody */
};

/* May it sign in? E_NOT_FOUND. */
struct store_account_disable {
    struct store_call call;
    struct str name;
    bool disabled;
};

/* E_NOT_FOUND when there is no such account. */
struct store_account_set_verifiers {
    struct store_call call;
    struct str name;
    struct scram_verifier verifiers[SCRAM_HASHES];
};

/* With roster, offline messages and private data. E_NOT_FOUND. */
struct store_account_remove {
    struct store_call call;
    struct str name;
};

/* Whether it may sign in or not. E_NOT_FOUND. */
struct store_account_exists {
    struct store_call call;
    struct str name;
};

/* E_NOT_FOUND when there is no such account, or it may not sign in. */
struct store_account_verifier {
    struct store_call call;
    struct str name;
    enum scram_hash hash;
    struct scram_verifier ret_verifier;
};

/* What an account needs in memory. E_NOT_FOUND when it does not exist. */
struct store_account_load {
    struct store_call call;
    struct str name;
    struct store_roster_item *ret_items;
    size_t ret_item_count;
    int64_t ret_roster_version;
    int64_t ret_offline_count;
    struct str ret_avatar;   /* XEP-0084: the newest metadata that was published; empty = none */
    struct str *ret_blocked; /* addresses */
    size_t ret_blocked_count;
    struct store_push_service *ret_push;
    size_t ret_push_count;
    bool ret_disabled;
    struct str ret_archive_preferences; /* empty when never set */
};

/* Names in alphabetical order, after `after`, at most `limit`. */
struct store_account_list {
    struct store_call call;
    struct str after;
    size_t limit;
    struct str *ret_names;
    size_t ret_count;
};

/* Inserts or replaces; the account's roster version grows and is returned. */
struct store_roster_put {
    struct store_call call;
    struct str name;
    struct store_roster_item item;
    int64_t ret_version;
};
struct store_roster_remove {
    struct store_call call;
    struct str name, jid;
    int64_t ret_version;
};

/* E_FULL when the account has `limit` messages waiting; E_NOT_FOUND without account. */
struct store_offline_add {
    struct store_call call;
    struct str name;
    struct str xml;
    int64_t stored_us;
    int64_t limit;
    int64_t ret_id;
};

/* In the order they were stored, after id `after`, at most `limit`; fewer when they are large (but
 * never none when there is one): it was the last answer only when ret_count is 0. */
struct store_offline_load {
    struct store_call call;
    struct str name;
    int64_t after;
    size_t limit;
    struct store_offline_message *ret_messages;
    size_t ret_count;
};

/* Those up to and including id `up_to`. */
struct store_offline_remove {
    struct store_call call;
    struct str name;
    int64_t up_to;
};

/* XEP-0049: one XML element per (account, namespace, element name). Empty xml removes. E_FULL:
 * there would be more than `keys_max`, or keys and texts of more than `bytes_max` together. */
struct store_private_put {
    struct store_call call;
    struct str name, key, xml;
    int64_t keys_max, bytes_max;
};
struct store_private_load {
    struct store_call call;
    struct str name, key;
    struct str ret_xml; /* E_NOT_FOUND when there is none */
};

/* Blocks or unblocks addresses, all of them or none. E_NOT_FOUND without account. */
struct store_block_change {
    struct store_call call;
    struct str name;
    bool blocks;
    bool everything; /* unblocks whoever is blocked */
    struct str *jids;
    size_t count;
};

/* XEP-0012: since when nobody is there, and the last word. E_NOT_FOUND. */
struct store_activity_put {
    struct store_call call;
    struct str name;
    int64_t left_us;
    struct str status;
};
struct store_activity_load {
    struct store_call call;
    struct str name;
    int64_t ret_left_us;
    struct str ret_status;
};

/* Inserts or replaces. */
struct store_push_put {
    struct store_call call;
    struct str name;
    struct store_push_service service;
};

/* E_NOT_FOUND without account; nothing to remove is fine. */
struct store_push_remove {
    struct store_call call;
    struct str name;
    struct str jid;
    struct str node;
    bool all_nodes;
};

/* Forgets those that are past their end by `created_us`. E_FULL when the inviter has `limit`
 * already; E_NOT_FOUND when he does not exist. */
struct store_invitation_add {
    struct store_call call;
    struct str name; /* the inviter's; empty: the administrator */
    struct store_invitation invitation;
    int64_t limit;
};

/* Uses one up. E_NOT_FOUND when there is none, it is past its end, or is not this inviter's. */
struct store_invitation_use {
    struct store_call call;
    struct str token_hash;
    struct str inviter;
    int64_t now_us;
};

/* One that is not past its end. E_NOT_FOUND. */
struct store_invitation_load {
    struct store_call call;
    struct str token_hash;
    int64_t now_us;
    struct store_invitation ret;
};

struct store_room_save {
    struct store_call call;
    struct store_room_row row;
};
struct store_room_remove {
    struct store_call call;
    struct str jid;
};

/* The row, the affiliations, the newest `history` messages that are shown (oldest first; fewer when
 * they are large). E_NOT_FOUND. */
struct store_room_load {
    struct store_call call;
    struct str jid;
    size_t history;
    struct store_room_row ret_row;
    struct store_affiliation *ret_affiliations;
    size_t ret_affiliation_count;
    struct store_archive_message *ret_messages;
    size_t ret_message_count;
};

/* Listed rooms by address, after `after`, at most `limit`. */
struct store_room_list {
    struct store_call call;
    struct str after;
    size_t limit;
    struct store_room_row *ret_rooms; /* jid and title only */
    size_t ret_count;
};

/* affiliation 0 (none) removes. E_NOT_FOUND without room. */
struct store_room_affiliation_put {
    struct store_call call;
    struct str jid;
    struct store_affiliation affiliation;
};

/* The operations on archives stand in store_archive.h. */

/* All nodes of an account with who has to do with them. */
struct store_pubsub_load {
    struct store_call call;
    struct str name;
    struct store_pubsub_node *ret_nodes;
    size_t ret_node_count;
    struct store_pubsub_relation *ret_affiliations, *ret_subscriptions;
    size_t ret_affiliation_count, ret_subscription_count;
};

/* Makes the node, or gives it another configuration. E_NOT_FOUND without account. */
struct store_pubsub_node_put {
    struct store_call call;
    struct str name;
    struct store_pubsub_node node;
    int64_t keep; /* the newest items that stay */
};

/* With its items, affiliations and subscriptions. */
struct store_pubsub_node_remove {
    struct store_call call;
    struct str name, node;
};

/* `value` 0 removes. E_NOT_FOUND without node. */
struct store_pubsub_affiliation_put {
    struct store_call call;
    struct str name;
    struct store_pubsub_relation relation;
};
struct store_pubsub_subscription_put {
    struct store_call call;
    struct str name;
    struct store_pubsub_relation relation;
};

/* Each replaces the one with its id and is the newest then. E_EXISTS: the node holds `keep` items
 * and `rejects`; else the oldest go, and their ids come back. E_FULL: the account would have more
 * than `bytes_max`. E_NOT_FOUND without node. */
struct store_pubsub_items_put {
    struct store_call call;
    struct str name, node;
    struct store_pubsub_item *items;
    size_t item_count;
    int64_t keep;
    bool rejects;
    int64_t bytes_max;
    struct str *ret_evicted;
    size_t ret_evicted_count;
};

/* Those with these ids (E_NOT_FOUND when one is missing), or all of them. */
struct store_pubsub_items_remove {
    struct store_call call;
    struct str name, node;
    struct str *ids;
    size_t id_count;
    bool all;
    struct str publisher; /* bare; only this one's, the others are not found; empty = anybody's */
};

/* Which items of a node, when not by id. The page is in the order of publication in any case. */
enum store_pubsub_page {
    PAGE_FIRST, /* the oldest */
    PAGE_LAST,  /* the newest */
    PAGE_AFTER, /* younger than `anchor`: E_NOT_FOUND when that has gone */
    PAGE_BEFORE,
    PAGE_INDEX, /* from the one with `index` */
};

/* Fewer when they are large, but never none when there is one. E_NOT_FOUND without node. */
struct store_pubsub_items_load {
    struct store_call call;
    struct str name, node;
    struct str *ids; /* with id_count > 0 those of them that are there */
    size_t id_count;
    enum store_pubsub_page page;
    struct str anchor;
    int64_t index;
    size_t limit;
    struct store_pubsub_item *ret_items;
    size_t ret_count;
    int64_t ret_total; /* items of the node */
    int64_t ret_index; /* of the first one of a page */
};

/* The newest item of each of the nodes that has one. */
struct store_pubsub_newest_load {
    struct store_call call;
    struct str name;
    struct str *nodes;
    size_t node_count;
    struct store_pubsub_item *ret_items;
    size_t ret_count;
};

/* XEP-0054. Empty xml removes. */
struct store_vcard_put {
    struct store_call call;
    struct str name, xml;
};
struct store_vcard_load {
    struct store_call call;
    struct str name;
    struct str ret_xml; /* E_NOT_FOUND when there is none */
};

/* XEP-0198 5: how many stanzas of a client were dealt with when its session ended. The newest
 * few of an account are kept. E_NOT_FOUND. */
struct store_stream_end_add {
    struct store_call call;
    struct str name, id;
    int64_t h;
    int64_t ended_us;
};
struct store_stream_end_find {
    struct store_call call;
    struct str name, id;
    int64_t ret_h;
};

/* XEP-0484: what a token that was given to a client is derived from. */
struct store_token {
    bool is_new;          /* not used yet */
    struct str mechanism; /* the name of the one it is good for */
    struct str salt;      /* bytes */
    int64_t issued_us;    /* wall */
    int64_t expires_us;   /* wall */
};

/* Of a client at a time: the one it uses, and a newer one. */
#define STORE_TOKENS_MAX 2

/* Those of one client (the hash of its id) of an account that may sign in. */
struct store_token_find {
    struct store_call call;
    struct str name;
    struct str client; /* bytes */
    struct store_token ret_tokens[STORE_TOKENS_MAX];
    size_t ret_count;
};

/* A client has signed in, perhaps with one of them, and may be given another one. E_NOT_FOUND when
 * the one it used has been taken back meanwhile; then it gets none. Setting a new password (see
 * account_set_verifiers) takes all of an account back. */
struct store_token_settle {
    struct store_call call;
    struct str name;
    struct str client;        /* bytes */
    struct str used_salt;     /* empty: none was used */
    bool used_is_new;         /* as it was found */
    bool invalidates;         /* takes back what the client has */
    struct store_token token; /* a new one; its salt is empty: none */
};

/* Use ---------------------------------------------------------------------------------------- */

struct store_options {
    const struct log *log; /* outlives the store */
    const char *data_dir;  /* exists */
    bool relaxed;          /* durability = relaxed: commits are not synced one by one */
    unsigned readers;      /* threads */
    size_t queue_max;      /* calls waiting; past it store_submit answers E_FULL at once */
    unsigned archive_days; /* older messages are taken out of the archives; 0 = never */
    int64_t page_max_us;   /* a page of an archive that takes longer: E_LIMIT; 0 = no bound */
};

/* Opens or makes the database, brings an older schema up to date. NULL after logging why: also
 * when another server is using data_dir. */
MUST_CHECK struct store *store_open(const struct store_options *options);

/* Finishes what was submitted. Answers may still arrive in mailboxes until it returns. Accepts
 * NULL. */
void store_close(struct store *store);

/* A zeroed operation struct of `size` bytes. */
MUST_CHECK void *store_call_new(size_t size,
                                enum store_operation operation,
                                struct mailbox *reply_to,
                                void (*done)(struct store_call *call, void *worker),
                                void *owner);

/* STORE_CALL(account_load, ACCOUNT_LOAD, mailbox, done, owner) -> struct store_account_load * */
#define STORE_CALL(name, NAME, reply_to, done, owner)                                              \
    ((struct store_##name *)store_call_new(sizeof(struct store_##name), STORE_##NAME, (reply_to),  \
                                           (done), (owner)))
void store_call_free(struct store_call *call);

/* Copies text into the call's arena. */
struct str store_keep(struct store_call *call, struct str text);
void store_submit(struct store *store, struct store_call *call);
