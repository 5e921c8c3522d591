-- Whether a project takes its workflows, integrations and App Events from releases alone.
ALTER TABLE projects ADD COLUMN read_only BIGINT NOT NULL DEFAULT 0;

-- What was promoted into a project, as a project file without anything secret. Number 0 is what the project was
-- before its first release.
CREATE TABLE releases (
    id          TEXT PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,
    source_id   TEXT NOT NULL,
    source_name TEXT NOT NULL,
    message     TEXT NOT NULL,
    file        TEXT NOT NULL,
    changes     TEXT NOT NULL,
    back_to     BIGINT,
    released_by TEXT NOT NULL,
    released_at BIGINT NOT NULL,
    UNIQUE (project_id, number)
);
