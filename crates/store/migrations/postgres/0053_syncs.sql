-- Records that are kept the same here and at a provider. `last_seq` numbers changes: whoever writes records of a
-- sync takes its numbers first, so that they are in the order of the commits.
CREATE TABLE syncs (
    id             TEXT PRIMARY KEY,
    project_id     TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    integration_id TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    object         TEXT NOT NULL,
    direction      TEXT NOT NULL,
    fields         TEXT NOT NULL,
    conflict       TEXT NOT NULL,
    every_minutes  BIGINT NOT NULL,
    check_hours    BIGINT NOT NULL,
    enabled        BIGINT NOT NULL,
    last_seq       BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    UNIQUE (project_id, name)
);

-- How far each account is. `asked` is what somebody wants the next pass to read.
CREATE TABLE sync_accounts (
    sync_id       TEXT NOT NULL REFERENCES syncs (id) ON DELETE CASCADE,
    credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    project_id    TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id       TEXT NOT NULL REFERENCES connected_users (id) ON DELETE CASCADE,
    paused        BIGINT NOT NULL,
    asked         TEXT NOT NULL,
    progress      TEXT NOT NULL,
    fault         TEXT,
    failures      BIGINT NOT NULL,
    due_at        BIGINT NOT NULL,
    passed_at     BIGINT,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (sync_id, credential_id)
);
CREATE INDEX sync_accounts_due ON sync_accounts (due_at);
CREATE INDEX sync_accounts_by_user ON sync_accounts (project_id, user_id);

-- `generation` is the last reading of the whole account that found the record.
CREATE TABLE sync_records (
    id            TEXT PRIMARY KEY,
    project_id    TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    sync_id       TEXT NOT NULL REFERENCES syncs (id) ON DELETE CASCADE,
    credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    user_id       TEXT NOT NULL REFERENCES connected_users (id) ON DELETE CASCADE,
    provider_id   TEXT,
    external_id   TEXT,
    fields        TEXT NOT NULL,
    raw           TEXT NOT NULL,
    modified_at   BIGINT,
    deleted_at    BIGINT,
    origin        TEXT NOT NULL,
    pending       TEXT,
    seq           BIGINT NOT NULL,
    generation    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    UNIQUE (sync_id, credential_id, provider_id),
    UNIQUE (sync_id, credential_id, external_id)
);
CREATE INDEX sync_records_by_seq ON sync_records (sync_id, seq);
CREATE INDEX sync_records_by_account ON sync_records (sync_id, credential_id, seq);
CREATE INDEX sync_records_by_user ON sync_records (project_id, user_id);
CREATE INDEX sync_records_pending ON sync_records (sync_id, credential_id) WHERE pending IS NOT NULL;
CREATE INDEX sync_records_deleted ON sync_records (deleted_at) WHERE deleted_at IS NOT NULL;
