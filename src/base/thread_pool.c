/* thread_pool.c - one queue under one lock; the lock is never held while a job runs. */
#include "base/thread_pool.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/thread.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct thread_pool {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a job was queued, or stopping was set */
    struct job *first;      /* the queue, under the lock */
    struct job **last;      /* where the next job is hung */
    size_t queued;
    size_t queue_max;
    bool stopping;

    void *(*thread_start)(void *context);
    void (*thread_stop)(void *thread_state);
    void *context;

    unsigned thread_count; /* started */
    pthread_t threads[];
};

/* Waits for a job; NULL when the pool is stopping and the queue is empty. */
static struct job *
take_job(struct thread_pool *pool)
{
    struct job *job;

    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->stopping)
        pthread_cond_wait(&pool->changed, &pool->lock);
    job = pool->first;
    if (job) {
        pool->first = job->_next;
        if (!pool->first)
            pool->last = &pool->first;
        pool->queued--;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *
run_thread(void *context)
{
    struct thread_pool *pool = context;
    void *state = pool->thread_start ? pool->thread_start(pool->context) : NULL;
    struct job *job;

    while ((job = take_job(pool))) {
        job->run(job, state);
        mailbox_post(job->reply_to, &job->letter);
    }
    if (pool->thread_stop)
        pool->thread_stop(state);
    return NULL;
}

struct thread_pool *
thread_pool_new(const char *name,
                unsigned threads,
                size_t queue_max,
                void *(*thread_start_cb)(void *context),
                void (*thread_stop)(void *thread_state),
                void *context)
{
    struct thread_pool *pool;

    assert(threads > 0 && queue_max > 0);
    pool = memory_new(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    pool->last = &pool->first;
    pool->queue_max = queue_max;
    pool->thread_start = thread_start_cb;
    pool->thread_stop = thread_stop;
    pool->context = context;
    for (unsigned i = 0; i < threads; i++) {
        if (thread_start(&pool->threads[i], name, run_thread, pool) < 0) {
            thread_pool_free(pool);
            return NULL;
        }
        pool->thread_count++;
    }
    return pool;
}

void
thread_pool_discard(struct thread_pool *pool)
{
    struct job *job;

    pthread_mutex_lock(&pool->lock);
    job = pool->first;
    pool->first = NULL;
    pool->last = &pool->first;
    pool->queued = 0;
    pthread_mutex_unlock(&pool->lock);
    while (job) {
        struct job *next = job->_next;

        mailbox_post(job->reply_to, &job->letter);
        job = next;
    }
}

void
thread_pool_free(struct thread_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    assert(!pool->first || pool->thread_count == 0);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

int
thread_pool_submit(struct thread_pool *pool, struct job *job)
{
    int r = 0;

    assert(job->run && job->reply_to && job->letter.open);
    pthread_mutex_lock(&pool->lock);
    assert(!pool->stopping);
    if (pool->queued < pool->queue_max) {
        job->_next = NULL;
        *pool->last = job;
        pool->last = &job->_next;
        pool->queued++;
        pthread_cond_signal(&pool->changed);
    } else {
        r = E_FULL;
    }
    pthread_mutex_unlock(&pool->lock);
    return r;
}
