//! Kinds of records that can be kept the same at the provider and in the host application.

use linchpin_domain::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Poll;
use crate::poll::Page;

/// One kind of records.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sync {
    /// What people call it, for example `Contacts`.
    pub title: String,
    /// One sentence.
    pub description: String,
    /// The kind of record.
    pub resource: String,
    /// Scopes the account must have granted.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// JSON pointer to the fields within a record.
    pub fields: String,
    /// The field that tells records apart besides the id: a record that both sides made is found by it.
    #[serde(default)]
    pub key: Option<String>,
    /// Reads everything, page by page. `{fields}` stands for the names of the fields that are wanted.
    pub load: Poll,
    /// Reads what was changed since a moment.
    pub changes: Poll,
    /// Reads what was deleted. Without it a comparison of everything finds out.
    #[serde(default)]
    pub deleted: Option<Poll>,
    /// How records are changed; without it they can only be read.
    #[serde(default)]
    pub write: Option<SyncWrite>,
}

/// The actions that change records. They take `id` and the record's fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SyncWrite {
    /// Reads one, before it is changed: `id`, and `properties` where it takes that.
    #[serde(default)]
    pub get: Option<String>,
    /// Makes one.
    pub create: String,
    /// Changes one.
    pub update: String,
    /// Deletes one.
    #[serde(default)]
    pub delete: Option<String>,
}

/// A record as the provider gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncedRecord {
    /// The provider's id.
    pub id: String,
    /// When it was changed last.
    pub modified_at: Timestamp,
    /// The fields that are wanted.
    pub fields: Map<String, Value>,
}

impl Sync {
    /// The inputs of the action that reads a page.
    pub fn question(
        poll: &Poll,
        fields: &[String],
        times: (Timestamp, Timestamp),
        page: Option<&str>,
    ) -> Map<String, Value> {
        let wanted = Map::from_iter([("fields".to_owned(), Value::from(fields.to_vec()))]);
        poll.ask(&wanted, times, page)
    }

    /// The records of a page, and where the next one begins.
    pub fn read(&self, poll: &Poll, output: &Value, wanted: &[String]) -> (Vec<SyncedRecord>, Option<String>) {
        let Page { found, next } = poll.read(output);
        let records = found.into_iter().map(|found| SyncedRecord {
            fields: self.fields_of(&found.payload, wanted),
            id: found.key,
            modified_at: found.at,
        });
        (records.collect(), next)
    }

    /// The record that an action answered with; `None` where it did not answer with one.
    pub fn one(&self, output: &Value, wanted: &[String]) -> Option<SyncedRecord> {
        let id = self.changes.key_of(output)?;
        let modified_at = self.changes.time_of(output)?;
        Some(SyncedRecord { id, modified_at, fields: self.fields_of(output, wanted) })
    }

    /// The wanted fields of a record, as far as it tells them.
    fn fields_of(&self, record: &Value, wanted: &[String]) -> Map<String, Value> {
        let Some(Value::Object(held)) = record.pointer(&self.fields) else { return Map::new() };
        wanted.iter().filter_map(|name| Some((name.clone(), held.get(name)?.clone()))).collect()
    }
}
