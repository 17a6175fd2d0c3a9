/* sqlite_archive.h - what the files about archives share. Private to store/.
 * Owns: nothing. Threads: the connection's. Time: none. Errors: as sqlite.h. Spec: XEP-0313.
 * Tests: tests/unit/server/test_store_archive.c */
#pragma once

#include "base/buffer.h"
#include "server/store/sqlite.h"
#include "server/store/store_archive.h"

/* Bytes of the names under which rows are found in the text index: "a12", "c34". */
#define ARCHIVE_SCOPE_BYTES 64

/* A message as the text index and the retractions see it. `xml` is in the arena. */
struct archive_row {
    int64_t key;
    int64_t archive, contact;
    struct str xml;
};

/* Keys of the tables. E_NOT_FOUND when the archive or contact was never written to. */
MUST_CHECK int sqlite_archive_find(struct store_connection *connection,
                                   const struct archive_owner *owner,
                                   int64_t *ret_archive);
MUST_CHECK int sqlite_archive_contact(struct store_connection *connection,
                                      int64_t archive,
                                      struct str jid,
                                      int64_t *ret_contact);

/* The next row of a query for (key, archive, contact, xml); false at the end. */
bool sqlite_archive_row(struct sqlite_query *query, struct arena *arena, struct archive_row *ret);

/* One of page's messages, from a query that begins with ARCHIVE_COLUMNS. */
struct store_archive_message sqlite_archive_message(struct sqlite_query *query,
                                                    struct arena *arena);

/* The newest messages that a room shows, oldest first. */
MUST_CHECK int sqlite_archive_history(struct store_connection *connection,
                                      struct store_room_load *load);

/* ---- the text index ---- */

/* Up to which key it goes. */
MUST_CHECK int sqlite_archive_indexed(struct store_connection *connection, int64_t *ret_key);
MUST_CHECK int sqlite_archive_text_add(struct store_connection *connection,
                                       const struct archive_row *row);
MUST_CHECK int sqlite_archive_text_remove(struct store_connection *connection,
                                          const struct archive_row *row);

/* Some housekeeping: at most about `budget_us` of it. 1 when there is more to do. */
MUST_CHECK int sqlite_archive_tidy(struct store_connection *connection, int64_t budget_us);
