/* test_history.c - the database of the history: one row a message, places, gaps, looks, marks. */
#include "client/history_db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ME   "anna@a"
#define BEN  "ben@a"
#define ROOM "lobby@rooms.a"

static struct history_db *db;

static int
set_up(void **state)
{
    (void)state;
    db = history_db_open(NULL);
    assert_non_null(db);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    assert_false(db->failed);
    history_db_close(db);
    return 0;
}

/* ---- events ---- */

static struct history_event
from_ben(const char *id, const char *archive_id, const char *text)
{
    return (struct history_event){
        .conversation = BEN,
        .archive = ME,
        .archive_id = archive_id,
        .origin_id = id,
        .id = id,
        .sender = BEN,
        .text = text,
        .time = 1,
    };
}

static struct history_event
to_ben(const char *id, const char *archive_id, const char *text)
{
    struct history_event event = from_ben(id, archive_id, text);
    event.sender = ME;
    event.outgoing = TRUE;
    event.state = archive_id ? HISTORY_SENT : HISTORY_PENDING;
    return event;
}

static struct history_event
in_room(const char *who, const char *id, const char *archive_id, const char *text)
{
    struct history_event event = from_ben(id, archive_id, text);
    event.conversation = ROOM;
    event.archive = ROOM;
    event.sender = who;
    event.nickname = who;
    return event;
}

static struct history_event
about(struct history_event event, enum history_kind kind, const char *target)
{
    event.kind = kind;
    event.target = target;
    return event;
}

static struct db_added
add(struct history_event event)
{
    return db_add(db, &event);
}

/* ---- what is shown ---- */

/* "one two | three": bodies in order, with | where something is missing. */
static void
assert_shows(const char *jid, const char *expected)
{
    struct history_view *view = db_read(db, jid, HISTORY_NEWEST, 0, 1000);
    g_autoptr(GString) text = g_string_new(NULL);
    guint gap = 0;
    for (guint i = 0; i <= view->messages->len; i++) {
        const struct history_message *message =
            i < view->messages->len ? view->messages->pdata[i] : NULL;
        while (gap < view->gaps->len) {
            const struct history_gap *at = view->gaps->pdata[gap];
            if (message && at->position > message->position)
                break;
            g_string_append(text, text->len > 0 ? " |" : "|");
            gap++;
        }
        if (message)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "",
                                   message->body ? message->body : "-");
    }
    assert_string_equal(text->str, expected);
    db_view_free(view);
}

/* The message with this id, shown now; free it. */
static struct history_message *
look(const char *jid, const char *id)
{
    g_autoptr(GPtrArray) found = db_find(db, jid, id);
    assert_int_equal(found->len, 1);
    return g_ptr_array_steal_index(found, 0);
}

static void
assert_state(const char *id, enum history_state expected)
{
    struct history_message *message = look(BEN, id);
    assert_int_equal(message->state, expected);
    history_message_free(message);
}

static void
assert_unread(const char *jid, guint unread, guint mentions)
{
    struct history_conversation *summary = db_summary(db, db_find_conversation(db, jid));
    assert_int_equal(summary->unread, unread);
    assert_int_equal(summary->mentions, mentions);
    history_conversation_free(summary);
}

/* ---- pages ---- */

static void
begin_era(const char *archive)
{
    history_gap_free(db_begin_era(db, archive));
}

/* Adds a page to the newest open gap of the archive; TRUE when something is left of it. */
static gboolean
add_page(const char *archive, const char *with, struct history_event *events, guint count)
{
    struct history_gap *gap = db_find_gap(db, archive, with);
    assert_non_null(gap);
    const struct history_archive_page page = {
        .archive = archive,
        .with = with,
        .era = gap->era,
        .events = events,
        .count = count,
        .first_id = count > 0 ? events[0].archive_id : NULL,
    };
    struct history_gap *left = db_add_page(db, &page);
    gboolean is_open = left != NULL;
    history_gap_free(gap);
    history_gap_free(left);
    return is_open;
}

