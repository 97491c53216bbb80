-- Photos and voices of a case. `source`: what Telegram calls the file, until it is here; `body`: the clean file. Both are sealed
-- under the case's key. `same` and `album` are keyed digests: nothing here names a file. `number` counts the files of a case,
-- `message` is the one that it came with, `thread_id` the topic in which it was shown last.
CREATE TABLE media (
  id TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  message TEXT,
  same TEXT NOT NULL,
  album TEXT,
  source BLOB,
  body BLOB,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  thread_id INTEGER
) STRICT;
CREATE UNIQUE INDEX media_number ON media (case_id, number);
CREATE INDEX media_message ON media (message) WHERE message IS NOT NULL;
CREATE INDEX media_due ON media (due_at) WHERE state = 'due';
CREATE INDEX media_asked ON media (case_id) WHERE state = 'asked';

-- What she was told of files in this case, and what she has said of her voice.
CREATE TABLE media_told (
  case_id TEXT PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
  documents INTEGER NOT NULL DEFAULT 0,
  voice TEXT
) STRICT;
