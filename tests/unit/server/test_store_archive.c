/* test_store_archive.c - messages into archives, and out of them again by every way of asking. */
#include "base/clock.h"
#include "base/error.h"
#include "server/store/schema.h"
#include "server/store/store_archive.h"
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

/* More than SQLite looks at before it looks at the clock. */
#define MANY ((size_t)1000)

/* 2026-01-01: the clock of the tests. */
#define NOON INT64_C(1767268800000000)

static const struct archive_owner ANNA = { ARCHIVE_OF_ACCOUNT, STR_INIT("anna") };
static const struct archive_owner BERT = { ARCHIVE_OF_ACCOUNT, STR_INIT("bert") };

static int
set_up(void **state)
{
    struct store_fixture *fixture = calloc(1, sizeof(*fixture));

    store_fixture_init(fixture);
    store_fixture_open(fixture);
    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
    assert_int_equal(store_fixture_add_account(fixture, "bert"), 0);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    store_fixture_fini(*state);
    free(*state);
    return 0;
}

/* ---- adding ---- */

static struct store_archive_add *
new_message(struct store_fixture *fixture,
            struct archive_owner owner,
            int64_t stored_us,
            const char *contact,
            const char *body)
{
    struct store_archive_add *add = FIXTURE_CALL(fixture, archive_add, ARCHIVE_ADD);
    char xml[512];

    (void)snprintf(xml, sizeof(xml), "<message id='%s'><body>%s</body></message>", body, body);
    add->owner = owner;
    add->message = (struct store_archive_message){
        .key = store_archive_key(fixture->store, stored_us),
        .stored_us = stored_us,
        .contact = store_keep(&add->call, str_from(contact)),
        .resource = STR("phone"),
        .xml = store_keep(&add->call, str_from(xml)),
    };
    add->origin = archive_origin(str_from(contact), str_from(body));
    return add;
}

static int64_t
keep(struct store_fixture *fixture,
     struct archive_owner owner,
     int64_t stored_us,
     const char *contact,
     const char *body)
{
    struct store_archive_add *add = new_message(fixture, owner, stored_us, contact, body);
    int64_t key;

    assert_int_equal(store_fixture_run(fixture, &add->call), 0);
    key = add->ret_key;
    store_call_free(&add->call);
    return key;
}

/* Ten messages a second apart: "m0" to "m9", by turns with bob and carl. */
static void
keep_ten(struct store_fixture *fixture, int64_t keys[10])
{
    for (int i = 0; i < 10; i++) {
        char body[16];

        (void)snprintf(body, sizeof(body), "m%d", i);
        keys[i] = keep(fixture, ANNA, NOON + i * SECOND, i % 2 ? "carl@c" : "bob@b", body);
    }
}

/* ---- asking ---- */

static struct store_archive_page *
ask(struct store_fixture *fixture, struct archive_owner owner)
{
    struct store_archive_page *page = FIXTURE_CALL(fixture, archive_page, ARCHIVE_PAGE);

    page->owner = owner;
    page->limit = 100;
    page->byte_max = SIZE_MAX;
    return page;
}

/* Runs it: the bodies of what came as one text, with a "+" when that is not all; frees it. */
static char *
bodies(struct store_fixture *fixture, struct store_archive_page *page)
{
    static char text[4096];
    size_t at = 0;
    int r = store_fixture_run(fixture, &page->call);

    text[0] = '\0';
    if (r < 0)
        (void)snprintf(text, sizeof(text), "%s", error_text(r));
    for (size_t i = 0; r == 0 && i < page->ret_count; i++) {
        struct str xml = page->ret_messages[i].xml;
        ptrdiff_t start = str_find_char(xml, '>', 0);
        struct str body = str_slice(xml, (size_t)start + 7, xml.len - 17);

        at += (size_t)snprintf(text + at, sizeof(text) - at, "%.*s ", STR_ARG(body));
    }
    if (r == 0 && !page->ret_complete)
        (void)snprintf(text + at, sizeof(text) - at, "+");
    store_call_free(&page->call);
    return text;
}

