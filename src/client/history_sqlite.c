/* history_sqlite.c - the connection: its schema, its transactions and its prepared statements.
 *
 * Durability. WAL with synchronous=NORMAL: the end of the process takes nothing that was answered;
 * a power cut may take the last commits, which the archive has too. */
#include "client/history_db.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

enum {
    BUSY_TIMEOUT_MS = 5000 /* a backup may hold the database for a moment */
};

/* Step n takes a file from version n to n + 1. Steps are never changed, only added. */
static const char *const MIGRATIONS[] = {
    "CREATE TABLE archive ("
    " id INTEGER PRIMARY KEY,"
    " jid TEXT NOT NULL UNIQUE,"
    " era INTEGER NOT NULL DEFAULT 1);"
    "CREATE TABLE conversation ("
    " id INTEGER PRIMARY KEY,"
    " jid TEXT NOT NULL UNIQUE,"
    " archive INTEGER NOT NULL REFERENCES archive,"
    " read_base INTEGER NOT NULL," /* positions up to here count as read */
    " read_row INTEGER,"           /* and up to this row */
    " read_id TEXT,"               /* and up to this archive id, when it comes */
    " peer_read_row INTEGER,"      /* the other person has read up to here */
    " draft TEXT,"
    " pinned INTEGER NOT NULL DEFAULT 0,"
    " muted INTEGER NOT NULL DEFAULT 0,"
    " archived INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX conversation_archive ON conversation (archive);"
    "CREATE TABLE message ("
    " id INTEGER PRIMARY KEY,"
    " conversation INTEGER NOT NULL REFERENCES conversation,"
    " archive INTEGER NOT NULL REFERENCES archive,"
    " position INTEGER NOT NULL,"
    " kind INTEGER NOT NULL,"
    " archive_id TEXT, origin_id TEXT, message_id TEXT,"
    " sender TEXT, sender_jid TEXT, nickname TEXT,"
    " text TEXT," /* as it was sent */
    " target TEXT, reply_to TEXT,"
    " time INTEGER NOT NULL,"
    " state INTEGER NOT NULL, failure TEXT,"
    " outgoing INTEGER NOT NULL, mentions INTEGER NOT NULL,"
    " by_room INTEGER NOT NULL, tombstone INTEGER NOT NULL,"
    " body TEXT," /* as it is shown */
    " edited INTEGER NOT NULL DEFAULT 0,"
    " retracted INTEGER NOT NULL DEFAULT 0,"
    " reactions TEXT);"
    "CREATE UNIQUE INDEX message_archive_id ON message (archive, archive_id)"
    " WHERE archive_id IS NOT NULL;"
    "CREATE INDEX message_order ON message (conversation, position);"
    "CREATE INDEX message_lines ON message (conversation, position) WHERE kind <= 1;"
    "CREATE INDEX message_unread ON message (conversation, position)"
    " WHERE kind = 0 AND outgoing = 0 AND retracted = 0;"
    "CREATE INDEX message_mentions ON message (conversation, position)"
    " WHERE kind = 0 AND outgoing = 0 AND retracted = 0 AND mentions = 1;"
    "CREATE INDEX message_of_archive ON message (conversation, position)"
    " WHERE archive_id IS NOT NULL;"
    "CREATE INDEX message_in_conversation ON message (conversation, archive_id)"
    " WHERE archive_id IS NOT NULL;"
    "CREATE INDEX message_id ON message (conversation, message_id)"
    " WHERE message_id IS NOT NULL;"
    "CREATE INDEX message_origin_id ON message (conversation, origin_id)"
    " WHERE origin_id IS NOT NULL;"
    "CREATE INDEX message_target ON message (conversation, target) WHERE target IS NOT NULL;"
    "CREATE INDEX message_pending ON message (archive, conversation, position) WHERE state = 1;"
    "CREATE TABLE gap ("
    " archive INTEGER NOT NULL REFERENCES archive,"
    " conversation INTEGER NOT NULL," /* 0 = all of the archive */
    " era INTEGER NOT NULL,"
    " newer_id TEXT," /* everything from here up is known; NULL = only what came live */
    " is_closed INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (archive, conversation, era)) WITHOUT ROWID;"
    "CREATE INDEX gap_open ON gap (archive, era) WHERE conversation = 0 AND is_closed = 0;"
    /* The oldest row that a walk downwards has passed: of the archive, or its own. */
    "CREATE TABLE passed ("
    " conversation INTEGER NOT NULL REFERENCES conversation,"
    " era INTEGER NOT NULL,"
    " own INTEGER NOT NULL,"
    " row INTEGER NOT NULL,"
    " PRIMARY KEY (conversation, era, own)) WITHOUT ROWID;"
    "CREATE VIRTUAL TABLE search USING fts5 (body, content='message', content_rowid='id',"
    " tokenize=\"unicode61 remove_diacritics 2\", prefix='2 3');"
    "CREATE TRIGGER search_insert AFTER INSERT ON message WHEN new.body IS NOT NULL BEGIN"
    " INSERT INTO search (rowid, body) VALUES (new.id, new.body); END;"
    "CREATE TRIGGER search_update AFTER UPDATE OF body ON message"
    " WHEN new.body IS NOT old.body BEGIN"
    " INSERT INTO search (search, rowid, body)"
    "  SELECT 'delete', old.id, old.body WHERE old.body IS NOT NULL;"
    " INSERT INTO search (rowid, body) SELECT new.id, new.body WHERE new.body IS NOT NULL; END;",
};

#define STATEMENT(NAME, sql) [HISTORY_SQL_##NAME] = (sql),
static const char *const SQL[HISTORY_SQL_COUNT] = {
#include "client/history_statements.h"
};
#undef STATEMENT

/* ---- opening ---- */

