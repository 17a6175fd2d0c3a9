/* test_str.c - views: cutting, numbers, secrets and UTF-8. */
#include "base/attributes.h"
#include "base/error.h"
#include "base/str.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_equality_and_order(void **state)
{
    (void)state;
    assert_true(str_equal(STR_EMPTY, STR("")));
    assert_true(str_is(STR("anna"), "anna"));
    assert_false(str_is(STR("anna"), "ann"));
    assert_true(str_is(STR_EMPTY, NULL));
    assert_int_equal(str_compare(STR("a"), STR("a")), 0);
    assert_true(str_compare(STR("a"), STR("b")) < 0);
    assert_true(str_compare(STR("ab"), STR("a")) > 0);
    assert_true(str_compare(STR_EMPTY, STR("a")) < 0);
    assert_true(str_compare(STR("\xff"), STR("a")) > 0);
}

static void
test_static_views(void **state)
{
    static const struct str names[] = { STR_INIT("anna"), STR_INIT(""), STR_INIT("a\0b") };

    (void)state;
    assert_true(str_is(names[0], "anna"));
    assert_int_equal(names[1].len, 0);
    assert_int_equal(names[2].len, 3);
}

static void
test_starts_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts_with(STR("anna@chat"), STR("anna")));
    assert_true(str_starts_with(STR("anna"), STR_EMPTY));
    assert_false(str_starts_with(STR("an"), STR("anna")));
    assert_true(str_ends_with(STR("anna@chat"), STR("@chat")));
    assert_true(str_ends_with(STR_EMPTY, STR_EMPTY));
    assert_false(str_ends_with(STR("chat"), STR("@chat")));
}

static void
test_find_slice_and_trim(void **state)
{
    (void)state;
    assert_int_equal(str_find_char(STR("a@b@c"), '@', 0), 1);
    assert_int_equal(str_find_char(STR("a@b@c"), '@', 2), 3);
    assert_int_equal(str_find_char(STR("a@b@c"), '@', 4), -1);
    assert_int_equal(str_find_char(STR("a"), '@', 99), -1);
    assert_int_equal(str_find_char(STR_EMPTY, '@', 0), -1);
    assert_true(str_is(str_slice(STR("abcdef"), 2, 4), "cd"));
    assert_true(str_is(str_slice(STR("abc"), 1, 99), "bc"));
    assert_true(str_is(str_slice(STR("abc"), 99, 1), ""));
    assert_true(str_is(str_slice(STR_EMPTY, 1, 2), ""));
    assert_true(str_is(str_trim(STR(" \t a b\r\n")), "a b"));
    assert_true(str_is(str_trim(STR(" \n ")), ""));
}

static void
test_split(void **state)
{
    static const struct {
        const char *text;
        const char *pieces[4];
    } rows[] = {
        { "", { NULL } },        { "a", { "a" } },
        { "a,b", { "a", "b" } }, { "a,,b", { "a", "", "b" } },
        { ",a", { "", "a" } },   { "a,", { "a" } },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str rest = str_from(rows[i].text), piece;

        for (size_t j = 0; rows[i].pieces[j]; j++) {
            assert_true(str_split(&rest, ',', &piece));
            assert_true(str_is(piece, rows[i].pieces[j]));
        }
        assert_false(str_split(&rest, ',', &piece));
    }
}

static void
test_numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t min, max;
        int result;
        int64_t value;
    } rows[] = {
        { "0", 0, 10, 0, 0 },
        { "007", 0, 10, 0, 7 },
        { "-5", -5, 0, 0, -5 },
        { "9223372036854775807", 0, INT64_MAX, 0, INT64_MAX },
        { "-9223372036854775808", INT64_MIN, 0, 0, INT64_MIN },
        { "9223372036854775808", INT64_MIN, INT64_MAX, E_LIMIT, 0 },
        { "-9223372036854775809", INT64_MIN, INT64_MAX, E_LIMIT, 0 },
        { "99999999999999999999999999", INT64_MIN, INT64_MAX, E_LIMIT, 0 },
        { "11", 0, 10, E_LIMIT, 0 },
        { "-1", 0, 10, E_LIMIT, 0 },
        { "", 0, 10, E_FORMAT, 0 },
        { "-", -10, 10, E_FORMAT, 0 },
        { "--1", -10, 10, E_FORMAT, 0 },
        { "+1", 0, 10, E_FORMAT, 0 },
        { " 1", 0, 10, E_FORMAT, 0 },
        { "1 ", 0, 10, E_FORMAT, 0 },
        { "1e3", 0, 1000, E_FORMAT, 0 },
        { "0x1", 0, 10, E_FORMAT, 0 },
        { "99999999999999999999999x", 0, 10, E_FORMAT, 0 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t value = 42;
        int r = str_to_int64(str_from(rows[i].text), rows[i].min, rows[i].max, &value);

        assert_int_equal(r, rows[i].result);
        assert_true(value == (r == 0 ? rows[i].value : 42));
    }
}