static void
pages_follow_one_another(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_page *page;
    int64_t keys[10];

    keep_ten(fixture, keys);
    page = ask(fixture, ANNA);
    assert_string_equal(bodies(fixture, page), "m0 m1 m2 m3 m4 m5 m6 m7 m8 m9 ");
    page = ask(fixture, ANNA);
    page->limit = 4;
    assert_string_equal(bodies(fixture, page), "m0 m1 m2 m3 +");
    page = ask(fixture, ANNA);
    page->limit = 4;
    page->after = keys[3];
    assert_string_equal(bodies(fixture, page), "m4 m5 m6 m7 +");
    page = ask(fixture, ANNA);
    page->limit = 2;
    page->after = keys[7];
    assert_string_equal(bodies(fixture, page), "m8 m9 ");
    page = ask(fixture, ANNA);
    page->limit = 3;
    page->backwards = true;
    assert_string_equal(bodies(fixture, page), "m7 m8 m9 +");
    page = ask(fixture, ANNA);
    page->limit = 3;
    page->backwards = true;
    page->before = keys[3];
    assert_string_equal(bodies(fixture, page), "m0 m1 m2 ");
    page = ask(fixture, ANNA);
    page->after = keys[2];
    page->before = keys[5];
    assert_string_equal(bodies(fixture, page), "m3 m4 ");
    page = ask(fixture, ANNA);
    page->after = keys[9];
    assert_string_equal(bodies(fixture, page), "");
}

static void
an_answer_has_a_bound_in_bytes(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_page *page;
    int64_t keys[10];

    keep_ten(fixture, keys);
    page = ask(fixture, ANNA);
    page->byte_max = 150;
    assert_string_equal(bodies(fixture, page), "m0 m1 m2 +");
    page = ask(fixture, ANNA);
    page->byte_max = 1;
    page->backwards = true;
    assert_string_equal(bodies(fixture, page), "m9 +");
}

static void
one_contact_is_told_from_the_others(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_page *page;
    int64_t keys[10];

    keep_ten(fixture, keys);
    page = ask(fixture, ANNA);
    page->contact = STR("carl@c");
    assert_string_equal(bodies(fixture, page), "m1 m3 m5 m7 m9 ");
    page = ask(fixture, ANNA);
    page->contact = STR("carl@c");
    page->backwards = true;
    page->limit = 2;
    assert_string_equal(bodies(fixture, page), "m7 m9 +");
    page = ask(fixture, ANNA);
    page->contact = STR("carl@c");
    page->resource = STR("phone");
    page->after = keys[4];
    assert_string_equal(bodies(fixture, page), "m5 m7 m9 ");
    page = ask(fixture, ANNA);
    page->contact = STR("carl@c");
    page->resource = STR("desk");
    assert_string_equal(bodies(fixture, page), "");
    page = ask(fixture, ANNA);
    page->contact = STR("dora@d");
    assert_string_equal(bodies(fixture, page), "");
}

static void
a_span_has_both_its_ends(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_page *page;
    int64_t keys[10];

    keep_ten(fixture, keys);
    page = ask(fixture, ANNA);
    page->has_span = true;
    page->start_us = NOON + 2 * SECOND;
    page->end_us = NOON + 4 * SECOND;
    assert_string_equal(bodies(fixture, page), "m2 m3 m4 ");
    page = ask(fixture, ANNA);
    page->has_span = true;
    page->start_us = NOON + 2 * SECOND + 1;
    page->end_us = NOON + 4 * SECOND - 1;
    assert_string_equal(bodies(fixture, page), "m3 ");
    page = ask(fixture, ANNA);
    page->has_span = true;
    page->start_us = NOON + 8 * SECOND;
    page->end_us = INT64_MAX;
    assert_string_equal(bodies(fixture, page), "m8 m9 ");
    page = ask(fixture, ANNA);
    page->has_span = true;
    page->start_us = INT64_MIN;
    page->end_us = NOON;
    assert_string_equal(bodies(fixture, page), "m0 ");
}

