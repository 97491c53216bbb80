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
