-- The desk as whose operator the claimer took the case in her private chat, because that desk's group was lost: the talk
-- goes on there. `aside_message`: what was shown there of it, to be made empty when it is hers no more.
ALTER TABLE cases ADD COLUMN aside TEXT;
CREATE INDEX cases_aside ON cases (claimer) WHERE aside IS NOT NULL;
CREATE TABLE aside_message (
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  message_id INTEGER NOT NULL,
  PRIMARY KEY (case_id, message_id)
) STRICT;

-- The last message that rang for a desk's red cases.
ALTER TABLE desk ADD COLUMN ring_message_id INTEGER;

-- When she is off who wanted to go and has red cases, unless she answers; and who was asked to take them over by then.
ALTER TABLE shift ADD COLUMN leave_at INTEGER;
ALTER TABLE shift ADD COLUMN heir TEXT REFERENCES operator (key) ON DELETE SET NULL;
