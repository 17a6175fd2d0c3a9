/* schema.h - the tables, as the steps that lead from an empty database to them.
 * Owns: constants. Threads: any. Errors: E_STORE after logging. Spec: none.
 * Tests: tests/unit/server/test_schema.c
 *
 * A step that was released is never changed: a new one is added behind it. PRAGMA user_version
 * counts the steps a database has taken. */
#pragma once

#include "base/log.h"

#include <sqlite3.h>

extern const char *const schema_steps[];
extern const int schema_version; /* the number of steps */

/* Takes the steps that are missing, each in a transaction of its own. A database that has taken
 * more of them than this program knows is refused. */
MUST_CHECK int schema_upgrade(sqlite3 *db, const struct log *log);
