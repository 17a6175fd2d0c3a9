/* test_sign_in_guard.c - guesses get slow, owners do not. */
#include "server/core/sign_in_guard.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND    INT64_C(1000000)
#define HERE      STR("192.0.2.1")
#define ELSEWHERE STR("198.51.100.7")
#define START     (1000 * SECOND)
#define ANNA      STR("anna")
#define REFUSED   (-1)

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

static int64_t
wrong(void **state, struct str network, struct str account, int64_t now_us)
{
    int64_t wait_us;
    const int r = sign_in_guard_wrong(*state, network, account, now_us, &wait_us);

    if (r == 0)
        return wait_us;
    assert_int_equal(r, E_LIMIT);
    return REFUSED;
}

static int64_t
right(void **state, struct str network, struct str account, int64_t now_us)
{
    int64_t wait_us;
    const int r = sign_in_guard_right(*state, network, account, now_us, &wait_us);

    if (r == 0)
        return wait_us;
    assert_int_equal(r, E_LIMIT);
    return REFUSED;
}

/* Names in turn. */
static struct str
name(unsigned number)
{
    static char text[16];

    return (struct str){ text, (size_t)snprintf(text, sizeof(text), "user%u", number) };
}

static void
each_failure_is_answered_later(void **state)
{
    int64_t now = START, before = 0;

    for (int i = 0; i < 20; i++) {
        const int64_t wait = wrong(state, HERE, ANNA, now);

        assert_in_range(wait, SECOND / 4, 8 * SECOND);
        assert_true(wait >= before || wait >= 4 * SECOND);
        before = wait;
        now += wait;
    }
}

/* Guesses that get an answer within `duration` by as many connections. */
static unsigned
guesses(void **state, unsigned connections, bool of_one_account, int64_t duration)
{
    unsigned answers = 0;
    int64_t free_at[100] = { 0 };

    for (int64_t now = 0; now < duration; now += SECOND / 20) {
        for (unsigned i = 0; i < connections; i++) {
            if (free_at[i] > now)
                continue;
            const struct str account = of_one_account ? ANNA : name(answers * 100 + i);
            const int64_t wait = wrong(state, HERE, account, START + now);
            if (wait == REFUSED)
                continue;
            answers += now + wait <= duration;
            free_at[i] = now + wait;
        }
    }
    return answers;
}

static void
many_connections_get_no_more_guesses_than_one(void **state)
{
    static const bool of_one_account[] = { true, false };

    for (size_t i = 0; i < 2; i++) {
        tear_down(state);
        set_up(state);
        const unsigned alone = guesses(state, 1, of_one_account[i], 60 * SECOND);

        tear_down(state);
        set_up(state);
        assert_in_range(alone, 5, 60);
        assert_in_range(guesses(state, 100, of_one_account[i], 60 * SECOND), 1, alone + 3);
    }
}

/* Whatever was guessed, and from wherever: one account's answers come one by one. */
static void
an_account_is_guarded_against_many_networks(void **state)
{
    unsigned answers = 0;

    for (unsigned i = 0; i < 1000; i++)
        answers += wrong(state, name(i), ANNA, START) != REFUSED;
    assert_in_range(answers, 1, 6);
    assert_int_equal(wrong(state, ELSEWHERE, STR("berta"), START), SECOND / 4);
}

static void
a_full_line_tells_nothing(void **state)
{
    for (unsigned i = 0; i < 100; i++)
        (void)wrong(state, HERE, name(i), START);
    assert_true(sign_in_guard_is_full(*state, HERE, STR("new"), START));
    assert_int_equal(wrong(state, HERE, STR("new"), START), REFUSED);
    assert_int_equal(right(state, HERE, STR("new"), START), REFUSED);
    for (unsigned i = 0; i < 100; i++)
        (void)wrong(state, HERE, ANNA, START);
    assert_int_equal(wrong(state, HERE, STR("nobody"), START), REFUSED);
}

/* Whoever may be refused when wrong is refused when right, at any moment; unless a right one comes
 * in at once, from where nobody has guessed or somebody is at home. */
