-- What may go next is found in its order, without looking at all that waits.
CREATE INDEX outbox_next ON outbox (priority, seq) WHERE state = 'waiting';

-- All that is asked of a lane stands in the index.
DROP INDEX inbox_waiting;
CREATE INDEX inbox_waiting ON inbox (lane, seq, due_at, red) WHERE state = 'waiting';
CREATE INDEX inbox_red ON inbox (lane) WHERE state = 'waiting' AND red = 1;
