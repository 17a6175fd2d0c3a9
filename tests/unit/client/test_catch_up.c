/* test_catch_up.c - what is asked for next: newest first, a few at a time, and never for ever. */
#include "client/catch_up.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ME   "anna@a"
#define BEN  "ben@a"
#define ROOM "lobby@rooms.a"

static struct catch_up *plan;

static int
set_up(void **state)
{
    (void)state;
    plan = catch_up_new();
    catch_up_connected(plan, FALSE);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    catch_up_free(plan);
    return 0;
}

/* The next query is this one; its id. */
static guint
expect(const char *archive, const char *with, gint64 era, const char *before)
{
    struct catch_up_query query;
    assert_true(catch_up_next(plan, &query));
    assert_string_equal(query.archive, archive);
    assert_int_equal(query.era, era);
    assert_int_equal(query.max, 100);
    assert_int_equal(g_strcmp0(query.with, with), 0);
    assert_int_equal(g_strcmp0(query.before, before), 0);
    return query.id;
}

static void
expect_nothing(void)
{
    struct catch_up_query query;
    assert_false(catch_up_next(plan, &query));
}

static enum catch_up_advice
answer(guint id, enum catch_up_outcome outcome, const char *before)
{
    return catch_up_answered(plan, id, outcome, before);
}

static void
test_newest_first_until_closed(void **state)
{
    (void)state;
    expect_nothing();
    catch_up_add(plan, ME, TRUE, 3, NULL);
    guint id = expect(ME, NULL, 3, NULL);
    expect_nothing(); /* its next page begins where this one ends */
    assert_int_equal(answer(id, CATCH_UP_MORE, "A50"), CATCH_UP_GO_ON);
    id = expect(ME, NULL, 3, "A50");
    assert_int_equal(answer(id, CATCH_UP_CLOSED, NULL), CATCH_UP_REST);
    expect_nothing();
}

static void
test_the_account_before_rooms(void **state)
{
    (void)state;
    catch_up_add(plan, ROOM, FALSE, 2, NULL);
    catch_up_add(plan, ME, TRUE, 2, NULL);
    expect(ME, NULL, 2, NULL);
    expect(ROOM, NULL, 2, NULL);
}

static void
test_few_at_a_time(void **state)
{
    static const char *const rooms[] = { "a@r", "b@r", "c@r", "d@r", "e@r" };
    guint ids[CATCH_UP_IN_FLIGHT];
    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(rooms); i++)
        catch_up_add(plan, rooms[i], FALSE, 2, NULL);
    for (guint i = 0; i < CATCH_UP_IN_FLIGHT; i++)
        ids[i] = expect(rooms[i], NULL, 2, NULL);
    expect_nothing();
    answer(ids[1], CATCH_UP_CLOSED, NULL);
    expect("d@r", NULL, 2, NULL);
    expect_nothing();
}

static void
test_looking_comes_first(void **state)
{
    (void)state;
    catch_up_add(plan, ME, TRUE, 2, NULL);
    catch_up_look(plan, ROOM, NULL, 1, "R9");
    catch_up_look(plan, ME, BEN, 1, "A9");
    assert_true(catch_up_is_looking(plan, ME, BEN));
    guint id = expect(ME, BEN, 1, "A9");
    expect(ROOM, NULL, 1, "R9");
    expect(ME, NULL, 2, NULL);
    /* One page for one look. */
    assert_int_equal(answer(id, CATCH_UP_MORE, "A1"), CATCH_UP_REST);
    assert_false(catch_up_is_looking(plan, ME, BEN));
    expect_nothing();
    catch_up_look(plan, ME, BEN, 1, "A1");
    catch_up_look(plan, ME, BEN, 1, "A1");
    id = expect(ME, BEN, 1, "A1");
    assert_int_equal(answer(id, CATCH_UP_CLOSED, NULL), CATCH_UP_REST);
    expect_nothing();
}

