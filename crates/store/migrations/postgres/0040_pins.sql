-- Outputs that a member keeps for tests of a workflow's draft, and whose data they are.
CREATE TABLE pins (
    project_id  TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    workflow_id TEXT NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    member_id   TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    step_key    TEXT NOT NULL,
    user_id     TEXT REFERENCES connected_users (id) ON DELETE CASCADE,
    output      TEXT NOT NULL,
    pinned_at   BIGINT NOT NULL,
    PRIMARY KEY (workflow_id, member_id, step_key)
);
CREATE INDEX pins_by_user ON pins (project_id, user_id);
