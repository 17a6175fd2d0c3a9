/* history_db.h - the database beneath history.h, as calls that block. For history_*.c only.
 * Owns: the connection and its statements. Threads: one at a time. Errors: a failed statement makes
 * the database `failed` until history_db_rollback(); what was read then is empty.
 * Tests: tests/unit/client/test_history.c, test_history_order.c */
#pragma once

#include "client/history.h"

#include <sqlite3.h>

/* Where eras lie on the number line of positions. */
#define HISTORY_STEP        ((gint64)1024)
#define HISTORY_ERA         ((gint64)1 << 40)
#define HISTORY_ERA_BASE(e) ((e)*HISTORY_ERA)
#define HISTORY_ERA_GAP(e)  ((e)*HISTORY_ERA - HISTORY_ERA / 2) /* older rows lie below */

enum history_statement {
#define STATEMENT(NAME, sql) HISTORY_SQL_##NAME,
#include "client/history_statements.h"
#undef STATEMENT
    HISTORY_SQL_COUNT
};

struct history_db {
    sqlite3 *sqlite;
    sqlite3_stmt *statements[HISTORY_SQL_COUNT]; /* prepared when first used */
    gboolean failed;
    GHashTable *changed;       /* set of gint64: rows whose look has changed */
    GHashTable *conversations; /* set of gint64: conversations whose summary has */
};

/* ---- history_sqlite.c ---- */

/* `path` NULL: in memory. A file that is damaged, or from a later version, is put aside. NULL when
 * there can be none. */
struct history_db *history_db_open(const char *path);
void history_db_close(struct history_db *db);

void history_db_begin(struct history_db *db);
gboolean history_db_commit(struct history_db *db); /* FALSE: rolled back */
void history_db_rollback(struct history_db *db);

/* One statement at work: bind in order, step, finish. After a failure all of it does nothing. */
struct query {
    struct history_db *db;
    sqlite3_stmt *statement;
    int bound;
};
struct query query_begin(struct history_db *db, enum history_statement which);
void query_bind_int(struct query *query, gint64 value);
void query_bind_text(struct query *query, const char *text); /* NULL is NULL; kept by the caller */
gboolean query_row(struct query *query);
gint64 query_int(const struct query *query, int column);
const char *query_text(const struct query *query, int column); /* until the next step */
void query_end(struct query *query);

/* For statements that return nothing, or one number. */
void query_run(struct query *query);
gint64 query_value(struct query *query, gint64 otherwise);

/* ---- history_conversation.c ---- */

/* Keys; made when they are not there. 0 after a failure. */
gint64 db_archive(struct history_db *db, const char *jid, gint64 *ret_era);
gint64 db_conversation(struct history_db *db, const char *jid, const char *archive);
gint64 db_find_conversation(struct history_db *db, const char *jid); /* 0 = none */

void db_conversation_changed(struct history_db *db, gint64 conversation);
struct history_conversation *db_summary(struct history_db *db, gint64 conversation);
GPtrArray *db_conversations(struct history_db *db);
void db_mark_read(struct history_db *db, const char *conversation, gint64 row);
void db_mark_read_id(struct history_db *db, const char *conversation, const char *archive_id);
void db_mark_row(struct history_db *db, gint64 conversation, gint64 row); /* another device */
void db_resolve_read_id(struct history_db *db, gint64 conversation);
void db_set(struct history_db *db,
            const char *conversation,
            const char *archive,
            enum history_setting setting,
            gboolean value);
void db_set_draft(struct history_db *db,
                  const char *conversation,
                  const char *archive,
                  const char *draft);

/* ---- history_match.c ---- */

enum db_match {
    MATCH_NONE,
    MATCH_ARCHIVE_ID, /* surely the same, and its place is known */
    MATCH_OTHER_ID,   /* the same; that it is in the archive is news */
    MATCH_AGAIN,      /* the same, sent and archived a second time */
};

/* A row as far as finding and placing it goes. */
struct db_row {
    gint64 row, position;
    enum db_match match;
};
struct db_row db_match(struct history_db *db,
                       gint64 archive,
                       gint64 conversation,
                       const struct history_event *event);

/* ---- history_write.c ---- */

/* What an event has become. */
struct db_added {
    gint64 row; /* of the line; 0 = none (yet) */
    gboolean is_new;
};
struct db_added db_add(struct history_db *db, const struct history_event *event);
gint64 db_insert(struct history_db *db,
                 gint64 archive,
                 gint64 conversation,
                 gint64 position,
                 const struct history_event *event);

/* Fills in what the row did not know: archive id, time, a state that is further on. */
void db_merge(struct history_db *db, gint64 row, const struct history_event *event);
void db_move(struct history_db *db, gint64 row, gint64 position);
gint64 db_live_position(struct history_db *db, gint64 archive, gint64 conversation);
void db_set_state(struct history_db *db,
                  const char *conversation,
                  const char *id,
                  enum history_state state,
                  const char *failure);

/* ---- history_relation.c ---- */

/* A row was added, moved or merged: makes what depends on it right. Returns the line it shows in.
 */
gint64 db_settle(struct history_db *db, gint64 row);

/* ---- history_gaps.c ---- */

struct history_gap *db_begin_era(struct history_db *db, const char *archive);
struct history_gap *
db_find_gap(struct history_db *db, const char *archive, const char *conversation);
struct history_gap *db_add_page(struct history_db *db, const struct history_archive_page *page);
void db_give_up_gap(struct history_db *db, const char *archive, gint64 era);
void db_restart_gap(struct history_db *db, const char *archive, const char *with, gint64 era);
GPtrArray *db_gaps(struct history_db *db, gint64 conversation);

/* ---- history_read.c ---- */

struct history_message *db_message(struct history_db *db, gint64 row);
struct history_view *db_read(struct history_db *db,
                             const char *conversation,
                             enum history_from from,
                             gint64 position,
                             guint count);
void db_view_free(struct history_view *view);
GPtrArray *db_find(struct history_db *db, const char *conversation, const char *id);
GPtrArray *db_pending(struct history_db *db, const char *conversation);
GPtrArray *db_search(
    struct history_db *db, const char *conversation, const char *words, guint count, guint skip);
