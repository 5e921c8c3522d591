-- Where a project's notices are sent: webhooks and e-mail. `kinds` and `workflows` are JSON lists; an empty one
-- takes everything.
CREATE TABLE event_destinations (
    id                     TEXT PRIMARY KEY,
    project_id             TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name                   TEXT NOT NULL,
    target                 TEXT NOT NULL,
    sealed_secret          TEXT,
    sealed_previous_secret TEXT,
    previous_until         BIGINT,
    kinds                  TEXT NOT NULL,
    workflows              TEXT NOT NULL,
    enabled                BIGINT NOT NULL,
    disabled_reason        TEXT,
    failures               BIGINT NOT NULL,
    paused_until           BIGINT,
    created_at             BIGINT NOT NULL,
    updated_at             BIGINT NOT NULL,
    UNIQUE (project_id, name)
);

-- The outbox and the log in one: a row for each event and destination, written in the transaction of what
-- happened. `due_at` is null once nothing is left to do.
CREATE TABLE event_deliveries (
    seq            INTEGER PRIMARY KEY,
    project_id     TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    destination_id TEXT NOT NULL REFERENCES event_destinations (id) ON DELETE CASCADE,
    event_id       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    user_id        TEXT,
    data           TEXT NOT NULL,
    happened_at    BIGINT NOT NULL,
    state          TEXT NOT NULL,
    attempts       BIGINT NOT NULL,
    due_at         BIGINT,
    tried_at       BIGINT,
    status         BIGINT,
    answer         TEXT,
    error          TEXT,
    duration_ms    BIGINT,
    UNIQUE (destination_id, event_id)
);
CREATE INDEX event_deliveries_by_destination ON event_deliveries (destination_id, seq);
CREATE INDEX event_deliveries_due ON event_deliveries (destination_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX event_deliveries_by_user ON event_deliveries (user_id) WHERE user_id IS NOT NULL;
