/* schema.c - see schema.h. Texts are compared by bytes everywhere: what is stored is prepared. */
#include "server/store/schema.h"

#include "base/error.h"

const char *const schema_steps[] = {
    /* 1: accounts, rosters, offline messages, private data, rooms.
     *
     * AUTOINCREMENT: an id is never used again, so "up to and including" cannot hit a message that
     * came later. */
    "CREATE TABLE accounts ("
    "  id INTEGER PRIMARY KEY,"
    "  name TEXT NOT NULL UNIQUE,"
    "  roster_version INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE TABLE verifiers ("
    "  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
    "  hash TEXT NOT NULL,"
    "  iterations INTEGER NOT NULL,"
    "  salt BLOB NOT NULL,"
    "  stored_key BLOB NOT NULL,"
    "  server_key BLOB NOT NULL,"
    "  PRIMARY KEY (account_id, hash)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE roster_items ("
    "  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
    "  jid TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  subscription TEXT NOT NULL CHECK (subscription IN ('none', 'to', 'from', 'both')),"
    "  ask INTEGER NOT NULL,"
    "  approved INTEGER NOT NULL,"
    "  pending_in INTEGER NOT NULL,"
    "  listed INTEGER NOT NULL,"
    "  request TEXT NOT NULL,"
    "  PRIMARY KEY (account_id, jid)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE roster_groups ("
    "  account_id INTEGER NOT NULL,"
    "  jid TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  PRIMARY KEY (account_id, jid, name),"
    "  FOREIGN KEY (account_id, jid) REFERENCES roster_items ON DELETE CASCADE"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE offline_messages ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
    "  stored_us INTEGER NOT NULL,"
    "  xml TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX offline_messages_by_account ON offline_messages (account_id, id);"
    "CREATE TABLE private_data ("
    "  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
    "  key TEXT NOT NULL,"
    "  xml TEXT NOT NULL,"
    "  PRIMARY KEY (account_id, key)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE rooms ("
    "  id INTEGER PRIMARY KEY,"
    "  jid TEXT NOT NULL UNIQUE,"
    "  config TEXT NOT NULL,"
    "  subject TEXT NOT NULL,"
    "  subject_nick TEXT NOT NULL,"
    "  subject_us INTEGER NOT NULL,"
    "  listed INTEGER NOT NULL,"
    "  title TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX rooms_by_listed ON rooms (listed, jid, title);"
    "CREATE TABLE room_affiliations ("
    "  room_id INTEGER NOT NULL REFERENCES rooms ON DELETE CASCADE,"
    "  jid TEXT NOT NULL,"
    "  affiliation INTEGER NOT NULL,"
    "  nick TEXT NOT NULL,"
    "  PRIMARY KEY (room_id, jid)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE room_messages ("
    "  position INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  room_id INTEGER NOT NULL REFERENCES rooms ON DELETE CASCADE,"
    "  id TEXT NOT NULL,"
    "  stored_us INTEGER NOT NULL,"
    "  nick TEXT NOT NULL,"
    "  sender TEXT NOT NULL,"
    "  xml TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX room_messages_by_room ON room_messages (room_id, position);",
    /* 2: publish-subscribe nodes of accounts, vCards.
     *
     * The triggers keep what a node's items take, so that no quota has to count them. */
    "CREATE TABLE pubsub_nodes ("
    "  id INTEGER PRIMARY KEY,"
    "  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
    "  name TEXT NOT NULL,"
    "  config TEXT NOT NULL,"
    "  created_us INTEGER NOT NULL,"
    "  item_count INTEGER NOT NULL DEFAULT 0,"
    "  item_bytes INTEGER NOT NULL DEFAULT 0,"
    "  UNIQUE (account_id, name)"
    ") STRICT;"
    "CREATE TABLE pubsub_items ("
    "  position INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  node_id INTEGER NOT NULL REFERENCES pubsub_nodes ON DELETE CASCADE,"
    "  id TEXT NOT NULL,"
    "  publisher TEXT NOT NULL,"
    "  published_us INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL,"
    "  xml TEXT NOT NULL,"
    "  UNIQUE (node_id, id)"
    ") STRICT;"
    "CREATE INDEX pubsub_items_by_node ON pubsub_items (node_id, position);"
    "CREATE TRIGGER pubsub_item_added AFTER INSERT ON pubsub_items BEGIN"
    "  UPDATE pubsub_nodes SET item_count = item_count + 1, item_bytes = item_bytes + new.bytes"
    "  WHERE id = new.node_id;"
    "END;"
    "CREATE TRIGGER pubsub_item_removed AFTER DELETE ON pubsub_items BEGIN"
    "  UPDATE pubsub_nodes SET item_count = item_count - 1, item_bytes = item_bytes - old.bytes"
    "  WHERE id = old.node_id;"
    "END;"
    "CREATE TABLE pubsub_affiliations ("
    "  node_id INTEGER NOT NULL REFERENCES pubsub_nodes ON DELETE CASCADE,"
    "  jid TEXT NOT NULL,"
    "  value INTEGER NOT NULL,"
    "  PRIMARY KEY (node_id, jid)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE pubsub_subscriptions ("
    "  node_id INTEGER NOT NULL REFERENCES pubsub_nodes ON DELETE CASCADE,"
    "  jid TEXT NOT NULL,"
    "  value INTEGER NOT NULL,"
    "  PRIMARY KEY (node_id, jid)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE vcards ("
    "  account_id INTEGER PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,"
    "  xml TEXT NOT NULL"
    ") STRICT;",
    /* 3: whom an account has blocked. */
    "CREATE TABLE blocked_addresses ("
    "  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
    "  jid TEXT NOT NULL,"
    "  PRIMARY KEY (account_id, jid)"
    ") STRICT, WITHOUT ROWID;",
    /* 4: when an account was last there, where it is told of messages, whether it may sign in, and
     * whom it has invited. Of a token only the hash is kept. */
    "CREATE TABLE last_activity ("
    "  account_id INTEGER PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,"
    "  left_us INTEGER NOT NULL,"
    "  status TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE push_services ("
    "  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
    "  jid TEXT NOT NULL,"
    "  node TEXT NOT NULL,"
    "  options TEXT NOT NULL,"
    "  PRIMARY KEY (account_id, jid, node)"
    ") STRICT, WITHOUT ROWID;"
    "ALTER TABLE accounts ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE invitations ("
    "  token_hash BLOB PRIMARY KEY,"
    "  account_id INTEGER REFERENCES accounts ON DELETE CASCADE,"
    "  inviter TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  registers INTEGER NOT NULL,"
    "  created_us INTEGER NOT NULL,"
    "  expires_us INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX invitations_by_account ON invitations (account_id);"
    "CREATE INDEX invitations_by_end ON invitations (expires_us);",

    /* 5: how far streams had come when they ended (XEP-0198 5), the newest of each account. */
    "CREATE TABLE stream_ends ("
    "  number INTEGER PRIMARY KEY,"
    "  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
    "  id TEXT NOT NULL,"
    "  handled INTEGER NOT NULL,"
    "  ended_us INTEGER NOT NULL,"
    "  UNIQUE (account_id, id)"
    ") STRICT;"
    "CREATE INDEX stream_ends_by_account ON stream_ends (account_id, number);",

    /* 6: archives. What rooms had kept moves into them.
     *
     * The key of a message is the time at which it came, in microseconds, or one more than the key
     * before it, whatever is more; late_us is the difference to the time. An archive outlives its
     * owner until its messages have been taken out piece by piece.
     *
     * Messages that are much later than their time (the clock has jumped back) have an index of
     * their own: it is empty as a rule. */
    "ALTER TABLE accounts ADD COLUMN archive_preferences TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE secrets ("
    "  name TEXT PRIMARY KEY,"
    "  value BLOB NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO secrets VALUES ('archive', randomblob(16));"
    "CREATE TABLE archives ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  account_id INTEGER UNIQUE REFERENCES accounts ON DELETE SET NULL,"
    "  room_id INTEGER UNIQUE REFERENCES rooms ON DELETE SET NULL"
    ") STRICT;"
    "CREATE INDEX archives_abandoned ON archives (id)"
    "  WHERE account_id IS NULL AND room_id IS NULL;"
    "CREATE TABLE archive_contacts ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  archive_id INTEGER NOT NULL REFERENCES archives ON DELETE CASCADE,"
    "  jid TEXT NOT NULL,"
    "  UNIQUE (archive_id, jid)"
    ") STRICT;"
    "CREATE TABLE archive_messages ("
    "  id INTEGER PRIMARY KEY,"
    "  late_us INTEGER NOT NULL,"
    "  archive_id INTEGER NOT NULL,"
    "  contact_id INTEGER NOT NULL REFERENCES archive_contacts,"
    "  origin INTEGER NOT NULL,"
    "  is_shown INTEGER NOT NULL,"
    "  resource TEXT NOT NULL,"
    "  nick TEXT NOT NULL,"
    "  xml TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE archive_indexed ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  up_to INTEGER NOT NULL"
    ") STRICT;"
    "INSERT INTO archive_indexed VALUES (1, 0);"
    "CREATE VIRTUAL TABLE archive_text USING fts5 ("
    "  scope, body, content = '', tokenize = 'unicode61 remove_diacritics 2'"
    ");"
    "INSERT INTO archives (room_id) SELECT DISTINCT room_id FROM room_messages;"
    "INSERT INTO archive_contacts (archive_id, jid)"
    "  SELECT DISTINCT archives.id, substr(sender, 1, instr(sender || '/', '/') - 1)"
    "  FROM room_messages JOIN archives USING (room_id);"
    "INSERT INTO archive_messages"
    "  SELECT m.key, m.key - m.stored_us, archives.id, archive_contacts.id, 0, 1,"
    "  substr(m.sender, length(archive_contacts.jid) + 2), m.nick,"
    "  replace(m.xml, '<stanza-id xmlns=''urn:xmpp:sid:0'' by=''' || rooms.jid || ''' id=''' || "
    "m.id"
    "  || '''/>', '')"
    "  FROM (SELECT *, max(stored_us) OVER (ORDER BY position)"
    "  + row_number() OVER (ORDER BY position) AS key FROM room_messages) AS m"
    "  JOIN rooms ON rooms.id = m.room_id"
    "  JOIN archives ON archives.room_id = m.room_id"
    "  JOIN archive_contacts ON archive_contacts.archive_id = archives.id"
    "  AND archive_contacts.jid = substr(m.sender, 1, instr(m.sender || '/', '/') - 1);"
    "DROP TABLE room_messages;"
    "CREATE INDEX archive_messages_by_archive ON archive_messages (archive_id);"
    "CREATE INDEX archive_messages_by_contact ON archive_messages (contact_id);"
    "CREATE INDEX archive_messages_by_nick ON archive_messages (archive_id, nick)"
    "  WHERE nick <> '';"
    "CREATE INDEX archive_messages_by_origin ON archive_messages (contact_id, origin)"
    "  WHERE origin <> 0;"
    "CREATE INDEX archive_messages_late ON archive_messages (archive_id)"
    "  WHERE late_us > 10000000;",

    /* 7: tokens that clients sign in with (XEP-0484). Of a token only what it is derived from. */
    "CREATE TABLE tokens ("
    "  number INTEGER PRIMARY KEY,"
    "  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,"
    "  client BLOB NOT NULL,"
    "  is_new INTEGER NOT NULL,"
    "  mechanism TEXT NOT NULL,"
    "  salt BLOB NOT NULL,"
    "  issued_us INTEGER NOT NULL,"
    "  expires_us INTEGER NOT NULL,"
    "  UNIQUE (account_id, client, is_new)"
    ") STRICT;"
    "CREATE INDEX tokens_by_account ON tokens (account_id, number);",
};
const int schema_version = (int)ARRAY_LEN(schema_steps);