static void
complain(struct history_db *db, const char *doing)
{
    if (!db->failed)
        g_warning("The history failed: %s (%s)", sqlite3_errmsg(db->sqlite), doing);
    db->failed = TRUE;
}

static gboolean
execute(struct history_db *db, const char *sql)
{
    if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK)
        return TRUE;
    complain(db, sql);
    return FALSE;
}

static gint64
version_of(struct history_db *db)
{
    sqlite3_stmt *statement = NULL;
    gint64 version = -1;
    if (sqlite3_prepare_v2(db->sqlite, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

static gboolean
migrate(struct history_db *db)
{
    gint64 version = version_of(db);
    if (version < 0 || version > (gint64)G_N_ELEMENTS(MIGRATIONS))
        return FALSE;
    for (; version < (gint64)G_N_ELEMENTS(MIGRATIONS); version++) {
        g_autofree char *done =
            g_strdup_printf("PRAGMA user_version = %" G_GINT64_FORMAT, version + 1);
        history_db_begin(db);
        execute(db, MIGRATIONS[version]);
        execute(db, done);
        if (!history_db_commit(db))
            return FALSE;
    }
    return TRUE;
}

/* Only its owner may read it, whatever the umask is; SQLite gives its side files the same mode. */
static void
make_private_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return; /* SQLite says why */
    if (fchmod(fd, 0600) != 0)
        g_warning("Cannot protect %s: %s", path, g_strerror(errno));
    close(fd);
}

static struct history_db *
open_once(const char *path)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    struct history_db *db = g_new0(struct history_db, 1);
    db->changed = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    db->conversations = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    if (path)
        make_private_file(path);
    gboolean opened =
        sqlite3_open_v2(path ? path : ":memory:", &db->sqlite, flags, NULL) == SQLITE_OK;
    if (opened) {
        sqlite3_busy_timeout(db->sqlite, BUSY_TIMEOUT_MS);
        opened = execute(db, "PRAGMA journal_mode = WAL") &&
                 execute(db, "PRAGMA synchronous = NORMAL") &&
                 execute(db, "PRAGMA temp_store = MEMORY") && migrate(db);
    }
    if (opened)
        return db;
    history_db_close(db);
    return NULL;
}

static void
put_aside(const char *path)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    gint64 now = g_get_real_time();
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *from = g_strconcat(path, ends[i], NULL);
        g_autofree char *to =
            g_strdup_printf("%s.unreadable-%" G_GINT64_FORMAT "%s", path, now, ends[i]);
        (void)g_rename(from, to);
    }
}

struct history_db *
history_db_open(const char *path)
{
    struct history_db *db = open_once(path);
    if (db == NULL && path) {
        put_aside(path);
        db = open_once(path);
    }
    return db;
}

void
history_db_close(struct history_db *db)
{
    if (db == NULL)
        return;
    for (guint i = 0; i < HISTORY_SQL_COUNT; i++)
        sqlite3_finalize(db->statements[i]);
    sqlite3_close(db->sqlite);
    g_hash_table_unref(db->changed);
    g_hash_table_unref(db->conversations);
    g_free(db);
}

/* ---- transactions ---- */

void
history_db_begin(struct history_db *db)
{
    execute(db, "BEGIN IMMEDIATE");
}

gboolean
history_db_commit(struct history_db *db)
{
    if (!db->failed && execute(db, "COMMIT"))
        return TRUE;
    history_db_rollback(db);
    return FALSE;
}

void
history_db_rollback(struct history_db *db)
{
    if (!sqlite3_get_autocommit(db->sqlite))
        sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
    g_hash_table_remove_all(db->changed);
    g_hash_table_remove_all(db->conversations);
    db->failed = FALSE;
}

/* ---- queries ---- */

struct query
query_begin(struct history_db *db, enum history_statement which)
{
    struct query query = { .db = db };
    sqlite3_stmt **slot = &db->statements[which];
    if (db->failed)
        return query;
    if (*slot == NULL && sqlite3_prepare_v3(db->sqlite, SQL[which], -1, SQLITE_PREPARE_PERSISTENT,
                                            slot, NULL) != SQLITE_OK)
        complain(db, SQL[which]);
    /* One that is at work already would be reset under its user's feet. */
    g_assert(*slot == NULL || !sqlite3_stmt_busy(*slot));
    query.statement = *slot;
    return query;
}

void
query_bind_int(struct query *query, gint64 value)
{
    if (query->statement)
        sqlite3_bind_int64(query->statement, ++query->bound, value);
}

void
query_bind_text(struct query *query, const char *text)
{
    if (query->statement)
        sqlite3_bind_text(query->statement, ++query->bound, text, -1, SQLITE_STATIC);
}

gboolean
query_row(struct query *query)
{
    if (query->statement == NULL || query->db->failed)
        return FALSE;
    int r = sqlite3_step(query->statement);
    if (r != SQLITE_ROW && r != SQLITE_DONE)
        complain(query->db, sqlite3_sql(query->statement));
    return r == SQLITE_ROW;
}

gint64
query_int(const struct query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

const char *
query_text(const struct query *query, int column)
{
    return (const char *)sqlite3_column_text(query->statement, column);
}

void
query_end(struct query *query)
{
    if (query->statement == NULL)
        return;
    /* Its result repeats the error of the last step, which is known already. */
    (void)sqlite3_reset(query->statement);
    (void)sqlite3_clear_bindings(query->statement);
}

void
query_run(struct query *query)
{
    (void)query_row(query);
    query_end(query);
}

gint64
query_value(struct query *query, gint64 otherwise)
{
    gint64 value = otherwise;
    if (query_row(query) && sqlite3_column_type(query->statement, 0) != SQLITE_NULL)
        value = query_int(query, 0);
    query_end(query);
    return value;
}
