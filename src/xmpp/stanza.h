/* stanza.h - one first-level child of a stream: message, presence, IQ, or anything else.
 * Owns: its arena and everything in it. Threads: one owner until stanza_seal(), then immutable and
 * shared by reference count among any threads. Time: none. Errors: NULL / E_FULL past the arena's
 * limit. Spec: RFC 6120 8, RFC 6121 5. Tests: tests/unit/xmpp/test_stanza.c */
#pragma once

#include "base/block.h"
#include "xmpp/element.h"
#include "xmpp/jid.h"

#include <stdatomic.h>

enum stanza_kind {
    STANZA_MESSAGE,
    STANZA_PRESENCE,
    STANZA_IQ,
    STANZA_OTHER, /* SASL, STARTTLS, stream features, stream errors, stream management ... */
};

enum stanza_type {
    TYPE_NONE,    /* no type attribute: message "normal", presence "available" */
    TYPE_UNKNOWN, /* a value the RFCs do not name */
    TYPE_ERROR,   /* all three kinds */
    /* message (RFC 6121 5.2.2); "normal" is read as TYPE_NONE */
    TYPE_CHAT,
    TYPE_GROUPCHAT,
    TYPE_HEADLINE,
    /* presence (RFC 6121 4.7.1) */
    TYPE_UNAVAILABLE,
    TYPE_SUBSCRIBE,
    TYPE_SUBSCRIBED,
    TYPE_UNSUBSCRIBE,
    TYPE_UNSUBSCRIBED,
    TYPE_PROBE,
    /* IQ (RFC 6120 8.2.3) */
    TYPE_GET,
    TYPE_SET,
    TYPE_RESULT,
};

struct stanza {
    atomic_uint _refs;
    struct arena arena; /* for whoever builds; not after the seal */
    struct element *root;
    enum stanza_kind kind;
    enum stanza_type type;
    struct str id;       /* empty when there is none */
    struct jid from, to; /* zeroed when there is none */
    int error;           /* 0, or what is wrong with it (E_JID: unreadable from or to) */
    bool _sealed;
    bool redelivered;  /* the server's: sent to a session before, which was lost without a word. It
                        * is archived and copied already, and nobody is told of it any more */
    bool announced;    /* the server's: and that session had been without a connection for a while,
                        * so its user was told by other means (XEP-0357) */
    void *_settlement; /* the server's: who is told when it is dealt with; NULL elsewhere */
};

/* The default limit of a stanza that we build ourselves. */
#define STANZA_ARENA_DEFAULT ((size_t)1024 * 1024)

/* What the reader leaves free in the arena of each stanza it hands over, so that whoever stamps it
 * (from, id, delay ...) cannot be made to run into the limit by its sender. */
#define STANZA_RESERVE ((size_t)64 * 1024)

/* What a stanza may come to when it is written. The reader leaves STANZA_RESERVE of that free, too,
 * so that nothing is taken in which cannot be passed on. */
#define STANZA_WRITTEN_MAX ((size_t)1024 * 1024)

/* An empty stanza with a root <name xmlns=ns>; the caller owns the reference. */
MUST_CHECK struct stanza *stanza_new(struct str ns, struct str name);

/* message/presence/iq in jabber:client with type ("" = none), and to when set. stanza_new_iq draws
 * an id. */
MUST_CHECK struct stanza *stanza_new_message(struct str type, struct jid to);
MUST_CHECK struct stanza *stanza_new_presence(struct str type, struct jid to);
MUST_CHECK struct stanza *stanza_new_iq(struct str type, struct jid to);

/* Used by the reader: takes over `arena` (by value) with `root` in it, and reads kind, type, id,
 * from and to off the root (the addresses are put back prepared). Also when it returns NULL, at the
 * arena's limit, `arena` is no longer the caller's. */
MUST_CHECK struct stanza *stanza_take(struct arena arena, struct element *root);

struct stanza *stanza_ref(struct stanza *stanza);
void stanza_unref(struct stanza *stanza); /* accepts NULL */

/* A deep copy that may be changed, with STANZA_ARENA_DEFAULT to spare. `without_payload` copies the
 * root and its attributes only. */
MUST_CHECK struct stanza *stanza_dup(const struct stanza *stanza, bool without_payload);

/* Change the root's attribute and the field together; before the seal only. An address that is not
 * set, an empty id and an empty type take the attribute away. */
void stanza_set_from(struct stanza *stanza, struct jid from);
void stanza_set_to(struct stanza *stanza, struct jid to);
void stanza_set_id(struct stanza *stanza, struct str id);
void stanza_set_type(struct stanza *stanza, struct str type);

/* No change from here on. Asserts that nothing ran into the arena's limit. */
void stanza_seal(struct stanza *stanza);

/* The first payload element (any namespace), or the one asked for; NULL when there is none. */
struct element *stanza_payload(const struct stanza *stanza);
struct element *stanza_child(const struct stanza *stanza, struct str ns, struct str name);

/* RFC 6120 8.2.3: the IQ of type "result" answering `request` (to and from swapped, same id). The
 * caller adds payload, seals and owns it. */
MUST_CHECK struct stanza *stanza_result(const struct stanza *request);

/* RFC 6120 8.3: an error reply. `condition` is a defined condition ("item-not-found"); its type
 * (cancel, auth, modify, wait) is the one the RFC associates. `text` may be empty. NULL when
 * `request` may not be answered (it is an error or a result itself). */
MUST_CHECK struct stanza *
stanza_error(const struct stanza *request, const char *condition, struct str text);

/* The same from an E_ value. */
MUST_CHECK struct stanza *stanza_error_for(const struct stanza *request, int error);

/* The defined condition inside an error stanza, empty when there is none. */
struct str stanza_error_condition(const struct stanza *stanza);

/* The bytes of a stanza with its `to` left out, to be shared by many recipients: what is sent is
 * bytes[0..to_offset] + " to='...'" + bytes[to_offset..]. */
struct stanza_wire {
    struct block *block; /* owned reference */
    size_t to_offset;    /* bytes: right behind the root's name */
};

/* Serialises once, as a child of a jabber:client stream. E_TOO_BIG past 1 MiB. */
MUST_CHECK int stanza_serialise(const struct stanza *stanza, struct stanza_wire *ret_wire);

/* The whole stanza with its own `to` as one block; NULL past 1 MiB. */
MUST_CHECK struct block *stanza_to_block(const struct stanza *stanza);
