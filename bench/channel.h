/* channel.h - what came from one sender to one receiver: in order, nothing twice, nothing missing?
 * Owns: nothing. Threads: one owner at a time. Errors: none. Tests: bench/test_checks.c */
#pragma once

#include <stdint.h>

struct channel {
    uint32_t next;   /* the sequence after the highest that has come */
    uint64_t recent; /* bit i: sequence next - 1 - i has come */
};

enum channel_verdict {
    CHANNEL_GOOD,   /* the next one, or one further on: what was skipped is lost or comes late */
    CHANNEL_LATE,   /* one that was skipped: out of order */
    CHANNEL_DOUBLE, /* it has come before; also when it is late by more than 64 */
};

enum channel_verdict channel_take(struct channel *channel, uint32_t sequence);
