//! The body of a step's own request, byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use linchpin_domain::connector::ActionError;
use linchpin_domain::file::File;
use linchpin_domain::http_request::RequestSpec;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded::Serializer;

use super::invalid;
use crate::shape::text_of;

/// A body as it is sent, its type, and how history shows it.
#[derive(Debug)]
pub(super) struct Body {
    pub bytes: Bytes,
    pub content_type: String,
    /// Whether a header of the step may name another type.
    pub fixed: bool,
    pub shown: Value,
}

/// Builds the one body that a request has.
pub(super) fn build(spec: &RequestSpec) -> Result<Option<Body>, ActionError> {
    let kinds = [
        ("body", spec.body.is_some()),
        ("form", spec.form.is_some()),
        ("multipart", spec.multipart.is_some()),
        ("xml", spec.xml.is_some()),
        ("raw", spec.raw.is_some()),
    ];
    let named: Vec<_> = kinds.iter().filter(|(_, given)| *given).map(|(name, _)| format!("`{name}`")).collect();
    if named.len() > 1 {
        return Err(invalid(format!("a request has one body, and this one has {}", named.join(" and "))));
    }
    let plain = |bytes: Vec<u8>, content_type: &str, shown: Value| {
        Ok(Some(Body { bytes: bytes.into(), content_type: content_type.into(), fixed: false, shown }))
    };
    if let Some(body) = &spec.body {
        return plain(serde_json::to_vec(body).expect("a JSON value is JSON"), "application/json", body.clone());
    }
    if let Some(form) = &spec.form {
        let mut text = Serializer::new(String::new());
        for (name, value) in pairs(form) {
            text.append_pair(name, &text_of(value));
        }
        return plain(text.finish().into_bytes(), "application/x-www-form-urlencoded", json!(form));
    }
    if let Some(xml) = &spec.xml {
        return plain(xml.clone().into_bytes(), "application/xml", json!(xml));
    }
    if let Some(parts) = &spec.multipart {
        return multipart(parts).map(Some);
    }
    if let Some(file) = spec.raw.as_ref().and_then(File::read) {
        let file = file.map_err(invalid)?;
        let shown = file.shown();
        return plain(file.bytes, &file.mime_type, shown);
    }
    match &spec.raw {
        None => Ok(None),
        Some(Value::Object(raw)) if raw.contains_key("text") => {
            let text = raw.get("text").map(text_of).unwrap_or_default().into_owned();
            let kind = raw.get("contentType").and_then(Value::as_str).unwrap_or("text/plain; charset=utf-8");
            plain(text.clone().into_bytes(), kind, json!(text))
        }
        Some(raw) => {
            let text = text_of(raw).into_owned();
            plain(text.clone().into_bytes(), "text/plain; charset=utf-8", json!(text))
        }
    }
}

/// Names with their values: a list repeats its name, null is left out.
pub(super) fn pairs(fields: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    fields
        .iter()
        .flat_map(|(name, value)| {
            let values = match value {
                Value::Array(values) => values.iter().collect(),
                value => vec![value],
            };
            values.into_iter().map(move |value| (name.as_str(), value))
        })
        .filter(|(_, value)| !value.is_null())
}

fn multipart(fields: &Map<String, Value>) -> Result<Body, ActionError> {
    let mut parts = Vec::new();
    let mut shown = Map::new();
    for (name, value) in pairs(fields) {
        let mut head = format!("Content-Disposition: form-data; name=\"{}\"", escaped(name));
        if let Some(file) = File::read(value) {
            let file = file.map_err(|message| invalid(format!("`{name}`: {message}")))?;
            let filename = file.name.as_deref().unwrap_or("file");
            head.push_str(&format!("; filename=\"{}\"\r\nContent-Type: {}", escaped(filename), file.mime_type));
            shown.insert(name.to_owned(), file.shown());
            parts.push((head, file.bytes));
            continue;
        }
        let data = match value.as_object().filter(|value| value.contains_key("filename")) {
            None => {
                shown.insert(name.to_owned(), value.clone());
                text_of(value).into_owned().into_bytes()
            }
            Some(file) => {
                let text = |key: &str| file.get(key).filter(|value| !value.is_null()).map(text_of);
                let filename = text("filename").unwrap_or_default();
                let kind = text("contentType").unwrap_or("application/octet-stream".into());
                if kind.chars().any(char::is_control) {
                    return Err(invalid(format!("the content type of `{name}` has a line break or control character")));
                }
                head.push_str(&format!("; filename=\"{}\"\r\nContent-Type: {kind}", escaped(&filename)));
                let data = file_bytes(name, file)?;
                shown.insert(name.to_owned(), json!({"filename": filename, "contentType": kind, "bytes": data.len()}));
                data
            }
        };
        parts.push((head, data));
    }
    // Made of what it separates: the same on every attempt, and not to be found inside by chance.
    let mut hash = Sha256::new();
    for (head, data) in &parts {
        hash.update(head);
        hash.update(data);
    }
    let hash: [u8; 32] = hash.finalize().into();
    let boundary = format!("linchpin-{:032x}", u128::from_be_bytes(hash[..16].try_into().expect("16 of 32 bytes")));
    let mut bytes = Vec::new();
    for (head, data) in &parts {
        bytes.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
        bytes.extend_from_slice(data);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let content_type = format!("multipart/form-data; boundary={boundary}");
    Ok(Body { bytes: bytes.into(), content_type, fixed: true, shown: Value::Object(shown) })
}

/// A name within quotation marks, as browsers write it.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

fn file_bytes(name: &str, file: &Map<String, Value>) -> Result<Vec<u8>, ActionError> {
    let text = |key: &str| file.get(key).filter(|value| !value.is_null()).map(text_of);
    if let Some(data) = text("base64") {
        return STANDARD.decode(data.trim()).map_err(|_| invalid(format!("the file `{name}` is not valid base64")));
    }
    if let Some(data) = text("hex") {
        let data = data.trim();
        let pair = |at: usize| data.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = (0..data.len()).step_by(2).map(pair).collect();
        return bytes.ok_or_else(|| invalid(format!("the file `{name}` is not valid hex")));
    }
    let data = text("data").ok_or_else(|| invalid(format!("the file `{name}` needs `data`, `base64` or `hex`")))?;
    Ok(data.into_owned().into_bytes())
}
