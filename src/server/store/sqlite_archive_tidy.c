/* sqlite_archive_tidy.c - what archives need that nobody waits for: the text index is brought up to
 * date, messages that are too old and archives without owner are taken out.
 *
 * All of it a little at a time, because commits wait meanwhile. The index is not kept with each
 * message: many at once cost it much less. */
#include "base/clock.h"
#include "base/error.h"
#include "server/store/archive_text.h"
#include "server/store/sqlite_archive.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    ROWS = 64, /* between two looks at the clock */
    BUDGET_US = 100 * 1000,
    ROWS_BYTES_MAX = 512 * 1024 * 1024,
    TEXT_MAX = 64 * 1024 * 1024
};

#define DAY_US (INT64_C(24) * 3600 * 1000000)

/* ---- the text index ---- */

int
sqlite_archive_indexed(struct store_connection *connection, int64_t *ret_key)
{
    struct sqlite_query query;
    int r;

    if (connection->archive_indexed < 0) {
        query = sqlite_query(connection, SQL_ARCHIVE_INDEXED);
        if (sqlite_row(&query))
            connection->archive_indexed = sqlite_int(&query, 0);
        r = sqlite_finish(&query);
        if (r < 0)
            return r;
    }
    *ret_key = connection->archive_indexed;
    return 0;
}

static int
set_indexed(struct store_connection *connection, int64_t key)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_SET_INDEXED);

    sqlite_bind_int(&query, key);
    connection->archive_indexed = key;
    return sqlite_finish_change(&query);
}

/* Nothing to be found in it: it is not in the index. */
static int
change_text(struct store_connection *connection,
            const struct archive_row *row,
            enum sqlite_statement which)
{
    char scope[ARCHIVE_SCOPE_BYTES];
    struct sqlite_query query;
    struct arena arena;
    struct str body = STR_EMPTY;
    int r;

    arena_init(&arena, TEXT_MAX);
    r = archive_text_body(&arena, row->xml, &body);
    if (r == E_FORMAT) {
        log_error(connection->log, "archive-unreadable", "message %" PRId64, row->key);
        r = 0;
    }
    if (r == 0 && body.len > 0) {
        (void)snprintf(scope, sizeof(scope), "a%" PRId64 " c%" PRId64, row->archive, row->contact);
        query = sqlite_query(connection, which);
        sqlite_bind_int(&query, row->key);
        sqlite_bind_str(&query, str_from(scope));
        sqlite_bind_str(&query, body);
        r = sqlite_run(&query);
    }
    arena_fini(&arena);
    return r;
}

int
sqlite_archive_text_add(struct store_connection *connection, const struct archive_row *row)
{
    return change_text(connection, row, SQL_ARCHIVE_TEXT_ADD);
}

int
sqlite_archive_text_remove(struct store_connection *connection, const struct archive_row *row)
{
    return change_text(connection, row, SQL_ARCHIVE_TEXT_REMOVE);
}

/* ---- rows by the dozen ---- */

/* Does `change` to each row of the query, which is finished first: it must not see the change. The
 * number of rows, or an error. */
static int
change_rows(struct store_connection *connection,
            struct sqlite_query *query,
            int (*change)(struct store_connection *connection, const struct archive_row *row),
            int64_t *ret_last)
{
    struct archive_row rows[ROWS];
    struct arena arena;
    int count = 0, r;

    arena_init(&arena, ROWS_BYTES_MAX);
    while (count < ROWS && sqlite_archive_row(query, &arena, &rows[count]))
        count++;
    r = sqlite_finish(query);
    for (int i = 0; i < count && r == 0; i++)
        r = change(connection, &rows[i]);
    if (r == 0 && count > 0)
        *ret_last = rows[count - 1].key;
    arena_fini(&arena);
    return r < 0 ? r : count;
}

static int
index_some(struct store_connection *connection)
{
    struct sqlite_query query;
    int64_t key = 0;
    int r = sqlite_archive_indexed(connection, &key);

    if (r < 0)
        return r;
    query = sqlite_query(connection, SQL_ARCHIVE_FROM);
    sqlite_bind_int(&query, key);
    sqlite_bind_int(&query, ROWS);
    r = change_rows(connection, &query, sqlite_archive_text_add, &key);
    if (r <= 0)
        return r;
    int set = set_indexed(connection, key);
    return set < 0 ? set : r == ROWS;
}

static int
remove_message(struct store_connection *connection, const struct archive_row *row)
{
    struct sqlite_query query;
    int64_t indexed;
    int r = sqlite_archive_indexed(connection, &indexed);

    if (r == 0 && row->key <= indexed)
        r = sqlite_archive_text_remove(connection, row);
    if (r < 0)
        return r;
    query = sqlite_query(connection, SQL_ARCHIVE_REMOVE_MESSAGE);
    sqlite_bind_int(&query, row->key);
    return sqlite_finish_change(&query);
}

static int
trim_some(struct store_connection *connection)
{
    struct sqlite_query query;
    int64_t last;
    int r;

    if (connection->archive_days == 0)
        return 0;
    query = sqlite_query(connection, SQL_ARCHIVE_UNTIL);
    sqlite_bind_int(&query, clock_wall_us() - connection->archive_days * DAY_US);
    sqlite_bind_int(&query, ROWS);
    r = change_rows(connection, &query, remove_message, &last);
    return r < 0 ? r : r == ROWS;
}

static int
remove_archive(struct store_connection *connection, int64_t archive)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_REMOVE);

    sqlite_bind_int(&query, archive);
    return sqlite_finish_change(&query);
}

/* Of an account or room that is gone. */
static int
remove_some(struct store_connection *connection)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_ABANDONED);
    int64_t archive = 0, last;
    int r;

    if (sqlite_row(&query))
        archive = sqlite_int(&query, 0);
    r = sqlite_finish(&query);
    if (r < 0 || archive == 0)
        return r;
    query = sqlite_query(connection, SQL_ARCHIVE_ALL);
    sqlite_bind_int(&query, archive);
    sqlite_bind_int(&query, ROWS);
    r = change_rows(connection, &query, remove_message, &last);
    if (r == 0)
        r = remove_archive(connection, archive);
    return r < 0 ? r : 1;
}

/* ---- when ---- */

/* Repeats it until there is nothing to do or the time is over: 1 when there is more. */
static int
repeat(struct store_connection *connection,
       int (*some)(struct store_connection *connection),
       int64_t deadline_us)
{
    int r;

    do
        r = some(connection);
    while (r > 0 && clock_monotonic_us() < deadline_us);
    return r;
}

int
sqlite_archive_tidy(struct store_connection *connection, int64_t budget_us)
{
    static int (*const tasks[])(struct store_connection *) = {
        index_some,
        trim_some,
        remove_some,
    };
    int64_t deadline_us = clock_monotonic_us() + budget_us;
    int more = 0;

    for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
        int r = repeat(connection, tasks[i], deadline_us);

        if (r < 0)
            return r;
        more |= r;
    }
    return more;
}

int
sqlite_archive_index(struct store_connection *connection, struct store_call *call)
{
    struct store_archive_index *index = CONTAINER_OF(call, struct store_archive_index, call);
    int r = repeat(connection, index_some, clock_monotonic_us() + BUDGET_US);

    index->ret_complete = r == 0;
    return r < 0 ? r : 0;
}
