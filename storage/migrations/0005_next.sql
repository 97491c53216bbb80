-- What is next is found in its order, and lanes that wait for a retry without looking at all that waits in them: somebody
-- who sends twenty thousand messages must not hold up everybody else.
CREATE INDEX inbox_next ON inbox (seq) WHERE state = 'waiting';
CREATE INDEX inbox_retry ON inbox (lane, seq) WHERE state = 'waiting' AND tries > 0;

-- Cases whose status is none: an index of nothing, as long as no row is damaged.
CREATE INDEX cases_damaged ON cases (code)
  WHERE status NOT IN ('waiting', 'claimed', 'closed', 'withdrawn', 'erased');
