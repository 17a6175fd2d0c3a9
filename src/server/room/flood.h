/* flood.h - how often one occupant may do what everybody in the room hears of.
 * Owns: nothing. Threads: the room's. Time: monotonic microseconds, passed in. Errors: none.
 * Spec: XEP-0045 13.6. Tests: tests/unit/server/test_flood.c
 *
 * A bucket that starts full and refills steadily; each act takes one drop out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct flood_rule {
    unsigned burst;      /* acts at once */
    unsigned per_second; /* acts in the long run */
};

struct flood {
    int64_t _full_at_us; /* when the bucket is full again; 0 = full */
};

/* Takes a drop; false when there is none. */
bool flood_allows(struct flood *flood, struct flood_rule rule, int64_t now_us);
