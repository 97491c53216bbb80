-- Canned replies of a desk: its own, and what it says or leaves out in the place of one that ships. `name` is the id of
-- that one, or the folded title of an own; without texts it is only switched off. Texts for persons in general, nobody's
-- words.
CREATE TABLE canned (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  kk TEXT,
  kk_adult TEXT,
  ru TEXT,
  ru_adult TEXT,
  off INTEGER NOT NULL DEFAULT 0 CHECK (off IN (0, 1)),
  UNIQUE (desk, name)
) STRICT;
