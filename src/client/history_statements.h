/* history_statements.h - every SQL statement of the history, included as a table by history_*.[ch].
 * STATEMENT(NAME, sql); parameters are bound by position. Kinds and states are those of history.h.
 * Tests: tests/unit/client/test_history.c asks for the plan of each: none may scan a table. */

/* What history_read.c makes a struct history_message of. */
#define MESSAGE_COLUMNS                                                                            \
    "m.id, m.position, m.kind, m.state, m.outgoing, m.mentions, m.edited, m.retracted, m.time,"    \
    " c.jid, m.archive_id, m.origin_id, m.message_id, m.sender, m.sender_jid, m.nickname, m.body," \
    " m.failure, m.reply_to, m.reactions, m.target, p.position, m.text"
#define FROM_MESSAGES                                                                              \
    " FROM message m JOIN conversation c ON c.id = m.conversation"                                 \
    " LEFT JOIN message p ON p.id = c.peer_read_row "

/* ---- archives and conversations ---- */
STATEMENT(ARCHIVE_FIND, "SELECT id, era FROM archive WHERE jid = ?1")
STATEMENT(ARCHIVE_MAKE, "INSERT INTO archive (jid) VALUES (?1)")
STATEMENT(ARCHIVE_ERA, "SELECT era FROM archive WHERE id = ?1")
STATEMENT(ARCHIVE_NEXT_ERA, "UPDATE archive SET era = era + 1 WHERE id = ?1 RETURNING era")
STATEMENT(CONVERSATION_FIND, "SELECT id, archive FROM conversation WHERE jid = ?1")
STATEMENT(CONVERSATION_MAKE,
          "INSERT INTO conversation (jid, archive, read_base) VALUES (?1, ?2, ?3) RETURNING id")
STATEMENT(CONVERSATION_ARCHIVE, "SELECT archive FROM conversation WHERE id = ?1")
STATEMENT(CONVERSATION_HAS_ARCHIVE,
          "SELECT a.jid = c.jid FROM conversation c JOIN archive a ON a.id = c.archive"
          " WHERE c.id = ?1")
STATEMENT(CONVERSATION_REHOME, "UPDATE conversation SET archive = ?2 WHERE id = ?1")
STATEMENT(CONVERSATION_ALL, "SELECT id FROM conversation ORDER BY id")
STATEMENT(CONVERSATION_LOAD,
          "SELECT c.jid, a.jid, c.draft, c.pinned, c.muted, c.archived, c.read_base,"
          " c.read_row, r.position, coalesce(c.read_id, r.archive_id)"
          " FROM conversation c JOIN archive a ON a.id = c.archive"
          " LEFT JOIN message r ON r.id = c.read_row WHERE c.id = ?1")
STATEMENT(CONVERSATION_PINNED, "UPDATE conversation SET pinned = ?2 WHERE id = ?1")
STATEMENT(CONVERSATION_MUTED, "UPDATE conversation SET muted = ?2 WHERE id = ?1")
STATEMENT(CONVERSATION_ARCHIVED, "UPDATE conversation SET archived = ?2 WHERE id = ?1")
STATEMENT(CONVERSATION_DRAFT, "UPDATE conversation SET draft = ?2 WHERE id = ?1")
STATEMENT(CONVERSATION_PREVIEW,
          "SELECT body, nickname, outgoing, time FROM message"
          " WHERE conversation = ?1 AND kind <= 1 ORDER BY position DESC LIMIT 1")
STATEMENT(CONVERSATION_UNREAD,
          "SELECT count(*) FROM (SELECT 1 FROM message WHERE conversation = ?1 AND position > ?2"
          " AND kind = 0 AND outgoing = 0 AND retracted = 0 LIMIT 1000)")
STATEMENT(CONVERSATION_MENTIONS,
          "SELECT count(*) FROM (SELECT 1 FROM message WHERE conversation = ?1 AND position > ?2"
          " AND kind = 0 AND outgoing = 0 AND retracted = 0 AND mentions = 1 LIMIT 1000)")
STATEMENT(CONVERSATION_FIRST_NEW,
          "SELECT id FROM message WHERE conversation = ?1 AND position > ?2"
          " AND kind = 0 AND outgoing = 0 AND retracted = 0 ORDER BY position LIMIT 1")

/* ---- reading marks ---- */
STATEMENT(READ_POSITION,
          "SELECT max(c.read_base, coalesce(r.position, 0)), c.read_row FROM conversation c"
          " LEFT JOIN message r ON r.id = c.read_row WHERE c.id = ?1")
STATEMENT(READ_SET, "UPDATE conversation SET read_row = ?2, read_id = NULL WHERE id = ?1")
STATEMENT(READ_FIRST,
          "UPDATE conversation SET read_row = ?2, read_id = NULL, read_base = 0 WHERE id = ?1")
