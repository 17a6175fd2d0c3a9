/* test_history.c - what is kept of a room's messages, and what a joiner gets. */
#include "server/room/history.h"

#include "base/buffer.h"
#include "xmpp/ns.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROOM   STR("cave@rooms.chat.example")
#define SECOND INT64_C(1000000)
#define UNSAID -1

static void
add(struct history *history, struct str xml, int64_t key)
{
    history_add(history,
                &(const struct history_message){
                    .key = key,
                    .stored_us = key,
                    .author = STR("anna@chat.example"),
                    .xml = xml,
                },
                ROOM);
}

/* `count` messages of one length, a second apart, the first one at second 1. */
static void
fill(struct history *history, int count)
{
    char xml[64];

    for (int i = 1; i <= count; i++) {
        (void)snprintf(xml, sizeof(xml), "<message><body>%03d</body></message>", i);
        add(history, str_from(xml), i * SECOND);
    }
}

static const struct history_item *
item_at(struct list *link)
{
    return CONTAINER_OF(link, struct history_item, link);
}

static size_t
selected(struct history *history, struct history_limits limits)
{
    size_t count = 0;

    for (struct list *link = history_select(history, limits); link != &history->items;
         link = link->next)
        count++;
    return count;
}

static void
a_message_gets_its_delay(void **state)
{
    struct history history;

    (void)state;
    history_init(&history, 10);
    fill(&history, 1);
    const struct history_item *item = item_at(history.items.next);
    assert_true(str_is(block_str(item->wire.block),
                       "<message><body>001</body><delay xmlns='urn:xmpp:delay' "
                       "from='cave@rooms.chat.example' stamp='1970-01-01T00:00:01.000000Z'/>"
                       "</message>"));
    assert_int_equal(item->wire.to_offset, strlen("<message"));
    history_clear(&history);
}

static void
what_is_no_message_is_not_kept(void **state)
{
    struct history history;

    (void)state;
    history_init(&history, 10);
    add(&history, STR_EMPTY, 0);
    add(&history, STR("<message/>"), 0);
    add(&history, STR("<presence></presence>"), 0);
    assert_int_equal(history.count, 0);
    history_clear(&history);
}

static void
the_oldest_go_first(void **state)
{
    struct history history;

    (void)state;
    history_init(&history, 3);
    fill(&history, 5);
    assert_int_equal(history.count, 3);
    assert_int_equal(item_at(history.items.next)->stored_us, 3 * SECOND);
    history_set_max(&history, 1);
    assert_int_equal(history.count, 1);
    assert_int_equal(item_at(history.items.next)->stored_us, 5 * SECOND);
    history_set_max(&history, 0);
    fill(&history, 2);
    assert_int_equal(history.count, 0);
    assert_int_equal(history.bytes, 0);
    history_clear(&history);
}

static void
bytes_are_bounded(void **state)
{
    struct history history;
    struct buffer xml;

    (void)state;
    history_init(&history, 1000);
    buffer_init(&xml, HISTORY_BYTES_MAX);
    buffer_append(&xml, STR("<message><body>"));
    for (size_t i = 0; i < HISTORY_BYTES_MAX / 8; i++)
        buffer_append_char(&xml, 'x');
    buffer_append(&xml, STR("</body></message>"));
    for (int i = 0; i < 20; i++)
        add(&history, buffer_str(&xml), i);
    assert_int_equal(history.count, 7);
    assert_true(history.bytes <= HISTORY_BYTES_MAX);
    history_clear(&history);
    buffer_fini(&xml);
}

