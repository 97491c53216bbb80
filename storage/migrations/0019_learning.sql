-- Canned replies of a desk: its own, and what it says or leaves out in the place of one that ships. `name` is the id of
-- that one, or the folded title of an own; without texts it is only switched off. Texts for persons in general, nobody's
-- words.
CREATE TABLE canned (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  kk TEXT,
  kk_adult TEXT,
  ru TEXT,
  ru_adult TEXT,
  off INTEGER NOT NULL DEFAULT 0 CHECK (off IN (0, 1)),
  UNIQUE (desk, name)
) STRICT;

-- Practice cases, played by a script. They stand here and nowhere else: nothing that counts, rings or climbs reads this
-- table. No word that an operator types is kept, only which rules it met (`heard`).
CREATE TABLE practice (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  story TEXT NOT NULL,
  language TEXT NOT NULL CHECK (language IN ('kk', 'ru')),
  begun_at INTEGER NOT NULL,
  touched_at INTEGER NOT NULL,
  operator TEXT REFERENCES operator (key) ON DELETE SET NULL,
  claimed_at INTEGER,
  answered_at INTEGER,
  turn INTEGER NOT NULL DEFAULT 0,
  turn_at INTEGER,
  heard TEXT NOT NULL DEFAULT '',
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  card_message_id INTEGER,
  card_chat INTEGER,
  over_at INTEGER
) STRICT;
CREATE UNIQUE INDEX practice_open ON practice (desk) WHERE over_at IS NULL;
