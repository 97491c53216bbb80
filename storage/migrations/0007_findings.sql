-- What was read from a person's words: with the update until it is done, then with her case, sealed under its key.
ALTER TABLE inbox ADD COLUMN assessed BLOB;

CREATE TABLE finding (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  level TEXT NOT NULL,
  category TEXT,
  reasons BLOB NOT NULL
) STRICT;
CREATE INDEX finding_case ON finding (case_id, level, seq);

-- When the case turned red and when the numbers were last sent; what she answered when asked whether she is safe; and
-- what operators think of the danger: confirmed, lowered, or a proposal to lower that waits for a second person.
ALTER TABLE cases ADD COLUMN red_at INTEGER;
ALTER TABLE cases ADD COLUMN numbers_at INTEGER;
ALTER TABLE cases ADD COLUMN safe TEXT;
ALTER TABLE cases ADD COLUMN verdict TEXT;
ALTER TABLE cases ADD COLUMN verdict_by TEXT REFERENCES operator (key) ON DELETE SET NULL;
