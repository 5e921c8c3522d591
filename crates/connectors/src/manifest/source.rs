//! Data sources: lists in the customer's account that a setting offers to choose from, and lists that belong
//! together.

use serde::Deserialize;

use super::Request;

/// One list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataSource {
    /// What people call one entry, for example `Owner`.
    pub title: String,
    /// Scopes the account must have granted.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What must be chosen first: names that the request may hold.
    #[serde(default)]
    pub parameters: Vec<String>,
    /// Entries that every account has: before those that are read, or alone.
    #[serde(default)]
    pub entries: Vec<super::Choice>,
    /// How it is read. `{page}` stands for where the last page ended, `{search}` for what was typed.
    #[serde(default)]
    pub request: Option<Request>,
    /// JSON pointer to the entries.
    #[serde(default)]
    pub list: String,
    /// JSON pointer within an entry to what is stored.
    #[serde(default)]
    pub value: String,
    /// JSON pointers within an entry to what people read, one after the other.
    #[serde(default)]
    pub label: Vec<String>,
    /// JSON pointer within an entry to a second line.
    #[serde(default)]
    pub subtitle: Option<String>,
    /// JSON pointer in the answer to where the next page begins.
    #[serde(default)]
    pub next_page: Option<String>,
}

/// Two lists of which the second depends on the first, for example a pipeline and its stages.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Combination {
    /// What people call the choice.
    pub title: String,
    /// The first list.
    pub main: String,
    /// The second; its first parameter is what was chosen from the first.
    pub dependent: String,
    /// A third, for which both are chosen.
    #[serde(default)]
    pub variable: Option<String>,
}

/// Where a field mapping finds the provider's fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MappingSource {
    /// What people call it.
    pub title: String,
    /// The list of the kinds of records; absent where the fields belong to one kind.
    #[serde(default)]
    pub record: Option<String>,
    /// The list of fields; its first parameter is the kind of record.
    pub fields: String,
}
