/* test_rate_limit.c - bursts, debts and refills. */
#include "server/core/rate_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

static void
a_burst_is_free_and_a_debt_is_not(void **state)
{
    struct rate_limit limit;

    (void)state;
    rate_limit_init(&limit, 10, 5, 0);
    assert_int_equal(rate_limit_take(&limit, 5, 0), 0);
    assert_int_equal(rate_limit_take(&limit, 1, 0), SECOND / 10);
    assert_int_equal(rate_limit_take(&limit, 9, 0), SECOND);
}

static void
tokens_come_back_up_to_the_burst(void **state)
{
    struct rate_limit limit;

    (void)state;
    rate_limit_init(&limit, 10, 5, 0);
    assert_int_equal(rate_limit_take(&limit, 5, 0), 0);
    assert_int_equal(rate_limit_take(&limit, 2, SECOND / 5), 0);
    assert_int_equal(rate_limit_take(&limit, 6, 10 * SECOND), SECOND / 10);
    assert_int_equal(rate_limit_take(&limit, 5, 100000 * SECOND), 0);
    assert_int_equal(rate_limit_take(&limit, 1, 100000 * SECOND), SECOND / 10);
}

static void
waiting_as_told_pays_the_debt(void **state)
{
    struct rate_limit limit;
    int64_t now = 0;

    (void)state;
    rate_limit_init(&limit, 7, 1, now);
    for (int i = 0; i < 100; i++) {
        now += rate_limit_take(&limit, 3, now);
        assert_int_equal(rate_limit_take(&limit, 0, now), 0);
    }
    /* 300 tokens at 7 a second, the first one free. */
    assert_in_range(now, 42 * SECOND, 43 * SECOND);
}

static void
no_rate_is_no_limit(void **state)
{
    struct rate_limit limit;

    (void)state;
    rate_limit_init(&limit, 0, 0, 0);
    assert_int_equal(rate_limit_take(&limit, UINT32_MAX, 0), 0);
    assert_int_equal(rate_limit_take(&limit, UINT32_MAX, 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_free_and_a_debt_is_not),
        cmocka_unit_test(tokens_come_back_up_to_the_burst),
        cmocka_unit_test(waiting_as_told_pays_the_debt),
        cmocka_unit_test(no_rate_is_no_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