static void
being_refused_tells_nothing(void **state)
{
    unsigned refused = 0;

    assert_int_equal(right(state, HERE, STR("home"), START), 0);
    for (int64_t now = START; now < START + 60 * SECOND; now += SECOND / 20) {
        const bool full = sign_in_guard_is_full(*state, HERE, ANNA, now);

        assert_false(sign_in_guard_is_full(*state, ELSEWHERE, ANNA, now));
        assert_false(sign_in_guard_is_full(*state, HERE, STR("home"), now));
        if (full)
            assert_int_equal(right(state, HERE, ANNA, now), REFUSED);
        assert_int_equal(wrong(state, HERE, ANNA, now) == REFUSED, full);
        refused += full;
    }
    assert_in_range(refused, 1000, 1195);
    assert_int_equal(right(state, HERE, STR("home"), START + 60 * SECOND), 0);
}

/* XEP-0205: guessing must not lock the owner out. */
static void
the_owner_elsewhere_does_not_wait(void **state)
{
    for (int i = 0; i < 1000; i++)
        (void)wrong(state, HERE, ANNA, START);
    assert_int_equal(right(state, ELSEWHERE, ANNA, START), 0);
}

/* A school behind one address. */
static void
who_is_at_home_here_does_not_wait(void **state)
{
    for (unsigned i = 0; i < 500; i++)
        assert_int_equal(right(state, HERE, name(i), START), 0);
    for (unsigned i = 0; i < 1000; i++)
        (void)wrong(state, HERE, i % 2 ? STR("victim") : name(1000 + i), START + SECOND);
    for (unsigned i = 0; i < 500; i++)
        assert_int_equal(right(state, HERE, name(i), START + 2 * SECOND), 0);
    assert_true(right(state, HERE, STR("stranger"), START + 2 * SECOND) != 0);
}

/* ... but it is no way round the line either: not even when every guess is refused. */
static void
who_is_being_guessed_is_a_stranger(void **state)
{
    assert_int_equal(right(state, HERE, ANNA, START), 0);
    for (unsigned i = 0; i < 1000; i++)
        (void)wrong(state, HERE, name(i), START);
    assert_int_equal(wrong(state, HERE, ANNA, START), REFUSED);
    assert_true(right(state, HERE, ANNA, START) != 0);
    assert_int_equal(right(state, HERE, ANNA, START + SECOND), 0);
    for (unsigned i = 0; i < 100; i++)
        (void)wrong(state, HERE, ANNA, START + SECOND);
    assert_true(right(state, HERE, ANNA, START + 5 * SECOND) != 0);
}

static void
typing_errors_do_not_slow_others(void **state)
{
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(wrong(state, HERE, name(i), START), SECOND / 4);
    assert_int_equal(right(state, HERE, ANNA, START), 0);
}

static void
time_heals(void **state)
{
    for (int i = 0; i < 1000; i++)
        (void)wrong(state, HERE, ANNA, START);
    assert_true(right(state, HERE, ANNA, START + 5 * SECOND) != 0);
    assert_int_equal(right(state, HERE, STR("berta"), START + 600 * SECOND), 0);
    assert_int_equal(wrong(state, HERE, ANNA, START + 600 * SECOND), SECOND / 4);
}

static void
no_name_counts_for_the_network_only(void **state)
{
    assert_int_equal(wrong(state, HERE, STR_EMPTY, START), SECOND / 4);
    assert_int_equal(wrong(state, ELSEWHERE, STR_EMPTY, START), SECOND / 4);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_failure_is_answered_later),
        TEST(many_connections_get_no_more_guesses_than_one),
        TEST(an_account_is_guarded_against_many_networks),
        TEST(a_full_line_tells_nothing),
        TEST(being_refused_tells_nothing),
        TEST(the_owner_elsewhere_does_not_wait),
        TEST(who_is_at_home_here_does_not_wait),
        TEST(who_is_being_guessed_is_a_stranger),
        TEST(typing_errors_do_not_slow_others),
        TEST(time_heals),
        TEST(no_name_counts_for_the_network_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
