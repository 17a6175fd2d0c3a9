/* sqlite_archive_statements.h - those of the archives. Private to store/.
 * Owns: constants. Threads: any. Errors: none. Spec: none.
 * Tests: tests/unit/server/test_schema.c
 *
 * X(NAME, sql), as in sqlite_statements.h. */
#pragma once

/* Parts of the statements. Pages: ?1 archive, ?2 and ?3 keys around it, ?4 and ?5 first and last
 * time, ?6 resource or empty, ?7 how many, ?8 contact, nickname or words. INDEXED BY: only the
 * named index gives the order without sorting, however few rows the planner believes there are. */
#define ARCHIVE_COLUMNS "SELECT m.id, m.late_us, m.xml, c.jid, m.resource, m.nick FROM "
#define ARCHIVE_JOIN    " CROSS JOIN archive_contacts AS c ON c.id = m.contact_id WHERE "
#define ARCHIVE_SELECT_BY(index)                                                                   \
    ARCHIVE_COLUMNS "archive_messages AS m INDEXED BY archive_messages_by_" index ARCHIVE_JOIN
#define ARCHIVE_SELECT_TEXT                                                                        \
    ARCHIVE_COLUMNS                                                                                \
    "archive_text AS t CROSS JOIN archive_messages AS m ON m.id = t.rowid" ARCHIVE_JOIN            \
    "archive_text MATCH ?8 AND m.archive_id = ?1"
#define ARCHIVE_NICK "m.archive_id = ?1 AND m.nick = ?8 AND m.nick <> ''"
#define ARCHIVE_RANGE(key)                                                                         \
    " AND " key " > ?2 AND " key                                                                   \
    " < ?3 AND m.id - m.late_us BETWEEN ?4 AND ?5 AND (?6 = '' OR m.resource = ?6)"
#define ARCHIVE_FORWARDS  ARCHIVE_RANGE("m.id") " ORDER BY m.id LIMIT ?7"
#define ARCHIVE_BACKWARDS ARCHIVE_RANGE("m.id") " ORDER BY m.id DESC LIMIT ?7"

/* Counting without a look at the messages: ?2 and ?3 keys, ?4 how many. */
#define ARCHIVE_COUNT_BY(index)                                                                    \
    "SELECT 1 FROM archive_messages INDEXED BY archive_messages_by_" index " WHERE "
#define ARCHIVE_COUNT_RANGE " AND id > ?2 AND id < ?3 LIMIT ?4"

