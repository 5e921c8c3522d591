-- Links by which somebody connects an account without the host application's page: once, until they expire.
CREATE TABLE connect_links (
    token_hash      TEXT PRIMARY KEY,
    project_id      TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id         TEXT NOT NULL REFERENCES connected_users (id) ON DELETE CASCADE,
    integration_id  TEXT NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    install_options TEXT NOT NULL,
    return_url      TEXT,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    used_at         BIGINT
);

CREATE INDEX connect_links_of_age ON connect_links (expires_at);
