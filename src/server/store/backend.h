/* backend.h - what a database must be able to do to stand behind store.h. Private to store/.
 * Owns: a connection belongs to the one thread that uses it. Threads: connections are made one
 * after the other, then used side by side. Time: none. Errors: 0 or E_NOT_FOUND, E_EXISTS, E_FULL,
 * E_STORE; the last after a line in the log. Tests: tests/unit/server/test_store.c
 *
 * store.c knows threads, queues and batches and no SQL; a backend knows one database and no
 * threads. Another database is another `struct store_backend`. */
#pragma once

#include "server/store/store_archive.h"

enum store_mode {
    STORE_READS,
    STORE_WRITES
};

struct store_connection;

/* Does one operation: reads the question from the call's own struct and puts the answer there. */
typedef int (*store_operation_fn)(struct store_connection *connection, struct store_call *call);

struct store_backend {
    const char *name;

    /* The first connection is the writing one: it makes the database or brings it up to date. NULL
     * after logging why. `options` outlives the connection. */
    struct store_connection *(*connect)(const struct store_options *options, enum store_mode mode);
    void (*disconnect)(struct store_connection *connection);

    /* A transaction: one read (which thus sees one moment) or a batch of writes. */
    int (*begin)(struct store_connection *connection);
    int (*commit)(struct store_connection *connection);
    void (*rollback)(struct store_connection *connection);

    /* Around each write of a batch: undo() takes back what happened since mark(). When one of them
     * fails the whole transaction is lost. */
    int (*mark)(struct store_connection *connection);
    int (*keep)(struct store_connection *connection);
    int (*undo)(struct store_connection *connection);

    /* Housekeeping that nobody waits for, in a transaction of the writing connection: about
     * `budget_us` of it. 1 when there is more to do. */
    int (*tidy)(struct store_connection *connection, int64_t budget_us);

    /* What store_archive_id() and store_archive_key() begin with. */
    int (*archive_state)(struct store_connection *connection,
                         unsigned char ret_secret[ARCHIVE_SECRET_BYTES],
                         int64_t *ret_last_key);

    store_operation_fn operations[STORE_OPERATION_COUNT];
};

extern const struct store_backend sqlite_backend;