#define PAGE(archive, with, ...)                                                                   \
    add_page(archive, with, (struct history_event[]){ __VA_ARGS__ },                               \
             sizeof((struct history_event[]){ __VA_ARGS__ }) / sizeof(struct history_event))

static void
assert_edge(const char *archive, const char *with, const char *expected)
{
    struct history_gap *gap = db_find_gap(db, archive, with);
    assert_non_null(gap);
    if (expected)
        assert_string_equal(gap->newer_id, expected);
    else
        assert_null(gap->newer_id);
    history_gap_free(gap);
}

/* ---- one message is one row ---- */

static void
test_same_archive_id(void **state)
{
    (void)state;
    assert_true(add(from_ben("x", "A1", "one")).is_new);
    assert_false(add(from_ben("x", "A1", "one")).is_new);
    /* Whatever else differs. */
    assert_false(add(from_ben("y", "A1", "one")).is_new);
    assert_shows(BEN, "| one");
}

static void
test_archive_id_of_another_archive(void **state)
{
    (void)state;
    assert_true(add(from_ben("x", "A1", "one")).is_new);
    assert_true(add(in_room("cleo", "y", "A1", "two")).is_new);
    assert_shows(BEN, "| one");
    assert_shows(ROOM, "| two");
}

static void
test_own_message_comes_back(void **state)
{
    (void)state;
    add(to_ben("m1", NULL, "one"));
    assert_state("m1", HISTORY_PENDING);
    assert_false(add(to_ben("m1", "A1", "one")).is_new);
    assert_state("m1", HISTORY_SENT);
    assert_shows(BEN, "| one");
}

static void
test_others_cannot_take_an_id(void **state)
{
    (void)state;
    add(in_room("anna", "m1", "R1", "mine"));
    /* The same id by another sender is another message. */
    assert_true(add(in_room("mallory", "m1", "R2", "not mine")).is_new);
    struct history_event own = in_room("anna", "m2", NULL, "pending");
    own.outgoing = TRUE;
    own.state = HISTORY_PENDING;
    add(own);
    assert_true(add(in_room("mallory", "m2", "R3", "pending")).is_new);
    struct history_message *message = look(ROOM, "m2");
    assert_int_equal(message->state, HISTORY_PENDING);
    history_message_free(message);
}

static void
test_ids_that_begin_anew(void **state)
{
    (void)state;
    struct history_event one = from_ben(NULL, "A1", "one");
    struct history_event two = from_ben(NULL, "A2", "one");
    one.id = two.id = "1";
    assert_true(add(one).is_new);
    assert_true(add(two).is_new); /* no origin-id, another archive id: said twice */
    assert_shows(BEN, "| one one");
}

static void
test_sent_twice(void **state)
{
    (void)state;
    /* The sender did not know that it had arrived, and the server keeps both. */
    add(from_ben("o1", "A1", "one"));
    assert_false(add(from_ben("o1", "A2", "one")).is_new);
    assert_shows(BEN, "| one");
    /* But an origin-id that is used for something else hides nothing. */
    assert_true(add(from_ben("o1", "A3", "two")).is_new);
    assert_shows(BEN, "| one two");
}

/* ---- places ---- */

static void
test_reflection_decides(void **state)
{
    (void)state;
    struct history_event own = in_room("anna", "m1", NULL, "mine");
    own.outgoing = TRUE;
    own.state = HISTORY_PENDING;
    add(own);
    add(in_room("ben", "x", "R1", "his"));
    assert_shows(ROOM, "| mine his");
    own.archive_id = "R2";
    own.state = HISTORY_SENT;
    add(own);
    assert_shows(ROOM, "| his mine");
}

