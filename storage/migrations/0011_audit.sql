-- What was done with what a person has entrusted to us (Law 94-V art. 22(1)5): by whom, when, in which case. Rows are only
-- added, and none holds a word, a place or a number of hers.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  what TEXT NOT NULL,
  case_id TEXT,
  operator TEXT,
  detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_case ON audit (case_id, seq);
