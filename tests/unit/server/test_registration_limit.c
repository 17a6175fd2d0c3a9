/* test_registration_limit.c - accounts per network and hour. */
#include "server/account/registration_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define HOUR (INT64_C(3600) * 1000000)

static void
stops_at_the_limit_for_an_hour(void **state)
{
    static struct registration_limit limit = REGISTRATION_LIMIT_INIT;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(registration_limit_try(&limit, STR("192.0.2.1"), 0, 3));
        registration_limit_made(&limit, STR("192.0.2.1"), 0);
    }
    assert_false(registration_limit_try(&limit, STR("192.0.2.1"), 0, 3));
    assert_false(registration_limit_try(&limit, STR("192.0.2.1"), HOUR - 1, 3));
    assert_true(registration_limit_try(&limit, STR("192.0.2.2"), 0, 3));
    assert_true(registration_limit_try(&limit, STR("192.0.2.1"), HOUR, 3));
}

/* What comes to nothing costs a try, not an account; but not for ever. */
static void
failed_tries_count_less(void **state)
{
    static struct registration_limit limit = REGISTRATION_LIMIT_INIT;

    (void)state;
    for (int i = 0; i < 2 * REGISTRATION_TRIES; i++)
        assert_true(registration_limit_try(&limit, STR("192.0.2.1"), 0, 2));
    assert_false(registration_limit_try(&limit, STR("192.0.2.1"), 0, 2));
}

static void
none_is_none(void **state)
{
    static struct registration_limit limit = REGISTRATION_LIMIT_INIT;

    (void)state;
    assert_false(registration_limit_try(&limit, STR("192.0.2.1"), 0, 0));
    assert_false(registration_limit_try(&limit, STR("192.0.2.1"), HOUR, 0));
}

/* Many strangers push the oldest out; the newest stay counted. */
static void
survives_many_networks(void **state)
{
    static struct registration_limit limit = REGISTRATION_LIMIT_INIT;
    char network[32];

    (void)state;
    for (int i = 0; i < 100000; i++) {
        snprintf(network, sizeof(network), "198.51.%d.%d", i / 256, i % 256);
        assert_true(registration_limit_try(&limit, str_from(network), i, 1));
        registration_limit_made(&limit, str_from(network), i);
        assert_false(registration_limit_try(&limit, str_from(network), i, 1));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_at_the_limit_for_an_hour),
        cmocka_unit_test(failed_tries_count_less),
        cmocka_unit_test(none_is_none),
        cmocka_unit_test(survives_many_networks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
