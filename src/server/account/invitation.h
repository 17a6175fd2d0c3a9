/* invitation.h - a token that lets somebody in, and makes two people each other's contacts.
 * Owns: a job owns its texts. Threads: a job's worker. Time: wall clock. Errors: E_FULL when the
 * inviter has too many open ones. Spec: XEP-0401 4, XEP-0379 3.2, XEP-0445 2.
 * Tests: tests/interop/test_invitations.py
 *
 * The server keeps no token, only its hash: who reads the database cannot come in. */
#pragma once

#include "server/core/worker.h"
#include "xmpp/jid.h"

enum {
    INVITATION_HASH_BYTES = 32
};

struct invitation_order {
    struct jid inviter; /* bare; not set: nobody becomes a contact */
    struct str name;    /* the only name that may be registered; may be empty */
    bool is_contact;    /* first of all a contact, who may register */
};

struct invitation_job {
    struct arena arena;
    struct str uri; /* "xmpp:...": holds the token */
    int64_t expires_us;
    int status;
    void (*done)(struct invitation_job *job, struct worker *worker); /* frees it */
    void *owner;
};

/* Makes one and calls `done` on this worker when it is on the disk. */
void invitation_make(struct worker *worker,
                     const struct invitation_order *order,
                     void (*done)(struct invitation_job *job, struct worker *worker),
                     void *owner);
void invitation_job_free(struct invitation_job *job);

/* What the store knows a token by; in `arena`. */
struct str invitation_hash(struct arena *arena, struct str token);

/* May accounts be made with one? */
bool invitation_registers(const struct server *server);

/* An account has been made with one: tells whom it was made the contact of. Both are on the disk
 * already. */
void invitation_used(struct worker *worker, struct str inviter, struct str newcomer);
