-- Calls outside Telegram about red cases that nobody takes. One waiting call of a rung stands for all of them: whoever
-- is called twice about the same hears the second one as a new trouble.
CREATE TABLE callout (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  rung TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'waiting',
  done_at INTEGER
) STRICT;
CREATE UNIQUE INDEX callout_one ON callout (case_id, rung) WHERE state = 'waiting';
CREATE INDEX callout_due ON callout (due_at) WHERE state = 'waiting';
CREATE INDEX callout_over ON callout (done_at) WHERE state <> 'waiting';
