//! Accounts that move in from another system: a CSV or JSON file with one account a record.
//!
//! ```text
//! csv ──┐
//!       ├─► records with their lines ─► Plan (users alone) ─► one transaction
//! json ─┘
//! ```
//!
//! What it comes to is what `connectedUsers` of a project file come to: all or nothing, the same file
//! twice changes nothing, and a file that is older than what the user has done since changes nothing
//! either. Messages name lines and columns and never repeat a value: any of them may be a token.

mod csv;
mod json;

use std::collections::HashMap;

use indexmap::IndexMap;
use linchpin_connectors::Registry;
use linchpin_domain::Timestamp;
use linchpin_domain::id::ProjectId;
use linchpin_domain::source::{Document, Position, Problem, nearest};
use linchpin_store::Store;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Map, Value};

use super::apply::apply_users;
use super::reader::join;
use super::{ApplyError, Change, ChangeAction, Plan, PlannedCredential, PlannedEnablement, PlannedUser, Problems};

/// What a record may hold.
pub const FIELDS: [&str; 11] = [
    "userId",
    "integration",
    "accessToken",
    "refreshToken",
    "expiresAt",
    "externalId",
    "providerId",
    "scopes",
    "metadata",
    "settings",
    "workflows",
];
/// What it must hold.
const NEEDED: [&str; 3] = ["userId", "integration", "accessToken"];
/// The longest id of a user.
const MAX_USER_ID: usize = 255;
/// Records of one file: all of them are written in one transaction, for which everybody else waits.
pub const MAX_RECORDS: usize = 10_000;
/// The largest file, in bytes.
pub const MAX_FILE: usize = 16 * 1024 * 1024;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A line with the columns' names, then one account a line.
    Csv,
    /// A list of objects.
    Json,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// Accounts that are new.
    pub added: usize,
    /// Accounts whose tokens, settings or workflows were replaced.
    pub changed: usize,
    /// Accounts that were so already.
    pub unchanged: usize,
    /// Users that are new.
    pub users_added: usize,
    /// Each difference, in the order of the file.
    pub changes: Vec<Change>,
}

/// The records of a file.
struct Records {
    /// A list of objects.
    value: Value,
    positions: HashMap<String, Position>,
}

/// Reads and checks a file, as far as that goes without the database.
pub fn read(file: &str, text: &str, format: Format) -> Result<Plan, Problems> {
    let one = |at: Position, message: String| {
        Problems(vec![Problem { file: file.to_owned(), at, field: String::new(), message }])
    };
    let records = match format {
        Format::Csv => csv::records(text),
        Format::Json => json::records(text),
    };
    let records = records.map_err(|(at, message)| one(at, message))?;
    let doc = Document::of(file, records.value, records.positions);
    let count = doc.value().as_array().map_or(0, Vec::len);
    if count > MAX_RECORDS {
        return Err(one(
            Position { line: 1, column: 1 },
            format!("the file has {count} accounts; up to {MAX_RECORDS} go into one import, so split it"),
        ));
    }
    let mut reading = Reading { doc: &doc, problems: Vec::new(), users: IndexMap::new(), places: HashMap::new() };
    for index in 0..count {
        reading.record(index);
    }
    let (mut problems, users) = (reading.problems, reading.users);
    if !problems.is_empty() {
        problems.sort_by_key(|problem| (problem.at.line, problem.at.column));
        return Err(Problems(problems));
    }
    Ok(Plan {
        project: String::new(),
        allowed_origins: None,
        signing_keys: Vec::new(),
        token_issuers: Vec::new(),
        secrets: Vec::new(),
        user_metadata: None,
        app_events: Vec::new(),
        integrations: Vec::new(),
        destinations: Vec::new(),
        users: users.into_values().collect(),
        doc,
    })
}

