/* test_buffer.c - growth, the maximum and what follows from passing it. */
#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_appends(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 1000);
    assert_int_equal(buffer_len(&buffer), 0);
    buffer_append(&buffer, STR("<a"));
    buffer_append_char(&buffer, ' ');
    buffer_append(&buffer, STR_EMPTY);
    buffer_printf(&buffer, "id='%d'/>", 17);
    assert_true(str_is(buffer_str(&buffer), "<a id='17'/>"));
    assert_false(buffer_failed(&buffer));
    buffer_fini(&buffer);
}

static void
test_grows_to_the_byte(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 100000);
    for (int i = 0; i < 100000; i++)
        buffer_append_char(&buffer, (char)('a' + i % 26));
    assert_false(buffer_failed(&buffer));
    assert_int_equal(buffer_len(&buffer), 100000);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(buffer_str(&buffer).data[i], 'a' + (int)(i % 26));
    buffer_append_char(&buffer, '!');
    assert_true(buffer_failed(&buffer));
    assert_int_equal(buffer_len(&buffer), 100000);
    buffer_fini(&buffer);
}

static void
test_failure_stays_until_cleared(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 4);
    buffer_append(&buffer, STR("abcde"));
    assert_true(buffer_failed(&buffer));
    assert_int_equal(buffer_len(&buffer), 0);
    buffer_append(&buffer, STR("a"));
    buffer_append_char(&buffer, 'a');
    buffer_printf(&buffer, "a");
    assert_int_equal(buffer_len(&buffer), 0);
    buffer_clear(&buffer);
    assert_false(buffer_failed(&buffer));
    buffer_printf(&buffer, "%s", "abcd");
    assert_true(str_is(buffer_str(&buffer), "abcd"));
    buffer_printf(&buffer, "e");
    assert_true(buffer_failed(&buffer));
    assert_true(str_is(buffer_str(&buffer), "abcd"));
    buffer_fini(&buffer);
}

static void
test_no_room_at_all(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 0);
    buffer_append(&buffer, STR_EMPTY);
    assert_false(buffer_failed(&buffer));
    buffer_append_char(&buffer, 'a');
    assert_true(buffer_failed(&buffer));
    buffer_fini(&buffer);
}

static void
test_consume(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 100);
    buffer_consume(&buffer, 5);
    buffer_append(&buffer, STR("hello world"));
    buffer_consume(&buffer, 0);
    buffer_consume(&buffer, 6);
    assert_true(str_is(buffer_str(&buffer), "world"));
    buffer_append(&buffer, STR("!"));
    assert_true(str_is(buffer_str(&buffer), "world!"));
    buffer_consume(&buffer, 100);
    assert_int_equal(buffer_len(&buffer), 0);
    buffer_fini(&buffer);
}

static void
test_release_and_wipe(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 100);
    buffer_wipe(&buffer);
    buffer_append(&buffer, STR("secret"));
    buffer_wipe(&buffer);
    assert_int_equal(buffer_len(&buffer), 0);
    buffer_append(&buffer, STR("again"));
    assert_true(str_is(buffer_str(&buffer), "again"));
    buffer_release(&buffer);
    buffer_release(&buffer);
    assert_int_equal(buffer_len(&buffer), 0);
    buffer_fini(&buffer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_grows_to_the_byte),
        cmocka_unit_test(test_failure_stays_until_cleared),
        cmocka_unit_test(test_no_room_at_all),
        cmocka_unit_test(test_consume),
        cmocka_unit_test(test_release_and_wipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
