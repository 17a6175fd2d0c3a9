/* sqlite.c - the connection: how it is opened, its transactions and its prepared statements.
 *
 * Durability. WAL with synchronous=FULL: a commit has returned when the log is on the disk.
 * Relaxed is synchronous=NORMAL: the log reaches the disk at checkpoints, so a power cut may take
 * the last commits with it (never the order of them, never the database); the end of the process
 * takes nothing. */
#include "server/store/sqlite.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/store/schema.h"
#include "server/store/sqlite_archive.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BUSY_TIMEOUT_MS = 5000, /* a backup or sqlite3(1) may hold the database for a moment */
    COMPLAIN_EVERY_US = 1000 * 1000,
    STEPS_BETWEEN_LOOKS = 1000, /* at the clock; of SQLite's machine: some microseconds */
    GROW_FIRST = 16
};

#define SQLITE_STATEMENT_SQL(NAME, sql) [SQL_##NAME] = (sql),
static const char *const sql_of[SQLITE_STATEMENT_COUNT] = { SQLITE_STATEMENTS(
    SQLITE_STATEMENT_SQL) };
#undef SQLITE_STATEMENT_SQL

/* ---- errors ---- */

/* A full disk fails every write: say it once a second. */
static int
complain(struct store_connection *connection, const char *doing)
{
    int64_t now_us = clock_monotonic_us();
    const char *path = sqlite3_db_filename(connection->db, "main");

    if (connection->complained_us == 0 || now_us - connection->complained_us > COMPLAIN_EVERY_US) {
        log_error(connection->log, "database-failed", "%s: %s: %s", path, doing,
                  sqlite3_errmsg(connection->db));
        connection->complained_us = now_us;
    }
    return E_STORE;
}

static int
error_of(struct store_connection *connection, const char *doing)
{
    switch (sqlite3_extended_errcode(connection->db)) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
        return E_EXISTS;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return E_NOT_FOUND;
    case SQLITE_INTERRUPT:
        return E_LIMIT;
    default:
        return complain(connection, doing);
    }
}

