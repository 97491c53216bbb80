-- From which message number on its desk may see what was said: a desk in another region has the summary, not what was
-- said before it.
ALTER TABLE cases ADD COLUMN told_from INTEGER;

-- Whether operators may see that she wrote before: "yes" or "no", as she answered.
ALTER TABLE cases ADD COLUMN before TEXT;

-- A claimed case that is offered to somebody else: to `heir`, or to whoever of `desk` accepts; until then it is the
-- giver's. `summary`: the number of the message that holds her three lines. `asks`: the person was asked whether another
-- region may have it. `message_id`: the offer in a group.
CREATE TABLE handover (
  case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
  giver TEXT NOT NULL REFERENCES operator (key) ON DELETE CASCADE,
  heir TEXT REFERENCES operator (key) ON DELETE CASCADE,
  desk TEXT NOT NULL,
  summary INTEGER NOT NULL,
  asks INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  message_id INTEGER
) STRICT;
CREATE INDEX handover_due ON handover (due_at);

-- A case that somebody wants to come back to. `told_at`: when the desk was reminded; `keeps`: also when it is closed.
CREATE TABLE control (
  case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  set_at INTEGER NOT NULL,
  told_at INTEGER,
  keeps INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX control_at ON control (at);

-- A red case that one operator has ended, until a supervisor has looked. The messages about it: of its desk, and of the
-- national one.
CREATE TABLE second_look (
  case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
  desk TEXT NOT NULL,
  ended_by TEXT REFERENCES operator (key) ON DELETE SET NULL,
  at INTEGER NOT NULL,
  message_id INTEGER,
  national_message_id INTEGER
) STRICT;
CREATE INDEX second_look_desk ON second_look (desk, at);
