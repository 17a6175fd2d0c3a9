/* thread_pool.h - a few threads for work that would hold up a worker (password hashing, reads).
 * Owns: its threads and the jobs not yet run. Threads: thread_pool_submit from any.
 * Errors: start-up; E_FULL when the queue is at its bound. Tests:
 * tests/unit/base/test_thread_pool.c
 *
 * A job runs on some pool thread; then its letter is posted to `reply_to`, where it is opened. */
#pragma once

#include "base/mailbox.h"

struct thread_pool;

struct job {
    struct letter letter; /* posted home after run(); set letter.open before submitting */
    void (*run)(struct job *job, void *thread_state); /* on a pool thread */
    struct mailbox *reply_to;                         /* borrowed */
    struct job *_next;
};

/* `thread_start`, when given, makes each thread's own state (passed to run) on that thread,
 * `thread_stop` frees it there. `queue_max` counts the jobs that wait. Returns NULL when a thread
 * could not be started. */
MUST_CHECK struct thread_pool *thread_pool_new(const char *name,
                                               unsigned threads,
                                               size_t queue_max,
                                               void *(*thread_start)(void *context),
                                               void (*thread_stop)(void *thread_state),
                                               void *context);

/* Sends home, without running them, the jobs that no thread has begun: for a stop that may not
 * wait. Whoever opens their letters must know that the answer counts for nothing. */
void thread_pool_discard(struct thread_pool *pool);

/* Runs what is queued, then joins the threads. Accepts NULL. */
void thread_pool_free(struct thread_pool *pool);
MUST_CHECK int thread_pool_submit(struct thread_pool *pool, struct job *job);