/* The clock was an hour ahead, then it was set right: order is order, time is time. */
static void
the_clock_may_jump_back(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_page *page;
    int64_t hour = 3600 * SECOND, keys[4];

    keys[0] = keep(fixture, ANNA, NOON, "bob@b", "right");
    keys[1] = keep(fixture, ANNA, NOON + hour, "bob@b", "ahead");
    keys[2] = keep(fixture, ANNA, NOON + 10 * SECOND, "bob@b", "again");
    keys[3] = keep(fixture, ANNA, NOON + 11 * SECOND, "bob@b", "later");
    for (int i = 1; i < 4; i++)
        assert_true(keys[i] > keys[i - 1]);
    page = ask(fixture, ANNA);
    assert_string_equal(bodies(fixture, page), "right ahead again later ");
    page = ask(fixture, ANNA);
    page->has_span = true;
    page->start_us = NOON + 5 * SECOND;
    page->end_us = NOON + 10 * SECOND;
    assert_string_equal(bodies(fixture, page), "again ");
    page = ask(fixture, ANNA);
    page->has_span = true;
    page->start_us = NOON + 60 * SECOND;
    page->end_us = INT64_MAX;
    assert_string_equal(bodies(fixture, page), "ahead ");
    /* Nor does a restart begin again. */
    store_fixture_close(fixture);
    store_fixture_open(fixture);
    assert_true(keep(fixture, ANNA, NOON, "bob@b", "new") > keys[3]);
}

static void
named_messages_are_fetched(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_page *page;
    int64_t keys[10], foreign, wanted[3];

    keep_ten(fixture, keys);
    foreign = keep(fixture, BERT, NOON + 60 * SECOND, "bob@b", "mine");
    wanted[0] = keys[2];
    wanted[1] = keys[5];
    wanted[2] = keys[6];
    page = ask(fixture, ANNA);
    page->keys = wanted;
    page->key_count = 3;
    assert_string_equal(bodies(fixture, page), "m2 m5 m6 ");
    page = ask(fixture, ANNA);
    page->keys = wanted;
    page->key_count = 3;
    page->limit = 2;
    page->backwards = true;
    assert_string_equal(bodies(fixture, page), "m5 m6 +");
    page = ask(fixture, ANNA);
    page->keys = wanted;
    page->key_count = 3;
    page->after = keys[2];
    assert_string_equal(bodies(fixture, page), "m5 m6 ");
    /* All must be there, and in this archive; also those that are not on the page. */
    wanted[2] = foreign;
    page = ask(fixture, ANNA);
    page->keys = wanted;
    page->key_count = 3;
    page->limit = 1;
    assert_string_equal(bodies(fixture, page), error_text(E_NOT_FOUND));
}

static void
anchors_must_be_in_the_archive(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t keys[10], foreign;

    keep_ten(fixture, keys);
    foreign = keep(fixture, BERT, NOON, "bob@b", "mine");
    const struct {
        int64_t anchor;
        bool found;
    } cases[] = { { keys[0], true }, { keys[9], true }, { foreign, false }, { 1, false } };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct store_archive_page *page = ask(fixture, ANNA);

        page->anchors[page->anchor_count++] = cases[i].anchor;
        page->limit = 1;
        assert_string_equal(bodies(fixture, page),
                            cases[i].found ? "m0 +" : error_text(E_NOT_FOUND));
    }
}

