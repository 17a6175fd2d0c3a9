/* Messages as lines: what is shown, and that following every change gives the same as starting
 * anew. */
#include "client/message_private.h"
#include "desktop/event_text.h"
#include "desktop/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define MINUTE ((gint64)60 * G_USEC_PER_SEC)
#define DAY    ((gint64)24 * 60 * MINUTE)

/* Noon in Berlin on 21 November 2026. */
static const gint64 NOON = (gint64)1795258800 * G_USEC_PER_SEC;

static JdMessage *
message(JdMessageKind kind, const char *sender, const char *body, gint64 time)
{
    const struct message_details details = {
        .kind = kind,
        .state = JD_MESSAGE_RECEIVED,
        .sender = sender,
        .body = body,
        .time = time,
    };
    return message_new(&details);
}

static void
add(GListStore *messages, JdMessageKind kind, const char *sender, const char *body, gint64 time)
{
    g_autoptr(JdMessage) fresh = message(kind, sender, body, time);
    g_list_store_append(messages, fresh);
}

/* One letter a line: Intro, Day, New, Event, Message, and c for a message that continues. */
static char *
shape(JdTimeline *timeline)
{
    GString *letters = g_string_new(NULL);
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(timeline)); i++) {
        g_autoptr(JdLine) line = g_list_model_get_item(G_LIST_MODEL(timeline), i);
        char letter = "IDNEM"[jd_line_get_kind(line)];
        g_string_append_c(letters, jd_line_get_continues(line) ? 'c' : letter);
    }
    return g_string_free(letters, FALSE);
}

static void
assert_shape(JdTimeline *timeline, const char *expected)
{
    g_autofree char *is = shape(timeline);
    assert_string_equal(is, expected);
}

static void
test_groups_days_and_runs(void **state)
{
    g_autoptr(GListStore) messages = g_list_store_new(JD_TYPE_MESSAGE);
    g_autoptr(JdTimeline) timeline = jd_timeline_new(G_LIST_MODEL(messages), NULL);
    (void)state;
    assert_shape(timeline, "I");
    add(messages, JD_MESSAGE_TEXT, "anna", "a", NOON);
    add(messages, JD_MESSAGE_TEXT, "anna", "b", NOON + MINUTE);
    add(messages, JD_MESSAGE_TEXT, "ben", "c", NOON + MINUTE);
    add(messages, JD_MESSAGE_JOINED, "carol", "carol joined", NOON + 2 * MINUTE);
    assert_shape(timeline, "IDMcME");
    add(messages, JD_MESSAGE_JOINED, "dora", "dora joined", NOON + 2 * MINUTE);
    add(messages, JD_MESSAGE_LEFT, "carol", "carol left", NOON + 2 * MINUTE);
    assert_shape(timeline, "IDMcME");
    g_autoptr(JdLine) run = g_list_model_get_item(G_LIST_MODEL(timeline), 5);
    assert_string_equal(jd_line_get_text(run), "dora joined · carol joined and left");
    /* Other events stand alone. */
    add(messages, JD_MESSAGE_RENAMED, "dora", "dora is now known as dori", NOON + 3 * MINUTE);
    add(messages, JD_MESSAGE_TEXT, "ben", "d", NOON + 3 * MINUTE);
    add(messages, JD_MESSAGE_TEXT, "ben", "e", NOON + 20 * MINUTE);
    add(messages, JD_MESSAGE_TEXT, "ben", "f", NOON + DAY);
    assert_shape(timeline, "IDMcMEEMMDM");
}

static void
test_new_line(void **state)
{
    g_autoptr(GListStore) messages = g_list_store_new(JD_TYPE_MESSAGE);
    (void)state;
    for (int i = 0; i < 4; i++)
        add(messages, JD_MESSAGE_TEXT, "anna", "x", NOON + i);
    g_autoptr(JdMessage) third = g_list_model_get_item(G_LIST_MODEL(messages), 2);
    g_autoptr(JdTimeline) with = jd_timeline_new(G_LIST_MODEL(messages), third);
    g_autoptr(JdTimeline) without = jd_timeline_new(G_LIST_MODEL(messages), NULL);
    assert_shape(with, "IDMcNMc");
    assert_int_equal(jd_timeline_find_new(with), 4);
    assert_int_equal(jd_timeline_find_new(without), G_MAXUINT);
}

static void
test_names_in_events(void **state)
{
    static const struct {
        const char *names;
        const char *words;
    } cases[] = {
        { "a", "a joined" },
        { "ab", "a and b joined" },
        { "abc", "a, b and c joined" },
        { "abcd", "a, b and 2 others joined" },
        { "aab", "a and b joined" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) run = g_ptr_array_new_with_free_func(g_object_unref);
        for (const char *name = cases[i].names; *name; name++) {
            char nickname[] = { *name, '\0' };
            g_autofree char *body = g_strdup_printf("%s joined", nickname);
            g_ptr_array_add(run, message(JD_MESSAGE_JOINED, nickname, body, NOON));
        }
        g_autofree char *words = event_text(run);
        assert_string_equal(words, cases[i].words);
    }
}

