//! Single writes sent as one call, and what came of each.

use std::borrow::Cow;

use http::HeaderMap;
use linchpin_domain::connector::{ActionError, ActionOutput, Exchange, Sent};
use serde_json::{Map, Value};

use crate::access::Account;
use crate::call::{self, Exchanged};
use crate::classify;
use crate::client::Client;
use crate::inputs::{self, Prepared};
use crate::manifest::{Action, Batch, BatchErrors, BatchResults, Batches, ITEMS, Manifest, TRACE};
use crate::perform;
use crate::shape::{Values, text_of};

/// What a write of a batch came to.
pub type Outcome = Result<ActionOutput, ActionError>;

/// What several writes of one action share, and may not share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// Writes with the same text can be one call.
    pub group: String,
    /// So many at most.
    pub most: usize,
    /// No two of one call may have the same.
    pub distinct: Option<String>,
}

/// With which others a write can be one call; `None` where the provider takes only one at a time.
pub fn alike(manifest: &Manifest, action: &str, given: &Map<String, Value>) -> Option<Alike> {
    let (found, most) = (manifest.actions.get(action)?, manifest.batches.as_ref()?.most);
    let batch = found.batch.as_ref()?;
    let prepared = inputs::prepare(found, given).ok()?;
    let mut group = action.to_owned();
    for name in batch.shared() {
        group.push('\n');
        group.push_str(&prepared.value(name).map(|value| text_of(&value).into_owned()).unwrap_or_default());
    }
    let distinct = batch.distinct.as_deref().and_then(|name| prepared.value(name));
    let distinct = distinct.map(|value| text_of(&value).trim().to_lowercase());
    Some(Alike { group, most, distinct })
}

/// One write of a batch.
struct Item<'a> {
    prepared: Prepared<'a>,
    body: Value,
}

/// The values of a batch: what all share is in the first, and the list.
struct Whole<'a> {
    first: &'a Prepared<'a>,
    items: &'a Value,
}

impl Values for Whole<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, Value>> {
        if name == ITEMS { Some(Cow::Borrowed(self.items)) } else { self.first.value(name) }
    }
}

/// The values of one write, and its name.
pub(crate) struct Named<'a> {
    pub prepared: &'a Prepared<'a>,
    pub trace: Value,
}

impl Values for Named<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, Value>> {
        if name == TRACE { Some(Cow::Borrowed(&self.trace)) } else { self.prepared.value(name) }
    }
}

/// Makes several calls of an action as one. `Err` when the whole of it came to that: for a refusal, none of
/// them was done.
pub async fn perform_joined(
    client: &Client,
    manifest: &Manifest,
    account: Account<'_>,
    action: &str,
    inputs: &[&Map<String, Value>],
    seen: &(dyn Fn(u16, &HeaderMap) + Sync),
) -> Result<Vec<Outcome>, ActionError> {
    let invalid = |message: String| ActionError::Invalid { message };
    let action = perform::find(manifest, action)?;
    let (Some(batch), Some(batches)) = (&action.batch, &manifest.batches) else {
        return Err(invalid(format!("`{}` is sent one at a time", action.title)));
    };
    let mut items = Vec::with_capacity(inputs.len());
    for (index, inputs) in inputs.iter().enumerate() {
        let prepared = inputs::prepare(action, inputs)?;
        let named = Named { prepared: &prepared, trace: trace(index).into() };
        let body = batch.item.fill(&named).unwrap_or_default();
        items.push(Item { prepared, body });
    }
    let Some(first) = items.first() else { return Ok(Vec::new()) };
    let list = Value::Array(items.iter().map(|item| item.body.clone()).collect());
    let filled = call::fill(manifest, account, &batch.request, &Whole { first: &first.prepared, items: &list })?;
    let mut exchanged = call::send(client, manifest, account, filled).await?;
    seen(exchanged.answer.status, &exchanged.answer.headers);
    let held = |list: &str| exchanged.body.pointer(list).is_some_and(Value::is_array);
    let told = held(&batches.results.list) || batches.errors.as_ref().is_some_and(|errors| held(&errors.list));
    if !((200..300).contains(&exchanged.answer.status) && told) {
        exchanged = classify::verdict(manifest, exchanged)?;
        if exchanged.not_json {
            return Err(call::unreadable(manifest, exchanged.exchange));
        }
    }
    Ok(read(manifest, batches, (action, batch), &items, exchanged))
}

/// The name of a write within its batch.
pub(crate) fn trace(index: usize) -> String {
    format!("{}", index + 1)
}

fn index_of(trace: &Value) -> Option<usize> {
    text_of(trace).parse::<usize>().ok()?.checked_sub(1)
}

