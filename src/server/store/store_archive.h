/* store_archive.h - the operations on archives: what was said, by whom it can be asked for.
 * Owns: as store.h. Threads: as store.h; the functions from any. Time: wall clock, microseconds.
 * Errors: as store.h. Spec: XEP-0313, XEP-0431, XEP-0424 (tombstones).
 * Tests: tests/unit/server/test_store_archive.c
 *
 * Every account and every room has one archive, made with its first message. All archives share
 * one table, whose keys are times: they grow with every message, whatever the clock does, so that
 * the order in an archive, a page of it, a span of time and the oldest of all messages are each a
 * range of keys. Who asks is given ids that are keys in disguise (archive_id.h). */
#pragma once

#include "server/store/archive_id.h"
#include "server/store/store.h"

enum archive_kind {
    ARCHIVE_OF_ACCOUNT,
    ARCHIVE_OF_ROOM
};

struct archive_owner {
    enum archive_kind kind;
    struct str name; /* the account's name, or the room's bare JID */
};

/* The key of a message that is accepted now: later than all before it. Any thread. */
int64_t store_archive_key(struct store *store, int64_t wall_us);

/* The archive id of a key, and back (E_NOT_FOUND: no id of ours). */
void store_archive_id(const struct store *store, int64_t key, char ret[ARCHIVE_ID_BYTES]);
MUST_CHECK int store_archive_key_of(const struct store *store, struct str id, int64_t *ret_key);

/* What takes back an older message (XEP-0424, XEP-0425): its contents are replaced. */
struct store_archive_retraction {
    struct str tombstone; /* the element that remains; empty: nothing is taken back */
    int64_t key;          /* of the message, or 0: then `origin` says which */
    int64_t origin;       /* archive_origin() of it */
    bool is_moderation;   /* whoever wrote it; and it must be there: else E_NOT_FOUND */
};

/* Adds a message. E_NOT_FOUND without account or room.
 *
 * One that `may_repeat` and was sent before (same `origin`, same contents, within a day) is not
 * added: ret_key is then the key that it has, otherwise it is message.key. */
struct store_archive_add {
    struct store_call call;
    struct archive_owner owner;
    struct store_archive_message message;
    int64_t origin; /* archive_origin(); 0: the message has no id */
    bool may_repeat;
    struct store_archive_retraction retraction;
    int64_t ret_key;
    bool ret_retracted;
};

enum {
    ARCHIVE_ANCHORS_MAX = 4
};

/* Part of an archive in its order. An archive that was never made is empty. E_NOT_FOUND when an
 * anchor or one of `keys` is not in the archive, E_LIMIT when it takes too long: what is asked for
 * is hardly ever there, in a large archive. */
struct store_archive_page {
    struct store_call call;
    struct archive_owner owner;

    /* Which. Empty and 0: all. */
    struct str contact, resource; /* bare JID and, if it matters, resource */
    struct str nick;
    struct str search;     /* words that must all be there */
    int64_t after, before; /* keys; neither included */
    bool has_span;         /* start_us and end_us count; both included */
    int64_t start_us, end_us;
    const int64_t *keys; /* these only, in growing order */
    size_t key_count;
    int64_t anchors[ARCHIVE_ANCHORS_MAX]; /* must be there */
    size_t anchor_count;

    bool backwards;  /* the last ones rather than the first */
    size_t limit;    /* messages at most; 0: count them */
    size_t byte_max; /* of XML; one message is always given */

    struct store_archive_message *ret_messages; /* the oldest first */
    size_t ret_count;
    bool ret_complete; /* nothing that matches was left out */
    int64_t ret_total; /* how many match, when asked; see below */
};

/* It stops there; or it would take too long to tell. */
#define ARCHIVE_COUNT_MAX     100000
#define ARCHIVE_COUNT_UNKNOWN (-1)

/* The first and the last message; keys are 0 when it is empty. */
struct store_archive_bounds {
    struct store_call call;
    struct archive_owner owner;
    int64_t ret_first, ret_last;
    int64_t ret_first_us, ret_last_us;
};

/* Makes what was added lately fit to be searched; this happens by itself too, a little later. Not
 * all when there is too much of it. */
struct store_archive_index {
    struct store_call call;
    bool ret_complete;
};

/* The text is the account floor's own; opaque here. E_NOT_FOUND without account. */
struct store_archive_set_preferences {
    struct store_call call;
    struct str name;
    struct str preferences;
};
