//! What a request says itself where the manifest leaves it free: a base address, a path of several parts,
//! query parameters, headers. Values come from the person who connects an account and from steps, so none of
//! them may lead anywhere but where it is read to.

use std::fmt::Write as _;

use http::HeaderName;
use http::header::HeaderValue;
use serde_json::{Map, Value};
use url::{Host, Url};

use crate::call::decode;
use crate::shape::text_of;

/// Headers of one connection, not of the message.
pub(crate) const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers that are between the caller and us, or that we set ourselves.
pub(crate) const OURS: [&str; 12] = [
    "authorization",
    "cookie",
    "host",
    "content-length",
    "accept-encoding",
    "origin",
    "referer",
    "forwarded",
    "x-real-ip",
    "x-requested-with",
    "expect",
    "set-cookie",
];

/// Prefixes of such headers.
pub(crate) const OUR_PREFIXES: [&str; 5] = ["x-paragon-", "x-linchpin-", "x-forwarded-", "sec-", "cf-"];

/// Whether a header is not a caller's to set.
pub(crate) fn is_ours(name: &str) -> bool {
    HOP_BY_HOP.contains(&name) || OURS.contains(&name) || OUR_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// What would make a path another one than it looks like: on the way, or at the provider. Some servers read
/// `%2e` as a dot and `%2f` as a slash, some do so twice.
pub(crate) fn trick(path: &str) -> Option<&'static str> {
    const BACKSLASH: &str = "a backslash";
    let mut path = path.split(['?', '#']).next().unwrap_or_default().to_owned();
    for _ in 0..3 {
        if path.contains('\\') {
            return Some(BACKSLASH);
        }
        if path.split('/').any(|part| matches!(part, "." | "..")) {
            return Some("`.` or `..` as one of its parts");
        }
        let plain = decode(&path);
        if plain == path {
            break;
        }
        path = plain;
    }
    None
}

/// A path as it is sent: `/` before each part, everything that would end it percent-encoded. What is
/// percent-encoded already stays so.
pub(crate) fn path(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err("the path holds a line break or control character".into());
    }
    if text.contains(['?', '#']) {
        return Err("the path holds `?` or `#`; what follows it goes into the query".into());
    }
    if text.contains("://") {
        return Err("the path is no path but an address; it begins after the account's base address".into());
    }
    if let Some(trick) = trick(text) {
        return Err(format!("the path holds {trick}; write the path that is meant"));
    }
    // One slash between, so that a path can name no other host.
    let text = text.trim_start_matches('/');
    let mut written = String::with_capacity(text.len() + 1);
    written.push('/');
    let bytes = text.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        let escape =
            *byte == b'%' && bytes.get(index + 1..index + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        if escape || byte.is_ascii_alphanumeric() || b"-_.~/!$&'()*+,;=:@".contains(byte) {
            written.push(char::from(*byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(written, "%{byte:02X}");
        }
    }
    Ok(written)
}

/// Query parameters: the entries of an object, a list as the same name several times.
pub(crate) fn query(value: &Value) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    for (name, value) in object(value, "the query")? {
        match value {
            Value::Null => {}
            Value::Array(items) => pairs.extend(items.iter().map(|item| (name.clone(), text_of(item).into_owned()))),
            value => pairs.push((name.clone(), text_of(value).into_owned())),
        }
    }
    Ok(pairs)
}

/// Headers: the entries of an object. What belongs to the connection or proves the account is refused.
pub(crate) fn headers(value: &Value) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let mut headers = Vec::new();
    for (name, value) in object(value, "the headers")?.iter().filter(|(_, value)| !value.is_null()) {
        let header = header(name)?;
        if header == http::header::AUTHORIZATION {
            return Err("the account proves itself: `Authorization` cannot be set".into());
        }
        // Refuses line breaks, so that a value cannot add headers.
        let value = HeaderValue::try_from(&*text_of(value))
            .map_err(|_| format!("the value of the header `{name}` has a line break or control character"))?;
        headers.push((header, value));
    }
    Ok(headers)
}

/// The name of a header that a person may choose, also to carry a key.
pub(crate) fn header(name: &str) -> Result<HeaderName, String> {
    let header = HeaderName::try_from(name.trim()).map_err(|_| format!("`{name}` is no header name"))?;
    if is_ours(header.as_str()) && header != http::header::AUTHORIZATION {
        return Err(format!("the header `{name}` belongs to the connection and cannot be set"));
    }
    Ok(header)
}

