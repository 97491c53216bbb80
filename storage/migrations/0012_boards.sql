-- What the duty board shows (a digest of it), the last day of UTC+5 on which the daily digest was posted, and up to when
-- planned starts were named.
ALTER TABLE desk ADD COLUMN board_shown TEXT;
ALTER TABLE desk ADD COLUMN digest_day INTEGER;
ALTER TABLE desk ADD COLUMN named_at INTEGER;

-- Until when she stays after her planned end, because of red cases that she has.
ALTER TABLE shift ADD COLUMN stays_until INTEGER;
