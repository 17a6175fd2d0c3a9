/* crowd.h - all simulated users, through the phases of a run: sign in, prepare, send, wait for what
 * is under way, say goodbye.
 * Owns: the users and the loop. Threads: one. Time: the loop's. Errors: counted in `figures`; the
 * first of each kind is told on standard error. Tests: the fault suite */
#pragma once

#include "figures.h"
#include "options.h"
#include "probe.h"
#include "user.h"

enum crowd_phase {
    CROWD_SIGNS_IN,
    CROWD_PREPARES,
    CROWD_RUNS,
    CROWD_DRAINS, /* nobody sends any more */
    CROWD_LEAVES
};

struct crowd {
    const struct options *options;
    struct loop *loop;
    SSL_CTX *tls_context;
    struct key_cache keys;
    struct user *users;
    enum crowd_phase phase;
    uint32_t run;
    unsigned started, ended; /* users */
    unsigned joined;         /* of a room */
    unsigned senders;        /* the first so many users send */
    uint64_t paced;          /* messages sent by the clock so far */
    int64_t started_us, began_us;
    struct timer phase_timer, pace_timer;
    struct figures figures;
    struct buffer scratch; /* for whoever writes a stanza */
};

/* Runs it all; 0, or an E_ value when nothing could be started. */
MUST_CHECK int crowd_run(struct crowd *crowd, const struct options *options);

/* ---- for scenarios ---- */

/* Preparations are done: from now on messages are sent. */
void crowd_begin(struct crowd *crowd);

/* The run cannot go on; counts as a failure. */
void crowd_fail(struct crowd *crowd, const char *why);

/* `sender`'s next probe, of which `copies` will be delivered, behind what is in `scratch`. */
void crowd_write_probe(struct crowd *crowd, struct user *sender, int64_t sent_us, unsigned copies);

/* Checks a body that came to `user`; false when it is none of this run's, or has come before. */
MUST_CHECK bool
crowd_take_probe(struct crowd *crowd, struct user *user, struct str body, struct probe *ret);

/* In the closed loop: `user` may send one more. */
void crowd_send_again(struct crowd *crowd, struct user *user);