#define ARCHIVE_STATEMENTS(X)                                                                      \
    X(SECRET, "SELECT value FROM secrets WHERE name = ?1")                                         \
    X(ARCHIVE_LAST_KEY, "SELECT max(id) FROM archive_messages")                                    \
    X(ARCHIVE_OF_ACCOUNT, "SELECT archives.id FROM accounts CROSS JOIN archives ON "               \
                          "archives.account_id = accounts.id WHERE accounts.name = ?1")            \
    X(ARCHIVE_OF_ROOM, "SELECT archives.id FROM rooms CROSS JOIN archives ON archives.room_id = "  \
                       "rooms.id WHERE rooms.jid = ?1")                                            \
    X(ARCHIVE_NEW_OF_ACCOUNT,                                                                      \
      "INSERT INTO archives (account_id) SELECT id FROM accounts WHERE name = ?1 RETURNING id")    \
    X(ARCHIVE_NEW_OF_ROOM,                                                                         \
      "INSERT INTO archives (room_id) SELECT id FROM rooms WHERE jid = ?1 RETURNING id")           \
    X(ARCHIVE_CONTACT, "SELECT id FROM archive_contacts WHERE archive_id = ?1 AND jid = ?2")       \
    X(ARCHIVE_CONTACT_NEW,                                                                         \
      "INSERT INTO archive_contacts (archive_id, jid) VALUES (?1, ?2) RETURNING id")               \
    X(ARCHIVE_INSERT,                                                                              \
      "INSERT INTO archive_messages (id, late_us, archive_id, contact_id, origin, is_shown, "      \
      "resource, nick, xml) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")                          \
    X(ARCHIVE_BY_ORIGIN, "SELECT id, archive_id, contact_id, xml FROM archive_messages INDEXED "   \
                         "BY archive_messages_by_origin WHERE contact_id = ?1 AND origin = ?2 "    \
                         "AND origin <> 0 AND id > ?3 ORDER BY id DESC LIMIT 1")                   \
    X(ARCHIVE_BY_KEY,                                                                              \
      "SELECT id, archive_id, contact_id, xml FROM archive_messages WHERE id = ?1")                \
    X(ARCHIVE_TAKE_BACK,                                                                           \
      "UPDATE archive_messages SET xml = ?2, origin = 0, is_shown = 0 WHERE id = ?1")              \
    X(ARCHIVE_PAGE, ARCHIVE_SELECT_BY("archive") "m.archive_id = ?1" ARCHIVE_FORWARDS)             \
    X(ARCHIVE_PAGE_BACK, ARCHIVE_SELECT_BY("archive") "m.archive_id = ?1" ARCHIVE_BACKWARDS)       \
    X(ARCHIVE_CONTACT_PAGE, ARCHIVE_SELECT_BY("contact") "m.contact_id = ?8" ARCHIVE_FORWARDS)     \
    X(ARCHIVE_CONTACT_PAGE_BACK,                                                                   \
      ARCHIVE_SELECT_BY("contact") "m.contact_id = ?8" ARCHIVE_BACKWARDS)                          \
    X(ARCHIVE_NICK_PAGE, ARCHIVE_SELECT_BY("nick") ARCHIVE_NICK ARCHIVE_FORWARDS)                  \
    X(ARCHIVE_NICK_PAGE_BACK, ARCHIVE_SELECT_BY("nick") ARCHIVE_NICK ARCHIVE_BACKWARDS)            \
    X(ARCHIVE_COUNT, ARCHIVE_COUNT_BY("archive") "archive_id = ?1" ARCHIVE_COUNT_RANGE)            \
    X(ARCHIVE_CONTACT_COUNT, ARCHIVE_COUNT_BY("contact") "contact_id = ?1" ARCHIVE_COUNT_RANGE)    \
    X(ARCHIVE_SEARCH, ARCHIVE_SELECT_TEXT ARCHIVE_RANGE("t.rowid") " ORDER BY t.rowid LIMIT ?7")   \
    X(ARCHIVE_SEARCH_BACK,                                                                         \
      ARCHIVE_SELECT_TEXT ARCHIVE_RANGE("t.rowid") " ORDER BY t.rowid DESC LIMIT ?7")              \
    X(ARCHIVE_ONE,                                                                                 \
      ARCHIVE_COLUMNS "archive_messages AS m" ARCHIVE_JOIN "m.archive_id = ?1 AND m.id = ?2")      \
    X(ARCHIVE_HISTORY,                                                                             \
      ARCHIVE_SELECT_BY(                                                                           \
          "archive") "m.archive_id = ?1 AND m.is_shown = 1 ORDER BY m.id DESC LIMIT ?2")           \
    X(ARCHIVE_LATE, "SELECT max(id) FROM archive_messages INDEXED BY archive_messages_late WHERE " \
                    "archive_id = ?1 AND late_us > 10000000 AND id - late_us <= ?2")               \
    X(ARCHIVE_FIRST, "SELECT id, late_us FROM archive_messages INDEXED BY "                        \
                     "archive_messages_by_archive WHERE archive_id = ?1 ORDER BY id LIMIT 1")      \
    X(ARCHIVE_LAST, "SELECT id, late_us FROM archive_messages INDEXED BY "                         \
                    "archive_messages_by_archive WHERE archive_id = ?1 ORDER BY id DESC LIMIT 1")  \
    X(ARCHIVE_SET_PREFERENCES, "UPDATE accounts SET archive_preferences = ?2 WHERE name = ?1")     \
    X(ARCHIVE_INDEXED, "SELECT up_to FROM archive_indexed WHERE id = 1")                           \
    X(ARCHIVE_SET_INDEXED, "UPDATE archive_indexed SET up_to = ?1 WHERE id = 1")                   \
    X(ARCHIVE_FROM, "SELECT id, archive_id, contact_id, xml FROM archive_messages WHERE id > ?1 "  \
                    "ORDER BY id LIMIT ?2")                                                        \
    X(ARCHIVE_UNTIL, "SELECT id, archive_id, contact_id, xml FROM archive_messages WHERE id < ?1 " \
                     "ORDER BY id LIMIT ?2")                                                       \
    X(ARCHIVE_ABANDONED, "SELECT id FROM archives INDEXED BY archives_abandoned WHERE account_id " \
                         "IS NULL AND room_id IS NULL AND id > 0 ORDER BY id LIMIT 1")             \
    X(ARCHIVE_ALL, "SELECT id, archive_id, contact_id, xml FROM archive_messages INDEXED BY "      \
                   "archive_messages_by_archive WHERE archive_id = ?1 ORDER BY id LIMIT ?2")       \
    X(ARCHIVE_REMOVE_MESSAGE, "DELETE FROM archive_messages WHERE id = ?1")                        \
    X(ARCHIVE_REMOVE, "DELETE FROM archives WHERE id = ?1")                                        \
    X(ARCHIVE_TEXT_ADD, "INSERT INTO archive_text (rowid, scope, body) VALUES (?1, ?2, ?3)")       \
    X(ARCHIVE_TEXT_REMOVE,                                                                         \
      "INSERT INTO archive_text (archive_text, rowid, scope, body) VALUES ('delete', ?1, ?2, ?3)")
