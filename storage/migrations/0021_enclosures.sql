-- Which files of operators go from a desk to persons: a row for each kind that a supervisor has switched on, so none is
-- unless somebody has said so.
CREATE TABLE desk_file (
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('photo', 'voice', 'document')),
  PRIMARY KEY (desk, kind)
) STRICT;

-- A file that an operator has sent to a person, by the message that it is, as long as it is on its way. `source`: what
-- Telegram calls it, until it is here; `body`: the clean file. Both are sealed under the case's key.
CREATE TABLE enclosure (
  message TEXT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  source BLOB,
  body BLOB,
  state TEXT NOT NULL CHECK (state IN ('due', 'ready')),
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX enclosure_due ON enclosure (due_at) WHERE state = 'due';
CREATE INDEX enclosure_case ON enclosure (case_id);
