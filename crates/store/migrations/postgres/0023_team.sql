-- Roles are admin, member and support.
UPDATE memberships SET role = 'admin' WHERE role = 'owner';

-- An invitation is a link that works once; only a hash of it is kept.
CREATE TABLE invitations (
    id         TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    email      TEXT NOT NULL,
    role       TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    invited_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (project_id, email)
);

-- Who did what. Append only: the database refuses to change what is written.
CREATE TABLE audit_log (
    id           TEXT PRIMARY KEY,
    project_id   TEXT NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    actor_name   TEXT NOT NULL,
    operation    TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE INDEX audit_log_by_project ON audit_log (project_id, id);
CREATE INDEX audit_log_by_subject ON audit_log (project_id, subject_id, id);
CREATE FUNCTION audit_log_keeps() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append only';
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE OR DELETE ON audit_log
FOR EACH ROW EXECUTE FUNCTION audit_log_keeps();
