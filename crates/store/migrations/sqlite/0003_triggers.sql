-- What started a run: an App Event until now.
ALTER TABLE received_events ADD COLUMN kind TEXT NOT NULL DEFAULT 'appEvent';

-- Keys of our own (a schedule's moment, a connected account) are kept longer than a caller's.
ALTER TABLE idempotency_keys ADD COLUMN kept_until BIGINT NOT NULL DEFAULT 0;
UPDATE idempotency_keys SET kept_until = created_at + 86400000;
DROP INDEX idempotency_keys_by_age;
CREATE INDEX idempotency_keys_by_end ON idempotency_keys (kept_until);

-- Up to which moment a deployed workflow's schedule was looked after, by time zone.
CREATE TABLE schedule_marks (
    project_id  TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    workflow_id TEXT NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    zone        TEXT NOT NULL,
    handled_at  BIGINT NOT NULL,
    PRIMARY KEY (workflow_id, zone)
);
