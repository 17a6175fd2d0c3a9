/* scenario.h - what the signed-in sessions do: one struct of functions each, and a table of them.
 * Owns: constants. Threads: the loop's. Errors: through crowd_fail().
 * Tests: tests/fault/test_sessions.py
 *
 * To add one: write a file like pairs.c, and add a line to scenario.c and to meson.build. */
#pragma once

#include "crowd.h"

struct scenario {
    const char *name;
    const char *help;

    /* Everybody is signed in: make ready, then call crowd_begin(). NULL: ready at once. */
    void (*prepare)(struct crowd *crowd);

    /* How many of the sessions, from the first on, send; NULL: nobody. */
    unsigned (*senders)(const struct options *options);

    /* How many different senders one session hears. */
    unsigned (*channels)(const struct options *options);

    /* Sends one message that says it was sent at `sent_us`. */
    void (*send)(struct crowd *crowd, struct user *sender, int64_t sent_us);

    /* Any stanza but errors to messages. */
    void (*received)(struct crowd *crowd, struct user *user, const struct stanza *stanza);
};

extern const struct scenario pairs_scenario, room_scenario, idle_scenario;

/* NULL-terminated. */
extern const struct scenario *const scenarios[];

/* NULL when there is none of that name. */
const struct scenario *scenario_find(const char *name);
