-- What a restart must not forget of Telegram's limits, and who can be reached when a group cannot.

CREATE TABLE spent (
  pace TEXT NOT NULL,
  at INTEGER NOT NULL,
  calls INTEGER NOT NULL
) STRICT;
CREATE INDEX spent_at ON spent (at);

CREATE TABLE hold (
  pace TEXT PRIMARY KEY,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT;

CREATE TABLE seat (
  operator TEXT NOT NULL REFERENCES operator (key) ON DELETE CASCADE,
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (operator, desk)
) STRICT;
