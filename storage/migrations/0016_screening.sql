-- When she was told, once in a case, that codes, cards and IIN are for nobody here. What was held back of operators' words
-- is a `message` of the direction 'held', under the case's key.
CREATE TABLE secret_warning (
  case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
  at INTEGER NOT NULL
) STRICT;
