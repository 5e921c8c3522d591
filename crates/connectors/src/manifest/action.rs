//! Actions: their inputs, the request they make, and how a doubt about them is settled.

use indexmap::IndexMap;
use linchpin_domain::connector::DoubtStrategy;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Batch, Each};
use crate::shape::{Pattern, Shape};

/// The input that takes further fields as one JSON object.
pub const ADDITIONAL_FIELDS: &str = "additionalFields";

/// A kind of record at the provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resource {
    /// Singular, for people.
    pub title: String,
    /// The fields that action forms offer.
    pub fields: Vec<Field>,
    /// Fields that exist besides; not offered, taken as additional fields.
    #[serde(default)]
    pub also: Vec<String>,
    /// Fields that no two records may share.
    #[serde(default)]
    pub unique: Vec<String>,
    /// The account's own kinds of records share this resource, and this input names the kind. Their
    /// fields are the account's own as well, so that the simulator takes any.
    #[serde(default)]
    pub kind_from: Option<String>,
    /// Fields that the simulator's page shows.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// One input of an action, or one field of a record.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// The provider's name for it; the key in a step's inputs.
    pub name: String,
    /// Label.
    pub title: String,
    /// What it takes.
    #[serde(rename = "type", default)]
    pub kind: FieldKind,
    /// Whether the action cannot do without.
    #[serde(default)]
    pub required: bool,
    /// Example shown in the empty field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// A sentence beside the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Values to choose from. Others may be given: providers let accounts add their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// The data source that offers values out of the customer's account. What the source needs is taken from the
    /// inputs of these names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether it is a field of the record rather than an input of the action.
    #[serde(skip)]
    pub record: bool,
}

/// A value to choose.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What people read.
    pub label: String,
}

/// What an input takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// A line of text.
    #[default]
    Text,
    /// Several lines.
    Textarea,
    /// An e-mail address; compared without regard to case.
    Email,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// One of some values.
    Enum,
    /// A list of texts; a text is split at commas.
    List,
    /// A moment, RFC 3339; sent in UTC and whole seconds.
    Time,
    /// Any JSON; a text is read as JSON.
    Json,
}

/// What an action does to records. The simulator performs it; the engine learns from it whether
/// the action only reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Makes a record.
    Create,
    /// Changes one record.
    Update,
    /// Makes a record or changes the one with the same key.
    Upsert,
    /// Archives one record.
    Delete,
    /// Reads one record.
    Get,
    /// Reads a page of records.
    List,
    /// Reads the records that match.
    Search,
    /// Reads what no action changes; the simulator has a fixed answer.
    Read,
    /// Joins two records, which the inputs `fromType`, `fromId`, `toType` and `toId` name.
    Link,
    /// Takes apart what [`Effect::Link`] joined.
    Unlink,
    /// Does something else than to make, change or read a record: sends, starts, approves. The simulator
    /// gives its example.
    Call,
}

impl Effect {
    /// Whether nothing changes at the provider.
    pub fn reads_only(self) -> bool {
        matches!(self, Self::Get | Self::List | Self::Search | Self::Read)
    }
}

/// One action.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Action {
    /// What people call it, for example `Create contact`.
    pub title: String,
    /// One sentence.
    pub description: String,
    /// Heading in the action menu, for example `Contacts`.
    pub group: String,
    /// What it does.
    pub effect: Effect,
    /// The kind of record it is about.
    pub resource: String,
    /// When set, the fields of this resource are inputs too.
    #[serde(default)]
    pub record: Option<String>,
    /// Record fields that the action cannot do without.
    #[serde(default)]
    pub required: Vec<String>,
    /// At least one of these record fields must have a value.
    #[serde(default)]
    pub at_least_one: Vec<String>,
    /// Inputs of its own.
    #[serde(default)]
    pub inputs: Vec<Field>,
    /// Whether `additionalFields` is taken and merged into the record.
    #[serde(default)]
    pub additional_fields: bool,
    /// Scopes the call needs.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The request.
    pub request: Request,
    /// How several are sent as one call; for a write of which the provider takes many at once.
    #[serde(default)]
    pub batch: Option<Batch>,
    /// It does for a list of records what another action does for one. `{items}` in its request stands for
    /// them.
    #[serde(default)]
    pub each: Option<Each>,
    /// JSON pointer to the output within the answer; the whole answer when absent.
    #[serde(default)]
    pub output: Option<String>,
    /// The output is the answer as it came, `{statusCode, headers, body}`, also where the body is text.
    #[serde(default)]
    pub whole_answer: bool,
    /// How a doubt is settled.
    pub doubt: Doubt,
    /// A sample of the output. The simulator gives it where nothing else is said.
    #[serde(default)]
    pub example: Value,
    /// All inputs by name, in the order of the form.
    #[serde(skip)]
    pub fields: IndexMap<String, Field>,
}