static void
test_the_beginning_is_left_alone(void **state)
{
    (void)state;
    catch_up_add(plan, ME, TRUE, 1, NULL);
    static const char *const edges[] = { "e1", "e2", "e3" };
    const char *before = NULL;
    for (guint i = 0; i < CATCH_UP_PAGES_BEGINNING; i++) {
        guint id = expect(ME, NULL, 1, before);
        before = edges[i];
        (void)answer(id, CATCH_UP_MORE, before);
    }
    expect_nothing();
    catch_up_look(plan, ME, NULL, 1, "ignored");
    expect(ME, NULL, 1, before); /* the plan knows better where it is */
}

static void
test_no_archive(void **state)
{
    (void)state;
    catch_up_add(plan, ROOM, FALSE, 1, NULL);
    guint id = expect(ROOM, NULL, 1, NULL);
    assert_int_equal(answer(id, CATCH_UP_UNSUPPORTED, NULL), CATCH_UP_GIVE_UP);
    expect_nothing();
}

static void
test_edge_has_expired(void **state)
{
    (void)state;
    catch_up_add(plan, ME, TRUE, 2, "gone");
    guint id = expect(ME, NULL, 2, "gone");
    assert_int_equal(answer(id, CATCH_UP_NOT_FOUND, NULL), CATCH_UP_RESTART);
    id = expect(ME, NULL, 2, NULL);
    assert_int_equal(answer(id, CATCH_UP_MORE, "A5"), CATCH_UP_GO_ON);
    id = expect(ME, NULL, 2, "A5");
    assert_int_equal(answer(id, CATCH_UP_NOT_FOUND, NULL), CATCH_UP_REST); /* not for ever */
    expect_nothing();
}

static void
test_failures(void **state)
{
    (void)state;
    catch_up_add(plan, ME, TRUE, 2, NULL);
    assert_int_equal(answer(expect(ME, NULL, 2, NULL), CATCH_UP_FAILED, NULL), CATCH_UP_GO_ON);
    assert_int_equal(answer(expect(ME, NULL, 2, NULL), CATCH_UP_FAILED, NULL), CATCH_UP_REST);
    expect_nothing();
    catch_up_look(plan, ME, NULL, 2, NULL);
    expect(ME, NULL, 2, NULL);
}

static void
test_same_page_for_ever(void **state)
{
    (void)state;
    catch_up_add(plan, ME, TRUE, 2, "A5");
    assert_int_equal(answer(expect(ME, NULL, 2, "A5"), CATCH_UP_MORE, "A5"), CATCH_UP_REST);
    expect_nothing();
}

static void
test_stream_is_lost(void **state)
{
    (void)state;
    catch_up_add(plan, ME, TRUE, 2, NULL);
    guint id = expect(ME, NULL, 2, NULL);
    catch_up_lost(plan);
    expect_nothing();
    catch_up_connected(plan, FALSE);
    /* An answer to the old question means nothing now. */
    assert_int_equal(answer(id, CATCH_UP_MORE, "A5"), CATCH_UP_REST);
    expect_nothing();
    catch_up_add(plan, ME, TRUE, 3, NULL);
    guint again = expect(ME, NULL, 3, NULL);
    assert_int_not_equal(id, again);
    assert_int_equal(answer(id, CATCH_UP_CLOSED, NULL), CATCH_UP_REST);
    assert_int_equal(answer(again, CATCH_UP_MORE, "A7"), CATCH_UP_GO_ON);
    expect(ME, NULL, 3, "A7");
}

static void
test_stream_is_resumed(void **state)
{
    (void)state;
    catch_up_add(plan, ME, TRUE, 2, NULL);
    guint id = expect(ME, NULL, 2, NULL);
    catch_up_lost(plan);
    catch_up_connected(plan, TRUE);
    expect_nothing(); /* it will still be answered */
    assert_int_equal(answer(id, CATCH_UP_MORE, "A5"), CATCH_UP_GO_ON);
    expect(ME, NULL, 2, "A5");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_newest_first_until_closed),
        TEST(test_the_account_before_rooms),
        TEST(test_few_at_a_time),
        TEST(test_looking_comes_first),
        TEST(test_the_beginning_is_left_alone),
        TEST(test_no_archive),
        TEST(test_edge_has_expired),
        TEST(test_failures),
        TEST(test_same_page_for_ever),
        TEST(test_stream_is_lost),
        TEST(test_stream_is_resumed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
