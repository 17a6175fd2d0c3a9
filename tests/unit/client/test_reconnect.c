/* test_reconnect.c - the back-off, with seconds of two milliseconds. */
#include "client/reconnect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct watch {
    guint ticks, fired, first_tick, last_tick;
};

static void
tick_cb(guint seconds_left, gpointer data)
{
    struct watch *watch = data;
    if (watch->ticks++ == 0)
        watch->first_tick = seconds_left;
    watch->last_tick = seconds_left;
}

static void
fire_cb(gpointer data)
{
    struct watch *watch = data;
    watch->fired++;
}

static const struct reconnect_callbacks CALLBACKS = { .tick = tick_cb, .fire = fire_cb };

static void
delays_double_up_to_a_minute(void **state)
{
    static const guint expected[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };
    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        assert_int_equal(reconnect_delay(i, 0.0), expected[i]);
        guint least = reconnect_delay(i, 0.999999);
        assert_true(least >= 1 && least >= expected[i] - expected[i] / 4);
    }
}

static void
run_until_fired(struct watch *watch, guint times)
{
    while (watch->fired < times)
        g_main_context_iteration(NULL, TRUE);
}

static void
counts_down_and_fires(void **state)
{
    struct watch watch = { 0 };
    (void)state;
    struct reconnect *reconnect = reconnect_new(&CALLBACKS, &watch);
    reconnect_set_second_ms(reconnect, 2);
    for (guint i = 1; i <= 4; i++) {
        watch.ticks = 0;
        reconnect_start(reconnect);
        assert_true(watch.first_tick <= 1U << (i - 1));
        run_until_fired(&watch, i);
        assert_int_equal(watch.last_tick, 1);
        assert_int_equal(watch.ticks, watch.first_tick);
    }
    reconnect_reset(reconnect);
    watch.ticks = 0;
    reconnect_start(reconnect);
    assert_int_equal(watch.first_tick, 1);
    reconnect_free(reconnect);
}

static void
does_not_wait_when_told(void **state)
{
    struct watch watch = { 0 };
    (void)state;
    struct reconnect *reconnect = reconnect_new(&CALLBACKS, &watch);
    assert_false(reconnect_now(reconnect));
    reconnect_start(reconnect);
    assert_true(reconnect_now(reconnect));
    assert_int_equal(watch.fired, 1);
    assert_false(reconnect_now(reconnect));
    reconnect_free(reconnect);
}

static void
network_coming_back_is_a_reason(void **state)
{
    struct watch watch = { 0 };
    (void)state;
    struct reconnect *reconnect = reconnect_new(&CALLBACKS, &watch);
    GNetworkMonitor *monitor = g_network_monitor_get_default();
    g_signal_emit_by_name(monitor, "network-changed", TRUE);
    assert_int_equal(watch.fired, 0);
    reconnect_start(reconnect);
    g_signal_emit_by_name(monitor, "network-changed", FALSE);
    assert_int_equal(watch.fired, 0);
    g_signal_emit_by_name(monitor, "network-changed", TRUE);
    assert_int_equal(watch.fired, 1);
    reconnect_free(reconnect);
}

static void
stopped_is_silent(void **state)
{
    struct watch watch = { 0 };
    (void)state;
    struct reconnect *reconnect = reconnect_new(&CALLBACKS, &watch);
    reconnect_set_second_ms(reconnect, 1);
    reconnect_start(reconnect);
    reconnect_stop(reconnect);
    for (int i = 0; i < 20; i++) {
        g_usleep(1000);
        g_main_context_iteration(NULL, FALSE);
    }
    assert_int_equal(watch.fired, 0);
    reconnect_free(reconnect);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_up_to_a_minute),
        cmocka_unit_test(counts_down_and_fires),
        cmocka_unit_test(does_not_wait_when_told),
        cmocka_unit_test(network_coming_back_is_a_reason),
        cmocka_unit_test(stopped_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
