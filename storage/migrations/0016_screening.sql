-- What she was told, each once in a case: that codes, cards and IIN are for nobody here, or who sees her number. What was
-- held back of operators' words is a `message` of the direction 'held', under the case's key. A topic in which a
-- supervisor reads operators' words goes a day later.
ALTER TABLE desk_topic ADD COLUMN goes_at INTEGER;
CREATE TABLE secret_warning (
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  what TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (case_id, what)
) STRICT;
