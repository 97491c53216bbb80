-- The ladder of a red case: since when it counts, which rung was climbed last, when the next one is due (none while
-- somebody has the case), what she answered when asked whether there is danger now, and which operator's turn it is.
CREATE TABLE ladder (
  case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
  since INTEGER NOT NULL,
  due_at INTEGER,
  rung TEXT,
  answer TEXT,
  mistake_at INTEGER,
  ask_at INTEGER,
  callout_waits INTEGER NOT NULL DEFAULT 0,
  call_message_id INTEGER,
  silent_at INTEGER,
  silences INTEGER NOT NULL DEFAULT 0,
  incident INTEGER,
  turn TEXT REFERENCES operator (key) ON DELETE SET NULL
) STRICT;
CREATE INDEX ladder_due ON ladder (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ladder_ask ON ladder (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX ladder_silent ON ladder (silent_at) WHERE silent_at IS NOT NULL;

CREATE TABLE incident (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id TEXT NOT NULL,
  desk TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- Who is there now. `heard_at`: when a test message reached her private chat; without it she cannot be called. `turn_at`:
-- when a red case was last hers to look at, so that the next one is somebody else's.
CREATE TABLE shift (
  operator TEXT NOT NULL REFERENCES operator (key) ON DELETE CASCADE,
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  since INTEGER NOT NULL,
  until INTEGER,
  heard_at INTEGER,
  turn_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (operator, desk)
) STRICT;

-- The week as it is planned: minutes of the day at UTC+5, Monday is 0.
CREATE TABLE plan (
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  weekday INTEGER NOT NULL,
  from_minute INTEGER NOT NULL,
  to_minute INTEGER NOT NULL,
  operator TEXT NOT NULL REFERENCES operator (key) ON DELETE CASCADE,
  PRIMARY KEY (desk, weekday, from_minute, operator)
) STRICT;

-- Seconds of the rungs where a desk has its own; the board, and when it was last edited.
ALTER TABLE desk ADD COLUMN rungs TEXT;
ALTER TABLE desk ADD COLUMN board_message_id INTEGER;
ALTER TABLE desk ADD COLUMN board_at INTEGER;

ALTER TABLE seat ADD COLUMN supervisor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operator ADD COLUMN coordinator INTEGER NOT NULL DEFAULT 0;

-- When somebody first took the case, and since when its card stands with others in one message.
ALTER TABLE cases ADD COLUMN taken_at INTEGER;
ALTER TABLE cases ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN region_asked_at INTEGER;
CREATE INDEX cases_listed ON cases (desk, queue_message_id) WHERE listed = 1;
CREATE INDEX ladder_since ON ladder (since);
CREATE INDEX ladder_called ON ladder (call_message_id) WHERE call_message_id IS NOT NULL;
CREATE INDEX outbox_cards ON outbox (created_at) WHERE state = 'waiting' AND priority = 0 AND kind IN ('queue_card', 'call_card');
