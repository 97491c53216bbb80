-- For how many days the topic of a closed case stays at this desk; none: as long as usual.
ALTER TABLE desk ADD COLUMN topic_days INTEGER;

-- What Telegram's clock showed when it was heard last, and what ours showed at that moment: one row.
CREATE TABLE telegram_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  said_at INTEGER NOT NULL,
  heard_at INTEGER NOT NULL
) STRICT;

-- Since when a case is over by both clocks; `closed_at` is the closing that is meant, as our clock had it.
CREATE TABLE kept (
  case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
  closed_at INTEGER NOT NULL,
  since INTEGER NOT NULL
) STRICT;
CREATE INDEX kept_since ON kept (since);
CREATE INDEX cases_closed ON cases (id, closed_at) WHERE status = 'closed';
CREATE INDEX audit_at ON audit (at);

-- When a desk answers; without a row it is always open. Of a week: minutes of the day at UTC+5, Monday is 0. Of a day of
-- its own (its number since 1970 at UTC+5): the same, or closed, without any.
CREATE TABLE open_week (
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  weekday INTEGER NOT NULL,
  from_minute INTEGER NOT NULL,
  to_minute INTEGER NOT NULL,
  PRIMARY KEY (desk, weekday, from_minute, to_minute)
) STRICT;
CREATE TABLE open_day (
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  from_minute INTEGER,
  to_minute INTEGER
) STRICT;
CREATE INDEX open_day_desk ON open_day (desk, day);

-- The opening that she was last told about this case, so that she is told once of each.
CREATE TABLE opening_told (
  case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
  opens_at INTEGER NOT NULL
) STRICT;

-- Whose ordinary words go to nobody until then. `asked`: hours that were proposed and wait for a second person; `case_at`:
-- when something urgent made a case all the same.
CREATE TABLE block (
  person TEXT PRIMARY KEY REFERENCES person (key) ON DELETE CASCADE,
  code TEXT NOT NULL UNIQUE,
  desk TEXT NOT NULL,
  why TEXT NOT NULL,
  operator TEXT REFERENCES operator (key) ON DELETE SET NULL,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  asked INTEGER,
  case_at INTEGER
) STRICT;

-- Messages of somebody who writes very much, which go into the topic together with the row that waits for that.
CREATE TABLE flood (
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  message TEXT NOT NULL,
  PRIMARY KEY (case_id, message)
) STRICT;

-- Open cases whose topic somebody has closed by hand: it is opened again then, unless the case is closed.
CREATE TABLE hand_closed (
  case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
  reopen_at INTEGER NOT NULL
) STRICT;