static void
an_archive_without_messages_is_empty(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_page *page = ask(fixture, BERT);
    struct store_archive_bounds *bounds;
    struct store_archive_add *add;

    assert_string_equal(bodies(fixture, page), "");
    bounds = FIXTURE_CALL(fixture, archive_bounds, ARCHIVE_BOUNDS);
    bounds->owner = BERT;
    assert_int_equal(store_fixture_run(fixture, &bounds->call), 0);
    assert_int_equal(bounds->ret_first, 0);
    store_call_free(&bounds->call);
    add = new_message(fixture, (struct archive_owner){ ARCHIVE_OF_ACCOUNT, STR("nobody") }, NOON,
                      "a@a", "x");
    assert_int_equal(store_fixture_run(fixture, &add->call), E_NOT_FOUND);
    store_call_free(&add->call);
}

static int64_t
count(struct store_fixture *fixture, struct str contact, struct str resource)
{
    struct store_archive_page *page = ask(fixture, ANNA);
    int64_t total;

    page->limit = 0;
    page->contact = contact;
    page->resource = resource;
    assert_int_equal(store_fixture_run(fixture, &page->call), 0);
    total = page->ret_total;
    store_call_free(&page->call);
    return total;
}

static void
messages_are_counted_when_asked(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_page *page;
    int64_t keys[10];

    keep_ten(fixture, keys);
    page = ask(fixture, ANNA);
    page->limit = 0;
    page->contact = STR("bob@b");
    page->after = keys[0];
    assert_int_equal(store_fixture_run(fixture, &page->call), 0);
    assert_int_equal(page->ret_total, 4);
    assert_int_equal(page->ret_count, 0);
    assert_false(page->ret_complete);
    store_call_free(&page->call);
    assert_int_equal(count(fixture, (struct str){ 0 }, (struct str){ 0 }), 10);
    assert_int_equal(count(fixture, STR("carl@c"), (struct str){ 0 }), 5);
    assert_int_equal(count(fixture, STR("carl@c"), STR("phone")), 5);
    assert_int_equal(count(fixture, STR("carl@c"), STR("desk")), 0);
    assert_int_equal(count(fixture, STR("eve@e"), (struct str){ 0 }), 0);
}

/* Bob has another resource than that which is asked for: all must be looked at. */
static void
a_long_search_is_given_up(void **state)
{
    static struct store_archive_add *adds[MANY];
    struct store_fixture *fixture = *state;
    struct store_archive_page *page;
    size_t before = fixture->answered;

    store_fixture_close(fixture);
    fixture->options.page_max_us = 1;
    fixture->options.queue_max = MANY;
    store_fixture_open(fixture);
    for (size_t i = 0; i < MANY; i++) {
        adds[i] = new_message(fixture, ANNA, NOON, "bob@b", "m0");
        store_submit(fixture->store, &adds[i]->call);
    }
    store_fixture_wait(fixture, before + MANY);
    for (size_t i = 0; i < MANY; i++)
        store_call_free(&adds[i]->call);
    page = ask(fixture, ANNA);
    page->contact = STR("bob@b");
    page->resource = STR("desk");
    assert_int_equal(store_fixture_run(fixture, &page->call), E_LIMIT);
    assert_int_equal(page->ret_count, 0);
    store_call_free(&page->call);
    page = ask(fixture, ANNA);
    page->contact = STR("bob@b");
    page->resource = STR("desk");
    page->limit = 0;
    assert_int_equal(store_fixture_run(fixture, &page->call), 0);
    assert_int_equal(page->ret_total, ARCHIVE_COUNT_UNKNOWN);
    store_call_free(&page->call);

    /* The next one is not held to account for it. */
    page = ask(fixture, ANNA);
    page->limit = 1;
    assert_string_equal(bodies(fixture, page), "m0 +");
}

static void
the_ends_are_known(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_bounds *bounds;
    int64_t keys[10];

    keep_ten(fixture, keys);
    bounds = FIXTURE_CALL(fixture, archive_bounds, ARCHIVE_BOUNDS);
    bounds->owner = ANNA;
    assert_int_equal(store_fixture_run(fixture, &bounds->call), 0);
    assert_int_equal(bounds->ret_first, keys[0]);
    assert_int_equal(bounds->ret_last, keys[9]);
    assert_int_equal(bounds->ret_first_us, NOON);
    assert_int_equal(bounds->ret_last_us, NOON + 9 * SECOND);
    store_call_free(&bounds->call);
}

