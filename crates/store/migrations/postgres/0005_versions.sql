-- How a version came to be: deployed, saved, or restored. `deployed_at` and `deployed_by` say when and by whom.
ALTER TABLE workflow_versions ADD COLUMN kind TEXT NOT NULL DEFAULT 'deployed';
