-- Which account came of a link: while something is still asked about it, the link leads back to it.
ALTER TABLE connect_links ADD COLUMN credential_id TEXT;
