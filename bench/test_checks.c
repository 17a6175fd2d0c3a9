/* test_checks.c - would the driver notice? What it calls lost, doubled, disordered and slow. */
#include "channel.h"
#include "figures.h"
#include "probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
test_channel(void **state)
{
    static const struct {
        uint32_t sequences[8];
        enum channel_verdict last;
    } cases[] = {
        /* The last one before UINT32_MAX is judged. */
        { { 0, UINT32_MAX }, CHANNEL_GOOD },
        { { 0, 1, 2, UINT32_MAX }, CHANNEL_GOOD },
        { { 0, 0, UINT32_MAX }, CHANNEL_DOUBLE },
        { { 0, 2, UINT32_MAX }, CHANNEL_GOOD },
        { { 0, 2, 1, UINT32_MAX }, CHANNEL_LATE },
        { { 0, 2, 1, 1, UINT32_MAX }, CHANNEL_DOUBLE },
        { { 0, 2, 1, 2, UINT32_MAX }, CHANNEL_DOUBLE },
        { { 0, 63, 1, UINT32_MAX }, CHANNEL_LATE },
        { { 0, 64, 0, UINT32_MAX }, CHANNEL_DOUBLE },
        { { 5, 4, UINT32_MAX }, CHANNEL_LATE },
        { { 500, 501, 500, UINT32_MAX }, CHANNEL_DOUBLE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct channel channel = { 0 };
        enum channel_verdict verdict = CHANNEL_GOOD;

        for (const uint32_t *next = cases[i].sequences; *next != UINT32_MAX; next++)
            verdict = channel_take(&channel, *next);
        assert_int_equal(verdict, cases[i].last);
    }
}

static void
test_probe(void **state)
{
    const struct probe longest = { UINT32_MAX, UINT32_MAX, UINT32_MAX, INT64_MAX };
    static const size_t sizes[] = { 0, PROBE_BYTES_MIN, 100, 5000 };
    struct buffer text;
    struct probe got;

    (void)state;
    buffer_init(&text, 10000);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        buffer_clear(&text);
        probe_write(&text, &longest, sizes[i]);
        assert_int_equal(buffer_len(&text),
                         sizes[i] > PROBE_BYTES_MIN ? sizes[i] : PROBE_BYTES_MIN);
        assert_true(probe_read(buffer_str(&text), &got));
        assert_int_equal(got.run, longest.run);
        assert_int_equal(got.sender, longest.sender);
        assert_int_equal(got.sequence, longest.sequence);
        assert_true(got.sent_us == longest.sent_us);
    }
    buffer_fini(&text);
}

static void
test_not_a_probe(void **state)
{
    static const char *const bodies[] = { "",
                                          "hello",
                                          "load",
                                          "load 1 2 3",
                                          "load 1 2 x 4 ",
                                          "load -1 2 3 4 ",
                                          "load 1 4294967296 3 4 " };
    struct probe got;

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_false(probe_read(str_from(bodies[i]), &got));
}

static void
test_latency(void **state)
{
    struct latency latency = { 0 };

    (void)state;
    assert_int_equal(latency_percentile(&latency, 50), 0);
    for (int64_t us = 1; us <= 100000; us++)
        latency_add(&latency, us);
    assert_in_range(latency_percentile(&latency, 50), 50000, 51600);
    assert_in_range(latency_percentile(&latency, 99), 99000, 100000);
    assert_int_equal(latency_percentile(&latency, 100), 100000);
    latency_add(&latency, -5);
    latency_add(&latency, INT64_MAX);
    assert_int_equal(latency_percentile(&latency, 100), INT64_MAX);
}

static void
test_figures(void **state)
{
    /* With a histogram in each they are too large for the stack. */
    static const struct figures good = { .expected = 5, .arrived = 5, .foreign = 3 };
    static struct figures bad[5];

    (void)state;
    assert_true(figures_are_good(&good));
    for (size_t i = 0; i < 5; i++)
        bad[i] = good;
    bad[0].arrived = 4;
    bad[1].doubled = 1;
    bad[2].disordered = 1;
    bad[3].errors = 1;
    bad[4].failures = 1;
    for (size_t i = 0; i < 5; i++)
        assert_false(figures_are_good(&bad[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_channel),     cmocka_unit_test(test_probe),
        cmocka_unit_test(test_not_a_probe), cmocka_unit_test(test_latency),
        cmocka_unit_test(test_figures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
