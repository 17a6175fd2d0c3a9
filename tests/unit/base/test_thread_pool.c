/* test_thread_pool.c - jobs run elsewhere, answers come home, the queue has a bound. */
#include "base/error.h"
#include "base/thread_pool.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum {
    JOBS = 500
};

struct square {
    struct job job;
    int value;
    int result;
    pthread_mutex_t *gate; /* held by the test to keep the thread busy; may be NULL */
    atomic_bool *started;  /* set before waiting at the gate */
    pthread_t home;
};

struct answers {
    int count;
    int sum;
};

static atomic_int states;

static void *
start_state(void *context)
{
    int *state = malloc(sizeof(*state));

    *state = *(int *)context;
    atomic_fetch_add(&states, 1);
    return state;
}

static void
stop_state(void *thread_state)
{
    free(thread_state);
    atomic_fetch_sub(&states, 1);
}

static void
run_square(struct job *job, void *thread_state)
{
    struct square *square = CONTAINER_OF(job, struct square, job);

    if (square->gate) {
        atomic_store(square->started, true);
        pthread_mutex_lock(square->gate);
        pthread_mutex_unlock(square->gate);
    }
    square->result = square->value * square->value + (thread_state ? *(int *)thread_state : 0);
    square->home = pthread_self();
}

static void
open_square(struct letter *letter, void *context)
{
    struct square *square = CONTAINER_OF(letter, struct square, job.letter);
    struct answers *answers = context;

    assert_true(square->result == 0 || !pthread_equal(square->home, pthread_self()));
    answers->count++;
    answers->sum += square->result;
}

static struct square
make_square(struct mailbox *home, int value)
{
    return (struct square){
        .job = { .letter = { .open = open_square }, .run = run_square, .reply_to = home },
        .value = value,
    };
}

static void
await_answers(struct mailbox *home, struct answers *answers, int count)
{
    while (answers->count < count) {
        assert_int_equal(
            poll(&(struct pollfd){ .fd = mailbox_fd(home), .events = POLLIN }, 1, 10000), 1);
        (void)mailbox_open_all(home, answers);
    }
}

static void
test_runs_all_and_answers(void **state)
{
    static struct square squares[JOBS];
    struct mailbox home;
    struct answers answers = { 0 };
    struct thread_pool *pool;
    int expected = 0, bias = 3;

    (void)state;
    assert_int_equal(mailbox_init(&home), 0);
    pool = thread_pool_new("square", 3, JOBS, start_state, stop_state, &bias);
    assert_non_null(pool);
    for (int i = 0; i < JOBS; i++) {
        squares[i] = make_square(&home, i);
        expected += i * i + bias;
        assert_int_equal(thread_pool_submit(pool, &squares[i].job), 0);
    }
    await_answers(&home, &answers, JOBS);
    assert_int_equal(answers.sum, expected);
    thread_pool_free(pool);
    assert_int_equal(atomic_load(&states), 0);
    mailbox_fini(&home);
}

/* One thread held at the gate, one job in a queue of one: the third is refused. */
static void
test_refuses_past_the_bound(void **state)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    atomic_bool started = false;
    struct mailbox home;
    struct square held, queued, refused;
    struct answers answers = { 0 };
    struct thread_pool *pool;

    (void)state;
    assert_int_equal(mailbox_init(&home), 0);
    pool = thread_pool_new("a name longer than Linux shows", 1, 1, NULL, NULL, NULL);
    assert_non_null(pool);
    held = make_square(&home, 1);
    held.gate = &gate;
    held.started = &started;
    queued = make_square(&home, 2);
    refused = make_square(&home, 3);
    pthread_mutex_lock(&gate);
    assert_int_equal(thread_pool_submit(pool, &held.job), 0);
    while (!atomic_load(&started))
        (void)poll(NULL, 0, 1);
    assert_int_equal(thread_pool_submit(pool, &queued.job), 0);
    assert_int_equal(thread_pool_submit(pool, &refused.job), E_FULL);
    pthread_mutex_unlock(&gate);
    await_answers(&home, &answers, 2);
    assert_int_equal(answers.sum, 5);
    thread_pool_free(pool);
    mailbox_fini(&home);
}

static void
test_free_runs_what_is_queued(void **state)
{
    struct square squares[20];
    struct mailbox home;
    struct answers answers = { 0 };
    struct thread_pool *pool;

    (void)state;
    assert_int_equal(mailbox_init(&home), 0);
    pool = thread_pool_new("square", 2, 20, NULL, NULL, NULL);
    assert_non_null(pool);
    for (int i = 0; i < 20; i++) {
        squares[i] = make_square(&home, 1);
        assert_int_equal(thread_pool_submit(pool, &squares[i].job), 0);
    }
    thread_pool_free(pool);
    assert_int_equal(mailbox_open_all(&home, &answers), 20);
    assert_int_equal(answers.sum, 20);
    mailbox_fini(&home);
    thread_pool_free(NULL);
}

/* What was begun is finished, what waited comes home as it went. */
static void
test_discard_runs_nothing_more(void **state)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    atomic_bool started = false;
    struct mailbox home;
    struct square held, waiting;
    struct answers answers = { 0 };
    struct thread_pool *pool;

    (void)state;
    assert_int_equal(mailbox_init(&home), 0);
    pool = thread_pool_new("square", 1, 2, NULL, NULL, NULL);
    assert_non_null(pool);
    held = make_square(&home, 2);
    held.gate = &gate;
    held.started = &started;
    waiting = make_square(&home, 3);
    pthread_mutex_lock(&gate);
    assert_int_equal(thread_pool_submit(pool, &held.job), 0);
    while (!atomic_load(&started))
        (void)poll(NULL, 0, 1);
    assert_int_equal(thread_pool_submit(pool, &waiting.job), 0);
    thread_pool_discard(pool);
    await_answers(&home, &answers, 1);
    assert_int_equal(answers.sum, 0);
    pthread_mutex_unlock(&gate);
    thread_pool_free(pool);
    await_answers(&home, &answers, 2);
    assert_int_equal(answers.sum, 4);
    mailbox_fini(&home);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_all_and_answers),
        cmocka_unit_test(test_refuses_past_the_bound),
        cmocka_unit_test(test_free_runs_what_is_queued),
        cmocka_unit_test(test_discard_runs_nothing_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