/* ---- sent again ---- */

static int64_t
send_again(struct store_fixture *fixture, int64_t stored_us, const char *id, const char *xml)
{
    struct store_archive_add *add = new_message(fixture, ANNA, stored_us, "bob@b", id);
    int64_t key;

    add->message.xml = store_keep(&add->call, str_from(xml));
    add->may_repeat = true;
    assert_int_equal(store_fixture_run(fixture, &add->call), 0);
    key = add->ret_key;
    store_call_free(&add->call);
    return key;
}

static void
what_is_sent_again_is_recognised(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_page *page;
    int64_t day = 24 * 3600 * SECOND;
    int64_t key = keep(fixture, ANNA, NOON, "bob@b", "m1");

    assert_int_equal(
        send_again(fixture, NOON + SECOND, "m1", "<message from='x'><body>m1</body></message>"),
        key);
    /* Other words, another id, another day: another message. */
    assert_int_not_equal(
        send_again(fixture, NOON + SECOND, "m1", "<message><body>M1</body></message>"), key);
    assert_int_not_equal(
        send_again(fixture, NOON + SECOND, "m2", "<message><body>m1</body></message>"), key);
    assert_int_not_equal(
        send_again(fixture, NOON + day + SECOND, "m1", "<message><body>m1</body></message>"), key);
    /* Nor when its id says nothing. */
    assert_int_not_equal(keep(fixture, ANNA, NOON + 2 * SECOND, "bob@b", "m1"), key);
    page = ask(fixture, ANNA);
    assert_string_equal(bodies(fixture, page), "m1 M1 m1 m1 m1 ");
}

/* ---- taken back ---- */

static int
take_back(struct store_fixture *fixture,
          struct archive_owner owner,
          const char *contact,
          struct store_archive_retraction retraction,
          bool *ret_retracted)
{
    struct store_archive_add *add =
        new_message(fixture, owner, NOON + 100 * SECOND, contact, "gone");
    int r;

    retraction.tombstone = STR("<retracted xmlns='t'/>");
    add->retraction = retraction;
    r = store_fixture_run(fixture, &add->call);
    *ret_retracted = add->ret_retracted;
    store_call_free(&add->call);
    return r;
}

static void
only_the_author_takes_back(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t key = keep(fixture, ANNA, NOON, "bob@b", "m1");
    int64_t foreign = keep(fixture, BERT, NOON, "bob@b", "m1");
    const struct store_archive_retraction mine = { .origin =
                                                       archive_origin(STR("bob@b"), STR("m1")) };
    struct store_archive_page *page;
    bool retracted;

    /* Of somebody else, of another archive, of nobody. */
    assert_int_equal(take_back(fixture, ANNA, "carl@c", mine, &retracted), 0);
    assert_false(retracted);
    assert_int_equal(take_back(fixture, ANNA, "carl@c",
                               (struct store_archive_retraction){ .key = key }, &retracted),
                     0);
    assert_false(retracted);
    assert_int_equal(take_back(fixture, ANNA, "bob@b",
                               (struct store_archive_retraction){ .key = foreign }, &retracted),
                     0);
    assert_false(retracted);
    page = ask(fixture, ANNA);
    assert_string_equal(bodies(fixture, page), "m1 gone gone gone ");
    assert_int_equal(take_back(fixture, ANNA, "bob@b", mine, &retracted), 0);
    assert_true(retracted);
    page = ask(fixture, ANNA);
    page->limit = 1;
    assert_int_equal(store_fixture_run(fixture, &page->call), 0);
    assert_int_equal(page->ret_messages[0].key, key);
    assert_true(
        str_is(page->ret_messages[0].xml, "<message id='m1'><retracted xmlns='t'/></message>"));
    store_call_free(&page->call);
    page = ask(fixture, BERT);
    assert_string_equal(bodies(fixture, page), "m1 ");
}

