-- What a user was asked before the provider's consent page, sealed, with the way that was chosen.
ALTER TABLE connect_sessions ADD COLUMN sealed_inputs TEXT;
-- The manifest of a project's own connector; absent where the binary brings it.
ALTER TABLE integrations ADD COLUMN manifest TEXT;
