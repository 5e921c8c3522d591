//! Links between records.

use serde_json::{Value, json};

use super::effect::{Asked, Done};
use super::reply::Refusal;
use super::state::{Shared, State};
use crate::shape::text_of;

fn id(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| Refusal::new("notFound", json!({"id": text})))
}

/// Joins two records that are there; a second time changes nothing.
pub(super) fn link(shared: &Shared, state: &mut State, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let text = |name: &str| asked.values.get(name).map(text_of).unwrap_or_default();
    let mut ids = [0; 2];
    for (place, (kind, name)) in [("fromType", "fromId"), ("toType", "toId")].into_iter().enumerate() {
        ids[place] = id(&text(name))?;
        if !state.records.holds(asked.account, Some(&text(kind)), ids[place]) {
            return Err(Refusal::new("notFound", json!({"id": text(name)})));
        }
    }
    state.records.link(asked.account, ids);
    let values = json!({"fromId": text("fromId"), "toId": text("toId"), "now": asked.now.to_string()});
    let values = values.as_object().expect("made as an object");
    let body = shared.simulator.linked.as_ref().and_then(|shape| shape.fill(values));
    Ok(Done { status: 200, body: body.unwrap_or_default() })
}

/// Takes two records apart; two that are not joined stay so.
pub(super) fn unlink(state: &mut State, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let text = |name: &str| asked.values.get(name).map(text_of).unwrap_or_default();
    let ids = [id(&text("fromId"))?, id(&text("toId"))?];
    state.records.unlink(asked.account, ids);
    Ok(Done { status: 204, body: Value::Null })
}

/// The records that a new one is to be linked to: all must be there.
pub(super) fn wanted(shared: &Shared, state: &State, asked: &Asked<'_>) -> Result<Vec<u64>, Refusal> {
    let Some(rule) = &shared.simulator.links else { return Ok(Vec::new()) };
    let list = match asked.values.get(&rule.input) {
        Some(Value::Array(list)) => list.as_slice(),
        _ => &[],
    };
    let found = list.iter().map(|link| {
        let to = link.pointer(&rule.id).map(text_of).unwrap_or_default();
        let number = id(&to)?;
        let there = state.records.holds(asked.account, None, number);
        there.then_some(number).ok_or_else(|| Refusal::new("notFound", json!({"id": to})))
    });
    found.collect()
}