STATEMENT(READ_BASE,
          "UPDATE conversation SET read_base = max(read_base, ?2)"
          " WHERE id = ?1 AND read_row IS NULL")
STATEMENT(READ_WANTED, "UPDATE conversation SET read_id = ?2 WHERE id = ?1")
STATEMENT(READ_UNKNOWN, "SELECT read_id FROM conversation WHERE id = ?1 AND read_id IS NOT NULL")
STATEMENT(PEER_READ_POSITION,
          "SELECT r.position FROM conversation c JOIN message r ON r.id = c.peer_read_row"
          " WHERE c.id = ?1")
STATEMENT(PEER_READ_SET, "UPDATE conversation SET peer_read_row = ?2 WHERE id = ?1")
STATEMENT(PEER_READ_ROWS,
          "SELECT id FROM message WHERE conversation = ?1 AND position > ?2 AND position <= ?3"
          " AND kind <= 1 AND outgoing = 1")

/* ---- finding a message again ---- */
STATEMENT(MATCH_ARCHIVE_ID,
          "SELECT id, position FROM message WHERE archive = ?1 AND archive_id = ?2")
STATEMENT(MATCH_ORIGIN_ID,
          "SELECT id, position, archive_id, sender, outgoing, kind, text FROM message"
          " WHERE conversation = ?1 AND origin_id = ?2")
STATEMENT(MATCH_ID,
          "SELECT id, position, archive_id, sender, outgoing, kind, text FROM message"
          " WHERE conversation = ?1 AND message_id = ?2")

/* ---- writing ---- */
STATEMENT(INSERT,
          "INSERT INTO message (conversation, archive, position, kind, archive_id, origin_id,"
          " message_id, sender, sender_jid, nickname, text, target, reply_to, time, state,"
          " outgoing, mentions, by_room, tombstone, body, retracted)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
          " ?18, ?19, iif(?4 <= 1 AND ?19 = 0, ?11, NULL), ?19) RETURNING id")
STATEMENT(MERGE,
          "UPDATE message SET archive_id = coalesce(archive_id, ?2),"
          " origin_id = coalesce(origin_id, ?3), message_id = coalesce(message_id, ?4),"
          " sender = coalesce(?5, sender), sender_jid = coalesce(sender_jid, ?6),"
          " time = iif(archive_id IS NULL AND ?2 IS NOT NULL AND ?7 > 0, ?7, time),"
          " state = iif(state IN (1, 5) AND ?8 = 2, 2, state),"
          " failure = iif(?8 = 2, NULL, failure), tombstone = max(tombstone, ?9)"
          " WHERE id = ?1")
STATEMENT(MOVE, "UPDATE message SET position = ?2 WHERE id = ?1")
STATEMENT(PLACE, "SELECT position FROM message WHERE id = ?1")
STATEMENT(MAKE_ROOM,
          "UPDATE message SET position = position + ?3 WHERE conversation = ?1 AND position >= ?2")
STATEMENT(MAX_POSITION, "SELECT max(position) FROM message WHERE conversation = ?1")
STATEMENT(NEXT_BELOW,
          "SELECT max(position) FROM message"
          " WHERE conversation = ?1 AND position < ?2 AND position > ?3 AND id <> ?4")
STATEMENT(NEXT_ABOVE, "SELECT min(position) FROM message WHERE conversation = ?1 AND position > ?2")
STATEMENT(STATE_FIND,
          "SELECT id, state, archive FROM message WHERE conversation = ?1 AND message_id = ?2"
          " AND outgoing = 1")
STATEMENT(STATE_SET, "UPDATE message SET state = ?2, failure = ?3 WHERE id = ?1")

/* ---- relations ---- */
STATEMENT(ROW_LOAD,
          "SELECT conversation, kind, sender, archive_id, origin_id, message_id, target, position,"
          " text, outgoing, tombstone, state FROM message WHERE id = ?1")
STATEMENT(TARGET_FIND,
          "SELECT id FROM message WHERE conversation = ?1 AND message_id = ?2 AND kind <= 1"
          " UNION SELECT id FROM message WHERE conversation = ?1 AND origin_id = ?2 AND kind <= 1"
          " UNION SELECT id FROM message WHERE conversation = ?1 AND archive_id = ?2"
          " AND kind <= 1")
STATEMENT(RELATIONS,
          "SELECT kind, sender, text, by_room, position, outgoing, target"
          " FROM message INDEXED BY message_target WHERE conversation = ?1"
          " AND target IS NOT NULL AND target IN (?2, ?3, ?4) ORDER BY position")
STATEMENT(LOOK_SET,
          "UPDATE message SET body = ?2, edited = ?3, retracted = ?4, reactions = ?5, state = ?6"
          " WHERE id = ?1")