/// A request to the provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// HTTP method in capitals.
    pub method: String,
    /// Name of the base URL.
    #[serde(default = "api")]
    pub base: String,
    /// Path, `{paths.<name>}` for a version's prefix and `{input}` for inputs.
    pub(crate) path: Pattern,
    /// Query parameters.
    #[serde(default)]
    pub(crate) query: IndexMap<String, Pattern>,
    /// The input that follows the path: further parts of it, each within its place. The path may then be
    /// anything below the base URL.
    #[serde(default)]
    pub path_from: Option<String>,
    /// The input whose entries are further query parameters.
    #[serde(default)]
    pub query_from: Option<String>,
    /// The input whose entries are further headers.
    #[serde(default)]
    pub headers_from: Option<String>,
    /// The input that is the body as it is. Without a value nothing is sent.
    #[serde(default)]
    pub body_from: Option<String>,
    /// How lists stand in the query.
    #[serde(default)]
    pub lists: Lists,
    /// Request headers.
    #[serde(default)]
    pub(crate) headers: IndexMap<String, Pattern>,
    /// Body. `{fields}` stands for the record's fields.
    #[serde(default)]
    pub(crate) body: Option<Shape>,
    /// How the body is written.
    #[serde(default)]
    pub body_kind: BodyKind,
}

/// How lists stand in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lists {
    /// With commas: `a=1,2`.
    #[default]
    Commas,
    /// Each under the same name: `a=1&a=2`.
    Repeated,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyKind {
    /// As JSON.
    #[default]
    Json,
    /// As a form; objects and lists within as `a[b]=c`, `a[0]=c`.
    Form,
}

fn api() -> String {
    "api".into()
}

/// How a doubt about a write is settled.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Doubt {
    /// How.
    pub strategy: DoubtStrategy,
    /// The input that tells records apart; writes with the same value go one after another.
    #[serde(default)]
    pub key: Option<String>,
    /// Whether the provider itself refuses a second record with the same key.
    #[serde(default)]
    pub enforced: bool,
    /// For `natural-key`: how the record is found.
    #[serde(default)]
    pub lookup: Option<Lookup>,
    /// For `idempotency-key`: the header that carries the key.
    #[serde(default)]
    pub header: Option<String>,
}

/// Finds the record that a write may have made.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lookup {
    /// The request. `{fieldNames}` stands for the names of the fields that were sent.
    pub request: Request,
    /// Where the answer holds what is compared.
    pub record: RecordRule,
}

/// Where a record says when it was made and what it holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordRule {
    /// JSON pointer to the time of its creation.
    pub created: String,
    /// JSON pointer to its fields.
    pub fields: String,
}

impl Action {
    pub(super) fn finish(&mut self, resource: Option<&Resource>) {
        // JSON is for what the other inputs lack, so it comes last.
        let (last, first): (Vec<_>, Vec<_>) =
            self.inputs.iter().partition(|field| resource.is_some() && field.kind == FieldKind::Json);
        self.fields = first.into_iter().map(|field| (field.name.clone(), field.clone())).collect();
        if let Some(resource) = resource {
            for field in &resource.fields {
                let mut field = field.clone();
                field.record = true;
                field.required = self.required.contains(&field.name);
                self.fields.entry(field.name.clone()).or_insert(field);
            }
        }
        self.fields.extend(last.into_iter().map(|field| (field.name.clone(), field.clone())));
        if self.additional_fields {
            self.fields.insert(
                ADDITIONAL_FIELDS.into(),
                Field {
                    name: ADDITIONAL_FIELDS.into(),
                    title: "Additional fields".into(),
                    kind: FieldKind::Json,
                    required: false,
                    placeholder: Some("{ \"favorite_color\": \"blue\" }".into()),
                    help: Some("A JSON object of any other fields, by the provider's own names.".into()),
                    options: Vec::new(),
                    source: None,
                    record: false,
                },
            );
        }
    }
}

impl Request {
    /// The inputs that it takes as they are, by the manifest's words.
    pub(crate) fn free(&self) -> [(&'static str, Option<&str>); 4] {
        [
            ("pathFrom", self.path_from.as_deref()),
            ("queryFrom", self.query_from.as_deref()),
            ("headersFrom", self.headers_from.as_deref()),
            ("bodyFrom", self.body_from.as_deref()),
        ]
    }
}
