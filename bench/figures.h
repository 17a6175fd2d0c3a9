/* figures.h - what a run has come to.
 * Owns: nothing. Threads: the loop's. Errors: none. Tests: the fault suite */
#pragma once

#include "latency.h"

#include <stdbool.h>
#include <stdio.h>

struct figures {
    unsigned signed_in;
    unsigned failures;  /* sessions that ended other than by us */
    unsigned shut_down; /* of them, by <system-shutdown/> */
    int64_t sign_in_us; /* from the first start to the last success */
    int64_t run_us;     /* from the first message to the last moment of sending */
    uint64_t sent;
    uint64_t expected; /* deliveries that are owed for what was sent */
    uint64_t arrived;  /* of them */
    uint64_t doubled, disordered;
    uint64_t foreign; /* messages of somebody else, or of another run */
    uint64_t errors;  /* error stanzas */
    struct latency sign_ins, deliveries;
};

/* One "name value" a line. */
void figures_print(const struct figures *figures, FILE *out);

/* Nothing lost, doubled or out of order, and no error. */
bool figures_are_good(const struct figures *figures);
