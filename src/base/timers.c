/* timers.c - a binary heap, and the batch that timers_run is working through. A timer in the batch
 * is still set: it may be moved or cleared by the ones before it. */
#include "base/timers.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

enum {
    CAPACITY_FIRST = 16
};

void
timers_init(struct timers *timers)
{
    *timers = (struct timers){ 0 };
}

void
timers_fini(struct timers *timers)
{
    assert(timers->_batch_count == 0);
    free(timers->_heap);
    free(timers->_batch);
    timers_init(timers);
}

static void
place(struct timers *timers, size_t index, struct timer *timer)
{
    timers->_heap[index] = timer;
    timer->_slot = index + 1;
}

static void
sift_up(struct timers *timers, size_t index)
{
    struct timer *timer = timers->_heap[index];

    while (index > 0) {
        size_t parent = (index - 1) / 2;

        if (timers->_heap[parent]->_due_us <= timer->_due_us)
            break;
        place(timers, index, timers->_heap[parent]);
        index = parent;
    }
    place(timers, index, timer);
}

static void
sift_down(struct timers *timers, size_t index)
{
    struct timer *timer = timers->_heap[index];

    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= timers->_count)
            break;
        if (child + 1 < timers->_count &&
            timers->_heap[child + 1]->_due_us < timers->_heap[child]->_due_us)
            child++;
        if (timer->_due_us <= timers->_heap[child]->_due_us)
            break;
        place(timers, index, timers->_heap[child]);
        index = child;
    }
    place(timers, index, timer);
}

static void
push(struct timers *timers, struct timer *timer)
{
    if (timers->_count == timers->_capacity) {
        timers->_capacity = timers->_capacity ? timers->_capacity * 2 : CAPACITY_FIRST;
        timers->_heap = memory_resize(timers->_heap, timers->_capacity, sizeof(struct timer *));
    }
    timers->_heap[timers->_count++] = timer;
    sift_up(timers, timers->_count - 1);
}

static void
take_from_heap(struct timers *timers, struct timer *timer)
{
    size_t index = timer->_slot - 1;
    struct timer *last;

    assert(index < timers->_count && timers->_heap[index] == timer);
    last = timers->_heap[--timers->_count];
    timer->_slot = 0;
    if (last == timer)
        return;
    place(timers, index, last);
    sift_up(timers, index);
    sift_down(timers, last->_slot - 1);
}

static void
take_from_batch(struct timers *timers, struct timer *timer)
{
    size_t index = timer->_slot - 1;

    assert(index < timers->_batch_count && timers->_batch[index] == timer);
    timers->_batch[index] = NULL;
    timer->_slot = 0;
    timer->_in_batch = false;
}

void
timers_set(struct timers *timers, struct timer *timer, int64_t due_us)
{
    assert(timer->expired);
    timers_clear(timers, timer);
    timer->_due_us = due_us;
    push(timers, timer);
}

void
timers_clear(struct timers *timers, struct timer *timer)
{
    if (!timer_is_set(timer))
        return;
    if (timer->_in_batch)
        take_from_batch(timers, timer);
    else
        take_from_heap(timers, timer);
}

bool
timer_is_set(const struct timer *timer)
{
    return timer->_slot != 0;
}

int64_t
timers_next_us(const struct timers *timers, int64_t now_us)
{
    if (timers->_count == 0)
        return -1;
    return timers->_heap[0]->_due_us > now_us ? timers->_heap[0]->_due_us - now_us : 0;
}

/* Moves what is due at `now_us` from the heap to the batch, earliest first. */
static void
gather(struct timers *timers, int64_t now_us)
{
    while (timers->_count > 0 && timers->_heap[0]->_due_us <= now_us) {
        struct timer *timer = timers->_heap[0];

        take_from_heap(timers, timer);
        if (timers->_batch_count == timers->_batch_capacity) {
            timers->_batch_capacity =
                timers->_batch_capacity ? timers->_batch_capacity * 2 : CAPACITY_FIRST;
            timers->_batch =
                memory_resize(timers->_batch, timers->_batch_capacity, sizeof(struct timer *));
        }
        timers->_batch[timers->_batch_count++] = timer;
        timer->_slot = timers->_batch_count;
        timer->_in_batch = true;
    }
}

void
timers_run(struct timers *timers, int64_t now_us)
{
    assert(timers->_batch_count == 0);
    gather(timers, now_us);
    for (size_t i = 0; i < timers->_batch_count; i++) {
        struct timer *timer = timers->_batch[i];

        if (!timer)
            continue;
        take_from_batch(timers, timer);
        timer->expired(timer); /* may free it */
    }
    timers->_batch_count = 0;
}