static void
test_gap_is_filled_newest_first(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "1"));
    assert_true(PAGE(ME, NULL, from_ben("0", "A0", "0")));
    begin_era(ME);
    add(from_ben("9", "A9", "9"));
    assert_shows(BEN, "| 0 1 | 9");
    assert_edge(ME, NULL, NULL);
    assert_true(PAGE(ME, NULL, from_ben("7", "A7", "7"), from_ben("8", "A8", "8"),
                     from_ben("9", "A9", "9")));
    assert_shows(BEN, "| 0 1 | 7 8 9");
    assert_edge(ME, NULL, "A7");
    add(from_ben("10", "A10", "10"));
    assert_true(PAGE(ME, NULL, from_ben("5", "A5", "5"), from_ben("6", "A6", "6")));
    assert_shows(BEN, "| 0 1 | 5 6 7 8 9 10");
    assert_false(PAGE(ME, NULL, from_ben("0", "A0", "0"), from_ben("1", "A1", "1"),
                      from_ben("3", "A3", "3"), from_ben("4", "A4", "4")));
    assert_shows(BEN, "| 0 1 3 4 5 6 7 8 9 10");
}

static void
test_complete_closes_all(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "1"));
    begin_era(ME);
    add(from_ben("3", "A3", "3"));
    struct history_gap *gap = db_find_gap(db, ME, NULL);
    struct history_event events[] = { from_ben("2", "A2", "2") };
    /* The archive has expired what we still have. */
    const struct history_archive_page page = { .archive = ME,
                                               .era = gap->era,
                                               .events = events,
                                               .count = 1,
                                               .first_id = "A2",
                                               .is_complete = TRUE };
    assert_null(db_add_page(db, &page));
    history_gap_free(gap);
    assert_shows(BEN, "1 2 3");
    assert_null(db_find_gap(db, ME, NULL));
}

static void
test_empty_page_closes(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "1"));
    assert_false(add_page(ME, NULL, NULL, 0));
    assert_shows(BEN, "1");
}

static void
test_missed_between_live_ones(void **state)
{
    (void)state;
    begin_era(ME);
    add(from_ben("1", "A1", "1"));
    add(from_ben("3", "A3", "3"));
    add(from_ben("5", "A5", "5"));
    /* From our other device, without carbons. 6 is not in the page yet. */
    assert_true(PAGE(ME, NULL, to_ben("0", "A0", "0"), from_ben("1", "A1", "1"),
                     to_ben("2", "A2", "2"), from_ben("3", "A3", "3"), to_ben("4", "A4", "4")));
    assert_shows(BEN, "| 0 1 2 3 4 5");
    /* Newer than everything live. */
    begin_era(ME);
    add(from_ben("7", "A7", "7"));
    assert_false(PAGE(ME, NULL, from_ben("5", "A5", "5"), to_ben("6", "A6", "6"),
                      from_ben("7", "A7", "7"), to_ben("8", "A8", "8")));
    assert_shows(BEN, "| 0 1 2 3 4 5 6 7 8");
}

static void
test_room_between_neighbours_runs_out(void **state)
{
    (void)state;
    begin_era(ME);
    add(from_ben("a", "A", "a"));
    add(from_ben("z", "Z", "z"));
    g_autoptr(GString) expected = g_string_new("| a");
    char ids[40][8];
    struct history_event events[42];
    events[0] = from_ben("a", "A", "a");
    for (int i = 0; i < 40; i++) {
        g_snprintf(ids[i], sizeof(ids[i]), "%d", i);
        events[i + 1] = from_ben(ids[i], ids[i], ids[i]);
        g_string_append_printf(expected, " %d", i);
    }
    events[41] = from_ben("z", "Z", "z");
    g_string_append(expected, " z");
    assert_true(add_page(ME, NULL, events, 42));
    assert_shows(BEN, expected->str);
}

