-- What a webhook of an event destination sends besides the event: headers of its own, whose values are sealed as one
-- JSON object, and a template of the body; the whole event where there is none.
ALTER TABLE event_destinations ADD COLUMN payload TEXT;
ALTER TABLE event_destinations ADD COLUMN header_names TEXT NOT NULL DEFAULT '[]';
ALTER TABLE event_destinations ADD COLUMN sealed_headers TEXT;
