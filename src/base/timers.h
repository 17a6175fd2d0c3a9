/* timers.h - deadlines in a heap; the clock is an argument.
 * Owns: the heap; each timer lives in the thing it belongs to. Threads: one owner at a time.
 * Time: monotonic microseconds, passed in. Errors: none. Cost: O(log n).
 * Tests: tests/unit/base/test_timers.c */
#pragma once

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
    int64_t _due_us;
    size_t _slot;                         /* position in heap or batch + 1; 0 = not set */
    bool _in_batch;                       /* due, and waiting its turn in timers_run */
    void (*expired)(struct timer *timer); /* set before timers_set; may set or clear any timer */
};

struct timers {
    struct timer **_heap;
    size_t _count, _capacity;
    struct timer **_batch; /* what timers_run is calling; cleared ones are NULL */
    size_t _batch_count, _batch_capacity;
};

void timers_init(struct timers *timers);
void timers_fini(struct timers *timers);

/* Sets or moves. */
void timers_set(struct timers *timers, struct timer *timer, int64_t due_us);

/* A timer that is not set is fine. */
void timers_clear(struct timers *timers, struct timer *timer);
bool timer_is_set(const struct timer *timer);

/* Microseconds until the next is due (0 = now), or -1 when none is set. */
int64_t timers_next_us(const struct timers *timers, int64_t now_us);

/* Calls every timer due at `now_us`, earliest first; one set to now or earlier during the call
 * waits for the next call. */
void timers_run(struct timers *timers, int64_t now_us);
