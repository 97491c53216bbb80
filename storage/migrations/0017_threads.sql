-- What belongs together: her message's own number in her chat; the message that one answers, or whose words it changes
-- (`edits`); and since when it is taken back: of hers the words are erased then, of an operator's the copy in her chat.
ALTER TABLE message ADD COLUMN person_message_id INTEGER;
ALTER TABLE message ADD COLUMN reply_to TEXT;
ALTER TABLE message ADD COLUMN edits TEXT;
ALTER TABLE message ADD COLUMN gone_at INTEGER;
CREATE INDEX message_of_person ON message (person_message_id) WHERE person_message_id IS NOT NULL;
CREATE INDEX message_edits ON message (edits) WHERE edits IS NOT NULL;

-- Where a message of a case stands in Telegram: `place` is "person", a topic ("KZ-31/4711") or an operator's private chat
-- ("operator:…"). A long one stands in several messages there, and several may stand in one. `again`: it may stand there
-- once more, in a message whose number nobody knows.
CREATE TABLE shown (
  message TEXT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
  place TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  again INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (message, place, message_id)
) STRICT;
CREATE INDEX shown_place ON shown (place, message_id);

-- The lines of a message in which several of a case stand, each with whose line it is: what is taken back goes from it.
CREATE TABLE joined (
  place TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  body BLOB NOT NULL,
  PRIMARY KEY (place, message_id)
) STRICT;
CREATE INDEX joined_case ON joined (case_id);

-- A message whose reply Telegram has refused goes without it.
ALTER TABLE outbox ADD COLUMN alone INTEGER NOT NULL DEFAULT 0;
