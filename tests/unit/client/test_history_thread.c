/* test_history_thread.c - the history as the engine uses it: by calls that answer later, kept in a
 * file of one's own. */
#include "client/history.h"

#include <glib/gstdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ME  "anna@a"
#define BEN "ben@a"

static char *folder;
static char *path;
static struct history *history;
static guint answers, messages, summaries;
static gint64 row;
static char *text; /* of the last list */
static guint unread;

static int
set_up(void **state)
{
    (void)state;
    folder = g_dir_make_tmp("history-XXXXXX", NULL);
    path = history_path(folder, ME);
    answers = messages = summaries = unread = 0;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    g_autofree char *inner = g_path_get_dirname(path);
    g_autoptr(GDir) dir = g_dir_open(inner, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(inner, name, NULL);
        g_unlink(file);
    }
    g_rmdir(inner);
    g_rmdir(folder);
    g_clear_pointer(&folder, g_free);
    g_clear_pointer(&path, g_free);
    g_clear_pointer(&text, g_free);
    return 0;
}

/* ---- waiting ---- */

static gboolean
late_cb(gpointer data)
{
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

static void
wait_for(const guint *counter, guint value)
{
    gboolean is_late = FALSE;
    guint timer = g_timeout_add_seconds(30, late_cb, &is_late);
    while (*counter < value && !is_late)
        g_main_context_iteration(NULL, TRUE);
    assert_false(is_late);
    g_source_remove(timer);
}

static void
message_cb(const struct history_message *message, gpointer data)
{
    assert_ptr_equal(data, &messages);
    assert_string_equal(message->conversation, BEN);
    messages++;
}

static void
conversation_cb(const struct history_conversation *conversation, gpointer data)
{
    assert_ptr_equal(data, &messages);
    unread = conversation->unread;
    summaries++;
}

static const struct history_listener LISTENER = {
    .message = message_cb,
    .conversation = conversation_cb,
};

static void
open_file(void)
{
    history = history_new(path, &LISTENER, &messages);
}

static void
added_cb(gint64 added, gboolean is_new, gpointer data)
{
    (void)is_new;
    assert_ptr_equal(data, &answers);
    row = added;
    answers++;
}

static void
list_cb(GPtrArray *rows, gpointer data)
{
    g_autoptr(GString) joined = g_string_new(NULL);
    (void)data;
    assert_non_null(rows);
    for (guint i = 0; i < rows->len; i++) {
        const struct history_message *message = rows->pdata[i];
        g_string_append_printf(joined, "%s%s", i > 0 ? " " : "", message->body);
    }
    g_free(text);
    text = g_string_free(g_steal_pointer(&joined), FALSE);
    answers++;
}

static struct history_event
event_of(const char *id, const char *archive_id)
{
    return (struct history_event){
        .conversation = BEN,
        .archive = ME,
        .archive_id = archive_id,
        .id = id,
        .sender = BEN,
        .text = id,
        .time = 1,
    };
}

static struct history_event
pending(const char *id)
{
    struct history_event event = event_of(id, NULL);
    event.outgoing = TRUE;
    event.state = HISTORY_PENDING;
    return event;
}

/* ---- tests ---- */

static void
test_answers_and_changes(void **state)
{
    (void)state;
    open_file();
    for (int i = 0; i < 1000; i++) {
        g_autofree char *id = g_strdup_printf("m%d", i);
        struct history_event event = event_of(id, id);
        history_add(history, &event, added_cb, &answers);
    }
    assert_int_equal(answers, 0); /* nothing comes before the loop runs */
    wait_for(&answers, 1000);
    assert_int_equal(messages, 1000);
    assert_int_equal(unread, 1000);
    assert_true(summaries < 1000); /* told once a batch */
    history_mark_read(history, BEN, row);
    guint before = summaries;
    wait_for(&summaries, before + 1);
    assert_int_equal(unread, 0);
    history_free(history);
}

static void
test_pending_survives(void **state)
{
    (void)state;
    struct history_event one = pending("one"), two = pending("two");
    open_file();
    history_add(history, &one, NULL, NULL);
    history_add(history, &two, NULL, NULL);
    history_set_state(history, BEN, "one", HISTORY_SENT, NULL);
    history_free(history); /* writes what is under way */
    open_file();
    history_pending(history, BEN, list_cb, NULL);
    wait_for(&answers, 1);
    assert_string_equal(text, "two");
    history_free(history);
}

static void
test_files_are_private(void **state)
{
    struct stat status;
    (void)state;
    struct history_event event = event_of("m", "m");
    g_autofree char *inner = g_path_get_dirname(path);
    open_file();
    history_add(history, &event, added_cb, &answers);
    wait_for(&answers, 1);
    assert_int_equal(stat(inner, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    static const char *const ends[] = { "", "-wal", "-shm" };
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *file = g_strconcat(path, ends[i], NULL);
        assert_int_equal(stat(file, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
    history_free(history);
}

static void
test_damaged_file_is_put_aside(void **state)
{
    (void)state;
    struct history_event event = pending("m");
    assert_true(
        g_file_set_contents(path, "This is no database, but long enough to be one.", -1, NULL));
    open_file();
    history_add(history, &event, added_cb, &answers);
    history_pending(history, BEN, list_cb, NULL);
    wait_for(&answers, 2);
    assert_string_equal(text, "m");
    history_free(history);
    g_autofree char *inner = g_path_get_dirname(path);
    g_autoptr(GDir) dir = g_dir_open(inner, 0, NULL);
    const char *name;
    guint kept = 0;
    while ((name = g_dir_read_name(dir)) != NULL)
        kept += g_str_has_prefix(name, "history.db.unreadable-") ? 1 : 0;
    assert_int_equal(kept, 1);
}

static void
test_freed_with_open_questions(void **state)
{
    (void)state;
    history = history_new(NULL, &LISTENER, &messages);
    history_pending(history, BEN, list_cb, NULL);
    history_free(history);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    assert_int_equal(answers, 0);
}

static void
free_cb(GPtrArray *rows, gpointer data)
{
    (void)rows, (void)data;
    history_free(history);
    answers++;
}

static void
test_freed_by_an_answer(void **state)
{
    (void)state;
    history = history_new(NULL, NULL, NULL);
    history_pending(history, BEN, free_cb, NULL);
    history_pending(history, BEN, list_cb, NULL);
    wait_for(&answers, 1);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    assert_int_equal(answers, 1);
}

static void
test_paths(void **state)
{
    (void)state;
    g_autofree char *long_local = g_strnfill(900, 'x');
    g_autofree char *long_jid = g_strconcat(long_local, "@a", NULL);
    g_autofree char *shortened = history_path(folder, long_jid);
    g_autofree char *inner = g_path_get_dirname(shortened);
    assert_true(g_file_test(inner, G_FILE_TEST_IS_DIR));
    g_rmdir(inner);
    g_autofree char *odd = history_path(folder, "a'b ü%@a");
    g_autofree char *odd_folder = g_path_get_dirname(odd);
    g_autofree char *parent = g_path_get_dirname(odd_folder);
    assert_string_equal(parent, folder);
    g_rmdir(odd_folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answers_and_changes),
        TEST(test_pending_survives),
        TEST(test_files_are_private),
        TEST(test_damaged_file_is_put_aside),
        TEST(test_freed_with_open_questions),
        TEST(test_freed_by_an_answer),
        TEST(test_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
