//! Whether a write that may have been sent did happen.

use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::{ActionError, ActionOutput, DoubtStrategy, Settled};
use serde_json::{Map, Value};

use crate::access::Account;
use crate::call;
use crate::classify;
use crate::client::Client;
use crate::inputs::Prepared;
use crate::manifest::{Lookup, Manifest};
use crate::perform;
use crate::shape::text_of;

/// The provider's clock and ours differ, and some cut times to the second: a record of our own can
/// seem a little older than our intent. Two seconds cover both and are too short for a person or
/// another system to have made the same record by chance.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// Finds out whether an earlier [`crate::perform`] of the same call took effect.
pub async fn settle(
    client: &Client,
    manifest: &Manifest,
    account: Account<'_>,
    action: &str,
    inputs: &Map<String, Value>,
    intent_at: Timestamp,
) -> Result<Settled, ActionError> {
    let (action, prepared) = perform::prepared(manifest, action, inputs)?;
    match action.doubt.strategy {
        // Sending it again is the answer: it does no harm, or the provider drops the second.
        DoubtStrategy::Safe | DoubtStrategy::IdempotencyKey => Ok(Settled::DidNotHappen),
        DoubtStrategy::Ask => Ok(Settled::Unknown(format!(
            "{} cannot say whether `{}` took effect: look there, then repeat or skip this step",
            manifest.name, action.title
        ))),
        DoubtStrategy::NaturalKey => {
            let (Some(lookup), Some((name, key))) = (&action.doubt.lookup, prepared.key()) else {
                return Ok(Settled::Unknown(format!(
                    "no record can be looked up, because `{}` is empty: look at {}, then repeat or skip this step",
                    action.doubt.key.as_deref().unwrap_or("the key"),
                    manifest.name
                )));
            };
            let filled = call::fill(manifest, account, &lookup.request, &prepared)?;
            let exchanged = call::send(client, manifest, account, filled).await?;
            if exchanged.answer.status == 404 {
                return Ok(Settled::DidNotHappen);
            }
            let exchanged = classify::verdict(manifest, exchanged)?;
            if exchanged.not_json {
                return Err(call::unreadable(manifest, exchanged.exchange));
            }
            Ok(match judge(lookup, &prepared, &exchanged.body, intent_at) {
                Judgement::Ours => {
                    Settled::Happened(ActionOutput { output: exchanged.body, exchange: Some(exchanged.exchange) })
                }
                // The key is unique at the provider: with an older record in the way ours cannot
                // have been made. Sending it again will show the conflict.
                Judgement::Older if action.doubt.enforced => Settled::DidNotHappen,
                Judgement::Older => Settled::Unknown(format!(
                    "{} has a record with {name} {key} that is older than this step; whether a second was made cannot be told",
                    manifest.name
                )),
                Judgement::Differs(field) => Settled::Unknown(format!(
                    "{} has a record with {name} {key} made at that time, but its `{field}` is not what was sent",
                    manifest.name
                )),
                Judgement::NoTime => Settled::Unknown(format!(
                    "{} has a record with {name} {key} but does not say when it was made",
                    manifest.name
                )),
            })
        }
    }
}

enum Judgement {
    Ours,
    Older,
    Differs(String),
    NoTime,
}

fn judge(lookup: &Lookup, prepared: &Prepared<'_>, record: &Value, intent_at: Timestamp) -> Judgement {
    let created = record.pointer(&lookup.record.created).and_then(time);
    let Some(created) = created else { return Judgement::NoTime };
    if created.plus(CLOCK_TOLERANCE) < intent_at {
        return Judgement::Older;
    }
    let held = record.pointer(&lookup.record.fields);
    for (name, sent) in prepared.fields.as_object().into_iter().flatten() {
        let held = held.and_then(|fields| fields.get(name)).filter(|value| !value.is_null());
        let held = held.map(text_of).unwrap_or_default();
        if !prepared.same(name, &text_of(sent), &held) {
            return Judgement::Differs(name.clone());
        }
    }
    Judgement::Ours
}

/// A time as RFC 3339 text or as milliseconds.
fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => Timestamp::parse(text).or_else(|| text.parse().ok().map(Timestamp::from_millis)),
        Value::Number(number) => number.as_i64().map(Timestamp::from_millis),
        _ => None,
    }
}
