/* sqlite_statements.h - every SQL statement the program runs on its tables, in one place.
 * Owns: constants. Threads: any. Errors: none. Private to store/.
 * Tests: tests/unit/server/test_schema.c asks SQLite for the plan of each: none may scan a table.
 *
 * X(NAME, sql). Parameters are bound by position. */
#pragma once

#include "server/store/sqlite_archive_statements.h"

#define SQLITE_STATEMENTS(X)                                                                       \
    X(ACCOUNT_ID, "SELECT id FROM accounts WHERE name = ?1")                                       \
    X(ACCOUNT_INSERT, "INSERT INTO accounts (name) VALUES (?1) RETURNING id")                      \
    X(ACCOUNT_DELETE, "DELETE FROM accounts WHERE name = ?1")                                      \
    X(ACCOUNT_NAMES, "SELECT name FROM accounts WHERE name > ?1 ORDER BY name LIMIT ?2")           \
    X(ACCOUNT_STATE,                                                                               \
      "SELECT id, roster_version,"                                                                 \
      " (SELECT count(*) FROM offline_messages WHERE account_id = accounts.id), disabled,"         \
      " archive_preferences FROM accounts WHERE name = ?1")                                        \
    X(ACCOUNT_NEXT_VERSION,                                                                        \
      "UPDATE accounts SET roster_version = roster_version + 1 WHERE id = ?1"                      \
      " RETURNING roster_version")                                                                 \
    X(VERIFIER_PUT,                                                                                \
      "INSERT INTO verifiers (account_id, hash, iterations, salt, stored_key, server_key)"         \
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"                                                           \
      " ON CONFLICT (account_id, hash) DO UPDATE SET iterations = excluded.iterations,"            \
      " salt = excluded.salt, stored_key = excluded.stored_key,"                                   \
      " server_key = excluded.server_key")                                                         \
    X(VERIFIER, "SELECT iterations, salt, stored_key, server_key FROM verifiers"                   \
                " WHERE account_id = (SELECT id FROM accounts WHERE name = ?1 AND disabled = 0)"   \
                " AND hash = ?2")                                                                  \
    X(ROSTER_PUT,                                                                                  \
      "INSERT INTO roster_items (account_id, jid, name, subscription, ask, approved, pending_in,"  \
      " listed, request) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"                              \
      " ON CONFLICT (account_id, jid) DO UPDATE SET name = excluded.name,"                         \
      " subscription = excluded.subscription, ask = excluded.ask, approved = excluded.approved,"   \
      " pending_in = excluded.pending_in, listed = excluded.listed, request = excluded.request")   \
    X(ROSTER_DELETE, "DELETE FROM roster_items WHERE account_id = ?1 AND jid = ?2")                \
    X(ROSTER_ITEMS, "SELECT jid, name, subscription, ask, approved, pending_in, listed, request"   \
                    " FROM roster_items WHERE account_id = ?1 ORDER BY jid")                       \
    X(GROUP_INSERT, "INSERT INTO roster_groups (account_id, jid, name) VALUES (?1, ?2, ?3)"        \
                    " ON CONFLICT DO NOTHING")                                                     \
    X(GROUPS_DELETE, "DELETE FROM roster_groups WHERE account_id = ?1 AND jid = ?2")               \
    X(GROUPS, "SELECT jid, name FROM roster_groups WHERE account_id = ?1 ORDER BY jid, name")      \
    X(OFFLINE_COUNT, "SELECT count(*) FROM offline_messages WHERE account_id = ?1")                \
    X(OFFLINE_INSERT,                                                                              \
      "INSERT INTO offline_messages (account_id, stored_us, xml) VALUES (?1, ?2, ?3)")             \
    X(OFFLINE_LOAD, "SELECT id, stored_us, xml FROM offline_messages"                              \
                    " WHERE account_id = (SELECT id FROM accounts WHERE name = ?1) AND id > ?2"    \
                    " ORDER BY id LIMIT ?3")                                                       \
    X(OFFLINE_DELETE,                                                                              \
      "DELETE FROM offline_messages"                                                               \
      " WHERE account_id = (SELECT id FROM accounts WHERE name = ?1) AND id <= ?2")                \
    X(TOKENS,                                                                                      \
      "SELECT is_new, mechanism, salt, issued_us, expires_us FROM tokens WHERE account_id = "      \
      "(SELECT id FROM accounts WHERE name = ?1 AND disabled = 0) AND client = ?2")                \
    X(TOKEN_IS_THERE, "SELECT 1 FROM tokens WHERE account_id = ?1 AND client = ?2 AND salt = ?3")  \
    X(TOKENS_DELETE, "DELETE FROM tokens WHERE account_id = ?1 AND client = ?2")                   \
    X(TOKEN_DELETE_CURRENT,                                                                        \
      "DELETE FROM tokens WHERE account_id = ?1 AND client = ?2 AND is_new = 0")                   \
    X(TOKEN_PROMOTE,                                                                               \
      "UPDATE tokens SET is_new = 0 WHERE account_id = ?1 AND client = ?2 AND is_new = 1")         \
    X(TOKEN_PUT_NEW, "INSERT OR REPLACE INTO tokens (account_id, client, is_new, mechanism, "      \
                     "salt, issued_us, expires_us) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6)")            \
    X(TOKENS_PRUNE, "DELETE FROM tokens WHERE account_id = ?1 AND number <= (SELECT number FROM "  \
                    "tokens WHERE account_id = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)")        \
    X(TOKENS_EXPIRE, "DELETE FROM tokens WHERE account_id = ?1 AND expires_us <= ?2")              \
    X(TOKENS_FORGET, "DELETE FROM tokens WHERE account_id = ?1")                                   \
    X(STREAM_END_INSERT, "INSERT INTO stream_ends (account_id, id, handled, ended_us)"             \
                         " VALUES (?1, ?2, ?3, ?4)")                                               \
    X(STREAM_ENDS_PRUNE,                                                                           \
      "DELETE FROM stream_ends WHERE account_id = ?1 AND number <= (SELECT number FROM"            \
      " stream_ends WHERE account_id = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)")                \
    X(STREAM_END, "SELECT handled FROM stream_ends"                                                \
                  " WHERE account_id = (SELECT id FROM accounts WHERE name = ?1) AND id = ?2")     \
    X(PRIVATE_PUT, "INSERT INTO private_data (account_id, key, xml) VALUES (?1, ?2, ?3)"           \
                   " ON CONFLICT (account_id, key) DO UPDATE SET xml = excluded.xml")              \
    X(PRIVATE_DELETE, "DELETE FROM private_data WHERE account_id = ?1 AND key = ?2")               \
    X(PRIVATE_USE,                                                                                 \
      "SELECT count(*), coalesce(sum(length(CAST(key AS BLOB)) + length(CAST(xml AS BLOB))), 0)"   \
      " FROM private_data WHERE account_id = ?1")                                                  \
    X(PRIVATE_LOAD, "SELECT xml FROM private_data"                                                 \
                    " WHERE account_id = (SELECT id FROM accounts WHERE name = ?1) AND key = ?2")  \
    X(BLOCK_INSERT, "INSERT INTO blocked_addresses (account_id, jid) VALUES (?1, ?2)"              \
                    " ON CONFLICT DO NOTHING")                                                     \
    X(BLOCK_DELETE, "DELETE FROM blocked_addresses WHERE account_id = ?1 AND jid = ?2")            \
    X(BLOCKS_DELETE, "DELETE FROM blocked_addresses WHERE account_id = ?1")                        \
    X(BLOCKS, "SELECT jid FROM blocked_addresses WHERE account_id = ?1 ORDER BY jid")              \
    X(ACCOUNT_DISABLE, "UPDATE accounts SET disabled = ?2 WHERE name = ?1")                        \
    X(ACTIVITY_PUT, "INSERT INTO last_activity (account_id, left_us, status) VALUES (?1, ?2, ?3)"  \
                    " ON CONFLICT (account_id) DO UPDATE SET left_us = excluded.left_us,"          \
                    " status = excluded.status")                                                   \
    X(ACTIVITY_LOAD, "SELECT left_us, status FROM last_activity"                                   \
                     " WHERE account_id = (SELECT id FROM accounts WHERE name = ?1)")              \
    X(PUSH_PUT,                                                                                    \
      "INSERT INTO push_services (account_id, jid, node, options) VALUES (?1, ?2, ?3, ?4)"         \
      " ON CONFLICT (account_id, jid, node) DO UPDATE SET options = excluded.options")             \
    X(PUSH_DELETE, "DELETE FROM push_services WHERE account_id = ?1 AND jid = ?2 AND node = ?3")   \
    X(PUSH_DELETE_ALL, "DELETE FROM push_services WHERE account_id = ?1 AND jid = ?2")             \
    X(PUSH_SERVICES, "SELECT jid, node, options FROM push_services WHERE account_id = ?1"          \
                     " ORDER BY jid, node")                                                        \
    X(INVITATION_INSERT,                                                                           \
      "INSERT INTO invitations (token_hash, account_id, inviter, name, registers,"                 \
      " created_us, expires_us) VALUES (?1, (SELECT id FROM accounts WHERE name = ?2), ?3, ?4, "   \
      "?5, ?6, ?7)")                                                                               \
    X(INVITATION_COUNT, "SELECT count(*) FROM invitations WHERE account_id = ?1")                  \
    X(INVITATION_LOAD, "SELECT inviter, name, registers, created_us, expires_us FROM invitations"  \
                       " WHERE token_hash = ?1")                                                   \
    X(INVITATION_DELETE, "DELETE FROM invitations WHERE token_hash = ?1")                          \
    X(INVITATIONS_EXPIRE, "DELETE FROM invitations WHERE expires_us <= ?1")                        \
    X(ROSTER_BEFRIEND,                                                                             \
      "INSERT INTO roster_items (account_id, jid, name, subscription, ask, approved, pending_in,"  \
      " listed, request) VALUES (?1, ?2, '', 'both', 0, 0, 0, 1, '')"                              \
      " ON CONFLICT (account_id, jid) DO UPDATE SET subscription = 'both', ask = 0, pending_in = " \
      "0,"                                                                                         \
      " listed = 1, request = ''")                                                                 \
    X(ROOM_ID, "SELECT id FROM rooms WHERE jid = ?1")                                              \
    X(ROOM_PUT,                                                                                    \
      "INSERT INTO rooms (jid, config, subject, subject_nick, subject_us, listed, title)"          \
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"                                                       \
      " ON CONFLICT (jid) DO UPDATE SET config = excluded.config, subject = excluded.subject,"     \
      " subject_nick = excluded.subject_nick, subject_us = excluded.subject_us,"                   \
      " listed = excluded.listed, title = excluded.title")                                         \
    X(ROOM_DELETE, "DELETE FROM rooms WHERE jid = ?1")                                             \
    X(ROOM, "SELECT id, config, subject, subject_nick, subject_us, listed, title"                  \
            " FROM rooms WHERE jid = ?1")                                                          \
    X(ROOM_NAMES,                                                                                  \
      "SELECT jid, title FROM rooms WHERE listed = 1 AND jid > ?1 ORDER BY jid LIMIT ?2")          \
    X(AFFILIATION_PUT,                                                                             \
      "INSERT INTO room_affiliations (room_id, jid, affiliation, nick) VALUES (?1, ?2, ?3, ?4)"    \
      " ON CONFLICT (room_id, jid) DO UPDATE SET affiliation = excluded.affiliation,"              \
      " nick = excluded.nick")                                                                     \
    X(AFFILIATION_DELETE, "DELETE FROM room_affiliations WHERE room_id = ?1 AND jid = ?2")         \
    X(AFFILIATIONS,                                                                                \
      "SELECT jid, affiliation, nick FROM room_affiliations WHERE room_id = ?1 ORDER BY jid")      \
    X(PUBSUB_NODE, "SELECT id, item_count FROM pubsub_nodes"                                       \
                   " WHERE account_id = (SELECT id FROM accounts WHERE name = ?1) AND name = ?2")  \
    X(PUBSUB_NODES, "SELECT name, config, created_us FROM pubsub_nodes WHERE account_id = ?1")     \
    X(PUBSUB_NODE_PUT,                                                                             \
      "INSERT INTO pubsub_nodes (account_id, name, config, created_us) VALUES (?1, ?2, ?3, ?4)"    \
      " ON CONFLICT (account_id, name) DO UPDATE SET config = excluded.config RETURNING id")       \
    X(PUBSUB_NODE_DELETE, "DELETE FROM pubsub_nodes WHERE id = ?1")                                \
    X(PUBSUB_AFFILIATIONS,                                                                         \
      "SELECT n.name, r.jid, r.value FROM pubsub_nodes n"                                          \
      " JOIN pubsub_affiliations r ON r.node_id = n.id WHERE n.account_id = ?1")                   \
    X(PUBSUB_AFFILIATION_PUT,                                                                      \
      "INSERT INTO pubsub_affiliations (node_id, jid, value) VALUES (?1, ?2, ?3)"                  \
      " ON CONFLICT (node_id, jid) DO UPDATE SET value = excluded.value")                          \
    X(PUBSUB_AFFILIATION_DELETE,                                                                   \
      "DELETE FROM pubsub_affiliations WHERE node_id = ?1 AND jid = ?2")                           \
    X(PUBSUB_SUBSCRIPTIONS,                                                                        \
      "SELECT n.name, r.jid, r.value FROM pubsub_nodes n"                                          \
      " JOIN pubsub_subscriptions r ON r.node_id = n.id WHERE n.account_id = ?1")                  \
    X(PUBSUB_SUBSCRIPTION_PUT,                                                                     \
      "INSERT INTO pubsub_subscriptions (node_id, jid, value) VALUES (?1, ?2, ?3)"                 \
      " ON CONFLICT (node_id, jid) DO UPDATE SET value = excluded.value")                          \
    X(PUBSUB_SUBSCRIPTION_DELETE,                                                                  \
      "DELETE FROM pubsub_subscriptions WHERE node_id = ?1 AND jid = ?2")                          \
    X(PUBSUB_BYTES, "SELECT coalesce(sum(item_bytes), 0) FROM pubsub_nodes"                        \
                    " WHERE account_id = (SELECT id FROM accounts WHERE name = ?1)")               \
    X(PUBSUB_ITEM_INSERT,                                                                          \
      "INSERT INTO pubsub_items (node_id, id, publisher, published_us, bytes, xml)"                \
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                                          \
    X(PUBSUB_ITEM_DELETE, "DELETE FROM pubsub_items WHERE node_id = ?1 AND id = ?2")               \
    X(PUBSUB_ITEM_PUBLISHER, "SELECT publisher FROM pubsub_items WHERE node_id = ?1 AND id = ?2")  \
    X(PUBSUB_ITEMS_DELETE, "DELETE FROM pubsub_items WHERE node_id = ?1")                          \
    X(PUBSUB_ITEMS_EVICT, "DELETE FROM pubsub_items WHERE node_id = ?1 AND position <="            \
                          " (SELECT position FROM pubsub_items WHERE node_id = ?1"                 \
                          "  ORDER BY position DESC LIMIT 1 OFFSET ?2) RETURNING id")              \
    X(PUBSUB_ITEM, "SELECT id, publisher, published_us, xml FROM pubsub_items"                     \
                   " WHERE node_id = ?1 AND id = ?2")                                              \
    X(PUBSUB_ITEM_POSITION, "SELECT position FROM pubsub_items WHERE node_id = ?1 AND id = ?2")    \
    X(PUBSUB_ITEMS_AFTER, "SELECT id, publisher, published_us, xml, position FROM pubsub_items"    \
                          " WHERE node_id = ?1 AND position > ?2 ORDER BY position LIMIT ?3")      \
    X(PUBSUB_ITEMS_BEFORE, "SELECT id, publisher, published_us, xml, position FROM pubsub_items"   \
                           " WHERE node_id = ?1 AND position < ?2"                                 \
                           " ORDER BY position DESC LIMIT ?3")                                     \
    X(PUBSUB_ITEMS_FROM, "SELECT id, publisher, published_us, xml, position FROM pubsub_items"     \
                         " WHERE node_id = ?1 ORDER BY position LIMIT ?3 OFFSET ?2")               \
    X(PUBSUB_ITEMS_OLDER,                                                                          \
      "SELECT count(*) FROM pubsub_items WHERE node_id = ?1 AND position < ?2")                    \
    X(VCARD_PUT, "INSERT INTO vcards (account_id, xml) VALUES (?1, ?2)"                            \
                 " ON CONFLICT (account_id) DO UPDATE SET xml = excluded.xml")                     \
    X(VCARD_DELETE, "DELETE FROM vcards WHERE account_id = ?1")                                    \
    X(VCARD_LOAD, "SELECT xml FROM vcards"                                                         \
                  " WHERE account_id = (SELECT id FROM accounts WHERE name = ?1)")                 \
    ARCHIVE_STATEMENTS(X)

#define SQLITE_STATEMENT_ENUM(NAME, sql) SQL_##NAME,
enum sqlite_statement {
    SQLITE_STATEMENTS(SQLITE_STATEMENT_ENUM) SQLITE_STATEMENT_COUNT
};
#undef SQLITE_STATEMENT_ENUM
