/* test_sign_in_guard.c - guesses get slow, owners do not. */
#include "server/core/sign_in_guard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECOND    INT64_C(1000000)
#define HERE      STR("192.0.2.1")
#define ELSEWHERE STR("198.51.100.7")
#define START     (1000 * SECOND)

static int
set_up(void **state)
{
    *state = sign_in_guard_new();
    return 0;
}

static int
tear_down(void **state)
{
    sign_in_guard_free(*state);
    return 0;
}

static void
each_failure_is_answered_later(void **state)
{
    int64_t before = 0;

    for (int i = 0; i < 6; i++) {
        int64_t delay = sign_in_guard_failed(*state, HERE, STR("anna"), START);

        assert_true(delay > before);
        before = delay;
    }
    for (int i = 0; i < 100; i++)
        before = sign_in_guard_failed(*state, HERE, STR("anna"), START);
    assert_int_equal(before, 8 * SECOND);
}

static void
an_account_is_guarded_against_many_networks(void **state)
{
    int64_t delay = 0;

    for (char c = 'a'; c <= 'z'; c++)
        delay = sign_in_guard_failed(*state, (struct str){ &c, 1 }, STR("anna"), START);
    assert_int_equal(delay, 8 * SECOND);
    assert_int_equal(sign_in_guard_failed(*state, ELSEWHERE, STR("berta"), START), SECOND / 4);
}

static void
a_network_is_guarded_against_many_accounts(void **state)
{
    int64_t delay = 0;

    for (char c = 'a'; c <= 'z'; c++)
        delay = sign_in_guard_failed(*state, HERE, (struct str){ &c, 1 }, START);
    assert_int_equal(delay, 8 * SECOND);
    assert_true(sign_in_guard_wait_us(*state, HERE, START) > 0);
}

/* XEP-0205: guessing must not lock the owner out. */
static void
the_owner_elsewhere_does_not_wait(void **state)
{
    for (int i = 0; i < 1000; i++)
        (void)sign_in_guard_failed(*state, HERE, STR("anna"), START);
    assert_int_equal(sign_in_guard_wait_us(*state, ELSEWHERE, START), 0);
    assert_in_range(sign_in_guard_wait_us(*state, HERE, START), SECOND, 4 * SECOND);
}

static void
typing_errors_do_not_slow_the_next_attempt(void **state)
{
    for (int i = 0; i < 6; i++)
        (void)sign_in_guard_failed(*state, HERE, STR("anna"), START);
    assert_int_equal(sign_in_guard_wait_us(*state, HERE, START), 0);
}

static void
time_heals(void **state)
{
    for (int i = 0; i < 40; i++)
        (void)sign_in_guard_failed(*state, HERE, STR("anna"), START);
    assert_true(sign_in_guard_wait_us(*state, HERE, START + 59 * SECOND) > 0);
    assert_int_equal(sign_in_guard_wait_us(*state, HERE, START + 600 * SECOND), 0);
    assert_int_equal(sign_in_guard_failed(*state, HERE, STR("anna"), START + 600 * SECOND),
                     SECOND / 4);
}

static void
no_name_counts_for_the_network_only(void **state)
{
    assert_int_equal(sign_in_guard_failed(*state, HERE, STR_EMPTY, START), SECOND / 4);
    assert_int_equal(sign_in_guard_failed(*state, ELSEWHERE, STR_EMPTY, START), SECOND / 4);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_failure_is_answered_later),
        TEST(an_account_is_guarded_against_many_networks),
        TEST(a_network_is_guarded_against_many_accounts),
        TEST(the_owner_elsewhere_does_not_wait),
        TEST(typing_errors_do_not_slow_the_next_attempt),
        TEST(time_heals),
        TEST(no_name_counts_for_the_network_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