static void
test_pending_moves_to_the_live_edge(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "1"));
    add(to_ben("p", NULL, "p"));
    begin_era(ME);
    add(from_ben("3", "A3", "3"));
    assert_shows(BEN, "| 1 | p 3");
    /* It had arrived after all, between two that were missed. */
    assert_false(PAGE(ME, NULL, from_ben("1", "A1", "1"), from_ben("2", "A2", "2"),
                      to_ben("p", "AP", "p"), from_ben("2b", "A2b", "2b"),
                      from_ben("3", "A3", "3")));
    assert_shows(BEN, "| 1 2 p 2b 3");
    /* Whether the other server has it as well is not known: it is sent once more. */
    g_autoptr(GPtrArray) pending = db_pending(db, BEN);
    assert_int_equal(pending->len, 1);
    db_set_state(db, BEN, "p", HISTORY_SENT, NULL);
    assert_state("p", HISTORY_SENT);
}

static void
test_lost_connection_without_news(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "1"));
    begin_era(ME);
    begin_era(ME);
    begin_era(ME);
    g_autoptr(GPtrArray) gaps = db_gaps(db, db_find_conversation(db, BEN));
    assert_int_equal(gaps->len, 2); /* the beginning, and one */
    const struct history_gap *gap = gaps->pdata[1];
    assert_string_equal(gap->older_id, "A1");
    assert_int_equal(gap->newer_position, 0);
}

static void
test_one_conversation_only(void **state)
{
    (void)state;
    struct history_event cleo = from_ben("c", "AC", "c");
    cleo.conversation = cleo.sender = "cleo@a";
    begin_era(ME);
    add(from_ben("9", "A9", "9"));
    assert_true(PAGE(ME, BEN, from_ben("6", "A6", "6"), from_ben("8", "A8", "8")));
    assert_shows(BEN, "| 6 8 9");
    assert_edge(ME, BEN, "A6");
    assert_edge(ME, NULL, NULL); /* others may have said something since */
    /* The walk through everything passes what is known. */
    assert_true(PAGE(ME, NULL, from_ben("5", "A5", "5"), from_ben("6", "A6", "6"), cleo,
                     from_ben("8", "A8", "8"), from_ben("9", "A9", "9")));
    assert_shows(BEN, "| 5 6 8 9");
    assert_shows("cleo@a", "| c");
    assert_false(add_page(ME, BEN, NULL, 0));
    assert_shows(BEN, "5 6 8 9");
    assert_shows("cleo@a", "| c");
}

static void
test_a_late_page_of_a_closed_gap(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "1"));
    add(to_ben("2", NULL, "2"));
    begin_era(ME);
    /* Everything is there; only then what is sent now gets into the archive. */
    assert_false(PAGE(ME, NULL, from_ben("1", "A1", "1")));
    const struct history_event events[] = { from_ben("1", "A1", "1"), to_ben("2", "A2", "2") };
    const struct history_archive_page page = {
        .archive = ME, .with = BEN, .era = 2, .events = events, .count = 2, .first_id = "A1"
    };
    history_gap_free(db_add_page(db, &page));
    assert_shows(BEN, "| 1 2");
}

static void
test_junk_moves_the_edge(void **state)
{
    (void)state;
    add(from_ben("9", "A9", "9"));
    const struct history_archive_page page = {
        .archive = ME, .with = BEN, .era = 1, .first_id = "A3" /* nothing to be shown */
    };
    history_gap_free(db_add_page(db, &page));
    assert_edge(ME, BEN, "A3");
}

static void
test_meets_only_what_the_archive_knows(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "1"));
    add(to_ben("o", NULL, "o"));
    db_set_state(db, BEN, "o", HISTORY_SENT, NULL);
    begin_era(ME);
    add(from_ben("5", "A5", "5"));
    /* Ours is known, but not that it stands here: the gap goes on. */
    assert_true(PAGE(ME, NULL, to_ben("o", "AO", "o"), from_ben("4", "A4", "4")));
    assert_shows(BEN, "| 1 | o 4 5");
    assert_false(PAGE(ME, NULL, from_ben("1", "A1", "1"), from_ben("2", "A2", "2")));
    assert_shows(BEN, "| 1 2 o 4 5");
}

