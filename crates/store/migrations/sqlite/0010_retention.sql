-- An event stays while a run that repeated another still refers to it.
CREATE INDEX runs_of_replays ON runs (event_seq) WHERE replay_of IS NOT NULL;
