//! The list of an action that takes several records in one call.

use std::borrow::Cow;

use linchpin_domain::connector::ActionError;
use serde_json::{Map, Value};

use crate::inputs;
use crate::joined::{Named, trace};
use crate::manifest::Each;
use crate::shape::{Values, text_of};

/// What the list puts into the request, each record checked as its own action would.
pub(crate) fn items(each: &Each, own: &Map<String, Value>) -> Result<Value, String> {
    let (Some(one), Some(item)) = (each.one(), each.item()) else {
        return Err(format!("`{}` is no action that takes a single record", each.action));
    };
    let list = match own.get(&each.input) {
        Some(Value::Array(list)) if !list.is_empty() => list,
        Some(Value::Array(_)) => return Err(format!("`{}` is an empty list", each.input)),
        _ => return Err(format!("`{}` takes a list", each.input)),
    };
    if list.len() > each.most() {
        return Err(format!(
            "`{}` holds {} records and one call takes {}; give them in parts",
            each.input,
            list.len(),
            each.most()
        ));
    }
    let distinct = one.batch.as_ref().and_then(|batch| batch.distinct.as_deref());
    let (mut items, mut seen) = (Vec::with_capacity(list.len()), Vec::new());
    for (index, record) in list.iter().enumerate() {
        let at = |message: String| format!("record {} of `{}`: {message}", index + 1, each.input);
        // What is said once for all records is an input of each.
        let shared = own.iter().filter(|(name, _)| **name != each.input && one.fields.contains_key(*name));
        let mut given: Map<String, Value> = shared.map(|(name, value)| (name.clone(), value.clone())).collect();
        match record {
            // What was read elsewhere names a record by its id; the rest of it is no input.
            Value::Object(record) if each.by_id() => {
                given.extend(record.get("id").map(|id| ("id".to_owned(), id.clone())));
            }
            Value::Object(record) => given.extend(record.clone()),
            Value::Array(_) | Value::Null => return Err(at("takes an object".into())),
            id => drop(given.insert("id".into(), id.clone())),
        }
        let prepared = inputs::prepare(one, &given).map_err(|error| match error {
            ActionError::Invalid { message } => at(message),
            other => at(other.to_string()),
        })?;
        if let Some(value) = distinct.and_then(|name| prepared.value(name)) {
            let key = text_of(&value).trim().to_lowercase();
            if let Some(earlier) = seen.iter().position(|other| *other == key) {
                let name = distinct.unwrap_or_default();
                return Err(at(format!("has the same `{name}` as record {}", earlier + 1)));
            }
            seen.push(key);
        }
        let named = Named { prepared: &prepared, trace: trace(index).into() };
        items.push(item.fill(&named).unwrap_or_default());
    }
    Ok(Value::Array(items))
}

/// A list of records, where texts of it are not to be filled in any more.
pub(crate) fn problem(each: &Each, inputs: &Map<String, Value>) -> Option<(String, String)> {
    let text = inputs.get(&each.input)?;
    let list = match text {
        Value::String(text) => Cow::Owned(serde_json::from_str::<Value>(text).ok()?),
        list => Cow::Borrowed(list),
    };
    let mut own = inputs.clone();
    own.insert(each.input.clone(), list.into_owned());
    items(each, &own).err().map(|message| (each.input.clone(), message))
}
