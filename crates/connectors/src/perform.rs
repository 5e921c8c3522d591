//! An action of a manifest, made once.

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use linchpin_domain::connector::{ActionError, ActionOutput, ActionPlan, DoubtStrategy};
use linchpin_domain::source::nearest;
use serde_json::{Map, Value, json};

use crate::access::Account;
use crate::call;
use crate::classify;
use crate::client::Client;
use crate::inputs::{self, Prepared};
use crate::manifest::{Action, Effect, Manifest};
use crate::request;

/// What the engine must know before the action is performed.
pub fn plan(manifest: &Manifest, action: &str, inputs: &Map<String, Value>) -> Result<ActionPlan, ActionError> {
    let action = find(manifest, action)?;
    let prepared = inputs::prepare(action, inputs)?;
    if action.effect.reads_only() {
        return Ok(ActionPlan { strategy: DoubtStrategy::Safe, serial_key: None, reads_only: true, join: None });
    }
    let key = prepared.key();
    let strategy = match action.doubt.strategy {
        // Without its key nobody can look the record up.
        DoubtStrategy::NaturalKey if key.is_none() => DoubtStrategy::Ask,
        strategy => strategy,
    };
    let serial_key = key.map(|(name, value)| format!("{}/{name}:{}", action.resource, value.to_lowercase()));
    Ok(ActionPlan { strategy, serial_key, reads_only: false, join: None })
}

/// Makes the action's call once. A 401 is `Reauthorize`: the caller refreshes and repeats once.
pub async fn perform(
    client: &Client,
    manifest: &Manifest,
    account: Account<'_>,
    action: &str,
    inputs: &Map<String, Value>,
    idempotency_key: &str,
) -> Result<ActionOutput, ActionError> {
    perform_seen(client, manifest, account, action, inputs, idempotency_key, &|_, _| ()).await
}

/// The same, and tells status and headers of the answer: they may report the account's quota.
pub async fn perform_seen(
    client: &Client,
    manifest: &Manifest,
    account: Account<'_>,
    action: &str,
    inputs: &Map<String, Value>,
    idempotency_key: &str,
    seen: &(dyn Fn(u16, &HeaderMap) + Sync),
) -> Result<ActionOutput, ActionError> {
    let action = find(manifest, action)?;
    let prepared = inputs::prepare(action, inputs)?;
    let mut filled = call::fill(manifest, account, &action.request, &prepared)?;
    if let (DoubtStrategy::IdempotencyKey, Some(header)) = (action.doubt.strategy, &action.doubt.header) {
        let invalid = |_| ActionError::Invalid { message: format!("`{header}` is no header name") };
        let name = HeaderName::try_from(header.as_str()).map_err(invalid)?;
        let value = HeaderValue::try_from(idempotency_key)
            .map_err(|_| ActionError::Invalid { message: "the idempotency key is no header value".into() })?;
        filled.headers.insert(name, value);
    }
    output(client, manifest, account, action, filled, seen).await
}

/// Sends a filled request of an action and picks its output.
async fn output(
    client: &Client,
    manifest: &Manifest,
    account: Account<'_>,
    action: &Action,
    filled: call::Filled,
    seen: &(dyn Fn(u16, &HeaderMap) + Sync),
) -> Result<ActionOutput, ActionError> {
    let exchanged = call::send(client, manifest, account, filled).await?;
    seen(exchanged.answer.status, &exchanged.answer.headers);
    let exchanged = classify::verdict(manifest, exchanged).map_err(|error| offer(manifest, action, error))?;
    if action.whole_answer {
        return whole(manifest, exchanged);
    }
    if exchanged.not_json {
        return Err(call::unreadable(manifest, exchanged.exchange));
    }
    let mut body = exchanged.body;
    let output = match &action.output {
        None => body,
        Some(pointer) => body.pointer_mut(pointer).map(Value::take).unwrap_or_default(),
    };
    Ok(ActionOutput { output, exchange: Some(exchanged.exchange) })
}

/// A record that is there already can be changed instead: a refusal for that names the action which does.
pub(crate) fn offer(manifest: &Manifest, action: &Action, mut error: ActionError) -> ActionError {
    if let ActionError::Rejected { code, message, .. } = &mut error
        && code == CONFLICT
        && action.effect == Effect::Create
        && let Some((name, upsert)) = manifest.actions.iter().find(|(_, other)| {
            other.effect == Effect::Upsert && other.resource == action.resource && other.each.is_none()
        })
    {
        let ended = message.trim_end_matches('.').len();
        message.truncate(ended);
        message.push_str(&format!(". To change the record that is there use `{name}` ({})", upsert.title));
    }
    error
}

/// The code of a refusal because such a record exists.
const CONFLICT: &str = "conflict";

/// An answer as it came: `{statusCode, headers, body}`, the body as JSON or as text.
fn whole(manifest: &Manifest, exchanged: call::Exchanged) -> Result<ActionOutput, ActionError> {
    let call::Exchanged { answer, mut body, not_json, exchange, .. } = exchanged;
    if not_json {
        body = match String::from_utf8(answer.body.to_vec()) {
            Ok(text) => Value::String(text),
            Err(_) => return Err(call::unreadable(manifest, exchange)),
        };
    }
    let headers = request::named(&answer.headers);
    Ok(ActionOutput {
        output: json!({"statusCode": answer.status, "headers": headers, "body": body}),
        exchange: Some(exchange),
    })
}

/// The action of a name.
pub(crate) fn find<'a>(manifest: &'a Manifest, action: &str) -> Result<&'a Action, ActionError> {
    manifest.actions.get(action).ok_or_else(|| {
        let hint = nearest(action, manifest.actions.keys().map(String::as_str))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        ActionError::Invalid { message: format!("{} has no action `{action}`{hint}", manifest.name) }
    })
}

/// The prepared inputs of an action, for settling.
pub(crate) fn prepared<'a>(
    manifest: &'a Manifest,
    action: &str,
    inputs: &Map<String, Value>,
) -> Result<(&'a Action, Prepared<'a>), ActionError> {
    let action = find(manifest, action)?;
    Ok((action, inputs::prepare(action, inputs)?))
}
