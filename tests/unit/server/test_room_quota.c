/* test_room_quota.c - how many rooms one account may have made. */
#include "server/room/room_quota.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ANNA  STR("anna@chat.example")
#define BERTA STR("berta@chat.example")

static void
the_share_is_used_up_and_given_back(void **state)
{
    (void)state;
    assert_int_equal(room_quota_take(ANNA, STR("a@rooms"), 2), 0);
    assert_int_equal(room_quota_take(ANNA, STR("b@rooms"), 2), 0);
    assert_int_equal(room_quota_take(ANNA, STR("c@rooms"), 2), E_LIMIT);
    assert_int_equal(room_quota_take(BERTA, STR("c@rooms"), 2), 0);
    room_quota_release(STR("a@rooms"));
    room_quota_release(STR("a@rooms"));
    room_quota_release(STR("unknown@rooms"));
    assert_int_equal(room_quota_take(ANNA, STR("d@rooms"), 2), 0);
    assert_int_equal(room_quota_take(ANNA, STR("e@rooms"), 2), E_LIMIT);
    room_quota_release(STR("b@rooms"));
    room_quota_release(STR("c@rooms"));
    room_quota_release(STR("d@rooms"));
}

static void
a_room_that_is_opened_again_counts_once(void **state)
{
    (void)state;
    room_quota_note(ANNA, STR("a@rooms"));
    room_quota_note(ANNA, STR("a@rooms"));
    room_quota_note(STR_EMPTY, STR("lobby@rooms"));
    assert_int_equal(room_quota_take(ANNA, STR("b@rooms"), 2), 0);
    assert_int_equal(room_quota_take(ANNA, STR("c@rooms"), 2), E_LIMIT);
    room_quota_release(STR("a@rooms"));
    room_quota_release(STR("b@rooms"));
}

static void
no_rooms_at_all(void **state)
{
    (void)state;
    assert_int_equal(room_quota_take(ANNA, STR("a@rooms"), 0), E_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_share_is_used_up_and_given_back),
        cmocka_unit_test(a_room_that_is_opened_again_counts_once),
        cmocka_unit_test(no_rooms_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
