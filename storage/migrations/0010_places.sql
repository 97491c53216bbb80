-- Where she is, or her own number, for those who may come to help: sealed under the case's key, and shown to nobody before
-- she has said yes. `at` is when it came into its state; what was refused or dropped has no body any more.
CREATE TABLE place (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  body BLOB,
  at INTEGER NOT NULL,
  state TEXT NOT NULL
) STRICT;
CREATE INDEX place_case ON place (case_id, at);
CREATE INDEX place_asked ON place (case_id) WHERE state <> 'given' AND body IS NOT NULL;

-- When she was asked where she is: by the bot, and by an operator who has sent help. `keyboard`: the one with the location
-- button is what she sees now.
CREATE TABLE where_asked (
  case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
  by_bot_at INTEGER,
  by_operator_at INTEGER,
  keyboard INTEGER NOT NULL DEFAULT 1
) STRICT;
