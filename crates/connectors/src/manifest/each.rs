//! Several records in one call, as an action of its own.

use serde::Deserialize;

use super::{Action, Effect};
use crate::shape::Shape;

/// How an action does in one call what another one does for a single record.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Each {
    /// The action for a single record.
    pub action: String,
    /// The input that holds the list: objects of that action's inputs, or values of its `id`.
    pub input: String,
    /// What one record puts into the request, for `{items}`; what it puts into the `batch` of its action
    /// unless given.
    #[serde(default)]
    pub(crate) item: Option<Shape>,
    /// The action of that name, and how many records go into one call.
    #[serde(skip)]
    pub(crate) one: Option<Box<Action>>,
    #[serde(skip)]
    pub(crate) most: usize,
}

impl Each {
    /// The action for a single record.
    pub fn one(&self) -> Option<&Action> {
        self.one.as_deref()
    }

    /// How many records go into one call.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Whether a record is only named, so that its id is all that counts of it.
    pub fn by_id(&self) -> bool {
        self.one().is_some_and(|one| matches!(one.effect, Effect::Get | Effect::Delete))
    }

    /// What one record puts into the request.
    pub(crate) fn item(&self) -> Option<&Shape> {
        self.item.as_ref().or_else(|| Some(&self.one()?.batch.as_ref()?.item))
    }
}