static void
test_from_the_newest_once_more(void **state)
{
    (void)state;
    begin_era(ME);
    add(from_ben("9", "A9", "9"));
    assert_true(PAGE(ME, NULL, from_ben("7", "A7", "7"), from_ben("8", "A8", "8")));
    /* The archive no longer has A7; what it still has is known. */
    db_restart_gap(db, ME, NULL, 1);
    assert_edge(ME, NULL, NULL);
    assert_true(PAGE(ME, NULL, from_ben("8", "A8", "8"), from_ben("9", "A9", "9")));
    assert_shows(BEN, "| 7 8 9");
    assert_false(add_page(ME, NULL, NULL, 0));
    assert_shows(BEN, "7 8 9");
}

static void
test_no_archive(void **state)
{
    (void)state;
    add(in_room("ben", "1", NULL, "1"));
    begin_era(ROOM);
    db_give_up_gap(db, ROOM, 1);
    assert_shows(ROOM, "1");
    assert_null(db_find_gap(db, ROOM, NULL));
}

/* ---- states ---- */

static void
test_states_go_forward(void **state)
{
    (void)state;
    add(to_ben("m", NULL, "m"));
    db_set_state(db, BEN, "m", HISTORY_SENT, NULL);
    db_set_state(db, BEN, "m", HISTORY_PENDING, NULL);
    assert_state("m", HISTORY_SENT);
    add(about(from_ben("r", NULL, NULL), HISTORY_RECEIPT, "m"));
    assert_state("m", HISTORY_DELIVERED);
    db_set_state(db, BEN, "m", HISTORY_FAILED, "No.");
    db_set_state(db, BEN, "m", HISTORY_SENT, NULL);
    assert_state("m", HISTORY_DELIVERED);
    add(about(from_ben("d", NULL, NULL), HISTORY_MARKER, "m"));
    assert_state("m", HISTORY_READ);
}

static void
test_failed_and_retried(void **state)
{
    (void)state;
    add(to_ben("m", NULL, "m"));
    add(from_ben("1", "A1", "1"));
    db_set_state(db, BEN, "m", HISTORY_FAILED, "No such person.");
    struct history_message *message = look(BEN, "m");
    assert_string_equal(message->failure, "No such person.");
    history_message_free(message);
    db_set_state(db, BEN, "m", HISTORY_PENDING, NULL);
    assert_shows(BEN, "| 1 m");
    g_autoptr(GPtrArray) pending = db_pending(db, BEN);
    assert_int_equal(pending->len, 1);
    message = pending->pdata[0];
    assert_null(message->failure);
    assert_string_equal(message->id, "m");
}

static void
test_read_reaches_back(void **state)
{
    (void)state;
    add(to_ben("1", "A1", "1"));
    add(to_ben("2", "A2", "2"));
    add(to_ben("3", "A3", "3"));
    add(about(from_ben("d", "A4", NULL), HISTORY_MARKER, "2"));
    assert_state("1", HISTORY_READ);
    assert_state("2", HISTORY_READ);
    assert_state("3", HISTORY_SENT);
    /* An older one does not take it back. */
    add(about(from_ben("e", "A5", NULL), HISTORY_MARKER, "1"));
    assert_state("2", HISTORY_READ);
}

static void
test_receipts_by_others_only(void **state)
{
    (void)state;
    add(to_ben("1", "A1", "1"));
    add(about(to_ben("r", "A2", NULL), HISTORY_RECEIPT, "1"));
    assert_state("1", HISTORY_SENT);
}

/* ---- relations ---- */

static void
assert_look(const char *id, const char *body, gboolean is_edited, const char *reactions)
{
    struct history_message *message = look(BEN, id);
    if (body)
        assert_string_equal(message->body, body);
    else
        assert_null(message->body);
    assert_int_equal(message->is_edited, is_edited);
    assert_int_equal(message->is_retracted, body == NULL);
    if (reactions)
        assert_string_equal(message->reactions, reactions);
    else
        assert_null(message->reactions);
    history_message_free(message);
}

