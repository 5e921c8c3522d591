//! Data sources: lists in the customer's account that a setting offers to choose from.

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
    /// How it is read. `{page}` stands for where the last page ended, `{search}` for what was typed.
    pub request: Request,
    /// JSON pointer to the entries.
    pub list: String,
    /// JSON pointer within an entry to what is stored.
    pub value: String,
    /// JSON pointers within an entry to what people read, one after the other.
    pub label: Vec<String>,
    /// JSON pointer within an entry to a second line.
    #[serde(default)]
    pub subtitle: Option<String>,
    /// JSON pointer in the answer to where the next page begins.
    #[serde(default)]
    pub next_page: Option<String>,
}
