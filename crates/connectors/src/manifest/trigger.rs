//! Triggers: what can start a workflow at the provider, by webhook or by asking now and then; and
//! how the provider's webhooks are signed and read.

use indexmap::IndexMap;
pub use linchpin_domain::mac::{Algorithm, Encoding};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::Field;
use super::hook::HookRule;
use crate::shape::{Pattern, Shape};

/// One event of the provider that can start a workflow.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trigger {
    /// What people call it, for example `Contact created`.
    pub title: String,
    /// One sentence.
    pub description: String,
    /// Heading in the trigger menu, for example `Contacts`.
    pub group: String,
    /// Scopes the account must have granted.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What a workflow can say about the events it wants.
    #[serde(default)]
    pub inputs: Vec<Field>,
    /// How it is told in a webhook. Exactly one of this and `poll`.
    #[serde(default)]
    pub webhook: Option<WebhookRule>,
    /// How it is found by asking.
    #[serde(default)]
    pub poll: Option<Poll>,
    /// How the provider is told to call when something happens, so that it is asked at once. It is asked now
    /// and then all the same: a call may be lost.
    #[serde(default)]
    pub hook: Option<HookRule>,
    /// A sample of what the workflow gets.
    #[serde(default)]
    pub example: Value,
}

/// How events of a trigger reach a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TriggerModel {
    /// The provider calls.
    Webhook,
    /// The provider is asked.
    Polling,
}

impl Trigger {
    /// How its events reach a workflow.
    pub fn model(&self) -> TriggerModel {
        if self.poll.is_some() { TriggerModel::Polling } else { TriggerModel::Webhook }
    }
}

/// How an event of a trigger is told in a webhook.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookRule {
    /// JSON pointers and the texts they must hold.
    pub when: IndexMap<String, String>,
    /// JSON pointers to what must not be there, for example what marks the app's own messages.
    #[serde(default)]
    pub without: Vec<String>,
    /// Inputs by name, each with the JSON pointer to what it must equal. An input without a value
    /// takes every event; a list takes each of its values.
    #[serde(default)]
    pub matches: IndexMap<String, String>,
    /// What the workflow gets; that of the webhooks in general when absent.
    #[serde(default)]
    pub(crate) payload: Option<Shape>,
    /// When the simulator sends it.
    #[serde(default)]
    pub simulate: Option<Simulate>,
}

/// When the simulator sends an event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Simulate {
    /// After a change of a record of this resource …
    pub resource: String,
    /// … of this kind.
    pub on: RecordChange,
    /// The event; that of the simulator in general when absent. Besides what that has: the values of the
    /// record as the simulator's `record` has them, and `record`, as it is answered.
    #[serde(default)]
    pub(crate) event: Option<Shape>,
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordChange {
    /// It was made.
    Created,
    /// A field of it got another value: one event for each field.
    FieldChanged,
    /// It was archived.
    Deleted,
}

/// How events of a trigger are found by asking.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Poll {
    /// The action that lists or searches, oldest first.
    pub action: String,
    /// Its inputs. `{sinceMs}`, `{sinceSeconds}`, `{since}` and `{sinceIso}` (whole seconds) stand for the moment to begin at, `{sinceMinutesAgo}` for how
    /// long ago it is, `{page}` for where the
    /// last page ended, `{place}` for the place to begin at, the trigger's inputs for their values.
    pub(crate) inputs: Shape,
    /// JSON pointer to the records in the action's output.
    pub items: String,
    /// JSON pointer to where the next page begins.
    #[serde(default)]
    pub next_page: Option<String>,
    /// Where the next page begins after the last record of this one: JSON pointer within a record to what
    /// says so. Instead of `next_page`.
    #[serde(default)]
    pub next_from_last: Option<String>,
    /// JSON pointer to whether there is a next page at all.
    #[serde(default)]
    pub more: Option<String>,
    /// JSON pointer within a record to the time that it is sorted by. Exactly one of this and `places`.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Records have no time: they are told apart by their places in a list that grows at its end.
    #[serde(default)]
    pub places: Option<Places>,
    /// JSON pointers within a record: the same values are the same event.
    #[serde(default)]
    pub key: Vec<String>,
    /// How far before the newest time seen is asked again: for records that show up late.
    #[serde(default)]
    pub overlap_seconds: u64,
}

