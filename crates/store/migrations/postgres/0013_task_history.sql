-- Task History stays fast with a million runs: by user, by workflow, the few that failed, and those under way.
CREATE INDEX runs_by_user ON runs (user_id, seq);
CREATE INDEX runs_by_workflow ON runs (workflow_id, seq);
CREATE INDEX runs_failed ON runs (project_id, seq) WHERE state = 'failed';
CREATE INDEX runs_under_way ON runs (project_id, seq) WHERE finished_at IS NULL;
-- Events that started nothing are few where all is well.
CREATE INDEX received_events_unused ON received_events (project_id, seq) WHERE runs = 0;
