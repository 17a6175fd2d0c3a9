/* test_loop.c - what runs when in a turn, and what may be removed meanwhile. */
#include "server/net/loop.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

static struct loop *loop;
static char order[64]; /* a letter for each thing that ran */
static size_t order_len;

static void
note(char c)
{
    assert_true(order_len < sizeof(order) - 1);
    order[order_len++] = c;
    order[order_len] = '\0';
}

static int
set_up(void **state)
{
    (void)state;
    loop = loop_new();
    order_len = 0;
    order[0] = '\0';
    return loop ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

/* ---- watches ---- */

struct peer {
    struct watch watch;
    struct peer *other;
};

static void
remove_other_and_stop(struct watch *watch, uint32_t events)
{
    struct peer *peer = CONTAINER_OF(watch, struct peer, watch);

    assert_true(events & EPOLLIN);
    note('w');
    loop_remove(loop, &peer->other->watch);
    loop_remove(loop, watch);
    loop_stop(loop);
}

static void
a_removed_watch_is_not_called(void **state)
{
    struct peer a, b;

    (void)state;
    a = (struct peer){ { .fd = eventfd(1, 0), .ready = remove_other_and_stop }, &b };
    b = (struct peer){ { .fd = eventfd(1, 0), .ready = remove_other_and_stop }, &a };
    assert_int_equal(loop_add(loop, &a.watch, EPOLLIN), 0);
    assert_int_equal(loop_add(loop, &b.watch, EPOLLIN), 0);
    loop_run(loop);
    assert_string_equal(order, "w");
    loop_remove(loop, &a.watch); /* not added any more: fine */
    close(a.watch.fd);
    close(b.watch.fd);
}

static void
a_bad_descriptor_is_an_error(void **state)
{
    struct watch watch = { .fd = -1, .ready = remove_other_and_stop };

    (void)state;
    assert_true(loop_add(loop, &watch, EPOLLIN) < 0);
    assert_false(watch._added);
}

/* ---- timers and tasks ---- */

static struct turn_task early, late, again;

static void
run_early(struct turn_task *task)
{
    (void)task;
    note('e');
    loop_at_turn_end(loop, &again);
}

static void
run_again(struct turn_task *task)
{
    (void)task;
    note('a');
}

static void
run_late(struct turn_task *task)
{
    (void)task;
    note('l');
    loop_stop(loop);
}

static void
timer_expired(struct timer *timer)
{
    (void)timer;
    note('t');
    loop_at_turn_end(loop, &late);
    loop_at_turn_end(loop, &early);
    loop_at_turn_end(loop, &early);
}

static void
tasks_run_after_timers_and_late_ones_last(void **state)
{
    struct timer timer = { .expired = timer_expired };
    int64_t before = clock_monotonic_us();

    (void)state;
    turn_task_init(&early, run_early);
    turn_task_init(&again, run_again);
    turn_task_init(&late, run_late);
    late.late = true;
    loop_timer_set(loop, &timer, 20000);
    loop_run(loop);
    assert_string_equal(order, "teal");
    assert_true(clock_monotonic_us() - before >= 20000);
    assert_true(loop_now_us(loop) >= before + 20000);
}

static void
a_cancelled_task_does_not_run(void **state)
{
    (void)state;
    turn_task_init(&early, run_early);
    turn_task_init(&late, run_late);
    loop_at_turn_end(loop, &early);
    loop_at_turn_end(loop, &late);
    loop_turn_task_cancel(&early);
    loop_run(loop);
    assert_string_equal(order, "l");
}

/* ---- residents ---- */

static void
evict(struct loop_resident *resident)
{
    note('x');
    loop_leave(loop, resident);
}

static void
the_end_evicts_who_is_left(void **state)
{
    struct loop_resident a = { .evict = evict }, b = { .evict = evict };

    (void)state;
    loop_enter(loop, &a);
    loop_enter(loop, &b);
    assert_int_equal(loop_resident_count(loop), 2);
    loop_leave(loop, &a);
    loop_enter(loop, &a);
    loop_free(loop);
    loop = NULL;
    assert_string_equal(order, "xx");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_removed_watch_is_not_called),
        TEST(a_bad_descriptor_is_an_error),
        TEST(tasks_run_after_timers_and_late_ones_last),
        TEST(a_cancelled_task_does_not_run),
        TEST(the_end_evicts_who_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
