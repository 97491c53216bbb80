-- All times are epoch milliseconds. Telegram ids of people are nowhere in clear: `key` columns are HMACs,
-- `address` columns are sealed. Ids of groups and messages are not personal.

CREATE TABLE data_key (
  id TEXT PRIMARY KEY,
  ring_id TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE person (
  key TEXT PRIMARY KEY,
  address BLOB NOT NULL,
  language TEXT,
  writer TEXT,
  region TEXT,
  blocked_at INTEGER,
  leaving_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE consent (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL REFERENCES person (key) ON DELETE CASCADE,
  version TEXT NOT NULL,
  language TEXT NOT NULL,
  digest TEXT NOT NULL,
  given_at INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_person ON consent (person);

CREATE TABLE operator (
  key TEXT PRIMARY KEY,
  alias TEXT NOT NULL UNIQUE,
  address BLOB NOT NULL,
  language TEXT NOT NULL,
  administrator INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE desk (
  id TEXT PRIMARY KEY,
  chat_id INTEGER NOT NULL UNIQUE,
  language TEXT NOT NULL,
  bound_at INTEGER NOT NULL,
  down_since INTEGER,
  down_why TEXT
) STRICT;

CREATE TABLE desk_topic (
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  thread_id INTEGER NOT NULL,
  PRIMARY KEY (desk, name)
) STRICT;

CREATE TABLE visit (
  chat_id INTEGER PRIMARY KEY,
  leave_at INTEGER NOT NULL
) STRICT;

CREATE TABLE invitation (
  code TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  desk TEXT,
  language TEXT,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE cases (
  id TEXT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  person TEXT REFERENCES person (key) ON DELETE SET NULL,
  status TEXT NOT NULL,
  urgency TEXT NOT NULL,
  language TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  desk TEXT,
  writer TEXT,
  region TEXT,
  subject TEXT,
  want TEXT,
  claimer TEXT REFERENCES operator (key) ON DELETE SET NULL,
  thread_id INTEGER,
  queue_message_id INTEGER,
  queue_topic TEXT,
  card_message_id INTEGER,
  card_at INTEGER,
  route_at INTEGER,
  claimed_at INTEGER,
  answered_at INTEGER,
  closed_at INTEGER,
  receipt_at INTEGER,
  words_at INTEGER,
  sos_at INTEGER,
  release_at INTEGER,
  result TEXT,
  reason TEXT
) STRICT;
CREATE UNIQUE INDEX cases_one_open ON cases (person) WHERE status IN ('waiting', 'claimed');
CREATE INDEX cases_person ON cases (person, closed_at);
CREATE INDEX cases_route ON cases (route_at) WHERE route_at IS NOT NULL;
CREATE INDEX cases_release ON cases (release_at) WHERE release_at IS NOT NULL;
CREATE INDEX cases_topic ON cases (desk, thread_id) WHERE thread_id IS NOT NULL;
CREATE INDEX cases_claimer ON cases (claimer) WHERE status = 'claimed';
CREATE INDEX cases_red ON cases (desk) WHERE urgency = 'red' AND status IN ('waiting', 'claimed');
CREATE INDEX cases_opened ON cases (opened_at);

CREATE TABLE message (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  direction TEXT NOT NULL,
  body BLOB NOT NULL,
  at INTEGER NOT NULL,
  operator TEXT,
  topic_message_id INTEGER
) STRICT;
CREATE INDEX message_case ON message (case_id, seq);

CREATE TABLE form (
  key TEXT PRIMARY KEY,
  state TEXT,
  data BLOB,
  sealed_by TEXT,
  person TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE inbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  update_id INTEGER NOT NULL UNIQUE,
  lane TEXT NOT NULL,
  red INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  body BLOB,
  sealed_by TEXT
) STRICT;
CREATE INDEX inbox_waiting ON inbox (lane, seq) WHERE state = 'waiting';
CREATE INDEX inbox_received ON inbox (received_at);

CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  recipient_kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  desk TEXT,
  lane TEXT NOT NULL,
  priority INTEGER NOT NULL,
  kind TEXT NOT NULL,
  params BLOB,
  sealed_by TEXT,
  case_id TEXT,
  coalesce_key TEXT,
  state TEXT NOT NULL,
  part INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  again INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  why TEXT
) STRICT;
CREATE INDEX outbox_waiting ON outbox (lane, seq) WHERE state IN ('waiting', 'sending');
CREATE UNIQUE INDEX outbox_newest ON outbox (coalesce_key) WHERE state = 'waiting' AND coalesce_key IS NOT NULL;

CREATE TABLE alarm (
  name TEXT PRIMARY KEY,
  last_at INTEGER NOT NULL
) STRICT;
