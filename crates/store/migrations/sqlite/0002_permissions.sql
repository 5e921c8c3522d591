-- Conditions over a connected user's metadata, as JSON: who may have the workflow. NULL: everybody.
ALTER TABLE workflows ADD COLUMN permissions TEXT;