static void
test_edit(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "teh"));
    add(about(from_ben("2", "A2", "the"), HISTORY_EDIT, "1"));
    assert_look("1", "the", TRUE, NULL);
    add(about(from_ben("3", "A3", "The"), HISTORY_EDIT, "1"));
    assert_look("1", "The", TRUE, NULL);
    /* Ours does not change his. */
    add(about(to_ben("4", "A4", "forged"), HISTORY_EDIT, "1"));
    assert_look("1", "The", TRUE, NULL);
    assert_shows(BEN, "| The");
}

static void
test_edit_by_another_occupant(void **state)
{
    (void)state;
    add(in_room("ben", "1", "R1", "said"));
    add(about(in_room("mallory", "2", "R2", "forged"), HISTORY_EDIT, "1"));
    add(about(in_room("mallory", "3", "R3", NULL), HISTORY_RETRACTION, "R1"));
    assert_shows(ROOM, "| said");
    struct history_event moderation =
        about(in_room(NULL, "4", "R4", NULL), HISTORY_RETRACTION, "R1");
    moderation.by_room = TRUE;
    add(moderation);
    assert_shows(ROOM, "| -");
}

static void
test_edit_before_the_message(void **state)
{
    (void)state;
    add(about(from_ben("2", "A2", "the"), HISTORY_EDIT, "1"));
    add(about(from_ben("3", "A3", "👍 🎉"), HISTORY_REACTIONS, "1"));
    PAGE(ME, NULL, from_ben("1", "A1", "teh"),
         about(from_ben("2", "A2", "the"), HISTORY_EDIT, "1"));
    assert_look("1", "the", TRUE, BEN "\t👍 🎉");
}

static void
test_reactions(void **state)
{
    (void)state;
    add(to_ben("1", "A1", "one"));
    add(about(from_ben("2", "A2", "👍"), HISTORY_REACTIONS, "1"));
    add(about(to_ben("3", "A3", "🎉"), HISTORY_REACTIONS, "1"));
    assert_look("1", "one", FALSE, BEN "\t👍\n\t🎉");
    add(about(from_ben("4", "A4", "❤"), HISTORY_REACTIONS, "1"));
    assert_look("1", "one", FALSE, "\t🎉\n" BEN "\t❤");
    add(about(from_ben("5", "A5", ""), HISTORY_REACTIONS, "1"));
    add(about(to_ben("6", "A6", NULL), HISTORY_REACTIONS, "1"));
    assert_look("1", "one", FALSE, NULL);
}

static void
test_retraction(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "secret"));
    add(about(from_ben("2", "A2", "the secret"), HISTORY_EDIT, "1"));
    add(about(from_ben("3", "A3", NULL), HISTORY_RETRACTION, "1"));
    assert_look("1", NULL, FALSE, NULL);
    assert_unread(BEN, 0, 0);
    g_autoptr(GPtrArray) hits = db_search(db, NULL, "secret", 10, 0);
    assert_int_equal(hits->len, 0);
}

static void
test_tombstone(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "secret"));
    begin_era(ME);
    struct history_event tombstone = from_ben("1", "A1", NULL);
    tombstone.is_retracted = TRUE;
    PAGE(ME, NULL, tombstone);
    assert_look("1", NULL, FALSE, NULL);
}

/* ---- what was read ---- */

