-- What is asked at every look or sweep reads only the rows it is about, not a year of others.
CREATE INDEX inbox_set_aside ON inbox (sealed_by) WHERE state = 'quarantined';
CREATE INDEX inbox_set_aside_of ON inbox (lane) WHERE state = 'quarantined';
CREATE INDEX outbox_failed ON outbox (created_at) WHERE state = 'failed';
CREATE INDEX outbox_untold ON outbox (why) WHERE state = 'failed';
CREATE INDEX person_leaving ON person (leaving_at) WHERE leaving_at IS NOT NULL;
CREATE INDEX cases_unclaimed ON cases (opened_at) WHERE urgency = 'red' AND status = 'waiting';
CREATE INDEX cases_open ON cases (opened_at) WHERE status IN ('waiting', 'claimed');
