/* test_schema.c - the steps lead from any older version to the newest, and no statement that the
 * program runs has to look at every row of a table. */
#include "base/error.h"
#include "server/store/schema.h"
#include "server/store/sqlite_statements.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct statement {
    const char *name;
    const char *sql;
};

#define STATEMENT(NAME, text) { #NAME, (text) },
static const struct statement statements[] = { SQLITE_STATEMENTS(STATEMENT) };
#undef STATEMENT

static const struct log quiet = { .name = "test" };

static sqlite3 *
open_empty(void)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    return db;
}

static void
execute(sqlite3 *db, const char *sql)
{
    char *error = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
}

static int
read_version(sqlite3 *db)
{
    sqlite3_stmt *statement;
    int version;

    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

static void
an_empty_database_is_brought_up_to_date(void **state)
{
    sqlite3 *db = open_empty();

    (void)state;
    assert_int_equal(schema_upgrade(db, &quiet), 0);
    assert_int_equal(read_version(db), schema_version);
    /* Nothing is left to do. */
    assert_int_equal(schema_upgrade(db, &quiet), 0);
    sqlite3_close(db);
}

static void
every_older_version_is_brought_up_to_date(void **state)
{
    (void)state;
    for (int version = 0; version < schema_version; version++) {
        sqlite3 *db = open_empty();
        char sql[64];

        for (int step = 0; step < version; step++)
            execute(db, schema_steps[step]);
        (void)snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", version);
        execute(db, sql);
        assert_int_equal(schema_upgrade(db, &quiet), 0);
        assert_int_equal(read_version(db), schema_version);
        sqlite3_close(db);
    }
}

static void
a_newer_database_is_refused(void **state)
{
    sqlite3 *db = open_empty();
    char sql[64];

    (void)state;
    (void)snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", schema_version + 1);
    execute(db, sql);
    assert_int_equal(schema_upgrade(db, &quiet), E_STORE);
    assert_int_equal(read_version(db), schema_version + 1);
    sqlite3_close(db);
}

/* A step that fails leaves the database as it was: here a table stands in its way. */
static void
a_failing_step_changes_nothing(void **state)
{
    sqlite3 *db = open_empty();

    (void)state;
    execute(db, "CREATE TABLE room_messages (x)");
    assert_int_equal(schema_upgrade(db, &quiet), E_STORE);
    assert_int_equal(read_version(db), 0);
    execute(db, "CREATE TABLE accounts (x)"); /* is not there */
    sqlite3_close(db);
}

static void
check_plan(sqlite3 *db, const char *name, const char *sql)
{
    sqlite3_stmt *statement;
    char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);

    if (sqlite3_prepare_v2(db, explain, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", name, sqlite3_errmsg(db));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct str detail = str_from((const char *)sqlite3_column_text(statement, 3));

        /* A full-text index is asked for words ("M"), within a range of rows ("<", ">"). */
        if (str_starts_with(detail, STR("SCAN t VIRTUAL TABLE")) &&
            str_ends_with(detail, STR(":M2><")))
            continue;
        if (str_starts_with(detail, STR("SCAN")) || str_starts_with(detail, STR("USE TEMP")))
            fail_msg("%s: %.*s", name, STR_ARG(detail));
    }
    sqlite3_finalize(statement);
    sqlite3_free(explain);
}

/* The table of messages is read first, and this is how. */
static void
check_first_step(sqlite3 *db, const char *sql, const char *end)
{
    char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    struct str detail = str_from((const char *)sqlite3_column_text(statement, 3));
    if (!str_starts_with(detail, STR("SEARCH ")) || !str_ends_with(detail, str_from(end)))
        fail_msg("%s: %.*s", sql, STR_ARG(detail));
    sqlite3_finalize(statement);
    sqlite3_free(explain);
}

static void
no_statement_scans_a_table(void **state)
{
    sqlite3 *db = open_empty();

    (void)state;
    assert_int_equal(schema_upgrade(db, &quiet), 0);
    for (size_t i = 0; i < ARRAY_LEN(statements); i++)
        check_plan(db, statements[i].name, statements[i].sql);
    sqlite3_close(db);
}

/* A page is a range of keys in one index, so that it costs the same in the largest database. */
static void
pages_of_archives_are_ranges(void **state)
{
    static const struct {
        const char *name;
        const char *plan;
    } pages[] = {
        { "ARCHIVE_PAGE", "_archive (archive_id=? AND rowid>? AND rowid<?)" },
        { "ARCHIVE_PAGE_BACK", "_archive (archive_id=? AND rowid>? AND rowid<?)" },
        { "ARCHIVE_CONTACT_PAGE", "_contact (contact_id=? AND rowid>? AND rowid<?)" },
        { "ARCHIVE_CONTACT_PAGE_BACK", "_contact (contact_id=? AND rowid>? AND rowid<?)" },
        { "ARCHIVE_NICK_PAGE", "_nick (archive_id=? AND nick=? AND rowid>? AND rowid<?)" },
        { "ARCHIVE_NICK_PAGE_BACK", "_nick (archive_id=? AND nick=? AND rowid>? AND rowid<?)" },
        { "ARCHIVE_COUNT", "_archive (archive_id=? AND rowid>? AND rowid<?)" },
        { "ARCHIVE_CONTACT_COUNT", "_contact (contact_id=? AND rowid>? AND rowid<?)" },
        { "ARCHIVE_HISTORY", "_archive (archive_id=?)" },
        { "ARCHIVE_BY_ORIGIN", "_origin (contact_id=? AND origin=? AND rowid>?)" },
    };
    sqlite3 *db = open_empty();
    size_t found = 0;

    (void)state;
    assert_int_equal(schema_upgrade(db, &quiet), 0);
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        for (size_t j = 0; j < ARRAY_LEN(pages); j++) {
            if (strcmp(statements[i].name, pages[j].name) != 0)
                continue;
            check_first_step(db, statements[i].sql, pages[j].plan);
            found++;
        }
    }
    assert_int_equal(found, ARRAY_LEN(pages));
    sqlite3_close(db);
}

/* Removing a parent looks for its children by these columns. */
static void
every_foreign_key_has_an_index(void **state)
{
    static const char keys[] =
        "SELECT 'SELECT 1 FROM ' || m.name || ' WHERE ' || group_concat(f.\"from\" || ' = ?',"
        " ' AND ') FROM sqlite_schema m, pragma_foreign_key_list(m.name) f"
        " WHERE m.type = 'table' GROUP BY m.name, f.id";
    sqlite3 *db = open_empty();
    sqlite3_stmt *statement;
    int count = 0;

    (void)state;
    assert_int_equal(schema_upgrade(db, &quiet), 0);
    assert_int_equal(sqlite3_prepare_v2(db, keys, -1, &statement, NULL), SQLITE_OK);
    for (; sqlite3_step(statement) == SQLITE_ROW; count++)
        check_plan(db, "foreign key", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    assert_true(count >= 6);
    sqlite3_close(db);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_database_is_brought_up_to_date),
        cmocka_unit_test(every_older_version_is_brought_up_to_date),
        cmocka_unit_test(a_newer_database_is_refused),
        cmocka_unit_test(a_failing_step_changes_nothing),
        cmocka_unit_test(no_statement_scans_a_table),
        cmocka_unit_test(pages_of_archives_are_ranges),
        cmocka_unit_test(every_foreign_key_has_an_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