/// Writes what was read into a project. All or nothing.
pub async fn import(
    store: &Store,
    registry: &Registry,
    plan: &Plan,
    project_id: ProjectId,
    dry_run: bool,
) -> Result<Imported, ApplyError> {
    let changes = apply_users(store, registry, plan, project_id, dry_run).await.map_err(|error| match error {
        ApplyError::Problems(Problems(problems)) => Problems(
            problems.into_iter().map(|problem| Problem { field: field_of(&problem.field), ..problem }).collect(),
        )
        .into(),
        other => other,
    })?;
    let count = |action, what| changes.iter().filter(|change| change.action == action && change.what == what).count();
    let (added, changed) = (count(ChangeAction::Add, "account"), count(ChangeAction::Change, "account"));
    let all: usize = plan.users.iter().map(|user| user.credentials.len()).sum();
    let users_added = count(ChangeAction::Add, "connected user");
    Ok(Imported { added, changed, unchanged: all - added - changed, users_added, changes })
}

/// The field of a record: its number says nothing beside the line.
fn field_of(dotted: &str) -> String {
    dotted.split_once('.').map_or_else(String::new, |(_, field)| field.to_owned())
}

/// Records becoming users.
struct Reading<'a> {
    doc: &'a Document,
    problems: Vec<Problem>,
    users: IndexMap<String, PlannedUser>,
    /// Where an account of a user stands already.
    places: HashMap<(String, String, Option<String>), usize>,
}