/// What an answer says about each write.
fn read(
    manifest: &Manifest,
    batches: &Batches,
    (action, batch): (&Action, &Batch),
    items: &[Item<'_>],
    exchanged: Exchanged,
) -> Vec<Outcome> {
    let Exchanged { answer, mut body, exchange, zone, .. } = exchanged;
    let own = |index: usize, status: u16, answer: Value| own_exchange(&exchange, (batch, items, index), status, answer);
    let mut outcomes: Vec<Option<Outcome>> = items.iter().map(|_| None).collect();
    for (index, mut result) in results(&batches.results, &mut body, items.len()) {
        let Some(place) = outcomes.get_mut(index).filter(|place| place.is_none()) else { continue };
        if let Some(pointer) = &batches.results.trace {
            remove(&mut result, pointer);
        }
        let exchange = Some(own(index, answer.status, result.clone()));
        *place = Some(Ok(ActionOutput { output: result, exchange }));
    }
    for (error, status, traces) in errors(batches.errors.as_ref(), &body) {
        for index in traces {
            let Some(place) = outcomes.get_mut(index).filter(|place| place.is_none()) else { continue };
            let alone = Exchanged {
                answer: crate::client::Answer { status, headers: answer.headers.clone(), body: bytes::Bytes::new() },
                body: error.clone(),
                not_json: false,
                exchange: own(index, answer.status, error.clone()),
                zone: zone.clone(),
            };
            // A status that means no error here is a manifest's mistake; the record was not written all the same.
            let said = classify::verdict(manifest, alone).err().unwrap_or_else(|| ActionError::Rejected {
                provider: manifest.name.clone(),
                status,
                code: format!("status_{status}"),
                message: text_of(&error).into_owned(),
                exchange: Some(Box::new(own(index, answer.status, error.clone()))),
            });
            *place = Some(Err(perform::offer(manifest, action, said)));
        }
    }
    let silent = |index: usize| {
        Err(ActionError::Unreachable {
            provider: manifest.name.clone(),
            sent: Sent::Maybe,
            message: format!(
                "the answer to {} calls of `{}` does not say what came of this one",
                items.len(),
                action.title
            ),
            exchange: Some(Box::new(own(index, answer.status, Value::Null))),
        })
    };
    outcomes.into_iter().enumerate().map(|(index, outcome)| outcome.unwrap_or_else(|| silent(index))).collect()
}

/// The results of an answer with the places of their writes.
fn results(rule: &BatchResults, body: &mut Value, count: usize) -> Vec<(usize, Value)> {
    let Some(Value::Array(list)) = body.pointer_mut(&rule.list).map(Value::take) else { return Vec::new() };
    if let Some(pointer) = &rule.trace
        && list.iter().all(|result| result.pointer(pointer).is_some())
    {
        return list.into_iter().filter_map(|result| Some((index_of(result.pointer(pointer)?)?, result))).collect();
    }
    // Without names only a list that is whole can be read by its order.
    if rule.ordered && list.len() == count { list.into_iter().enumerate().collect() } else { Vec::new() }
}

/// The errors of an answer, the status that each stands for, and the places of their writes.
fn errors(rule: Option<&BatchErrors>, body: &Value) -> Vec<(Value, u16, Vec<usize>)> {
    let Some(rule) = rule else { return Vec::new() };
    let list = body.pointer(&rule.list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |error: &Value| {
        let traces = match error.pointer(&rule.trace) {
            Some(Value::Array(names)) => names.iter().filter_map(index_of).collect(),
            Some(name) => index_of(name).into_iter().collect(),
            None => Vec::new(),
        };
        let word = error.pointer(&rule.by).map(text_of).unwrap_or_default();
        (error.clone(), rule.statuses.get(&*word).copied().unwrap_or(rule.otherwise), traces)
    };
    list.iter().map(read).collect()
}

/// The exchange as history shows it for one write: its part of the call, and what was answered to it.
fn own_exchange(
    exchange: &Exchange,
    (batch, items, index): (&Batch, &[Item<'_>], usize),
    status: u16,
    answer: Value,
) -> Exchange {
    let item = &items[index];
    let list = Value::Array(vec![item.body.clone()]);
    let body = batch.request.body.as_ref().and_then(|body| body.fill(&Whole { first: &item.prepared, items: &list }));
    let kept = |value: Value| {
        let size = value.to_string().len();
        call::kept(value, size)
    };
    Exchange {
        method: exchange.method.clone(),
        url: exchange.url.clone(),
        request_body: body.map(kept),
        status: Some(status),
        response_body: (!answer.is_null()).then(|| kept(answer)),
        joined: u32::try_from(items.len()).ok(),
    }
}

/// Takes out what a pointer names.
fn remove(value: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(Value::Object(object)) = value.pointer_mut(parent) {
        object.shift_remove(name);
    }
}

/// Whether a batch was refused for what one of its records holds: the others can be written without it.
pub fn blames_a_record(error: &ActionError) -> bool {
    matches!(error, ActionError::Rejected { status: 400 | 404 | 409 | 413 | 414 | 422, .. })
}