/* ---- gaps ---- */
STATEMENT(GAP_OPEN, "INSERT OR IGNORE INTO gap (archive, conversation, era) VALUES (?1, ?2, ?3)")
STATEMENT(GAP_EDGE,
          "UPDATE gap SET newer_id = ?4 WHERE archive = ?1 AND conversation = ?2 AND era = ?3")
STATEMENT(GAP_CLOSE,
          "UPDATE gap SET is_closed = 1 WHERE archive = ?1 AND conversation = ?2 AND era = ?3")
STATEMENT(GAP_CLOSE_DOWN,
          "INSERT OR REPLACE INTO gap (archive, conversation, era, newer_id, is_closed)"
          " SELECT ?1, ?2, era, NULL, 1 FROM gap WHERE archive = ?1 AND conversation = 0"
          " AND era <= ?3")
STATEMENT(GAP_LOAD,
          "SELECT newer_id, is_closed FROM gap"
          " WHERE archive = ?1 AND conversation = ?2 AND era = ?3")
STATEMENT(GAP_NEWEST,
          "SELECT era FROM gap WHERE archive = ?1 AND conversation = 0 AND is_closed = 0"
          " ORDER BY era DESC LIMIT 1")
STATEMENT(GAPS_OF_CONVERSATION,
          "SELECT w.era FROM gap w WHERE w.archive = ?1 AND w.conversation = 0"
          " AND w.is_closed = 0 AND NOT EXISTS (SELECT 1 FROM gap o WHERE o.archive = ?1"
          " AND o.conversation = ?2 AND o.era = w.era AND o.is_closed = 1) ORDER BY w.era")
STATEMENT(GAP_LOWEST_ABOVE,
          "SELECT archive_id, position FROM message WHERE conversation = ?1 AND position > ?2"
          " AND archive_id IS NOT NULL ORDER BY position LIMIT 1")
STATEMENT(GAP_HIGHEST_BELOW,
          "SELECT archive_id, position FROM message WHERE conversation = ?1 AND position < ?2"
          " AND archive_id IS NOT NULL ORDER BY position DESC LIMIT 1")
STATEMENT(PASSED_LOAD,
          "SELECT m.position FROM passed p JOIN message m ON m.id = p.row"
          " WHERE p.conversation = ?1 AND p.era = ?2 AND p.own = ?3")
STATEMENT(PASSED_STORE,
          "INSERT OR REPLACE INTO passed (conversation, era, own, row) VALUES (?1, ?2, ?3, ?4)")
STATEMENT(PASSED_FORGET,
          "DELETE FROM passed WHERE conversation IN"
          " (SELECT id FROM conversation WHERE archive = ?1) AND era = ?2 AND own = ?3")
STATEMENT(ARCHIVE_ANY_ABOVE,
          "SELECT EXISTS (SELECT 1 FROM conversation c JOIN message m ON m.conversation = c.id"
          " WHERE c.archive = ?1 AND m.position > ?2 AND m.archive_id IS NOT NULL)")
STATEMENT(PENDING_IN_ARCHIVE,
          "SELECT id, conversation FROM message WHERE archive = ?1 AND state = 1"
          " ORDER BY conversation, position")

/* ---- reading ---- */
STATEMENT(MESSAGE_LOAD, "SELECT " MESSAGE_COLUMNS FROM_MESSAGES "WHERE m.id = ?1")
STATEMENT(PAGE_DOWN,
          "SELECT " MESSAGE_COLUMNS FROM_MESSAGES "WHERE m.conversation = ?1 AND m.position < ?2"
          " AND m.kind <= 1 ORDER BY m.position DESC LIMIT ?3")
STATEMENT(PAGE_UP,
          "SELECT " MESSAGE_COLUMNS FROM_MESSAGES "WHERE m.conversation = ?1 AND m.position > ?2"
          " AND m.kind <= 1 ORDER BY m.position LIMIT ?3")
STATEMENT(PENDING,
          "SELECT " MESSAGE_COLUMNS FROM_MESSAGES "WHERE m.conversation = ?1 AND m.state = 1"
          " ORDER BY m.position")
STATEMENT(SEARCH_HERE,
          "SELECT m.id FROM search JOIN message m ON m.id = search.rowid"
          " WHERE search MATCH ?1 AND m.conversation = ?2"
          " ORDER BY m.position DESC LIMIT ?3 OFFSET ?4")
STATEMENT(SEARCH_ALL,
          "SELECT m.id FROM search JOIN message m ON m.id = search.rowid"
          " WHERE search MATCH ?1 ORDER BY m.time DESC, m.id DESC LIMIT ?2 OFFSET ?3")
/* Only for what is shown: a common word has many hits. */
STATEMENT(SEARCH_SNIPPET,
          "SELECT snippet(search, 0, char(2), char(3), '…', 24) FROM search"
          " WHERE search MATCH ?1 AND rowid = ?2")