impl Reading<'_> {
    fn problem(&mut self, pointer: &str, message: impl Into<String>) {
        let mut problem = self.doc.problem(pointer, message);
        problem.field = field_of(&problem.field);
        self.problems.push(problem);
    }

    fn record(&mut self, index: usize) {
        let at = format!("/{index}");
        let Some(Value::Object(record)) = self.doc.value().pointer(&at) else {
            self.problem(&at, "an object with the fields of one account is expected");
            return;
        };
        let before = self.problems.len();
        for name in record.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
            self.problem(&at, unknown("a field has an unknown name", name));
        }
        for name in NEEDED {
            if record.get(name).is_none_or(|value| value.is_null() || value.as_str() == Some("")) {
                self.problem(&join(&at, name), format!("`{name}` is missing"));
            }
        }
        let user_id = self.text(record, &at, "userId");
        if user_id.as_ref().is_some_and(|id| id.chars().count() > MAX_USER_ID) {
            self.problem(&join(&at, "userId"), format!("a user's id has up to {MAX_USER_ID} characters"));
        }
        let integration = self.text(record, &at, "integration");
        let access_token = self.text(record, &at, "accessToken");
        let refresh_token = self.text(record, &at, "refreshToken");
        let external_id = self.text(record, &at, "externalId");
        let metadata = self.object(record, &at, "metadata");
        let credential = PlannedCredential {
            integration: integration.clone().unwrap_or_default(),
            external_id: external_id.clone(),
            account_type: None,
            inputs: Vec::new(),
            access_token: access_token.map(SecretString::from),
            refresh_token: refresh_token.map(SecretString::from),
            expires_at: self.moment(record, &at, "expiresAt"),
            provider_id: self.text(record, &at, "providerId"),
            scopes: self.texts(record, &at, "scopes"),
            settings: self.object(record, &at, "settings"),
            workflows: self.workflows(record, &at),
            pointer: at.clone(),
        };
        let (Some(user_id), Some(integration), true) = (user_id, integration, self.problems.len() == before) else {
            return;
        };
        let place = (user_id.clone(), integration, external_id);
        if let Some(earlier) = self.places.insert(place, index) {
            let line = self.doc.position(&format!("/{earlier}")).line;
            self.problem(
                &at,
                format!(
                    "this user has an account of this integration in line {line} already; several need an `externalId` each"
                ),
            );
            return;
        }
        let user = self.users.entry(user_id.clone()).or_insert_with(|| PlannedUser {
            external_id: user_id,
            metadata: None,
            credentials: Vec::new(),
        });
        user.credentials.push(credential);
        match (&user.metadata, metadata) {
            (Some(known), Some(other)) if *known != other => {
                self.problem(&join(&at, "metadata"), "an earlier record of this user has other metadata");
            }
            (None, Some(metadata)) => user.metadata = Some(metadata),
            _ => {}
        }
    }

    /// A text; a number counts as its digits, for ids are often written so. An empty one is none.
    fn text(&mut self, record: &Map<String, Value>, at: &str, name: &str) -> Option<String> {
        match record.get(name)? {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) if name.ends_with("Id") => Some(number.to_string()),
            _ => {
                self.problem(&join(at, name), "a text is expected");
                None
            }
        }
    }

    /// An object; in CSV written as JSON.
    fn object(&mut self, record: &Map<String, Value>, at: &str, name: &str) -> Option<Map<String, Value>> {
        let parsed = match record.get(name)? {
            Value::Null => return None,
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            other => other.clone(),
        };
        match parsed {
            Value::Object(object) => Some(object),
            _ => {
                self.problem(&join(at, name), "a JSON object is expected");
                None
            }
        }
    }

    /// A list of texts; in CSV with spaces or commas between.
    fn texts(&mut self, record: &Map<String, Value>, at: &str, name: &str) -> Option<Vec<String>> {
        match record.get(name)? {
            Value::Null => None,
            Value::String(text) => {
                let list: Vec<String> =
                    text.split([' ', ',']).filter(|one| !one.is_empty()).map(str::to_owned).collect();
                (!list.is_empty()).then_some(list)
            }
            Value::Array(list) if list.iter().all(Value::is_string) => {
                Some(list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect())
            }
            _ => {
                self.problem(&join(at, name), "a list of texts is expected");
                None
            }
        }
    }

    /// An RFC 3339 time, or a number: seconds or milliseconds since 1970.
    fn moment(&mut self, record: &Map<String, Value>, at: &str, name: &str) -> Option<Timestamp> {
        let value = record.get(name)?;
        let number = match value {
            Value::Null => return None,
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        };
        // Seconds of the year 5138 are milliseconds of 1973.
        let from_number = number
            .filter(|number| (0..i64::MAX / 1_000).contains(number))
            .map(|number| Timestamp::from_millis(if number < 100_000_000_000 { number * 1_000 } else { number }));
        let read = from_number.or_else(|| Timestamp::parse(value.as_str()?.trim()));
        if read.is_none() {
            self.problem(
                &join(at, name),
                "a time such as 2030-01-01T00:00:00Z is expected, or seconds or milliseconds since 1970",
            );
        }
        read
    }

    fn workflows(&mut self, record: &Map<String, Value>, at: &str) -> Option<Vec<PlannedEnablement>> {
        let listed = self.object(record, at, "workflows")?;
        let pointer = join(at, "workflows");
        let mut planned = Vec::new();
        for (workflow, value) in listed {
            let state = match &value {
                Value::Bool(enabled) => Some((*enabled, None)),
                Value::Object(fields) if fields.keys().all(|key| matches!(key.as_str(), "enabled" | "settings")) => {
                    let enabled = fields.get("enabled").map_or(Some(true), Value::as_bool);
                    let settings = fields.get("settings").map(|settings| settings.as_object().cloned());
                    match (enabled, settings) {
                        (Some(enabled), None) => Some((enabled, None)),
                        (Some(enabled), Some(Some(settings))) => Some((enabled, Some(settings))),
                        _ => None,
                    }
                }
                _ => None,
            };
            match state {
                Some((enabled, settings)) => {
                    planned.push(PlannedEnablement { pointer: pointer.clone(), workflow, enabled, settings });
                }
                None => self.problem(&pointer, "a workflow is `true`, `false`, or `{enabled, settings}`"),
            }
        }
        Some(planned)
    }
}

/// What is said of a name that is not known: the nearest known one, never the name itself.
fn unknown(what: &str, name: &str) -> String {
    match nearest(name, FIELDS.into_iter()) {
        Some(near) => format!("{what}; did you mean `{near}`?"),
        None => format!("{what}; known are {}", FIELDS.map(|name| format!("`{name}`")).join(", ")),
    }
}

#[cfg(test)]
mod tests;