static int
execute(sqlite3 *db, const struct log *log, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    log_error(log, "schema-failed", "%s", sqlite3_errmsg(db));
    return E_STORE;
}

static int
read_version(sqlite3 *db, const struct log *log, int *ret_version)
{
    sqlite3_stmt *statement;
    int r;

    r = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);
    if (r == SQLITE_OK)
        r = sqlite3_step(statement);
    if (r == SQLITE_ROW)
        *ret_version = sqlite3_column_int(statement, 0);
    else
        log_error(log, "schema-failed", "%s", sqlite3_errmsg(db));
    sqlite3_finalize(statement);
    return r == SQLITE_ROW ? 0 : E_STORE;
}

static int
take_step(sqlite3 *db, const struct log *log, int step)
{
    char set_version[64];
    int r;

    (void)sqlite3_snprintf(sizeof(set_version), set_version, "PRAGMA user_version = %d", step + 1);
    r = execute(db, log, "BEGIN IMMEDIATE");
    if (r < 0)
        return r;
    r = execute(db, log, schema_steps[step]);
    if (r == 0)
        r = execute(db, log, set_version);
    if (r == 0)
        r = execute(db, log, "COMMIT");
    if (r < 0 && !sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return r;
}

int
schema_upgrade(sqlite3 *db, const struct log *log)
{
    int version = 0;
    int r = read_version(db, log, &version);

    if (r < 0)
        return r;
    if (version > schema_version || version < 0) {
        log_error(log, "schema-newer",
                  "the database has schema version %d and this program knows %d: it was made by a "
                  "newer Jackdaw, use that one",
                  version, schema_version);
        return E_STORE;
    }
    for (int step = version; step < schema_version && r == 0; step++)
        r = take_step(db, log, step);
    if (r == 0 && version > 0 && version < schema_version)
        log_notice(log, "schema-upgraded", "from version %d to %d", version, schema_version);
    return r;
}
