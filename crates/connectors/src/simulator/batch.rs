//! Single writes that come as one call: each is done or refused by itself, and named by its trace.

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::effect::{Asked, perform};
use super::reply::Refusal;
use super::reply::{json_reply, no_content, not_modelled, refusal_body, refuse};
use super::route::Route;
use super::state::{Shared, State};
use crate::manifest::{Action, Effect, ITEMS, TRACE};
use crate::shape::{Shape, text_of};

/// What is asked, apart from the writes.
pub(super) struct Whole<'a> {
    pub action: &'a Action,
    /// What the path and the query hold.
    pub values: Map<String, Value>,
    pub account: usize,
    pub now: linchpin_domain::Timestamp,
}

/// The single action whose calls are together in one, and what each of them puts in.
struct Single<'a> {
    name: &'a str,
    action: &'a Action,
    item: &'a Shape,
    alike: &'a [String],
}

impl<'a> Single<'a> {
    fn of(shared: &'a Shared, route: &'a Route, action: &'a Action) -> Option<Self> {
        if let Some(each) = &action.each {
            let one = shared.manifest.actions.get(&each.action)?;
            return Some(Self { name: &each.action, action: one, item: each.item()?, alike: &[] });
        }
        let batch = action.batch.as_ref()?;
        Some(Self { name: &route.action, action, item: &batch.item, alike: &batch.alike })
    }
}

/// Does each call of a batch.
pub(super) fn answer(shared: &Shared, state: &mut State, route: &Route, mut whole: Whole<'_>) -> Response {
    let (Some(single), Some(batches)) = (Single::of(shared, route, whole.action), &shared.manifest.batches) else {
        return not_modelled(&route.class);
    };
    let invalid = |reason: String| refuse(shared, Refusal::new("invalidBody", json!({"reason": reason})), None);
    let Some(Value::Array(items)) = whole.values.shift_remove(ITEMS) else {
        return invalid("there is no list of inputs".into());
    };
    if items.is_empty() || items.len() > batches.most {
        return invalid(format!("a batch has between 1 and {} inputs", batches.most));
    }
    let named_each = single.item.names().contains(&TRACE);
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for item in &items {
        if let Some(what) = single.item.unknown_part(item) {
            return not_modelled(&format!("{} with {what} in an input", route.class));
        }
        let mut given = Map::new();
        single.item.capture(item, &mut given);
        let trace = given.shift_remove(TRACE);
        if batches.errors.is_some() && trace.is_none() && named_each {
            return not_modelled(&format!("{} with inputs that have no name of their own", route.class));
        }
        match one(shared, state, &single, &whole, given) {
            Ok(result) => results.push(named(result, trace, batches.results.trace.as_deref())),
            Err(refusal) => {
                let Some(rule) = &batches.errors else { return refuse(shared, refusal, None) };
                let list = trace.map(|trace| json!([trace]));
                errors.push(named(refusal_body(shared, refusal), list, Some(&rule.trace)));
            }
        }
    }
    let status = match (errors.is_empty(), single.action.effect) {
        (false, _) => 207,
        (true, Effect::Create) => 201,
        (true, Effect::Delete) => return no_content(),
        (true, _) => 200,
    };
    let count = (!errors.is_empty()).then_some(errors.len());
    let now = whole.now.to_string();
    let values = json!({"results": results, "errors": (!errors.is_empty()).then_some(errors), "errorCount": count, "startedAt": now, "completedAt": now});
    let shape = shared.simulator.batched.as_ref();
    match shape.and_then(|shape| shape.fill(values.as_object()?)) {
        Some(body) => json_reply(status, &body),
        None => not_modelled(&route.class),
    }
}

/// One call, as if it had come alone.
fn one(
    shared: &Shared,
    state: &mut State,
    single: &Single<'_>,
    whole: &Whole<'_>,
    given: Map<String, Value>,
) -> Result<Value, Refusal> {
    let Single { name, action, .. } = *single;
    let mut values = whole.values.clone();
    // Those that say the same for all stand in each.
    for name in single.alike {
        if let Some(value) = given.get(name) {
            values.insert(name.clone(), Value::String(text_of(value).into_owned()));
        }
    }
    values.extend(given.clone());
    let several = action.effect == Effect::Upsert;
    let asked =
        Asked { name, action, values, batch: several.then(|| vec![given]), account: whole.account, now: whole.now };
    let mut body = perform(shared, state, asked)?.body;
    Ok(match &action.output {
        None => body,
        Some(pointer) => body.pointer_mut(pointer).map(Value::take).unwrap_or_default(),
    })
}

/// Writes the name of a write where the provider repeats it.
fn named(mut value: Value, trace: Option<Value>, pointer: Option<&str>) -> Value {
    let (Some(trace), Some(pointer)) = (trace, pointer) else { return value };
    let mut at = &mut value;
    for name in pointer.split('/').skip(1) {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[name];
    }
    *at = trace;
    value
}
