-- How many records were seen, where a list is asked for by places.
ALTER TABLE poll_cursors ADD COLUMN place BIGINT;
