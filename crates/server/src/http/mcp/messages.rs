//! The protocol's messages: JSON-RPC 2.0, one at a time.

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The revisions that are spoken here, the newest first.
pub const REVISIONS: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

const INSTRUCTIONS: &str = "These tools act in accounts that a customer has connected (a CRM, a calendar, a shop). \
    Read before you write. An error says what to do; where an account is not connected, give the user the link of \
    CONNECT_ACCOUNT and wait until the user has followed it.";

/// A message of a client.
#[derive(Debug)]
pub struct Message {
    /// `None` for what wants no answer.
    pub id: Option<Value>,
    pub method: String,
    pub params: Map<String, Value>,
}

/// Why a request was not done, as the protocol says it.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: i64,
    pub message: String,
}

impl Fault {
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: -32602, message: message.into() }
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self { code: -32603, message: message.into() }
    }

    pub fn unknown_method(method: &str) -> Self {
        let message = format!("there is no method `{method}` here; there are initialize, ping, tools/list, tools/call");
        Self { code: -32601, message }
    }
}

impl Message {
    pub fn read(bytes: &Bytes) -> Result<Self, Fault> {
        let wrong = |message: &str| Fault { code: -32600, message: message.into() };
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| Fault { code: -32700, message: format!("the body is not JSON: {error}") })?;
        let Value::Object(mut fields) = value else {
            return Err(wrong("one message is expected: a JSON object, not a batch"));
        };
        if fields.get("jsonrpc") != Some(&json!("2.0")) {
            return Err(wrong("`jsonrpc` must be \"2.0\""));
        }
        let id = match fields.remove("id") {
            None => None,
            Some(id @ (Value::String(_) | Value::Number(_))) => Some(id),
            Some(_) => return Err(wrong("`id` must be a text or a number")),
        };
        let method = match fields.remove("method") {
            Some(Value::String(method)) => method,
            // An answer to something that this server never asks.
            None if fields.contains_key("result") || fields.contains_key("error") => {
                return Ok(Self { id: None, method: String::new(), params: Map::new() });
            }
            _ => return Err(wrong("`method` must be a text")),
        };
        let params = match fields.remove("params") {
            None => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return Err(wrong("`params` must be an object")),
        };
        Ok(Self { id, method, params })
    }
}

/// Whether a revision is spoken here.
pub fn speaks(revision: &str) -> bool {
    REVISIONS.contains(&revision)
}

/// What is said to a client that begins.
pub fn welcome(params: &Map<String, Value>) -> Result<Value, Fault> {
    let Some(wanted) = params.get("protocolVersion").and_then(Value::as_str) else {
        return Err(Fault::invalid("`protocolVersion` is needed"));
    };
    // A client that speaks none of ours decides for itself whether it goes on.
    let revision = REVISIONS.into_iter().find(|known| *known == wanted).unwrap_or(REVISIONS[0]);
    Ok(json!({
        "protocolVersion": revision,
        "capabilities": {"tools": {"listChanged": false}},
        "serverInfo": {"name": "linchpin", "title": "Linchpin", "version": env!("CARGO_PKG_VERSION")},
        "instructions": INSTRUCTIONS,
    }))
}

pub fn answered(id: &Value, result: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

pub fn refused(id: &Value, fault: &Fault) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": fault.code, "message": fault.message}})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    fn code(text: &str) -> i64 {
        Message::read(&bytes(text)).expect_err("refused").code
    }

    #[test]
    fn messages_are_read_and_what_is_none_is_refused_with_the_protocols_codes() {
        let request = Message::read(&bytes(r#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#)).expect("a request");
        assert_eq!((request.id, request.method.as_str()), (Some(json!(7)), "ping"));
        let told = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        assert_eq!(Message::read(&bytes(told)).expect("a notification").id, None);
        let answer = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        assert_eq!(Message::read(&bytes(answer)).expect("an answer").id, None);
        assert_eq!(code("{"), -32700);
        for text in [
            "[]",
            r#"{"id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
        ] {
            assert_eq!(code(text), -32600, "{text}");
        }
    }

    #[test]
    fn the_clients_revision_is_spoken_where_it_is_known() {
        let agreed = |wanted: &str| {
            let params = json!({"protocolVersion": wanted}).as_object().cloned().unwrap_or_default();
            welcome(&params).expect("welcome")["protocolVersion"].clone()
        };
        assert_eq!(agreed("2025-06-18"), "2025-06-18");
        assert_eq!(agreed("1999-01-01"), REVISIONS[0]);
        assert!(welcome(&Map::new()).is_err());
    }
}
