/* sqlite.h - a connection to the SQLite database and statements run on it. Private to store/.
 * Owns: the handle and its prepared statements. Threads: one per connection. Time: none.
 * Errors: 0 or E_NOT_FOUND (a foreign key), E_EXISTS (a unique key), E_FULL (the call's arena),
 * E_STORE (after a line in the log). Tests: tests/unit/server/test_store.c
 *
 * A query is begun, its parameters are bound in order, it is stepped, and it is always finished;
 * an error anywhere on the way makes the later calls do nothing and comes out of sqlite_finish():
 *
 *     struct sqlite_query query = sqlite_query(connection, SQL_ACCOUNT_ID);
 *     sqlite_bind_str(&query, name);
 *     if (sqlite_row(&query))
 *         id = sqlite_int(&query, 0);
 *     return sqlite_finish(&query); */
#pragma once

#include "server/store/backend.h"
#include "server/store/sqlite_statements.h"

#include <sqlite3.h>

struct store_connection {
    sqlite3 *db;
    const struct log *log;
    int64_t complained_us;   /* monotonic: when the last failure was logged */
    int64_t archive_days;    /* kept; 0 = for ever */
    int64_t page_max_us;     /* 0 = no bound */
    int64_t deadline_us;     /* monotonic: of the page that is being read; 0: none */
    int64_t archive_indexed; /* sqlite_archive_indexed()'s memory; negative: not known */
    sqlite3_stmt *statements[SQLITE_STATEMENT_COUNT]; /* prepared when first used */
};

struct sqlite_query {
    struct store_connection *connection;
    sqlite3_stmt *statement;
    int bound;  /* parameters so far */
    int status; /* 0 or the first error */
};

struct sqlite_query sqlite_query(struct store_connection *connection, enum sqlite_statement which);

/* The text or bytes must stay until sqlite_finish(). */
void sqlite_bind_str(struct sqlite_query *query, struct str text);
void sqlite_bind_bytes(struct sqlite_query *query, struct str bytes);
void sqlite_bind_int(struct sqlite_query *query, int64_t value);

/* True when there is a (further) row. */
bool sqlite_row(struct sqlite_query *query);

/* The row's columns. sqlite_str copies into the arena (E_FULL when it is full); sqlite_view is
 * valid until the next step. */
int64_t sqlite_int(const struct sqlite_query *query, int column);
struct str sqlite_view(const struct sqlite_query *query, int column);
struct str sqlite_str(struct sqlite_query *query, int column, struct arena *arena);

/* Makes the statement ready for the next time; rows not yet taken are dropped. */
MUST_CHECK int sqlite_finish(struct sqlite_query *query);

/* Steps a statement whose rows nobody wants, and finishes it. */
MUST_CHECK int sqlite_run(struct sqlite_query *query);

/* The same for statements that change rows: E_NOT_FOUND when they changed none. */
MUST_CHECK int sqlite_finish_change(struct sqlite_query *query);

/* Makes room for one more member of an array in an arena, doubling it. NULL past the limit, and the
 * query has failed. `*array` moves. */
void *sqlite_grow(
    struct sqlite_query *query, struct arena *arena, void *array, size_t count, size_t size);

/* Keys of the tables. E_NOT_FOUND. */
MUST_CHECK int
sqlite_account_id(struct store_connection *connection, struct str name, int64_t *ret_id);
MUST_CHECK int sqlite_room_id(struct store_connection *connection, struct str jid, int64_t *ret_id);

/* A node of an account, and how many items it has (may be NULL). E_NOT_FOUND. */
MUST_CHECK int sqlite_pubsub_node(struct store_connection *connection,
                                  struct str account,
                                  struct str node,
                                  int64_t *ret_id,
                                  int64_t *ret_item_count);

/* Drops all but the newest `keep` items of a node; their ids, if anybody wants them. */
MUST_CHECK int sqlite_pubsub_evict(struct store_connection *connection,
                                   int64_t node,
                                   int64_t keep,
                                   struct store_pubsub_items_put *wants);

/* The payload of the newest item of a node, empty when there is none. */
MUST_CHECK int sqlite_pubsub_newest(struct store_connection *connection,
                                    struct str account,
                                    struct str node,
                                    struct arena *arena,
                                    struct str *ret_xml);

/* Parts of account_load, each in its topic's file. */
MUST_CHECK int sqlite_load_blocked(struct store_connection *connection,
                                   struct store_account_load *load,
                                   int64_t account);

MUST_CHECK int sqlite_load_push(struct store_connection *connection,
                                struct store_account_load *load,
                                int64_t account);

/* Nobody gets in with a token of the account that was given out before now. */
MUST_CHECK int sqlite_tokens_forget(struct store_connection *connection, int64_t account);

/* What registering with a token does besides: E_FORBIDDEN when it may not. */
MUST_CHECK int sqlite_redeem(struct store_connection *connection,
                             struct store_account_create *create,
                             int64_t account);

/* The operations, one file a group of tables. */
#define SQLITE_OPERATION(NAME, name, mode)                                                         \
    int sqlite_##name(struct store_connection *connection, struct store_call *call);
STORE_OPERATIONS(SQLITE_OPERATION)
#undef SQLITE_OPERATION
