-- Identity providers whose tokens a project takes as user tokens; their keys are fetched from the address.
CREATE TABLE token_issuers (
    id         TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    issuer     TEXT NOT NULL,
    audience   TEXT NOT NULL,
    jwks_url   TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (project_id, issuer)
);
