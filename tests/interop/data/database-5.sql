-- The database of a server of schema version 5; see test_upgrade.py.
PRAGMA user_version = 5;
BEGIN TRANSACTION;
CREATE TABLE accounts (  id INTEGER PRIMARY KEY,  name TEXT NOT NULL UNIQUE,  roster_version INTEGER NOT NULL DEFAULT 0, disabled INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "accounts" VALUES(1,'anna',3,0);
INSERT INTO "accounts" VALUES(2,'bert',2,0);
CREATE TABLE blocked_addresses (  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,  jid TEXT NOT NULL,  PRIMARY KEY (account_id, jid)) STRICT, WITHOUT ROWID;
INSERT INTO "blocked_addresses" VALUES(1,'pest@example.org');
CREATE TABLE invitations (  token_hash BLOB PRIMARY KEY,  account_id INTEGER REFERENCES accounts ON DELETE CASCADE,  inviter TEXT NOT NULL,  name TEXT NOT NULL,  registers INTEGER NOT NULL,  created_us INTEGER NOT NULL,  expires_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE last_activity (  account_id INTEGER PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,  left_us INTEGER NOT NULL,  status TEXT NOT NULL) STRICT;
INSERT INTO "last_activity" VALUES(1,1795274216401167,'');
INSERT INTO "last_activity" VALUES(2,1795274216359557,'');
CREATE TABLE offline_messages (  id INTEGER PRIMARY KEY AUTOINCREMENT,  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,  stored_us INTEGER NOT NULL,  xml TEXT NOT NULL) STRICT;
INSERT INTO "offline_messages" VALUES(1,2,1795274216360901,'<message to=''bert@localhost'' type=''chat'' id=''o0'' from=''anna@localhost/raw''><body>offline 0</body></message>');
INSERT INTO "offline_messages" VALUES(2,2,1795274216400959,'<message to=''bert@localhost'' type=''chat'' id=''o1'' from=''anna@localhost/raw''><body>offline 1</body></message>');
INSERT INTO "offline_messages" VALUES(3,2,1795274216400968,'<message to=''bert@localhost'' type=''chat'' id=''o2'' from=''anna@localhost/raw''><body>offline 2</body></message>');
CREATE TABLE private_data (  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,  key TEXT NOT NULL,  xml TEXT NOT NULL,  PRIMARY KEY (account_id, key)) STRICT, WITHOUT ROWID;
INSERT INTO "private_data" VALUES(1,'urn:example:notes notes','<notes xmlns=''urn:example:notes''>remember the milk</notes>');
CREATE TABLE pubsub_affiliations (  node_id INTEGER NOT NULL REFERENCES pubsub_nodes ON DELETE CASCADE,  jid TEXT NOT NULL,  value INTEGER NOT NULL,  PRIMARY KEY (node_id, jid)) STRICT, WITHOUT ROWID;
CREATE TABLE pubsub_items (  position INTEGER PRIMARY KEY AUTOINCREMENT,  node_id INTEGER NOT NULL REFERENCES pubsub_nodes ON DELETE CASCADE,  id TEXT NOT NULL,  publisher TEXT NOT NULL,  published_us INTEGER NOT NULL,  bytes INTEGER NOT NULL,  xml TEXT NOT NULL,  UNIQUE (node_id, id)) STRICT;
CREATE TABLE pubsub_nodes (  id INTEGER PRIMARY KEY,  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,  name TEXT NOT NULL,  config TEXT NOT NULL,  created_us INTEGER NOT NULL,  item_count INTEGER NOT NULL DEFAULT 0,  item_bytes INTEGER NOT NULL DEFAULT 0,  UNIQUE (account_id, name)) STRICT;
CREATE TABLE pubsub_subscriptions (  node_id INTEGER NOT NULL REFERENCES pubsub_nodes ON DELETE CASCADE,  jid TEXT NOT NULL,  value INTEGER NOT NULL,  PRIMARY KEY (node_id, jid)) STRICT, WITHOUT ROWID;
CREATE TABLE push_services (  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,  jid TEXT NOT NULL,  node TEXT NOT NULL,  options TEXT NOT NULL,  PRIMARY KEY (account_id, jid, node)) STRICT, WITHOUT ROWID;
CREATE TABLE room_affiliations (  room_id INTEGER NOT NULL REFERENCES rooms ON DELETE CASCADE,  jid TEXT NOT NULL,  affiliation INTEGER NOT NULL,  nick TEXT NOT NULL,  PRIMARY KEY (room_id, jid)) STRICT, WITHOUT ROWID;
INSERT INTO "room_affiliations" VALUES(2,'anna@localhost',3,'');
INSERT INTO "room_affiliations" VALUES(2,'pest@example.org',-1,'');
CREATE TABLE room_messages (  position INTEGER PRIMARY KEY AUTOINCREMENT,  room_id INTEGER NOT NULL REFERENCES rooms ON DELETE CASCADE,  id TEXT NOT NULL,  stored_us INTEGER NOT NULL,  nick TEXT NOT NULL,  sender TEXT NOT NULL,  xml TEXT NOT NULL) STRICT;
INSERT INTO "room_messages" VALUES(1,2,'vdkzclo653o4nsn27dteyxjz',1795274216356629,'Anna','anna@localhost/raw','<message type=''groupchat'' id=''s0'' from=''old-room@rooms.localhost/Anna''><body>said 0</body><occupant-id xmlns=''urn:xmpp:occupant-id:0'' id=''4fabdaa46b4a80a22fa8e6039cd3c06820ba3699931d5bfc7ed8d086c63858a9''/><stanza-id xmlns=''urn:xmpp:sid:0'' by=''old-room@rooms.localhost'' id=''vdkzclo653o4nsn27dteyxjz''/></message>');
INSERT INTO "room_messages" VALUES(2,2,'kduphn2avufkkkz5ku33jdix',1795274216357387,'Anna','anna@localhost/raw','<message type=''groupchat'' id=''s1'' from=''old-room@rooms.localhost/Anna''><body>said 1</body><occupant-id xmlns=''urn:xmpp:occupant-id:0'' id=''4fabdaa46b4a80a22fa8e6039cd3c06820ba3699931d5bfc7ed8d086c63858a9''/><stanza-id xmlns=''urn:xmpp:sid:0'' by=''old-room@rooms.localhost'' id=''kduphn2avufkkkz5ku33jdix''/></message>');
INSERT INTO "room_messages" VALUES(3,2,'b6axan55zwbdrvat4ovwoljc',1795274216358001,'Anna','anna@localhost/raw','<message type=''groupchat'' id=''s2'' from=''old-room@rooms.localhost/Anna''><body>said 2</body><occupant-id xmlns=''urn:xmpp:occupant-id:0'' id=''4fabdaa46b4a80a22fa8e6039cd3c06820ba3699931d5bfc7ed8d086c63858a9''/><stanza-id xmlns=''urn:xmpp:sid:0'' by=''old-room@rooms.localhost'' id=''b6axan55zwbdrvat4ovwoljc''/></message>');
CREATE TABLE rooms (  id INTEGER PRIMARY KEY,  jid TEXT NOT NULL UNIQUE,  config TEXT NOT NULL,  subject TEXT NOT NULL,  subject_nick TEXT NOT NULL,  subject_us INTEGER NOT NULL,  listed INTEGER NOT NULL,  title TEXT NOT NULL) STRICT;
INSERT INTO "rooms" VALUES(1,'lobby@rooms.localhost','title = Lobby
description = 
persistent = 1
listed = 1
members_only = 0
moderated = 0
password_protected = 0
password = 
whois = anyone
allow_pm = anyone
change_subject = 0
allow_invites = 0
max_users = 0
history = 50
creator = 
secret = 02ceef34de4170fccea0da19cfb9c8c976a7698396552cfdeaaaab69055ccc85
subject_occupant_id = 
','','',0,1,'Lobby');
INSERT INTO "rooms" VALUES(2,'old-room@rooms.localhost','title = The old room
description = 
persistent = 1
listed = 1
members_only = 0
moderated = 0
password_protected = 0
password = 
whois = moderators
allow_pm = anyone
change_subject = 0
allow_invites = 0
max_users = 0
history = 50
creator = anna@localhost
secret = 2986e79d6c0a97ef3ea4eae525cff6d95dcde30119e54fbd48bc68d269c52c51
subject_occupant_id = 4fabdaa46b4a80a22fa8e6039cd3c06820ba3699931d5bfc7ed8d086c63858a9
','Old things','Anna',1795274216355981,1,'The old room');
CREATE TABLE roster_groups (  account_id INTEGER NOT NULL,  jid TEXT NOT NULL,  name TEXT NOT NULL,  PRIMARY KEY (account_id, jid, name),  FOREIGN KEY (account_id, jid) REFERENCES roster_items ON DELETE CASCADE) STRICT, WITHOUT ROWID;
INSERT INTO "roster_groups" VALUES(1,'friend@example.org','Old');
CREATE TABLE roster_items (  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,  jid TEXT NOT NULL,  name TEXT NOT NULL,  subscription TEXT NOT NULL CHECK (subscription IN ('none', 'to', 'from', 'both')),  ask INTEGER NOT NULL,  approved INTEGER NOT NULL,  pending_in INTEGER NOT NULL,  listed INTEGER NOT NULL,  request TEXT NOT NULL,  PRIMARY KEY (account_id, jid)) STRICT, WITHOUT ROWID;
INSERT INTO "roster_items" VALUES(1,'bert@localhost','','to',0,0,0,1,'');
INSERT INTO "roster_items" VALUES(1,'friend@example.org','A Friend','none',0,0,0,1,'');
INSERT INTO "roster_items" VALUES(2,'anna@localhost','','from',0,0,0,1,'');
CREATE TABLE stream_ends (  number INTEGER PRIMARY KEY,  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,  id TEXT NOT NULL,  handled INTEGER NOT NULL,  ended_us INTEGER NOT NULL,  UNIQUE (account_id, id)) STRICT;
CREATE TABLE vcards (  account_id INTEGER PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,  xml TEXT NOT NULL) STRICT;
CREATE TABLE verifiers (  account_id INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,  hash TEXT NOT NULL,  iterations INTEGER NOT NULL,  salt BLOB NOT NULL,  stored_key BLOB NOT NULL,  server_key BLOB NOT NULL,  PRIMARY KEY (account_id, hash)) STRICT, WITHOUT ROWID;
INSERT INTO "verifiers" VALUES(1,'SHA-1',10000,X'A00EEDCF76CFAF8D622E9F54FD22DDC0',X'88165A18105EEE9E513514979EF5BB79E4A4C769',X'1D6B57B4774ED4A7CF4E690B738A8F5C320F1874');
INSERT INTO "verifiers" VALUES(1,'SHA-256',10000,X'EF66AA69A69DFE12943CC48E5A0D8096',X'457805B95E872F8B79A8A7A2822BFF1BEED4577E6026883F337FD6A1013200A3',X'9B806B7B03BB0641F1BB634F77AD5AEB63763D6B723BDC1CD0C16F149953FF86');
INSERT INTO "verifiers" VALUES(2,'SHA-1',10000,X'F0487E89FE21F5CDDEA12CD12A1A5FAB',X'B3F08B6265C0E82AAF0BD76F8082CBB2969E4BD2',X'F2D0FC9ECFE4A7A0C8FF3832C34519089CCB1C7E');
INSERT INTO "verifiers" VALUES(2,'SHA-256',10000,X'F76037E10A2A41E093BDA2EC4163D58A',X'30FEA661BC2DCD40616059DEAAC2CCA5D056209272F666F4B23BC61D9D7C0D66',X'238929E46E165F86FD21EB8DA7019A7BC7BC344B0CE1A1F05EB8776F028DA2C2');
CREATE INDEX offline_messages_by_account ON offline_messages (account_id, id);
CREATE INDEX rooms_by_listed ON rooms (listed, jid, title);
CREATE INDEX room_messages_by_room ON room_messages (room_id, position);
CREATE INDEX pubsub_items_by_node ON pubsub_items (node_id, position);
CREATE TRIGGER pubsub_item_added AFTER INSERT ON pubsub_items BEGIN  UPDATE pubsub_nodes SET item_count = item_count + 1, item_bytes = item_bytes + new.bytes  WHERE id = new.node_id;END;
CREATE TRIGGER pubsub_item_removed AFTER DELETE ON pubsub_items BEGIN  UPDATE pubsub_nodes SET item_count = item_count - 1, item_bytes = item_bytes - old.bytes  WHERE id = old.node_id;END;
CREATE INDEX invitations_by_account ON invitations (account_id);
CREATE INDEX invitations_by_end ON invitations (expires_us);
CREATE INDEX stream_ends_by_account ON stream_ends (account_id, number);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('room_messages',3);
INSERT INTO "sqlite_sequence" VALUES('offline_messages',3);
COMMIT;
