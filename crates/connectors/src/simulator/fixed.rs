//! Lists that no action changes: owners, forms and their like.

use serde_json::{Value, json};

use super::effect::{Asked, Done};
use super::reply::Refusal;
use super::state::Shared;
use crate::shape::text_of;

/// Inputs that say how much of a list is wanted. The list is one page here.
const PAGING: [&str; 4] = ["limit", "after", "count", "offset"];

/// Answers an action that only reads.
pub(super) fn read(shared: &Shared, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let Some(fixed) = shared.simulator.answers.get(asked.name) else {
        if !asked.action.example.is_null() {
            return Ok(Done { status: 200, body: asked.action.example.clone() });
        }
        return Err(Refusal::new("invalidBody", json!({"reason": "the simulator has no such list"})));
    };
    let wanted = |entry: &&Value| {
        asked.values.iter().filter(|(name, _)| !PAGING.contains(&name.as_str())).all(|(name, wanted)| {
            let wanted = text_of(wanted);
            match (name.as_str(), entry.get(name)) {
                (_, Some(held)) => text_of(held).eq_ignore_ascii_case(&wanted),
                ("query", None) => entry.to_string().to_lowercase().contains(&wanted.to_lowercase()),
                _ => true,
            }
        })
    };
    let entries: Vec<&Value> = fixed.entries.iter().filter(wanted).collect();
    let values = json!({"total": entries.len(), "entry": entries.first(), "entries": entries});
    if entries.is_empty() && fixed.answer.names().contains(&"entry") {
        return Err(Refusal::new("notFound", json!({"id": asked.values.values().next()})));
    }
    let mut all = shared.about(asked.account);
    all.extend(values.as_object().expect("made as an object").clone());
    Ok(Done { status: 200, body: fixed.answer.fill(&all).unwrap_or_default() })
}