static void
each_limit_counts(void **state)
{
    struct history history;

    (void)state;
    history_init(&history, 10);
    fill(&history, 5);
    const int64_t one = (int64_t)block_str(item_at(history.items.next)->wire.block).len;
    const struct {
        struct history_limits limits;
        size_t count;
    } rows[] = {
        { { UNSAID, UNSAID, UNSAID }, 5 },
        { { 0, UNSAID, UNSAID }, 0 },
        { { one - 1, UNSAID, UNSAID }, 0 },
        { { one, UNSAID, UNSAID }, 1 },
        { { 3 * one + 1, UNSAID, UNSAID }, 3 },
        { { UNSAID, 0, UNSAID }, 0 },
        { { UNSAID, 2, UNSAID }, 2 },
        { { UNSAID, 99, UNSAID }, 5 },
        { { UNSAID, UNSAID, 4 * SECOND }, 2 },
        { { UNSAID, UNSAID, 6 * SECOND }, 0 },
        { { UNSAID, UNSAID, 0 }, 5 },
        /* The smallest of all. */
        { { 2 * one, 3, 1 * SECOND }, 2 },
        { { 4 * one, 1, 1 * SECOND }, 1 },
        { { 4 * one, 4, 5 * SECOND }, 1 },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (selected(&history, rows[i].limits) != rows[i].count)
            fail_msg("row %zu: %zu messages", i, selected(&history, rows[i].limits));
    /* And those are the newest. */
    assert_int_equal(
        item_at(history_select(&history, (struct history_limits){ UNSAID, 2, UNSAID }))->stored_us,
        4 * SECOND);
    history_clear(&history);
}

static void
requests_are_read(void **state)
{
    static const struct {
        const char *name, *value;
        struct history_limits limits;
    } rows[] = {
        { "maxchars", "0", { 0, UNSAID, UNSAID } },
        { "maxchars", "65000", { 65000, UNSAID, UNSAID } },
        { "maxstanzas", "20", { UNSAID, 20, UNSAID } },
        { "seconds", "180", { UNSAID, UNSAID, 820 * SECOND } },
        { "seconds", "0", { UNSAID, UNSAID, 1000 * SECOND } },
        { "since", "1970-01-01T00:10:00Z", { UNSAID, UNSAID, 600 * SECOND } },
        /* Nonsense is as good as nothing. */
        { "maxchars", "-1", { UNSAID, UNSAID, UNSAID } },
        { "maxchars", "many", { UNSAID, UNSAID, UNSAID } },
        { "maxstanzas", "99999999999999999999", { UNSAID, UNSAID, UNSAID } },
        { "seconds", "", { UNSAID, UNSAID, UNSAID } },
        { "since", "yesterday", { UNSAID, UNSAID, UNSAID } },
        { "since", "1960-01-01T00:00:00Z", { UNSAID, UNSAID, UNSAID } },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena;
        arena_init(&arena, 4096);
        struct element *element = element_new(&arena, NS_MUC, STR("history"));
        element_set(&arena, element, str_from(rows[i].name), str_from(rows[i].value));
        const struct history_limits got = history_limits_read(element, 1000 * SECOND);
        if (got.max_chars != rows[i].limits.max_chars ||
            got.max_stanzas != rows[i].limits.max_stanzas ||
            got.since_us != rows[i].limits.since_us)
            fail_msg("row %zu", i);
        arena_fini(&arena);
    }
    const struct history_limits none = history_limits_read(NULL, 1000 * SECOND);
    assert_int_equal(none.max_chars, UNSAID);
    assert_int_equal(none.since_us, UNSAID);
}

/* "seconds" and "since" together: the later one. */
static void
the_later_moment_counts(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 4096);
    struct element *element = element_new(&arena, NS_MUC, STR("history"));
    element_set(&arena, element, STR("seconds"), STR("10"));
    element_set(&arena, element, STR("since"), STR("1970-01-01T00:10:00Z"));
    assert_int_equal(history_limits_read(element, 1000 * SECOND).since_us, 990 * SECOND);
    assert_int_equal(history_limits_read(element, 605 * SECOND).since_us, 600 * SECOND);
    arena_fini(&arena);
}

static void
one_can_be_taken_out(void **state)
{
    struct history history;

    (void)state;
    history_init(&history, 10);
    fill(&history, 3);
    assert_true(history_has(&history, 2 * SECOND));
    assert_false(history_has(&history, 2 * SECOND + 1));
    assert_false(history_remove(&history, 2 * SECOND + 1, STR_EMPTY));
    assert_false(history_remove(&history, 2 * SECOND, STR("bert@chat.example")));
    assert_true(history_remove(&history, 2 * SECOND, STR("anna@chat.example")));
    assert_false(history_remove(&history, 2 * SECOND, STR_EMPTY));
    assert_true(history_remove(&history, 3 * SECOND, STR_EMPTY));
    assert_int_equal(history.count, 1);
    assert_int_equal(item_at(history.items.next)->key, SECOND);
    history_clear(&history);
    assert_int_equal(history.bytes, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_gets_its_delay),
        cmocka_unit_test(what_is_no_message_is_not_kept),
        cmocka_unit_test(the_oldest_go_first),
        cmocka_unit_test(one_can_be_taken_out),
        cmocka_unit_test(bytes_are_bounded),
        cmocka_unit_test(each_limit_counts),
        cmocka_unit_test(requests_are_read),
        cmocka_unit_test(the_later_moment_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
