/* test_history_speed.c - a conversation of 100,000 messages: opened, searched, read on, written to.
 * The bounds are generous (sanitizers, busy machines); what was measured is printed. */
#include "client/history_db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MESSAGES 100000 /* as in FILL */
#define ROOM     "lobby@rooms.a"

static struct history_db *db;
static gint64 began_us;

static void
begin(void)
{
    began_us = g_get_monotonic_time();
}

static void
end(const char *what, double bound_ms)
{
    double ms = (double)(g_get_monotonic_time() - began_us) / 1000.0;
    printf("%-40s %8.1f ms\n", what, ms);
    assert_true(ms < bound_ms);
}

static const char *const FILL =
    "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
    " INSERT INTO message (conversation, archive, position, kind, archive_id, message_id, sender,"
    " nickname, text, time, state, outgoing, mentions, by_room, tombstone, body)"
    " SELECT m.conversation, m.archive, m.position + i * 1024, 0, 'message-' || i, 'message-' || i,"
    " 'ben', 'ben', m.text || i, i, 0, 0, 0, 0, 0, m.text || i FROM n, message m WHERE m.id = 1";

static void
say(int number)
{
    g_autofree char *id = g_strdup_printf("message-%d", number);
    const struct history_event event = {
        .conversation = ROOM,
        .archive = ROOM,
        .archive_id = id,
        .id = id,
        .sender = "ben",
        .nickname = "ben",
        .text = "the quick brown fox jumps ",
        .time = number,
    };
    assert_true(db_add(db, &event).is_new);
}

static void
test_speed(void **state)
{
    (void)state;
    say(1);
    assert_int_equal(sqlite3_exec(db->sqlite, FILL, NULL, NULL, NULL), SQLITE_OK);

    begin();
    history_db_begin(db);
    for (int i = 1; i <= 1000; i++)
        say(MESSAGES + i);
    assert_true(history_db_commit(db));
    end("write 1,000 messages more", 10e3);

    begin();
    struct history_view *view = db_read(db, ROOM, HISTORY_NEWEST, 0, 100);
    end("open at the newest", 150);
    assert_int_equal(view->messages->len, 100);
    gint64 oldest = ((struct history_message *)view->messages->pdata[0])->position;
    db_view_free(view);

    begin();
    db_view_free(db_read(db, ROOM, HISTORY_OLDER, oldest, 100));
    end("a page more", 150);

    g_autoptr(GPtrArray) found = db_find(db, ROOM, "message-50000");
    gint64 middle = ((struct history_message *)found->pdata[0])->position;
    begin();
    db_view_free(db_read(db, ROOM, HISTORY_AROUND, middle, 100));
    end("jump to the middle", 150);

    begin();
    history_conversation_free(db_summary(db, db_find_conversation(db, ROOM)));
    end("count many unread ones", 500);

    begin();
    g_autoptr(GPtrArray) rare = db_search(db, NULL, "4711", 50, 0);
    end("search for a rare word", 500);
    assert_true(rare->len >= 1);

    begin();
    g_autoptr(GPtrArray) common = db_search(db, ROOM, "quick bro", 50, 0);
    end("search for what all have", 10e3);
    assert_int_equal(common->len, 50);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_speed),
    };
    db = history_db_open(NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    history_db_close(db);
    return failed;
}
