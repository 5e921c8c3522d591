//! How single writes are sent as one call, and how each gets its own outcome back.

use indexmap::IndexMap;
use serde::Deserialize;

use super::Request;
use crate::shape::Shape;

/// Stands for the list of what each write puts in.
pub(crate) const ITEMS: &str = "items";
/// Stands for the name that a write has within its batch.
pub(crate) const TRACE: &str = "trace";

/// What the answers to all batches of a provider look like.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Batches {
    /// Writes in one call at most.
    pub most: usize,
    /// What was done.
    pub results: BatchResults,
    /// What was refused while the rest was done. Without it a batch is done or refused as a whole.
    #[serde(default)]
    pub errors: Option<BatchErrors>,
}

/// Where an answer holds what was done.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchResults {
    /// JSON pointer to the list.
    pub list: String,
    /// JSON pointer within one to the name that its write was given.
    #[serde(default)]
    pub trace: Option<String>,
    /// Whether the results stand in the order of the writes, one for each.
    #[serde(default)]
    pub ordered: bool,
}

/// Where an answer holds what was refused, each as an error of the provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchErrors {
    /// JSON pointer to the list.
    pub list: String,
    /// JSON pointer within one to the name that its write was given, or to a list of such names.
    pub trace: String,
    /// JSON pointer within one to the word that says what went wrong …
    pub by: String,
    /// … and the status that a single call is answered with then.
    pub statuses: IndexMap<String, u16>,
    /// The status of every other word.
    pub otherwise: u16,
}

/// How the writes of one action are sent as one call.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Batch {
    /// The call. `{items}` in its body stands for the list; inputs in its path and query are those of all.
    pub request: Request,
    /// What one write puts into the list; `{trace}` stands for the name that it is given.
    pub(crate) item: Shape,
    /// Inputs that must be the same in all.
    #[serde(default)]
    pub alike: Vec<String>,
    /// The input that no two may share.
    #[serde(default)]
    pub distinct: Option<String>,
}

impl Batch {
    /// The inputs that all writes of a call share.
    pub(crate) fn shared(&self) -> impl Iterator<Item = &str> {
        let request = &self.request;
        let address = request.path.names().chain(request.query.values().flat_map(crate::shape::Pattern::names));
        let body = request.body.iter().flat_map(|body| body.names());
        let inputs = address.chain(body).filter(|name| *name != ITEMS && !name.contains('.'));
        inputs.chain(self.alike.iter().map(String::as_str))
    }
}
