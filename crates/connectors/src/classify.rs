//! What an answer means, by the manifest's classes.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use linchpin_domain::connector::{ActionError, Sent};
use serde_json::Value;

use crate::call::Exchanged;
use crate::manifest::{Class, ErrorClass, Errors, Items, Manifest, WaitTime};
use crate::shape::text_of;

/// A wait that nobody named.
pub(crate) const SOME_WAIT: Duration = Duration::from_secs(10);
/// No wait is longer than this, whatever a provider says.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Whether the answer is a success; otherwise what it means.
pub(crate) fn verdict(manifest: &Manifest, exchanged: Exchanged) -> Result<Exchanged, ActionError> {
    let status = exchanged.answer.status;
    let class = manifest.errors.classes.iter().find(|class| fits(class, status, &exchanged.body));
    if class.is_none() && (200..300).contains(&status) {
        return Ok(exchanged);
    }
    let provider = manifest.name.clone();
    let message = message(&manifest.errors, class, status, &exchanged.body);
    let kind = class.map_or_else(|| by_status(status), |class| class.class);
    let Exchanged { answer, body, exchange, zone, .. } = exchanged;
    let exchange = Some(Box::new(exchange));
    Err(match kind {
        ErrorClass::RateLimited => {
            let retry_after = wait(class, &answer.headers, &body, zone.as_deref()).min(LONGEST_WAIT);
            ActionError::RateLimited { provider, retry_after, exchange }
        }
        ErrorClass::Reauthorize => ActionError::Reauthorize { provider, message, exchange },
        ErrorClass::Unreachable => ActionError::Unreachable {
            provider,
            sent: Sent::Maybe,
            message: format!("it answered {status}: {message}"),
            exchange,
        },
        ErrorClass::Rejected => {
            let code = class.and_then(|class| class.code.clone()).unwrap_or_else(|| format!("status_{status}"));
            ActionError::Rejected { provider, status, code, message, exchange }
        }
    })
}

fn by_status(status: u16) -> ErrorClass {
    match status {
        401 => ErrorClass::Reauthorize,
        429 => ErrorClass::RateLimited,
        408 | 500..=599 => ErrorClass::Unreachable,
        _ => ErrorClass::Rejected,
    }
}

fn fits(class: &Class, status: u16, body: &Value) -> bool {
    class.statuses.contains(&status)
        && class.when.iter().all(|(pointer, expected)| match body.pointer(pointer) {
            None | Some(Value::Null) => false,
            Some(value) => expected == "*" || text_of(value) == expected.as_str(),
        })
        && class.without.iter().all(|pointer| body.pointer(pointer).is_none_or(Value::is_null))
}

fn message(errors: &Errors, class: Option<&Class>, status: u16, body: &Value) -> String {
    let items: Vec<String> =
        errors.items.iter().map(|items| item_messages(items, body)).find(|found| !found.is_empty()).unwrap_or_default();
    let mut message = if items.is_empty() {
        errors
            .message
            .iter()
            .find_map(|pointer| body.pointer(pointer)?.as_str().filter(|text| !text.trim().is_empty()))
            .map_or_else(|| format!("status {status}"), str::to_owned)
    } else {
        items.join("; ")
    };
    if let Some(class) = class {
        let details: Vec<String> = class
            .details
            .iter()
            .find_map(|pointer| body.pointer(pointer)?.as_array().filter(|list| !list.is_empty()))
            .map(|list| list.iter().map(|item| text_of(item).into_owned()).collect())
            .unwrap_or_default();
        if !details.is_empty() {
            let title = class.details_title.as_deref().unwrap_or("details");
            message = format!("{message} ({title}: {})", details.join(", "));
        }
    }
    message
}

/// The single faults of an answer, each with the field it is about.
fn item_messages(items: &Items, body: &Value) -> Vec<String> {
    let Some(found) = body.pointer(&items.list) else { return Vec::new() };
    let parsed;
    let list = if items.in_text {
        let list = found.as_str().and_then(|text| serde_json::from_str::<Value>(&text[text.find('[')?..]).ok());
        match list {
            Some(list) => {
                parsed = list;
                &parsed
            }
            None => return Vec::new(),
        }
    } else {
        found
    };
    let Some(list) = list.as_array() else { return Vec::new() };
    list.iter()
        .filter_map(|item| {
            let message = item.pointer(&items.message)?.as_str()?;
            let field = items.field.iter().find_map(|pointer| item.pointer(pointer)?.as_str());
            Some(match field {
                Some(field) => format!("{field}: {message}"),
                None => message.to_owned(),
            })
        })
        .collect()
}

fn wait(class: Option<&Class>, headers: &HeaderMap, body: &Value, zone: Option<&str>) -> Duration {
    if let Some(wait) = retry_after(headers) {
        return wait;
    }
    let Some(rule) = class.and_then(|class| class.wait.as_ref()) else { return SOME_WAIT };
    let by = rule.by.as_ref().and_then(|pointer| body.pointer(pointer)?.as_str());
    match by.and_then(|text| rule.waits.get(text)).copied().unwrap_or(rule.otherwise) {
        WaitTime::For(wait) => wait,
        WaitTime::UntilMidnightUtc => until_midnight(headers, None),
        WaitTime::UntilMidnight => until_midnight(headers, zone),
    }
}

