/* Moments in words. TZ is set by the build: Europe/Berlin, with a day of 23 and one of 25 hours. */
#include "desktop/time_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static gint64
at(int year, int month, int day, int hour, int minute)
{
    g_autoptr(GDateTime) moment = g_date_time_new_local(year, month, day, hour, minute, 0);
    return g_date_time_to_unix(moment) * G_USEC_PER_SEC;
}

struct moment {
    int year, month, day, hour, minute;
    const char *words;
};

static gint64
time_of(const struct moment *moment)
{
    return at(moment->year, moment->month, moment->day, moment->hour, moment->minute);
}

static void
test_relative(void **state)
{
    static const struct moment cases[] = {
        { 2026, 11, 21, 14, 5, "now" },
        { 2026, 11, 21, 14, 6, "now" }, /* a clock ahead of ours */
        { 2026, 11, 21, 14, 0, "5 min" },
        { 2026, 11, 21, 13, 6, "59 min" },
        { 2026, 11, 21, 13, 5, "13:05" },
        { 2026, 11, 21, 0, 0, "00:00" },
        { 2026, 11, 20, 23, 59, "Yesterday" },
        { 2026, 11, 19, 12, 0, "Thu" },
        { 2026, 11, 15, 12, 0, "Sun" },
        { 2026, 11, 14, 12, 0, "14 Nov" },
    };
    (void)state;
    gint64 now = at(2026, 11, 21, 14, 5);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *words = time_text_relative(time_of(&cases[i]), now);
        assert_string_equal(words, cases[i].words);
    }
}

static void
test_day(void **state)
{
    static const struct moment cases[] = {
        { 2026, 11, 21, 0, 0, "Today" },
        { 2026, 11, 20, 23, 59, "Yesterday" },
        { 2026, 11, 19, 0, 0, "Thursday 19 November" },
        { 2026, 1, 1, 0, 0, "Thursday 1 January" },
        { 2025, 12, 31, 12, 0, "Wednesday 31 December 2025" },
    };
    (void)state;
    gint64 now = at(2026, 11, 21, 0, 30);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *words = time_text_day(time_of(&cases[i]), now);
        assert_string_equal(words, cases[i].words);
    }
}

static void
test_long_and_short_days(void **state)
{
    static const struct {
        int month, day, hours;
    } cases[] = { { 3, 29, 23 }, { 10, 25, 25 }, { 11, 21, 24 } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        gint64 noon = at(2026, cases[i].month, cases[i].day, 12, 0);
        gint64 start = 0;
        gint64 end = 0;
        time_text_day_bounds(noon, &start, &end);
        assert_int_equal((end - start) / G_USEC_PER_SEC, cases[i].hours * 3600);
        assert_true(start <= noon && noon < end);
        g_autofree char *words = time_text_day(start - 1, noon);
        assert_string_equal(words, "Yesterday");
    }
}

static void
test_clock(void **state)
{
    (void)state;
    g_autofree char *clock = time_text_clock(at(2026, 11, 21, 7, 5));
    g_autofree char *full = time_text_full(at(2026, 11, 21, 7, 5));
    assert_string_equal(clock, "07:05");
    assert_string_equal(full, "Saturday 21 November 2026, 07:05:00");
    /* Out of every range: some words, no crash. */
    g_autofree char *never = time_text_full(G_MAXINT64);
    assert_non_null(never);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relative),
        cmocka_unit_test(test_day),
        cmocka_unit_test(test_long_and_short_days),
        cmocka_unit_test(test_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