fn object<'v>(value: &'v Value, what: &str) -> Result<&'v Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("{what} takes a JSON object of names and values"))
}

/// The base address of an API, without `/` at its end: `https`, a host by name, perhaps a path.
pub(crate) fn address(text: &str) -> Result<Url, String> {
    let wrong = |why: &str| format!("`{text}` is no base address: {why}");
    let written = if text.contains("://") { text.trim().to_owned() } else { format!("https://{}", text.trim()) };
    let url = Url::parse(&written).map_err(|_| wrong("write it as https://api.example.com/v1"))?;
    if url.scheme() != "https" {
        return Err(wrong("it begins with https://"));
    }
    if !matches!(url.host(), Some(Host::Domain(name)) if name.contains('.')) {
        return Err(wrong("the host is a name such as api.example.com"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("a user name or a password stands in it"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it ends before `?` and `#`"));
    }
    // As written: reading an address resolves `..` away.
    let rest = written.split_once("://").map_or("", |(_, rest)| rest);
    if let Some(trick) = trick(rest) {
        return Err(wrong(&format!("it holds {trick}")));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_stays_below_its_base() {
        for (given, written) in [
            ("customers/7", "/customers/7"),
            ("/customers/7/", "/customers/7/"),
            ("//evil.example/x", "/evil.example/x"),
            ("/a b/ü", "/a%20b/%C3%BC"),
            ("/things/a%2Fb", "/things/a%2Fb"),
            ("/50%", "/50%25"),
            ("/v1.2/x..y", "/v1.2/x..y"),
            ("/mail@acme.example;a=b", "/mail@acme.example;a=b"),
            ("", "/"),
        ] {
            assert_eq!(path(given).as_deref(), Ok(written), "{given}");
        }
        for wrong in [
            "/a/../b",
            "..",
            "/a/%2e%2E/b",
            "/a/.%2e/b",
            "/a%2f..%2fb",
            "/a/%252e%252e/b",
            "/a\\..\\b",
            "/a%5c..%5cb",
            "/./a",
            "/a?admin=1",
            "/a#b",
            "https://evil.example/a",
            "/a\r\nX-Evil: 1",
        ] {
            assert!(path(wrong).is_err(), "{wrong} was let through as {:?}", path(wrong));
        }
    }

    #[test]
    fn a_base_address_is_a_host_by_name_over_https() {
        let read = |text: &str| address(text).map(|url| url.to_string());
        assert_eq!(read("https://api.acme.example/v2/").as_deref(), Ok("https://api.acme.example/v2/"));
        assert_eq!(read("api.acme.example:8443").as_deref(), Ok("https://api.acme.example:8443/"));
        for wrong in [
            "http://api.acme.example",
            "ftp://api.acme.example",
            "https://127.0.0.1",
            "https://2130706433",
            "https://[::1]/",
            "https://localhost/",
            "https://u:p@api.acme.example",
            "https://api.acme.example/?a=b",
            "https://api.acme.example/#a",
            "https://api.acme.example/v1/../admin",
            "https://api.acme.example/%2e%2e/",
            "https://api.acme.example\\@evil.example",
            "",
        ] {
            assert!(address(wrong).is_err(), "{wrong} was let through as {:?}", address(wrong));
        }
    }

    #[test]
    fn headers_of_the_connection_and_of_the_account_are_not_for_steps() {
        assert_eq!(headers(&json!({"X-Trace": 7, "Accept": "text/csv"})).map(|list| list.len()), Ok(2));
        for name in ["Host", "authorization", "Cookie", "Transfer-Encoding", "X-Forwarded-For", "a b", ""] {
            assert!(headers(&json!({name: "x"})).is_err(), "{name} was let through");
        }
        assert!(headers(&json!({"X-A": "1\r\nX-B: 2"})).is_err());
        assert!(headers(&json!(["X-A"])).is_err());
        assert_eq!(
            query(&json!({"a": [1, "x"], "b": null, "c": true})),
            Ok(vec![("a".into(), "1".into()), ("a".into(), "x".into()), ("c".into(), "true".into())])
        );
    }
}
