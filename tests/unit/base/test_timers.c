/* test_timers.c - deadlines expire in order, and may move each other about. */
#include "base/timers.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum {
    MANY = 2000
};

struct alarm_clock {
    struct timer timer;
    int64_t due_us;
    struct timers *timers;
    struct alarm_clock *victim; /* cleared and, if `free_victim`, freed on expiry */
    bool free_victim;
    bool again; /* sets itself to the same time */
    int rings;
};

static int64_t last_due_us;

static void
ring(struct timer *timer)
{
    struct alarm_clock *alarm = CONTAINER_OF(timer, struct alarm_clock, timer);

    assert_false(timer_is_set(timer));
    assert_true(alarm->due_us >= last_due_us);
    last_due_us = alarm->due_us;
    alarm->rings++;
    if (alarm->again)
        timers_set(alarm->timers, timer, alarm->due_us);
    if (alarm->victim) {
        timers_clear(alarm->timers, &alarm->victim->timer);
        if (alarm->free_victim)
            free(alarm->victim);
        alarm->victim = NULL;
    }
}

static void
set(struct timers *timers, struct alarm_clock *alarm, int64_t due_us)
{
    alarm->timer.expired = ring;
    alarm->timers = timers;
    alarm->due_us = due_us;
    timers_set(timers, &alarm->timer, due_us);
}

static int
start(void **state)
{
    struct timers *timers = malloc(sizeof(*timers));

    timers_init(timers);
    last_due_us = INT64_MIN;
    *state = timers;
    return 0;
}

static int
stop(void **state)
{
    timers_fini(*state);
    free(*state);
    return 0;
}

static void
test_next(void **state)
{
    struct timers *timers = *state;
    struct alarm_clock a = { 0 }, b = { 0 };

    assert_int_equal(timers_next_us(timers, 0), -1);
    set(timers, &a, 100);
    set(timers, &b, 50);
    assert_int_equal(timers_next_us(timers, 10), 40);
    assert_int_equal(timers_next_us(timers, 60), 0);
    timers_clear(timers, &b.timer);
    timers_clear(timers, &b.timer);
    assert_false(timer_is_set(&b.timer));
    assert_int_equal(timers_next_us(timers, 10), 90);
    set(timers, &a, 500);
    assert_int_equal(timers_next_us(timers, 10), 490);
    timers_run(timers, 499);
    assert_int_equal(a.rings, 0);
    timers_run(timers, 500);
    assert_int_equal(a.rings, 1);
    assert_int_equal(timers_next_us(timers, 500), -1);
}

static void
test_many_in_order(void **state)
{
    static struct alarm_clock alarms[MANY];
    struct timers *timers = *state;
    uint32_t seed = 1;

    for (int i = 0; i < MANY; i++) {
        seed = seed * 1664525u + 1013904223u;
        set(timers, &alarms[i], seed % 1000);
    }
    for (int i = 0; i < MANY; i += 3)
        timers_clear(timers, &alarms[i].timer);
    for (int i = 1; i < MANY; i += 3)
        set(timers, &alarms[i], 1000 - alarms[i].due_us);
    timers_run(timers, 400);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(alarms[i].rings, i % 3 != 0 && alarms[i].due_us <= 400);
    timers_run(timers, 1000);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(alarms[i].rings, i % 3 != 0);
}

static void
test_set_again_waits_for_the_next_run(void **state)
{
    struct timers *timers = *state;
    struct alarm_clock alarm = { .again = true };

    set(timers, &alarm, 10);
    timers_run(timers, 10);
    assert_int_equal(alarm.rings, 1);
    assert_int_equal(timers_next_us(timers, 10), 0);
    timers_run(timers, 10);
    assert_int_equal(alarm.rings, 2);
    timers_clear(timers, &alarm.timer);
}

static void
test_one_clears_another_that_is_due(void **state)
{
    struct timers *timers = *state;
    struct alarm_clock *victim = calloc(1, sizeof(*victim));
    struct alarm_clock killer = { .victim = victim, .free_victim = true };
    struct alarm_clock last = { 0 };

    set(timers, &killer, 10);
    set(timers, victim, 20);
    set(timers, &last, 30);
    timers_run(timers, 100);
    assert_int_equal(killer.rings, 1);
    assert_int_equal(last.rings, 1);
}

static struct alarm_clock *moved;

static void
ring_and_move(struct timer *timer)
{
    struct alarm_clock *alarm = CONTAINER_OF(timer, struct alarm_clock, timer);

    timers_set(alarm->timers, &moved->timer, 1000);
}

static void
test_one_moves_another_that_is_due(void **state)
{
    struct timers *timers = *state;
    struct alarm_clock mover = { 0 }, other = { 0 };

    set(timers, &mover, 10);
    mover.timer.expired = ring_and_move;
    set(timers, &other, 20);
    moved = &other;
    timers_run(timers, 100);
    assert_int_equal(other.rings, 0);
    assert_int_equal(timers_next_us(timers, 100), 900);
    timers_run(timers, 1000);
    assert_int_equal(other.rings, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_next, start, stop),
        cmocka_unit_test_setup_teardown(test_many_in_order, start, stop),
        cmocka_unit_test_setup_teardown(test_set_again_waits_for_the_next_run, start, stop),
        cmocka_unit_test_setup_teardown(test_one_clears_another_that_is_due, start, stop),
        cmocka_unit_test_setup_teardown(test_one_moves_another_that_is_due, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
