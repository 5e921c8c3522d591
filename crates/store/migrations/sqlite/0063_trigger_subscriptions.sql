-- Subscriptions of agents and backends to a provider's events: destinations that belong to one account. What is
-- subscribed to is JSON; `cursor` says how far the provider was asked, where its events are found by asking.
ALTER TABLE event_destinations ADD COLUMN subscription TEXT;
ALTER TABLE event_destinations ADD COLUMN credential_id TEXT REFERENCES credentials (id) ON DELETE CASCADE;
ALTER TABLE event_destinations ADD COLUMN cursor TEXT;
CREATE INDEX event_destinations_by_credential ON event_destinations (credential_id) WHERE credential_id IS NOT NULL;