static void
a_moderator_takes_back_what_is_there(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t key = keep(fixture, ANNA, NOON, "bob@b", "m1");
    struct store_archive_page *page;
    bool retracted;

    assert_int_equal(take_back(fixture, ANNA, "mod@m",
                               (struct store_archive_retraction){ .key = 1, .is_moderation = true },
                               &retracted),
                     E_NOT_FOUND);
    /* Then nothing has happened. */
    page = ask(fixture, ANNA);
    assert_string_equal(bodies(fixture, page), "m1 ");
    assert_int_equal(
        take_back(fixture, ANNA, "mod@m",
                  (struct store_archive_retraction){ .key = key, .is_moderation = true },
                  &retracted),
        0);
    assert_true(retracted);
}

/* ---- searched ---- */

static char *
search(struct store_fixture *fixture, struct archive_owner owner, const char *words)
{
    struct store_archive_index *index = FIXTURE_CALL(fixture, archive_index, ARCHIVE_INDEX);
    struct store_archive_page *page = ask(fixture, owner);

    assert_int_equal(store_fixture_run(fixture, &index->call), 0);
    assert_true(index->ret_complete);
    store_call_free(&index->call);
    page->search = str_from(words);
    return bodies(fixture, page);
}

static void
words_are_found(void **state)
{
    static const struct {
        const char *words, *found;
    } cases[] = {
        { "tea", "green tea Tea time T\xC3\xA9\x61! " },
        { "TEA green", "green tea " },
        { "tea coffee", "" },
        { "te", "" },
        { "\"", "" },
        { "tea OR time", "" },
        { "tea*", "green tea Tea time T\xC3\xA9\x61! " },
        { "tea) OR (time", "" },
        { "scope:a1", "" },
        { "a1", "" },
        { "tea 'time\"", "Tea time " },
    };
    struct store_fixture *fixture = *state;
    struct store_archive_page *page;

    (void)keep(fixture, ANNA, NOON, "bob@b", "green tea");
    (void)keep(fixture, ANNA, NOON, "carl@c", "Tea time");
    (void)keep(fixture, BERT, NOON, "bob@b", "black tea");
    (void)keep(fixture, ANNA, NOON, "bob@b", "coffee");
    (void)keep(fixture, ANNA, NOON, "bob@b", "T\xC3\xA9\x61!");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(search(fixture, ANNA, cases[i].words), cases[i].found);
    assert_string_equal(search(fixture, BERT, "tea"), "black tea ");
    page = ask(fixture, ANNA);
    page->search = STR("tea");
    page->contact = STR("bob@b");
    page->backwards = true;
    page->limit = 1;
    assert_string_equal(bodies(fixture, page), "T\xC3\xA9\x61! +");
}

static void
what_is_taken_back_is_not_found(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t key = keep(fixture, ANNA, NOON, "bob@b", "green tea");
    bool retracted;

    assert_string_equal(search(fixture, ANNA, "tea"), "green tea ");
    assert_int_equal(take_back(fixture, ANNA, "bob@b",
                               (struct store_archive_retraction){ .key = key }, &retracted),
                     0);
    assert_true(retracted);
    assert_string_equal(search(fixture, ANNA, "tea"), "");
    assert_string_equal(search(fixture, ANNA, "gone"), "gone ");
}

/* Keys are drawn before they are committed: the one that was drawn first may come last. */
static void
a_latecomer_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_add *late = new_message(fixture, ANNA, NOON, "bob@b", "late tea");

    (void)keep(fixture, BERT, NOON, "bob@b", "early tea");
    assert_string_equal(search(fixture, BERT, "tea"), "early tea ");
    assert_int_equal(store_fixture_run(fixture, &late->call), 0);
    store_call_free(&late->call);
    assert_string_equal(search(fixture, ANNA, "tea"), "late tea ");
}