/// Records that are told apart by their places. What is asked for begins with the last one that was seen, so
/// that its absence tells that records were removed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Places {
    /// The place of the first record.
    pub first: u64,
    /// How the values of a record that is a list are called. Asked only when there is something new.
    #[serde(default)]
    pub names: Option<Names>,
    /// What a workflow gets: `{place}`, `{record}`, and `{named}`, the record's values by their names.
    pub(crate) payload: Shape,
}

/// Where the names of a record's values are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Names {
    /// The action that reads them.
    pub action: String,
    /// Its inputs, with the trigger's as placeholders.
    pub(crate) inputs: Shape,
    /// JSON pointer to the list of names in its output.
    pub list: String,
}

/// How the provider's webhooks are signed and read.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webhooks {
    /// Markdown: what a developer enters where at the provider.
    pub setup: String,
    /// How it is proven that the provider sent it.
    pub signature: Signature,
    /// How the provider asks first whether the address is ours.
    #[serde(default)]
    pub handshake: Option<Handshake>,
    /// Headers that are part of an event. An event is then `{headers, body}`, the headers by their names in
    /// lower case, and pointers begin with `/headers/` or `/body/`.
    #[serde(default)]
    pub headers: Vec<String>,
    /// JSON pointer to the list of events in the body (empty: the body is the list). Absent when a
    /// body is one event.
    #[serde(default)]
    pub list: Option<String>,
    /// JSON pointer within an event to the account it is about: the credential's provider id.
    pub account: String,
    /// JSON pointer within an event to its type, for people.
    #[serde(rename = "type")]
    pub kind: String,
    /// JSON pointers within an event: the same values are the same event.
    pub key: Vec<String>,
    /// What a workflow gets: the event's own keys by name, and `{event}` for all of it, unless
    /// it has a key of that name.
    pub(crate) payload: Shape,
}

/// A webhook that is no event: the provider sends a text and wants it back.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Handshake {
    /// JSON pointers in the body and the texts they must hold.
    pub when: IndexMap<String, String>,
    /// What is answered, with the body's keys as placeholders.
    pub(crate) answer: Shape,
}

/// How a webhook is signed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signature {
    /// The header that carries the signature.
    pub header: String,
    /// How it is computed.
    pub algorithm: Algorithm,
    /// How it is written.
    pub encoding: Encoding,
    /// What stands before it in the header, for example `sha256=`.
    #[serde(default)]
    pub prefix: String,
    /// Which secret is the key.
    #[serde(default)]
    pub secret: SignatureSecret,
    /// The project's secret that is the key, where it is one of those.
    #[serde(default)]
    pub secret_name: Option<String>,
    /// The header has several parts, `name=value` with commas between them.
    #[serde(default)]
    pub parts: Option<SignatureParts>,
    /// What is signed: `{method}`, `{url}`, `{body}`, `{timestamp}`.
    pub(crate) signed: Pattern,
    /// When it was signed.
    #[serde(default)]
    pub timestamp: Option<TimestampRule>,
    /// Characters that are signed as themselves where the URL has them percent-encoded.
    #[serde(default)]
    pub decoded_in_url: Vec<char>,
}

/// Which secret is a signature's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureSecret {
    /// The client secret of the integration's app.
    #[default]
    ClientSecret,
    /// One of the project's secrets: the provider has a secret for webhooks alone.
    ProjectSecret,
}

/// What stands in a signature's header.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignatureParts {
    /// The part that is a signature. While a secret is changed there are several.
    pub signature: String,
    /// The part that is the time.
    pub timestamp: String,
}

/// When a webhook was signed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimestampRule {
    /// The header that says it; absent where it is a part of the signature's.
    #[serde(default)]
    pub header: Option<String>,
    /// In what.
    #[serde(default)]
    pub unit: TimeUnit,
    /// Older ones are refused.
    pub max_age_seconds: u64,
}

/// What a time is counted in, since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeUnit {
    /// Milliseconds.
    #[default]
    Milliseconds,
    /// Seconds.
    Seconds,
    /// A moment as RFC 3339 has it.
    Iso,
}
