/* latency.h - many durations in little room: counts in buckets at most 3 % wide.
 * Owns: nothing. Threads: one owner at a time. Errors: none. Tests: bench/test_checks.c */
#pragma once

#include <stdint.h>

/* 32 buckets to each doubling, up to 2^36 us (19 hours). */
#define LATENCY_BUCKETS (32 * 33)

struct latency {
    uint64_t count;
    int64_t max_us;
    uint32_t buckets[LATENCY_BUCKETS];
};

void latency_add(struct latency *latency, int64_t us); /* below 0 counts as 0 */

/* The duration that `percent` of all do not exceed (to the bucket's upper end); 0 when empty. */
int64_t latency_percentile(const struct latency *latency, double percent);
