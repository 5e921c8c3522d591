-- Hooks that are made at a provider by requests of ours. Workflow, user and account are named, not
-- referred to: what is at the provider is removed after they are gone.
CREATE TABLE hook_registrations (
    id               TEXT PRIMARY KEY,
    project_id       TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    integration_id   TEXT NOT NULL,
    workflow_id      TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    credential_id    TEXT NOT NULL,
    configuration_id TEXT NOT NULL,
    address          TEXT NOT NULL,
    fingerprint      TEXT NOT NULL,
    state            TEXT NOT NULL,
    provider_id      TEXT,
    sealed_plan      TEXT NOT NULL,
    sealed_secret    TEXT,
    sealed_tokens    TEXT,
    sent_at          BIGINT,
    attempts         BIGINT NOT NULL,
    fault            TEXT,
    due_at           BIGINT,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
CREATE INDEX hook_registrations_by_project ON hook_registrations (project_id, id);
CREATE INDEX hook_registrations_by_address ON hook_registrations (address);
CREATE INDEX hook_registrations_by_credential ON hook_registrations (credential_id);
CREATE INDEX hook_registrations_due ON hook_registrations (due_at) WHERE due_at IS NOT NULL;
