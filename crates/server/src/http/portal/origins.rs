//! Which pages may open the portal or begin a sign-in: a project's allowed origins, with `*` for a
//! part of the host name or for any port.

use url::Url;

use crate::http::error::ApiError;

/// An origin as browsers write it, or `None` for what is none.
pub(super) fn parse(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let bare = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && url.username().is_empty()
        && url.password().is_none();
    bare.then_some(url)
}

/// Whether one of the patterns allows an origin.
pub(super) fn allows(patterns: &[String], origin: &Url) -> bool {
    patterns.iter().any(|pattern| matches(pattern, origin))
}

/// Whether a page of this origin may speak for a user. An empty list allows none.
pub fn allows_origin(patterns: &[String], origin: &str) -> bool {
    parse(origin).is_some_and(|origin| allows(patterns, &origin))
}

/// Refuses a redirect URL whose origin the project does not allow. An empty list allows any.
pub fn allows_redirect(patterns: &[String], url: &str) -> Result<(), ApiError> {
    let refuse = |message: String| Err(ApiError::invalid([("redirectUrl", message)]));
    match parse(url) {
        None => refuse(format!("`{url}` is no web address")),
        Some(url) if !patterns.is_empty() && !allows(patterns, &url) => {
            refuse(format!("{} is not among the project's allowed origins", url.origin().ascii_serialization()))
        }
        Some(_) => Ok(()),
    }
}

/// What a content security policy says of the pages that may frame the portal.
pub(super) fn frame_ancestors(patterns: &[String]) -> String {
    let sources: Vec<&str> = patterns
        .iter()
        .map(|pattern| pattern.trim().trim_end_matches('/'))
        .filter(|pattern| pattern.contains("://") && !pattern.contains([';', ',', ' ', '\'', '"']))
        .collect();
    // The dashboard shows the portal, too.
    if sources.is_empty() { "*".into() } else { format!("'self' {}", sources.join(" ")) }
}

fn matches(pattern: &str, origin: &Url) -> bool {
    let Some((scheme, rest)) = pattern.trim().trim_end_matches('/').split_once("://") else { return false };
    if !scheme.eq_ignore_ascii_case(origin.scheme()) {
        return false;
    }
    // The colon of a port comes after the bracket of an IPv6 address.
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let default = if origin.scheme() == "https" { 443 } else { 80 };
    let actual = origin.port_or_known_default().unwrap_or(default);
    let port_fits = match port {
        Some("*") => true,
        Some(port) => port.parse() == Ok(actual),
        None => actual == default,
    };
    let actual = origin.host_str().unwrap_or_default().to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    let host_fits = match host.strip_prefix("*.") {
        Some(parent) => actual.strip_suffix(parent).is_some_and(|sub| sub.len() > 1 && sub.ends_with('.')),
        None => host == "*" || host == actual,
    };
    port_fits && host_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        for origin in yes {
            assert!(matches(pattern, &parse(origin).expect("an origin")), "{pattern} allows {origin}");
        }
        for origin in no {
            assert!(!matches(pattern, &parse(origin).expect("an origin")), "{pattern} refuses {origin}");
        }
    }

    #[test]
    fn patterns_allow_what_they_say_and_no_more() {
        check(
            "https://app.acme.com",
            &["https://app.acme.com", "https://APP.acme.com:443"],
            &["http://app.acme.com", "https://app.acme.com:8443", "https://app.acme.com.evil.org", "https://acme.com"],
        );
        check(
            "https://*.acme.com",
            &["https://a.acme.com", "https://b.a.acme.com"],
            &["https://acme.com", "https://evilacme.com", "https://acme.com.evil.org", "http://a.acme.com"],
        );
        check("http://localhost:*", &["http://localhost:4802", "http://localhost"], &["http://localhost.evil.org:1"]);
        check("http://[::1]:3000", &["http://[::1]:3000"], &["http://[::1]:3001"]);
    }

    #[test]
    fn what_is_no_origin_is_none() {
        for text in ["javascript:alert(1)", "null", "", "//x", "https://user:pass@x.org", "data:text/html,x"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
