-- A version that some users already have, beside the deployed one: who has it, as JSON.
ALTER TABLE workflows ADD COLUMN rollout_version_id TEXT;
ALTER TABLE workflows ADD COLUMN rollout TEXT;
