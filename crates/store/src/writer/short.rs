//! What a line of a journal says, without saying anything twice: most outputs of actions are the
//! provider's answer as it came, which the exchange holds too.

use linchpin_domain::connector::Exchange;
use linchpin_domain::journal::Event;
use linchpin_domain::readable::read_back;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conn::to_json;

/// An [`Event`] whose exchange was answered with what is its output.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Short<'a> {
    Succeeded {
        #[serde(skip_serializing_if = "Option::is_none")]
        inputs: &'a Option<Value>,
        output: &'a Value,
        duration_ms: u64,
        exchange: Unanswered<'a>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        adopted: bool,
        answer_is_output: bool,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Unanswered<'a> {
    method: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_body: &'a Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joined: Option<u32>,
}

#[derive(Deserialize)]
struct Mark {
    #[serde(default)]
    answer_is_output: bool,
}

/// As it is stored.
pub fn write(event: &Event) -> String {
    match event {
        Event::Succeeded { inputs, output, duration_ms, exchange: Some(exchange), adopted }
            if exchange.response_body.as_ref() == Some(output) =>
        {
            let Exchange { method, url, request_body, status, response_body: _, joined } = exchange;
            to_json(&Short::Succeeded {
                inputs,
                output,
                duration_ms: *duration_ms,
                exchange: Unanswered { method, url, request_body, status: *status, joined: *joined },
                adopted: *adopted,
                answer_is_output: true,
            })
        }
        event => to_json(event),
    }
}

/// What was stored.
pub fn read(text: &str) -> serde_json::Result<Event> {
    let mut event = read_back(text)?;
    if let Event::Succeeded { output, exchange: Some(exchange), .. } = &mut event
        && exchange.response_body.is_none()
        && text.contains("answer_is_output")
        && read_back::<Mark>(text)?.answer_is_output
    {
        exchange.response_body = Some(output.clone());
    }
    Ok(event)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_that_is_the_output_is_stored_once_and_read_twice() {
        let output = json!({"id": "7", "answer_is_output": true, "none": null});
        let event = |response_body: Option<Value>, adopted: bool| Event::Succeeded {
            inputs: None,
            output: output.clone(),
            duration_ms: 3,
            exchange: Some(Exchange {
                method: "POST".into(),
                url: "https://a.b/c".into(),
                request_body: Some(json!({"a": 1})),
                status: Some(201),
                response_body,
                joined: adopted.then_some(3),
            }),
            adopted,
        };
        for body in [Some(output.clone()), Some(json!({"other": 1})), None] {
            for adopted in [false, true] {
                let event = event(body.clone(), adopted);
                let text = write(&event);
                assert_eq!(text.matches("\"id\"").count(), 1, "{text}");
                assert_eq!(read(&text).expect("reads"), event, "{text}");
            }
        }
        // What an earlier version stored.
        let text = to_json(&event(Some(output.clone()), false));
        assert_eq!(read(&text).expect("reads"), event(Some(output.clone()), false));
    }
}