static int
execute(struct store_connection *connection, const char *sql)
{
    if (sqlite3_exec(connection->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return complain(connection, sql);
}

/* ---- queries ---- */

struct sqlite_query
sqlite_query(struct store_connection *connection, enum sqlite_statement which)
{
    struct sqlite_query query = { .connection = connection };
    sqlite3_stmt **slot = &connection->statements[which];

    if (!*slot && sqlite3_prepare_v3(connection->db, sql_of[which], -1, SQLITE_PREPARE_PERSISTENT,
                                     slot, NULL) != SQLITE_OK)
        query.status = complain(connection, sql_of[which]);
    query.statement = *slot;
    return query;
}

static void
check_bound(struct sqlite_query *query, int r)
{
    if (r != SQLITE_OK)
        query->status = complain(query->connection, "a parameter");
}

void
sqlite_bind_str(struct sqlite_query *query, struct str text)
{
    /* A NULL pointer would bind NULL, and no column of ours takes that. */
    const char *data = text.data ? text.data : "";

    if (query->status == 0)
        check_bound(query, sqlite3_bind_text64(query->statement, ++query->bound, data, text.len,
                                               SQLITE_STATIC, SQLITE_UTF8));
}

void
sqlite_bind_bytes(struct sqlite_query *query, struct str bytes)
{
    const char *data = bytes.data ? bytes.data : "";

    if (query->status == 0)
        check_bound(query, sqlite3_bind_blob64(query->statement, ++query->bound, data, bytes.len,
                                               SQLITE_STATIC));
}

void
sqlite_bind_int(struct sqlite_query *query, int64_t value)
{
    if (query->status == 0)
        check_bound(query, sqlite3_bind_int64(query->statement, ++query->bound, value));
}

bool
sqlite_row(struct sqlite_query *query)
{
    int r;

    if (query->status < 0)
        return false;
    assert(query->bound == sqlite3_bind_parameter_count(query->statement));
    r = sqlite3_step(query->statement);
    if (r != SQLITE_ROW && r != SQLITE_DONE)
        query->status = error_of(query->connection, sqlite3_sql(query->statement));
    return r == SQLITE_ROW;
}

int64_t
sqlite_int(const struct sqlite_query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

struct str
sqlite_view(const struct sqlite_query *query, int column)
{
    const char *data = sqlite3_column_blob(query->statement, column);

    return (struct str){ data, (size_t)sqlite3_column_bytes(query->statement, column) };
}

struct str
sqlite_str(struct sqlite_query *query, int column, struct arena *arena)
{
    struct str copy = arena_dup(arena, sqlite_view(query, column));

    if (!copy.data)
        query->status = E_FULL;
    return copy;
}

int
sqlite_finish(struct sqlite_query *query)
{
    if (query->statement) {
        /* Its result repeats the error of the last step, which is known already. */
        (void)sqlite3_reset(query->statement);
        (void)sqlite3_clear_bindings(query->statement);
    }
    return query->status;
}

int
sqlite_run(struct sqlite_query *query)
{
    (void)sqlite_row(query);
    return sqlite_finish(query);
}

int
sqlite_finish_change(struct sqlite_query *query)
{
    int r = sqlite_run(query);

    if (r == 0 && sqlite3_changes64(query->connection->db) == 0)
        r = E_NOT_FOUND;
    return r;
}

void *
sqlite_grow(struct sqlite_query *query, struct arena *arena, void *array, size_t count, size_t size)
{
    bool is_full = count == 0 || (count >= GROW_FIRST && (count & (count - 1)) == 0);
    void *larger;

    if (!is_full)
        return array;
    larger = arena_alloc(arena, (count == 0 ? GROW_FIRST : count * 2) * size);
    if (!larger)
        query->status = E_FULL;
    else if (count > 0)
        memcpy(larger, array, count * size);
    return larger;
}

static int
find_id(struct store_connection *connection,
        enum sqlite_statement which,
        struct str key,
        int64_t *ret_id)
{
    struct sqlite_query query = sqlite_query(connection, which);
    bool found;
    int r;

    sqlite_bind_str(&query, key);
    found = sqlite_row(&query);
    if (found)
        *ret_id = sqlite_int(&query, 0);
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

int
sqlite_account_id(struct store_connection *connection, struct str name, int64_t *ret_id)
{
    return find_id(connection, SQL_ACCOUNT_ID, name, ret_id);
}

int
sqlite_room_id(struct store_connection *connection, struct str jid, int64_t *ret_id)
{
    return find_id(connection, SQL_ROOM_ID, jid, ret_id);
}

/* ---- opening ---- */

/* Few questions to an archive can make SQLite look at all of it; they must not keep the others
 * waiting. */
static int
is_over_time(void *context)
{
    const struct store_connection *connection = context;

    return connection->deadline_us > 0 && clock_monotonic_us() > connection->deadline_us;
}

static void
disconnect(struct store_connection *connection)
{
    if (!connection)
        return;
    for (size_t i = 0; i < ARRAY_LEN(connection->statements); i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close(connection->db);
    free(connection);
}

/* SQLite gives the log and the index beside the database the database's own mode: 0600. */
static int
create_private_file(const struct log *log, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0) {
        log_error(log, "database-failed", "%s: %s", path, strerror(errno));
        return E_STORE;
    }
    close(fd);
    return 0;
}

static int
open_database(struct store_connection *connection, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    if (sqlite3_open_v2(path, &connection->db, flags, NULL) == SQLITE_OK)
        return 0;
    log_error(connection->log, "database-failed", "%s: %s", path, sqlite3_errmsg(connection->db));
    return E_STORE;
}

static int
configure(struct store_connection *connection, const struct store_options *options)
{
    int r;

    (void)sqlite3_busy_timeout(connection->db, BUSY_TIMEOUT_MS);
    sqlite3_progress_handler(connection->db, STEPS_BETWEEN_LOOKS, is_over_time, connection);
    r = execute(connection, "PRAGMA journal_mode = WAL");
    if (r == 0)
        r = execute(connection,
                    options->relaxed ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
    if (r == 0)
        r = execute(connection, "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                                "PRAGMA temp_store = MEMORY");
    return r;
}

static struct store_connection *
connect_database(const struct store_options *options, enum store_mode mode)
{
    struct store_connection *connection = memory_new(1, sizeof(*connection));
    char path[PATH_MAX];
    int r;

    connection->log = options->log;
    connection->archive_days = options->archive_days;
    connection->page_max_us = options->page_max_us;
    connection->archive_indexed = -1;
    (void)snprintf(path, sizeof(path), "%s/jackdaw.sqlite", options->data_dir);
    r = create_private_file(options->log, path);
    if (r == 0)
        r = open_database(connection, path);
    if (r == 0)
        r = configure(connection, options);
    if (r == 0 && mode == STORE_WRITES)
        r = schema_upgrade(connection->db, connection->log);
    if (r == 0 && mode == STORE_READS)
        r = execute(connection, "PRAGMA query_only = ON");
    if (r == 0)
        return connection;
    disconnect(connection);
    return NULL;
}

/* ---- transactions ---- */

static int
begin(struct store_connection *connection)
{
    /* A reading transaction takes no lock before its first SELECT, and WAL lets it run beside the
     * writer; the writer is the only one, so it need not hurry to take its lock either. */
    return execute(connection, "BEGIN");
}

static int
commit(struct store_connection *connection)
{
    return execute(connection, "COMMIT");
}

static void
rollback(struct store_connection *connection)
{
    connection->archive_indexed = -1;
    /* Some failures (a full disk) have rolled back already. */
    if (!sqlite3_get_autocommit(connection->db))
        (void)execute(connection, "ROLLBACK");
}

static int
mark(struct store_connection *connection)
{
    return execute(connection, "SAVEPOINT one");
}

static int
keep(struct store_connection *connection)
{
    return execute(connection, "RELEASE one");
}

static int
undo(struct store_connection *connection)
{
    connection->archive_indexed = -1;
    if (sqlite3_get_autocommit(connection->db))
        return E_STORE;
    return execute(connection, "ROLLBACK TO one");
}

/* ---- what the store knows of the archives ---- */

static int
load_secret(struct store_connection *connection, unsigned char ret[ARCHIVE_SECRET_BYTES])
{
    struct sqlite_query query = sqlite_query(connection, SQL_SECRET);
    int status = E_STORE;
    int r;

    sqlite_bind_str(&query, STR("archive"));
    if (sqlite_row(&query) && sqlite_view(&query, 0).len == ARCHIVE_SECRET_BYTES) {
        memcpy(ret, sqlite_view(&query, 0).data, ARCHIVE_SECRET_BYTES);
        status = 0;
    }
    r = sqlite_finish(&query);
    if (r == 0 && status < 0)
        log_error(connection->log, "database-failed", "the secret of the archives is missing");
    return r < 0 ? r : status;
}

static int
load_archive_state(struct store_connection *connection,
                   unsigned char ret_secret[ARCHIVE_SECRET_BYTES],
                   int64_t *ret_last_key)
{
    struct sqlite_query query = sqlite_query(connection, SQL_ARCHIVE_LAST_KEY);
    int r;

    if (sqlite_row(&query))
        *ret_last_key = sqlite_int(&query, 0);
    r = sqlite_finish(&query);
    return r < 0 ? r : load_secret(connection, ret_secret);
}

#define SQLITE_ROW_OF_TABLE(NAME, name, mode) [STORE_##NAME] = sqlite_##name,
const struct store_backend sqlite_backend = {
    .name = "sqlite",
    .connect = connect_database,
    .disconnect = disconnect,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .mark = mark,
    .keep = keep,
    .undo = undo,
    .tidy = sqlite_archive_tidy,
    .archive_state = load_archive_state,
    .operations = { STORE_OPERATIONS(SQLITE_ROW_OF_TABLE) },
};
#undef SQLITE_ROW_OF_TABLE
