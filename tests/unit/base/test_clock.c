/* test_clock.c - XEP-0082 times there and back. */
#include "base/attributes.h"
#include "base/clock.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

static void
test_formats(void **state)
{
    static const struct {
        int64_t wall_us;
        const char *text;
    } rows[] = {
        { 0, "1970-01-01T00:00:00.000000Z" },
        { -1, "1969-12-31T23:59:59.999999Z" },
        { 951782400 * SECOND, "2000-02-29T00:00:00.000000Z" },
        { 951868799 * SECOND + 5, "2000-02-29T23:59:59.000005Z" },
        { 1795260902 * SECOND + 123456, "2026-11-21T11:35:02.123456Z" },
        { 4107542400 * SECOND, "2100-03-01T00:00:00.000000Z" },
        { INT64_MAX, "9999-12-31T23:59:59.999999Z" },
        { INT64_MIN, "0000-01-01T00:00:00.000000Z" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[CLOCK_TEXT_BYTES];

        clock_format(rows[i].wall_us, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void
test_parses(void **state)
{
    static const struct {
        const char *text;
        int64_t wall_us;
    } rows[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1969-07-21T02:56:15Z", -14159025 * SECOND }, /* XEP-0082 3.2 */
        { "1969-07-20T21:56:15-05:00", -14159025 * SECOND },
        { "2026-11-21T11:35:02.1Z", 1795260902 * SECOND + 100000 },
        { "2026-11-21T13:05:02.123456789+01:30", 1795260902 * SECOND + 123456 },
        { "2000-02-29T00:00:00+00:00", 951782400 * SECOND },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t wall_us;

        assert_int_equal(clock_parse(str_from(rows[i].text), &wall_us), 0);
        assert_true(wall_us == rows[i].wall_us);
    }
}

static void
test_refuses(void **state)
{
    static const char *const texts[] = {
        "",
        "2026-11-21",
        "11:35:02Z",
        "2026-11-21T11:35:02",
        "2026-11-21t11:35:02Z",
        "2026-11-21 11:35:02Z",
        "2026-11-21T11:35:02z",
        "2026-11-21T11:35Z",
        "2026-11-21T11:35:02.Z",
        "2026-11-21T11:35:02,5Z",
        "2026-11-21T11:35:02.-5Z",
        "2026-11-21T11:35:02Z ",
        "2026-11-21T11:35:02+1:00",
        "2026-11-21T11:35:02+0100",
        "2026-11-21T11:35:02+01:60",
        "2026-11-21T24:00:00Z",
        "2026-11-21T23:60:00Z",
        "2026-11-21T23:59:60Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "-026-01-01T00:00:00Z",
        "2026--1-01T00:00:00Z",
        "02026-01-01T00:00:00Z",
        "20261121T11:35:02", /* XEP-0091, long retired */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        int64_t wall_us = 42;

        assert_int_equal(clock_parse(str_from(texts[i]), &wall_us), E_FORMAT);
        assert_true(wall_us == 42);
    }
}

static void
test_there_and_back(void **state)
{
    (void)state;
    /* A step that is coprime to a day meets every month, leap years and times of day. */
    for (int64_t t = -62167219200 * SECOND; t < 253402300800 * SECOND; t += 86413007 * SECOND + 7) {
        char text[CLOCK_TEXT_BYTES];
        int64_t back;

        clock_format(t, text);
        assert_int_equal(clock_parse(str_from(text), &back), 0);
        assert_true(back == t);
    }
}

static void
test_clocks_run(void **state)
{
    int64_t before = clock_monotonic_us();

    (void)state;
    assert_true(clock_monotonic_us() >= before);
    assert_true(clock_wall_us() > 1577836800 * SECOND); /* 2020 */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),    cmocka_unit_test(test_parses),
        cmocka_unit_test(test_refuses),    cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_clocks_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
