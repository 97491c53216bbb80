-- Each press of the urgent button ("sos") and each that she called a mistake ("mistake"), at the desk that had the case.
CREATE TABLE press (
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  what TEXT NOT NULL,
  desk TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX press_case ON press (case_id);
CREATE INDEX press_at ON press (at);
INSERT INTO press SELECT id, 'sos', COALESCE(desk, 'national'), sos_at FROM cases WHERE sos_at IS NOT NULL;
INSERT INTO press SELECT l.case_id, 'mistake', COALESCE(c.desk, 'national'), l.mistake_at
  FROM ladder l JOIN cases c ON c.id = l.case_id WHERE l.mistake_at IS NOT NULL;

-- What a call outside Telegram says is the same in each repeat, whatever becomes of the case meanwhile.
ALTER TABLE callout ADD COLUMN region TEXT NOT NULL DEFAULT 'national';
ALTER TABLE callout ADD COLUMN waited INTEGER NOT NULL DEFAULT 0;
UPDATE callout SET region = COALESCE((SELECT COALESCE(c.region, c.desk) FROM cases c WHERE c.id = case_id), 'national'),
  waited = MAX(0, created_at - COALESCE((SELECT l.since FROM ladder l WHERE l.case_id = callout.case_id), created_at))
  WHERE state = 'waiting';

-- When the last talk that she answered in her private chat was over: what she writes just after it is meant for it.
ALTER TABLE operator ADD COLUMN aside_over_at INTEGER;
