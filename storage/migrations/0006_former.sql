-- Where a desk's group was before it got another id: what was written there is on its way still, and belongs to the desk.
CREATE TABLE former_chat (
  chat_id INTEGER PRIMARY KEY,
  desk TEXT NOT NULL REFERENCES desk (id) ON DELETE CASCADE
) STRICT;
