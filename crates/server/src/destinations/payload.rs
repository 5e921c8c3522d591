//! What a webhook sends besides the usual: headers of its own, and a body made of a template over `event`.

use http::{HeaderMap, HeaderName, HeaderValue};
use linchpin_domain::notice::Kind;
use linchpin_domain::template::{Context, Template};
use serde_json::{Value, json};

use super::sample;

/// Headers that one webhook may have.
pub const MOST_HEADERS: usize = 20;
/// The longest value of a header.
const LONGEST_VALUE: usize = 4_000;
/// The longest template.
const LONGEST_TEMPLATE: usize = 16 * 1024;
/// The only root of a template.
const ROOT: &str = "event";

/// Headers that say what is sent, or belong to the connection: they are ours.
const OURS: [&str; 10] = [
    "content-type",
    "content-length",
    "content-encoding",
    "host",
    "connection",
    "transfer-encoding",
    "expect",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];

/// A header's name as it is stored; what is wrong with it where it is none.
pub fn header_name(text: &str) -> Result<String, String> {
    let name = HeaderName::try_from(text.trim()).map_err(|_| format!("`{text}` is no header name"))?;
    if OURS.contains(&name.as_str()) {
        return Err(format!("the header `{name}` is set by us"));
    }
    Ok(name.as_str().to_owned())
}

/// What is wrong with a header's value.
pub fn value_problem(value: &str) -> Option<&'static str> {
    if value.len() > LONGEST_VALUE {
        return Some("use at most 4,000 characters");
    }
    HeaderValue::try_from(value).err().map(|_| "a header's value has no line break or control character")
}

/// Adds a webhook's own headers to those that it has anyway.
pub fn add_header(headers: &mut HeaderMap, name: &str, value: &str) {
    // Both were checked when they were set; what no longer passes is left out rather than sent otherwise.
    let (Ok(name), Ok(mut value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else { return };
    value.set_sensitive(true);
    headers.insert(name, value);
}

/// The body of a webhook: the event, or what its template makes of it.
pub fn body(template: Option<&Value>, event: Value) -> Result<Value, String> {
    let Some(template) = template else { return Ok(event) };
    let mut context = Context::default();
    context.set(ROOT, &event);
    let filled = Template::parse(template).and_then(|template| template.fill(&context));
    filled.map_err(|error| format!("the payload template cannot be filled in: {error}"))
}

/// What is wrong with a template: it is tried with a sample of every kind of event that it is for.
pub fn problem(template: &Value, kinds: &[Kind]) -> Option<String> {
    if template.to_string().len() > LONGEST_TEMPLATE {
        return Some("use at most 16 KiB".to_owned());
    }
    let parsed = match Template::parse(template) {
        Ok(parsed) => parsed,
        Err(error) => return Some(error.to_string()),
    };
    if let Some(other) = parsed.roots().into_iter().find(|root| root != ROOT) {
        return Some(format!(
            "there is no `{other}` here; a payload is made of `event`, for example {{{{ event.type }}}}"
        ));
    }
    let kinds = if kinds.is_empty() { &Kind::ALL[..] } else { kinds };
    kinds.iter().find_map(|kind| {
        let event = json!({
            "id": "1", "type": kind, "createdAt": "2026-01-01T00:00:00.000Z",
            "project": {"id": "1", "name": "Acme"}, "url": null, "data": sample::data(*kind),
        });
        body(Some(template), event).err().map(|error| format!("{error} (for {})", kind.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_event_or_what_the_template_makes_of_it() {
        let event = json!({"type": "run.failed", "data": {"error": {"message": "no"}}});
        assert_eq!(body(None, event.clone()), Ok(event.clone()));
        let template =
            json!({"text": "{{ event.type }}: {{ event.data.error.message }}", "all": "{{ event }}", "n": 1});
        assert_eq!(body(Some(&template), event.clone()), Ok(json!({"text": "run.failed: no", "all": event, "n": 1})));
        // What an event does not have is nothing.
        assert_eq!(body(Some(&json!("{{ event.data.run.id }}")), event), Ok(Value::Null));
    }

    #[test]
    fn a_template_is_tried_with_every_kind_before_it_is_kept() {
        assert_eq!(problem(&json!({"text": "{{ event.data.workflow.name }}"}), &[]), None);
        for (template, said) in [
            (json!("{{ trigger.email }}"), "there is no `trigger` here"),
            (json!("{{ event.type | shout }}"), "shout"),
            (json!("{{ event."), "event."),
            (json!("x".repeat(20_000)), "16 KiB"),
            (json!("{{ event.data.error.message.items() }}"), "for workflow.deployed"),
        ] {
            let found = problem(&template, &[Kind::WorkflowDeployed]).unwrap_or_default();
            assert!(found.contains(said), "{template}: {found}");
        }
    }

    #[test]
    fn headers_are_those_that_a_receiver_may_want() {
        assert_eq!(header_name(" DD-API-KEY "), Ok("dd-api-key".to_owned()));
        for wrong in ["", "a b", "Content-Type", "webhook-signature", "x:y"] {
            assert!(header_name(wrong).is_err(), "{wrong}");
        }
        assert!(value_problem("a\r\nX: 1").is_some());
        assert_eq!(value_problem("Bearer abc"), None);
    }
}
