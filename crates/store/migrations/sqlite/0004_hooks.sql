-- Events of providers' webhooks that started no run yet: kept for a while, to be sent again once the
-- account is connected.
CREATE TABLE webhook_deliveries (
    id             TEXT PRIMARY KEY,
    project_id     TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    integration_id TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    event_key      TEXT NOT NULL,
    account        TEXT NOT NULL,
    type           TEXT NOT NULL,
    event          TEXT NOT NULL,
    reason         TEXT NOT NULL,
    received_at    BIGINT NOT NULL,
    replayed_at    BIGINT,
    UNIQUE (integration_id, event_key)
);
CREATE INDEX webhook_deliveries_by_project ON webhook_deliveries (project_id, id);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (received_at);

-- How far a provider was asked, per workflow and configuration that waits for it.
CREATE TABLE poll_cursors (
    workflow_id      TEXT NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    configuration_id TEXT NOT NULL REFERENCES configurations (id) ON DELETE CASCADE,
    event            TEXT NOT NULL,
    begun_at         BIGINT NOT NULL,
    newest_at        BIGINT NOT NULL,
    seen             TEXT NOT NULL,
    PRIMARY KEY (workflow_id, configuration_id)
);

-- Which accounts an event of a provider's account is for.
CREATE INDEX credentials_by_provider ON credentials (integration_id, provider_id);