static void
test_secrets(void **state)
{
    (void)state;
    assert_true(str_equal_secret(STR("hunter2"), STR("hunter2")));
    assert_true(str_equal_secret(STR_EMPTY, STR("")));
    assert_false(str_equal_secret(STR("hunter2"), STR("hunter3")));
    assert_false(str_equal_secret(STR("hunter2"), STR("hunter")));
}

static void
test_dup(void **state)
{
    char *copy = str_dup(str_slice(STR("anna@chat"), 0, 4));
    char *empty = str_dup(STR_EMPTY);

    (void)state;
    assert_string_equal(copy, "anna");
    assert_string_equal(empty, "");
    free(copy);
    free(empty);
}

static void
test_utf8(void **state)
{
    static const struct {
        struct str bytes;
        bool good;
    } rows[] = {
        { { NULL, 0 }, true },
        { { "plain ASCII, longer than eight", 30 }, true },
        { { "\0", 1 }, true },
        { { "\xc3\xa4", 2 }, true },
        { { "12345678\xe2\x82\xac", 11 }, true },
        { { "\xf0\x9f\x98\x80", 4 }, true },
        { { "\xf4\x8f\xbf\xbf", 4 }, true },  /* U+10FFFF */
        { { "\xed\x9f\xbf", 3 }, true },      /* U+D7FF */
        { { "\xee\x80\x80", 3 }, true },      /* U+E000 */
        { { "\xf4\x90\x80\x80", 4 }, false }, /* above U+10FFFF */
        { { "\xed\xa0\x80", 3 }, false },     /* a surrogate */
        { { "\xc0\x80", 2 }, false },         /* overlong */
        { { "\xc1\xbf", 2 }, false },         /* overlong */
        { { "\xe0\x80\x80", 3 }, false },     /* overlong */
        { { "\xe0\x9f\xbf", 3 }, false },     /* overlong */
        { { "\xf0\x8f\xbf\xbf", 4 }, false }, /* overlong */
        { { "\x80", 1 }, false },             /* nothing to continue */
        { { "\xc3", 1 }, false },             /* cut short */
        { { "\xe2\x82", 2 }, false },         /* cut short */
        { { "\xc3(", 2 }, false },            /* not continued */
        { { "\xf5\x80\x80\x80", 4 }, false }, /* no such lead */
        { { "1234567\xff"
            "12345678",
            16 },
          false },
        { { "\xff", 1 }, false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(str_is_utf8(rows[i].bytes), rows[i].good);
}

static void
test_utf8_next(void **state)
{
    uint32_t code_point = 0;

    (void)state;
    assert_int_equal(str_utf8_next(STR("a"), &code_point), 1);
    assert_int_equal(code_point, 'a');
    assert_int_equal(str_utf8_next(STR("\xe2\x82\xac!"), &code_point), 3);
    assert_int_equal(code_point, 0x20AC);
    assert_int_equal(str_utf8_next(STR("\xf0\x9f\x98\x80"), &code_point), 4);
    assert_int_equal(code_point, 0x1F600);
    assert_int_equal(str_utf8_next(STR("\x80"), &code_point), 0);
    assert_int_equal(str_utf8_next(STR_EMPTY, &code_point), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equality_and_order),
        cmocka_unit_test(test_static_views),
        cmocka_unit_test(test_starts_and_ends),
        cmocka_unit_test(test_find_slice_and_trim),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_dup),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_utf8_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
