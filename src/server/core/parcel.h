/* parcel.h - one message of which several sessions of an account were given a copy.
 * Owns: itself, by its holders. Threads: the account's worker. Time: none. Errors: none.
 * Spec: XEP-0198 4 (what becomes of stanzas that are never acknowledged).
 * Tests: tests/unit/server/test_sm_queue.c
 *
 * While an account deals with a message it opens a scope on its worker. Every session with stream
 * management that is sent something meanwhile, be it the message or a carbon of it, holds the
 * parcel until the client acknowledges. Only when all of them have lost it without an
 * acknowledgement is it given back to the account, once, as it came. What is sent outside of a
 * scope (room messages, archive results, presence) is nobody's parcel and is never given back. */
#pragma once

#include "base/block.h"
#include "xmpp/stanza.h"

struct worker;

struct parcel {
    struct block *bytes; /* the message as it came; a reference */
    unsigned holders;
    bool arrived; /* at one of them */
};

struct parcel_scope {
    const struct stanza *stanza;
    struct block *bytes; /* of it, when somebody needed them */
    struct parcel *parcel;
    bool arrived; /* a session without stream management got it: that is all we can know */
    struct parcel_scope *outer;
};

/* Around what an account does with a message; nests. */
void parcel_open(struct worker *worker, struct parcel_scope *scope, const struct stanza *stanza);
void parcel_close(struct worker *worker, struct parcel_scope *scope);

/* The bytes of a stanza, shared by those who are sent the scope's message itself. A new reference;
 * NULL past a megabyte. */
MUST_CHECK struct block *parcel_bytes(struct worker *worker, const struct stanza *stanza);

/* A session is sent something: the hold it has to keep, or NULL. `acknowledges` is false when the
 * client will not say whether it got it. */
MUST_CHECK struct parcel *parcel_hold(struct worker *worker, bool acknowledges);

/* The end of a hold; both accept NULL. parcel_lose() returns the message's bytes, for the caller to
 * unref, when it was the last and none has arrived. */
void parcel_arrive(struct parcel *parcel);
struct block *parcel_lose(struct parcel *parcel);