/* ---- gone ---- */

static int64_t
count_rows(struct store_fixture *fixture, const char *sql)
{
    char path[128];
    sqlite3 *db;
    sqlite3_stmt *statement;
    int64_t count;

    (void)snprintf(path, sizeof(path), "%s/jackdaw.sqlite", fixture->data_dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

static void
wait_for_rows(struct store_fixture *fixture, const char *sql, int64_t count)
{
    int64_t deadline_us = clock_monotonic_us() + 20 * SECOND;

    while (count_rows(fixture, sql) != count && clock_monotonic_us() < deadline_us)
        ;
    assert_int_equal(count_rows(fixture, sql), count);
}

static void
an_archive_goes_with_its_account(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_account_remove *remove = FIXTURE_CALL(fixture, account_remove, ACCOUNT_REMOVE);
    struct store_archive_page *page;
    int64_t keys[10];

    keep_ten(fixture, keys);
    (void)keep(fixture, BERT, NOON, "bob@b", "mine");
    assert_string_equal(search(fixture, ANNA, "m3"), "m3 ");
    remove->name = STR("anna");
    assert_int_equal(store_fixture_run(fixture, &remove->call), 0);
    store_call_free(&remove->call);
    /* A new one of that name finds nothing, from the first moment on. */
    assert_int_equal(store_fixture_add_account(fixture, "anna"), 0);
    page = ask(fixture, ANNA);
    assert_string_equal(bodies(fixture, page), "");
    wait_for_rows(fixture, "SELECT count(*) FROM archive_messages", 1);
    wait_for_rows(fixture, "SELECT count(*) FROM archives", 1);
    assert_int_equal(count_rows(fixture, "SELECT count(*) FROM archive_contacts"), 1);
    assert_int_equal(
        count_rows(fixture, "SELECT count(*) FROM archive_text WHERE archive_text MATCH 'm3'"), 0);
    page = ask(fixture, BERT);
    assert_string_equal(bodies(fixture, page), "mine ");
}

static void
old_messages_go(void **state)
{
    struct store_fixture *fixture = *state;
    int64_t now_us = clock_wall_us(), day = 24 * 3600 * SECOND;
    struct store_archive_page *page;

    store_fixture_close(fixture);
    fixture->options.archive_days = 7;
    store_fixture_open(fixture);
    for (int i = 10; i > 0; i--) {
        char body[16];

        (void)snprintf(body, sizeof(body), "m%d", i);
        (void)keep(fixture, ANNA, now_us - i * day + 3600 * SECOND, "bob@b", body);
    }
    wait_for_rows(fixture, "SELECT count(*) FROM archive_messages", 7);
    page = ask(fixture, ANNA);
    assert_string_equal(bodies(fixture, page), "m7 m6 m5 m4 m3 m2 m1 ");
    assert_string_equal(search(fixture, ANNA, "m9"), "");
}

/* ---- preferences ---- */

static void
preferences_come_back(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_archive_set_preferences *set =
        FIXTURE_CALL(fixture, archive_set_preferences, ARCHIVE_SET_PREFERENCES);
    struct store_account_load *load = FIXTURE_CALL(fixture, account_load, ACCOUNT_LOAD);

    set->name = STR("anna");
    set->preferences = STR("<prefs/>");
    assert_int_equal(store_fixture_run(fixture, &set->call), 0);
    load->name = STR("anna");
    assert_int_equal(store_fixture_run(fixture, &load->call), 0);
    assert_true(str_is(load->ret_archive_preferences, "<prefs/>"));
    store_call_free(&load->call);
    set->name = STR("nobody");
    assert_int_equal(store_fixture_run(fixture, &set->call), E_NOT_FOUND);
    store_call_free(&set->call);
}

/* ---- an older database ---- */

static void
execute(sqlite3 *db, const char *sql)
{
    char *error = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
}

/* As the first version left it, with times that do not all grow. */
static void
make_old_database(const struct store_fixture *fixture)
{
    char path[128];
    sqlite3 *db;

    (void)snprintf(path, sizeof(path), "%s/jackdaw.sqlite", fixture->data_dir);
    (void)remove(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    execute(db, schema_steps[0]);
    execute(db, "PRAGMA user_version = 1;"
                "INSERT INTO rooms VALUES (1, 'tea@r', 'c', '', '', 0, 1, 'Tea'),"
                " (2, 'bar@r', 'c', '', '', 0, 1, 'Bar');"
                "INSERT INTO room_messages (room_id, id, stored_us, nick, sender, xml) VALUES"
                " (1, 'i1', 5000000, 'anna', 'anna@a/x/y', '<message from=''tea@r/anna''>"
                "<body>m1</body><stanza-id xmlns=''urn:xmpp:sid:0'' by=''tea@r'' id=''i1''/>"
                "</message>'),"
                " (1, 'i2', 5000000, 'bert', 'bert@b/x', '<message><body>m2</body></message>'),"
                " (2, 'i3', 6000000, 'anna', 'anna@a/x', '<message><body>m3</body></message>'),"
                " (1, 'i4', 4000000, 'anna', 'anna@a/z', '<message><body>m4</body></message>')");
    sqlite3_close(db);
}

static void
what_rooms_had_is_taken_over(void **state)
{
    struct store_fixture *fixture = *state;
    const struct archive_owner tea = { ARCHIVE_OF_ROOM, STR("tea@r") };
    const struct store_archive_message *messages;
    struct store_archive_page *page;
    struct store_room_load *load;

    store_fixture_close(fixture);
    make_old_database(fixture);
    store_fixture_open(fixture);
    page = ask(fixture, tea);
    assert_string_equal(bodies(fixture, page), "m1 m2 m4 ");
    page = ask(fixture, tea);
    assert_int_equal(store_fixture_run(fixture, &page->call), 0);
    messages = page->ret_messages;
    assert_true(str_is(messages[0].contact, "anna@a"));
    assert_true(str_is(messages[0].resource, "x/y"));
    assert_true(str_is(messages[1].nick, "bert"));
    assert_int_equal(messages[0].stored_us, 5000000);
    assert_int_equal(messages[2].stored_us, 4000000);
    store_call_free(&page->call);
    load = FIXTURE_CALL(fixture, room_load, ROOM_LOAD);
    load->jid = STR("tea@r");
    load->history = 2;
    assert_int_equal(store_fixture_run(fixture, &load->call), 0);
    assert_int_equal(load->ret_message_count, 2);
    assert_true(str_is(load->ret_messages[1].xml, "<message><body>m4</body></message>"));
    store_call_free(&load->call);
    page = ask(fixture, tea);
    page->nick = STR("anna");
    assert_string_equal(bodies(fixture, page), "m1 m4 ");
    assert_string_equal(search(fixture, tea, "m4"), "m4 ");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(pages_follow_one_another),
        TEST(an_answer_has_a_bound_in_bytes),
        TEST(one_contact_is_told_from_the_others),
        TEST(a_span_has_both_its_ends),
        TEST(the_clock_may_jump_back),
        TEST(named_messages_are_fetched),
        TEST(anchors_must_be_in_the_archive),
        TEST(an_archive_without_messages_is_empty),
        TEST(messages_are_counted_when_asked),
        TEST(a_long_search_is_given_up),
        TEST(the_ends_are_known),
        TEST(what_is_sent_again_is_recognised),
        TEST(only_the_author_takes_back),
        TEST(a_moderator_takes_back_what_is_there),
        TEST(words_are_found),
        TEST(what_is_taken_back_is_not_found),
        TEST(a_latecomer_is_found),
        TEST(an_archive_goes_with_its_account),
        TEST(old_messages_go),
        TEST(preferences_come_back),
        TEST(what_rooms_had_is_taken_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
