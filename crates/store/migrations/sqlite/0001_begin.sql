-- Ids are UUID texts, times BIGINT milliseconds, booleans BIGINT 0/1, JSON is TEXT, sealed values
-- are TEXT (base64). The same tables and names exist for PostgreSQL.

-- Raised by every change that intake's routing depends on, in the same transaction.
CREATE TABLE generation (
    id    BIGINT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO generation (id, value) VALUES (1, 1);

-- Facts about this installation: the hash of the one-time set-up link, the writer's epoch.
CREATE TABLE installation (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE members (
    id            TEXT PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    BIGINT NOT NULL
);

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    data       TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE projects (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    allowed_origins TEXT NOT NULL,
    user_metadata   TEXT NOT NULL,
    sealed_data_key TEXT NOT NULL,
    created_at      BIGINT NOT NULL
);

CREATE TABLE memberships (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    member_id  TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    role       TEXT NOT NULL,
    PRIMARY KEY (project_id, member_id)
);

CREATE TABLE signing_keys (
    id           TEXT PRIMARY KEY,
    project_id   TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    kid          TEXT NOT NULL,
    public_key   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    UNIQUE (project_id, kid)
);

CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY,
    project_id   TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    prefix       TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX api_keys_by_project ON api_keys (project_id);

CREATE TABLE secrets (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    sealed     TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, name)
);

CREATE TABLE app_events (
    id         TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    example    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (project_id, name)
);

CREATE TABLE integrations (
    id                   TEXT PRIMARY KEY,
    project_id           TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    type                 TEXT NOT NULL,
    active               BIGINT NOT NULL,
    client_id            TEXT,
    sealed_client_secret TEXT,
    scopes               TEXT NOT NULL,
    optional_scopes      TEXT NOT NULL,
    api_version          TEXT,
    base_urls            TEXT NOT NULL,
    portal               TEXT NOT NULL,
    settings             TEXT NOT NULL,
    created_at           BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL,
    UNIQUE (project_id, type)
);

CREATE TABLE workflows (
    id                  TEXT PRIMARY KEY,
    project_id          TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    integration_id      TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    name                TEXT NOT NULL,
    description         TEXT NOT NULL,
    position            BIGINT NOT NULL,
    hidden              BIGINT NOT NULL,
    default_enabled     BIGINT NOT NULL,
    settings            TEXT NOT NULL,
    draft               TEXT NOT NULL,
    draft_revision      BIGINT NOT NULL,
    deployed_version_id TEXT,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL,
    UNIQUE (project_id, name)
);
CREATE INDEX workflows_by_integration ON workflows (integration_id);

CREATE TABLE workflow_versions (
    id          TEXT PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    workflow_id TEXT NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,
    definition  TEXT NOT NULL,
    note        TEXT,
    deployed_by TEXT,
    deployed_at BIGINT NOT NULL,
    UNIQUE (workflow_id, number)
);

CREATE TABLE connected_users (
    id           TEXT PRIMARY KEY,
    project_id   TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    external_id  TEXT NOT NULL,
    metadata     TEXT NOT NULL,
    disabled     BIGINT NOT NULL,
    token_seen   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT,
    UNIQUE (project_id, external_id)
);

-- One connected account. The tokens are one sealed JSON; `token_version` guards every write of them.
CREATE TABLE credentials (
    id               TEXT PRIMARY KEY,
    project_id       TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id          TEXT NOT NULL REFERENCES connected_users (id) ON DELETE CASCADE,
    integration_id   TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    external_id      TEXT,
    status           TEXT NOT NULL,
    status_reason    TEXT,
    provider_id      TEXT,
    provider_data    TEXT NOT NULL,
    scopes           TEXT NOT NULL,
    sealed_tokens    TEXT,
    expires_at       BIGINT,
    token_version    BIGINT NOT NULL,
    refresh_owner    TEXT,
    refresh_until    BIGINT,
    refresh_failures BIGINT NOT NULL,
    refreshed_at     BIGINT,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    UNIQUE (user_id, integration_id, external_id)
);
CREATE INDEX credentials_by_user ON credentials (project_id, user_id);
CREATE INDEX credentials_by_integration ON credentials (integration_id);

CREATE TABLE configurations (
    id            TEXT PRIMARY KEY,
    project_id    TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    is_default    BIGINT NOT NULL,
    external_id   TEXT,
    settings      TEXT NOT NULL,
    meta          TEXT NOT NULL,
    created_at    BIGINT NOT NULL
);
CREATE INDEX configurations_by_credential ON configurations (credential_id);

CREATE TABLE enablements (
    configuration_id TEXT NOT NULL REFERENCES configurations (id) ON DELETE CASCADE,
    workflow_id      TEXT NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    project_id       TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    enabled          BIGINT NOT NULL,
    settings         TEXT NOT NULL,
    PRIMARY KEY (configuration_id, workflow_id)
);
CREATE INDEX enablements_by_workflow ON enablements (workflow_id);

-- One attempt to connect an account: what `state` names, used once.
CREATE TABLE connect_sessions (
    state           TEXT PRIMARY KEY,
    project_id      TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id         TEXT NOT NULL REFERENCES connected_users (id) ON DELETE CASCADE,
    integration_id  TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    session_key     TEXT NOT NULL,
    origin          TEXT NOT NULL,
    redirect_url    TEXT NOT NULL,
    sealed_verifier TEXT,
    install_options TEXT NOT NULL,
    credential_id   TEXT,
    error           TEXT,
    created_at      BIGINT NOT NULL,
    used_at         BIGINT
);
CREATE INDEX connect_sessions_by_key ON connect_sessions (project_id, session_key);

-- Events as they were received; `seq` is assigned in the commit and is the order of commits.
CREATE TABLE received_events (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL,
    project_id  TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    name        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    runs        BIGINT NOT NULL,
    note        TEXT,
    received_at BIGINT NOT NULL
);
CREATE INDEX received_events_by_project ON received_events (project_id, seq);

CREATE TABLE idempotency_keys (
    project_id TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    key        TEXT NOT NULL,
    body_hash  TEXT NOT NULL,
    event_id   TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE runs (
    seq              INTEGER PRIMARY KEY,
    id               TEXT NOT NULL,
    project_id       TEXT NOT NULL,
    workflow_id      TEXT NOT NULL,
    version_id       TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    credential_id    TEXT NOT NULL,
    configuration_id TEXT NOT NULL,
    event_seq        BIGINT NOT NULL,
    replay_of        TEXT,
    state            TEXT NOT NULL,
    steps_done       BIGINT NOT NULL,
    wake_at          BIGINT,
    fault            TEXT,
    created_at       BIGINT NOT NULL,
    started_at       BIGINT,
    finished_at      BIGINT
);
CREATE UNIQUE INDEX runs_by_id ON runs (id);
CREATE INDEX runs_by_project ON runs (project_id, seq);
CREATE INDEX runs_unfinished ON runs (user_id, seq) WHERE finished_at IS NULL;

-- The journal: what was begun and what came of it, in order. Append only.
CREATE TABLE journal (
    run_seq BIGINT NOT NULL,
    n       BIGINT NOT NULL,
    step    TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    event   TEXT NOT NULL,
    PRIMARY KEY (run_seq, n)
) WITHOUT ROWID;
