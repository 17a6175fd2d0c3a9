/* rate_limit.h - a token bucket that may run into debt: nothing is dropped, the reader waits.
 * Owns: nothing. Threads: one owner at a time. Time: monotonic us, passed in. Errors: none.
 * Spec: none. Tests: tests/unit/server/test_rate_limit.c */
#pragma once

#include <stdint.h>

struct rate_limit {
    int64_t _tokens; /* millionths; negative = debt */
    int64_t _burst;  /* millionths */
    int64_t _rate;   /* tokens a second; 0 = no limit */
    int64_t _since_us;
};

/* Full at first. `rate` tokens come back each second, up to `burst`. rate 0 is no limit. */
void rate_limit_init(struct rate_limit *limit, uint32_t rate, uint32_t burst, int64_t now_us);

/* Takes `count` tokens. Returns the microseconds to wait until the debt is paid, 0 = none. */
int64_t rate_limit_take(struct rate_limit *limit, uint32_t count, int64_t now_us);