static void
test_unread(void **state)
{
    (void)state;
    struct history_event mention = from_ben("2", "A2", "anna!");
    mention.mentions = TRUE;
    /* What this device finds in the archive is not news. */
    PAGE(ME, NULL, from_ben("0", "A0", "0"));
    gint64 row = add(from_ben("1", "A1", "1")).row;
    add(mention);
    add(to_ben("3", "A3", "3"));
    assert_unread(BEN, 2, 1);
    db_mark_read(db, BEN, row);
    assert_unread(BEN, 1, 1);
    /* Missed while away. */
    begin_era(ME);
    PAGE(ME, NULL, to_ben("3", "A3", "3"), from_ben("4", "A4", "4"));
    assert_unread(BEN, 2, 1);
    struct history_message *newest = look(BEN, "4");
    db_mark_read(db, BEN, newest->row);
    db_mark_read(db, BEN, row);
    assert_unread(BEN, 0, 0);
    history_message_free(newest);
}

static void
test_read_elsewhere(void **state)
{
    (void)state;
    add(from_ben("3", "A3", "3"));
    /* The other device has read less than this one takes for read, and it comes later. */
    db_mark_read_id(db, BEN, "A1");
    assert_unread(BEN, 1, 0);
    PAGE(ME, NULL, from_ben("0", "A0", "0"), from_ben("1", "A1", "1"), from_ben("2", "A2", "2"));
    assert_unread(BEN, 2, 0);
    db_mark_read_id(db, BEN, "A3");
    assert_unread(BEN, 0, 0);
    db_mark_read_id(db, BEN, "A0");
    assert_unread(BEN, 0, 0);
}

/* ---- pages for views ---- */

static void
assert_page(enum history_from from, gint64 position, guint count, const char *expected)
{
    struct history_view *view = db_read(db, BEN, from, position, count);
    g_autoptr(GString) text = g_string_new(view->has_older ? "<" : "");
    for (guint i = 0; i < view->messages->len; i++)
        g_string_append(text, ((struct history_message *)view->messages->pdata[i])->body);
    g_string_append(text, view->has_newer ? ">" : "");
    assert_string_equal(text->str, expected);
    db_view_free(view);
}

static void
test_pages(void **state)
{
    static const char *const ids[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
    (void)state;
    assert_page(HISTORY_NEWEST, 0, 4, "");
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
        add(from_ben(ids[i], ids[i], ids[i]));
        add(about(from_ben(NULL, NULL, "+"), HISTORY_REACTIONS, ids[i])); /* no line */
    }
    struct history_message *five = look(BEN, "5");
    gint64 position = five->position;
    assert_page(HISTORY_NEWEST, 0, 4, "<6789");
    assert_page(HISTORY_NEWEST, 0, 10, "0123456789");
    assert_page(HISTORY_OLDER, position, 3, "<234>");
    assert_page(HISTORY_OLDER, position, 5, "01234>");
    assert_page(HISTORY_NEWER, position, 3, "<678>");
    assert_page(HISTORY_NEWER, position, 4, "<6789");
    assert_page(HISTORY_AROUND, position, 4, "<3456>");
    history_message_free(five);
}

static void
test_search(void **state)
{
    (void)state;
    add(from_ben("1", "A1", "Der Frühling kommt bald"));
    struct history_event later = in_room("ben", "2", "R1", "Fruhlingsrolle, bitte");
    later.time = 2;
    add(later);
    g_autoptr(GPtrArray) both = db_search(db, NULL, "fruhl", 10, 0);
    assert_int_equal(both->len, 2);
    const struct history_hit *first = both->pdata[0];
    assert_string_equal(first->message->conversation, ROOM);
    assert_string_equal(first->snippet, "\002Fruhlingsrolle\003, bitte");
    g_autoptr(GPtrArray) here = db_search(db, BEN, "FRÜHLING kom", 10, 0);
    assert_int_equal(here->len, 1);
    static const char *const nothing[] = { "", "  ", "\"", "!!!", "AND", "NEAR(", "kommt x", "*" };
    for (guint i = 0; i < G_N_ELEMENTS(nothing); i++) {
        g_autoptr(GPtrArray) none = db_search(db, NULL, nothing[i], 10, 0);
        assert_int_equal(none->len, 0);
    }
    add(about(from_ben("3", "A3", "Der Herbst"), HISTORY_EDIT, "1"));
    g_autoptr(GPtrArray) gone = db_search(db, BEN, "frühling", 10, 0);
    assert_int_equal(gone->len, 0);
    g_autoptr(GPtrArray) edited = db_search(db, BEN, "herbst", 10, 0);
    assert_int_equal(edited->len, 1);
}

