/* test_turn_credentials.c - what coturn would work out for the same name. */
#include "server/host/turn_credentials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
the_password_follows_from_the_name(void **state)
{
    struct turn_credentials made, again, other;
    struct arena arena;

    (void)state;
    arena_init(&arena, 64 * 1024);
    made = turn_credentials_make(&arena, STR("north"), STR("anna@a"), INT64_C(1433895918999999));
    assert_true(str_equal(made.username, STR("1433895918:ee4bdec712f66953")));
    assert_true(str_equal(made.password, STR("B/J1iFXrWt2mxdwP8Rv9lJkGkws=")));
    again = turn_credentials_make(&arena, STR("north"), STR("anna@a"), INT64_C(1433895918000000));
    assert_true(str_equal(made.password, again.password));
    other = turn_credentials_make(&arena, STR("north"), STR("bert@a"), INT64_C(1433895918000000));
    assert_false(str_equal(made.username, other.username));
    arena_fini(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_password_follows_from_the_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
