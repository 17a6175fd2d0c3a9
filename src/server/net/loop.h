/* loop.h - one thread's event loop: ready descriptors, timers, and work for the end of the turn.
 * Owns: its epoll descriptor and timers. Threads: all calls from the thread that runs it.
 * Time: monotonic microseconds, read once a turn. Errors: start-up only.
 * Tests: tests/unit/server/test_loop.c */
#pragma once

#include "base/list.h"
#include "base/timers.h"

struct loop;

/* A descriptor that is watched. Lives in its owner; `fd` and `ready` are set before loop_add. */
struct watch {
    int fd;
    uint32_t _events;
    bool _added;
    void (*ready)(struct watch *watch, uint32_t epoll_events); /* may remove any watch */
};

/* Something to do once, when the turn's events have been handled and before the loop sleeps: send
 * what has gathered, free what died. Lives in its owner; initialise with turn_task_init.
 * Late tasks run when no others are left, so that what those wrote leaves in one system call. */
struct turn_task {
    struct list _link;
    bool late;
    void (*run)(struct turn_task *task); /* may schedule again: for the same turn's end */
};

/* Something that may not outlive its loop: loop_free calls `evict`, which must loop_leave(). */
struct loop_resident {
    struct list _link;
    void (*evict)(struct loop_resident *resident);
};

MUST_CHECK struct loop *loop_new(void);
void loop_free(struct loop *loop); /* accepts NULL */

/* Runs turns until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

MUST_CHECK int loop_add(struct loop *loop, struct watch *watch, uint32_t epoll_events);
void loop_modify(struct loop *loop, struct watch *watch, uint32_t epoll_events);
void loop_remove(struct loop *loop, struct watch *watch); /* not added: fine */

void loop_enter(struct loop *loop, struct loop_resident *resident);
void loop_leave(struct loop *loop, struct loop_resident *resident);
size_t loop_resident_count(const struct loop *loop);

/* Memory that all of the loop's connections use in turn: what is in it is gone after the call in
 * which it was filled. One for what comes, one for what is decrypted. */
#define LOOP_SCRATCH_BYTES ((size_t)64 * 1024)
char *loop_scratch_in(struct loop *loop);
char *loop_scratch_clear(struct loop *loop);

/* The time of this turn. */
int64_t loop_now_us(const struct loop *loop);
void loop_timer_set(struct loop *loop, struct timer *timer, int64_t delay_us);
void loop_timer_clear(struct loop *loop, struct timer *timer);

void turn_task_init(struct turn_task *task, void (*run)(struct turn_task *task));
void loop_at_turn_end(struct loop *loop, struct turn_task *task); /* scheduled already: fine */
void loop_turn_task_cancel(struct turn_task *task);