static void
test_settings(void **state)
{
    (void)state;
    db_set(db, BEN, ME, HISTORY_PINNED, TRUE);
    db_set(db, BEN, ME, HISTORY_MUTED, TRUE);
    db_set(db, BEN, ME, HISTORY_MUTED, FALSE);
    db_set_draft(db, BEN, ME, "half a sent");
    struct history_conversation *summary = db_summary(db, db_find_conversation(db, BEN));
    assert_true(summary->is_pinned);
    assert_false(summary->is_muted);
    assert_string_equal(summary->draft, "half a sent");
    history_conversation_free(summary);
    db_set_draft(db, BEN, ME, "");
    summary = db_summary(db, db_find_conversation(db, BEN));
    assert_null(summary->draft);
    history_conversation_free(summary);
}

/* ---- plans ---- */

/* A conversation is too long to be gone through for one message's relations. */
static gboolean
is_too_wide(guint statement, const char *step)
{
    if (statement == HISTORY_SQL_RELATIONS && g_str_has_prefix(step, "SEARCH"))
        return strstr(step, "target=?") == NULL;
    return g_str_has_prefix(step, "SCAN") && strstr(step, "VIRTUAL") == NULL &&
           strstr(step, "CONSTANT ROW") == NULL && strstr(step, "(subquery") == NULL;
}

static const char *const STATEMENTS[] = {
#define STATEMENT(NAME, sql) sql,
#include "client/history_statements.h"
#undef STATEMENT
};

static void
test_no_statement_scans(void **state)
{
    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(STATEMENTS); i++) {
        g_autofree char *sql = g_strconcat("EXPLAIN QUERY PLAN ", STATEMENTS[i], NULL);
        sqlite3_stmt *plan = NULL;
        assert_int_equal(sqlite3_prepare_v2(db->sqlite, sql, -1, &plan, NULL), SQLITE_OK);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(plan, 3);
            if (is_too_wide(i, step) && (int)i != HISTORY_SQL_CONVERSATION_ALL)
                fail_msg("%s: %s", STATEMENTS[i], step);
        }
        sqlite3_finalize(plan);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_same_archive_id),
        TEST(test_archive_id_of_another_archive),
        TEST(test_own_message_comes_back),
        TEST(test_others_cannot_take_an_id),
        TEST(test_ids_that_begin_anew),
        TEST(test_sent_twice),
        TEST(test_reflection_decides),
        TEST(test_gap_is_filled_newest_first),
        TEST(test_complete_closes_all),
        TEST(test_empty_page_closes),
        TEST(test_missed_between_live_ones),
        TEST(test_room_between_neighbours_runs_out),
        TEST(test_pending_moves_to_the_live_edge),
        TEST(test_lost_connection_without_news),
        TEST(test_one_conversation_only),
        TEST(test_a_late_page_of_a_closed_gap),
        TEST(test_junk_moves_the_edge),
        TEST(test_meets_only_what_the_archive_knows),
        TEST(test_from_the_newest_once_more),
        TEST(test_no_archive),
        TEST(test_states_go_forward),
        TEST(test_failed_and_retried),
        TEST(test_read_reaches_back),
        TEST(test_receipts_by_others_only),
        TEST(test_edit),
        TEST(test_edit_by_another_occupant),
        TEST(test_edit_before_the_message),
        TEST(test_reactions),
        TEST(test_retraction),
        TEST(test_tombstone),
        TEST(test_unread),
        TEST(test_read_elsewhere),
        TEST(test_pages),
        TEST(test_search),
        TEST(test_settings),
        TEST(test_no_statement_scans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