/// `Retry-After` as seconds or as a date; a date counts from the answer's own `Date`, so that no
/// clock is asked and the provider's may go wrong.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let seconds = until.as_second() - date(headers)?.as_second();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

fn date(headers: &HeaderMap) -> Option<jiff::Timestamp> {
    Some(jiff::fmt::rfc2822::parse(headers.get(DATE)?.to_str().ok()?).ok()?.timestamp())
}

/// Until the day ends in a time zone; an hour where the answer does not say what time it is.
fn until_midnight(headers: &HeaderMap, zone: Option<&str>) -> Duration {
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok()).unwrap_or(jiff::tz::TimeZone::UTC);
    let rest = date(headers).and_then(|date| {
        let midnight = date.to_zoned_datetime(zone).tomorrow().ok()?.start_of_day().ok()?;
        u64::try_from(midnight.timestamp().as_second() - date.as_second()).ok()
    });
    rest.map_or(Duration::from_hours(1), Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use linchpin_domain::connector::Exchange;
    use serde_json::json;

    use super::*;
    use crate::client::Answer;
    use crate::registry::Registry;

    fn judge(status: u16, headers: &[(&'static str, &str)], body: Value) -> Result<Exchanged, ActionError> {
        let registry = Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"));
        let manifest = registry.find("hubspot").expect("it comes with the binary");
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a value"));
        }
        let answer = Answer { status, headers: map, body: Bytes::new() };
        let exchange = Exchange {
            method: "GET".into(),
            url: "/".into(),
            request_body: None,
            status: Some(status),
            response_body: None,
            joined: None,
        };
        let zone = Some("Europe/Berlin".to_owned());
        verdict(manifest, Exchanged { answer, body, not_json: false, exchange, zone })
    }

    fn rejected(status: u16, body: Value) -> String {
        match judge(status, &[], body) {
            Err(ActionError::Rejected { code, message, .. }) => format!("{code}: {message}"),
            other => panic!("{other:?}"),
        }
    }

    fn wait(headers: &[(&'static str, &str)], body: Value) -> Duration {
        match judge(429, headers, body) {
            Err(ActionError::RateLimited { retry_after, .. }) => retry_after,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_field_of_an_error_body_is_optional() {
        for (status, body, expected) in [
            (400, json!(null), "validation: status 400"),
            (400, json!([1]), "validation: status 400"),
            (400, json!({"message": {"a": 1}}), "validation: status 400"),
            (400, json!({"message": "no", "errors": []}), "validation: no"),
            (400, json!({"message": "no", "errors": [{"code": "X"}]}), "validation: no"),
            (
                400,
                json!({"message": "Property values were not valid: [{\"isValid\":false,\"message\":\"bad\",\"name\":\"x\"}]"}),
                "validation: x: bad",
            ),
            (403, json!({"message": "no"}), "forbidden: no"),
            (403, json!({"category": "MISSING_SCOPES", "message": "no"}), "missing_scope: no"),
            (
                207,
                json!({"results": [], "errors": [{"message": "bad", "context": {"id": ["7"]}}]}),
                "validation: 7: bad",
            ),
        ] {
            assert_eq!(rejected(status, body.clone()), expected, "{status} {body}");
        }
        assert!(judge(207, &[], json!({"results": [1], "errors": []})).is_ok());
        assert!(judge(204, &[], Value::Null).is_ok());
    }

    #[test]
    fn the_wait_is_the_answers_or_the_policys() {
        let date = ("date", "Wed, 25 Nov 2026 23:00:00 GMT");
        let daily = json!({"policyName": "DAILY"});
        for (headers, body, seconds) in [
            (vec![("retry-after", "7")], daily.clone(), 7),
            (vec![("retry-after", "Wed, 25 Nov 2026 23:00:30 GMT"), date], json!({}), 30),
            (vec![("retry-after", "999999999")], json!({}), 86_400),
            (vec![("retry-after", "soon")], json!({"policyName": "SECONDLY"}), 1),
            (vec![], json!({"policyName": "SECONDLY"}), 1),
            (vec![], json!({"policyName": "TEN_SECONDLY_ROLLING"}), 10),
            // At 23:00 in London it is midnight in Berlin, where the account is: the whole day is left.
            (vec![date], daily.clone(), 86_400),
            (vec![("date", "Wed, 25 Nov 2026 20:30:00 GMT")], daily.clone(), 9000),
            (vec![], daily, 3600),
            (vec![], Value::Null, 10),
        ] {
            assert_eq!(wait(&headers, body.clone()), Duration::from_secs(seconds), "{headers:?} {body}");
        }
    }
}
