-- Which runs an event did not start because an account had to be reconnected: sent again afterwards.
ALTER TABLE received_events ADD COLUMN skipped TEXT;
CREATE INDEX received_events_skipped ON received_events (project_id, seq) WHERE skipped IS NOT NULL;