/* A view that only follows items-changed sees what is there. */
static void
follow_cb(GListModel *model, guint position, guint removed, guint added, gpointer data)
{
    GPtrArray *seen = data;
    assert_true(position + removed <= seen->len);
    if (removed > 0)
        g_ptr_array_remove_range(seen, position, removed);
    for (guint i = 0; i < added; i++)
        g_ptr_array_insert(seen, (int)(position + i), g_list_model_get_item(model, position + i));
    assert_int_equal(seen->len, g_list_model_get_n_items(model));
}

static void
assert_same(JdTimeline *timeline, GPtrArray *seen, GListStore *messages)
{
    g_autoptr(JdTimeline) anew = jd_timeline_new(G_LIST_MODEL(messages), NULL);
    g_autofree char *is = shape(timeline);
    g_autofree char *should = shape(anew);
    assert_string_equal(is, should);
    for (guint i = 0; i < seen->len; i++) {
        g_autoptr(JdLine) line = g_list_model_get_item(G_LIST_MODEL(timeline), i);
        g_autoptr(JdLine) other = g_list_model_get_item(G_LIST_MODEL(anew), i);
        assert_ptr_equal(seen->pdata[i], line);
        assert_true(jd_line_equal(line, other));
    }
}

static void
change_at_random(GListStore *messages, GRand *random)
{
    static const JdMessageKind kinds[] = { JD_MESSAGE_TEXT, JD_MESSAGE_JOINED, JD_MESSAGE_LEFT,
                                           JD_MESSAGE_SUBJECT };
    static const char *const names[] = { "anna", "ben", "carol" };
    guint count = g_list_model_get_n_items(G_LIST_MODEL(messages));
    guint position = (guint)g_rand_int_range(random, 0, (int)count + 1);
    guint removed = (guint)g_rand_int_range(random, 0, (int)MIN(count - position, 3) + 1);
    gpointer fresh[3] = { NULL, NULL, NULL };
    guint added = (guint)g_rand_int_range(random, 0, 4);
    for (guint i = 0; i < added; i++)
        fresh[i] =
            message(kinds[g_rand_int_range(random, 0, 4)], names[g_rand_int_range(random, 0, 3)],
                    "x", NOON + g_rand_int_range(random, 0, 4) * DAY / 2);
    g_list_store_splice(messages, position, removed, fresh, added);
    for (guint i = 0; i < added; i++)
        g_object_unref(fresh[i]);
}

static void
test_following_is_the_same_as_anew(void **state)
{
    (void)state;
    for (guint32 seed = 1; seed <= 20; seed++) {
        GRand *random = g_rand_new_with_seed(seed);
        g_autoptr(GListStore) messages = g_list_store_new(JD_TYPE_MESSAGE);
        g_autoptr(JdTimeline) timeline = jd_timeline_new(G_LIST_MODEL(messages), NULL);
        g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_object_unref);
        follow_cb(G_LIST_MODEL(timeline), 0, 0, 1, seen);
        g_signal_connect(timeline, "items-changed", G_CALLBACK(follow_cb), seen);
        for (int change = 0; change < 150; change++) {
            change_at_random(messages, random);
            assert_same(timeline, seen, messages);
        }
        g_signal_handlers_disconnect_by_data(timeline, seen);
        g_rand_free(random);
    }
}

/* The engine drops the oldest when there are very many: the rest of the lines stays. */
static void
count_cb(GListModel *model, guint position, guint removed, guint added, gpointer data)
{
    guint *touched = data;
    (void)model;
    (void)position;
    *touched += removed + added;
}

static void
test_old_ones_go_without_fuss(void **state)
{
    g_autoptr(GListStore) messages = g_list_store_new(JD_TYPE_MESSAGE);
    guint touched = 0;
    (void)state;
    for (int i = 0; i < 1000; i++)
        add(messages, JD_MESSAGE_TEXT, i % 2 ? "anna" : "ben", "x", NOON + i);
    g_autoptr(JdTimeline) timeline = jd_timeline_new(G_LIST_MODEL(messages), NULL);
    g_signal_connect(timeline, "items-changed", G_CALLBACK(count_cb), &touched);
    g_list_store_remove(messages, 0);
    assert_true(touched <= 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_days_and_runs),
        cmocka_unit_test(test_new_line),
        cmocka_unit_test(test_names_in_events),
        cmocka_unit_test(test_following_is_the_same_as_anew),
        cmocka_unit_test(test_old_ones_go_without_fuss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
