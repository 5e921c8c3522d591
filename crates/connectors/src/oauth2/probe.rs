//! Whether a provider knows an app, found out without a user: the token endpoint is asked with a code that nobody
//! was given. A provider that knows the app refuses the code; one that does not refuses the app.

use linchpin_domain::Clock;
use linchpin_domain::id::secret_text;
use serde_json::Value;

use super::{App, TokenEndpoint, TokenError, Way, address, json_of, post};
use crate::client::Client;

/// What the provider said of client id and secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It knows them: it refused the code alone.
    Known,
    /// It does not know the client id, or the secret is another.
    Unknown,
    /// It does not take the redirect URL for this app.
    Redirect,
    /// It refused without saying what.
    Unclear,
}

/// An answer of the token endpoint to a made-up code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What follows from it.
    pub verdict: Verdict,
    /// Where it was asked.
    pub url: String,
    /// The status of the answer.
    pub status: u16,
    /// What the provider said, in its words.
    pub message: String,
}

/// Names of refusals that mean the app: those of RFC 6749, and what providers write that came before it.
const OF_APP: [&str; 7] = [
    "invalid_client",
    "unauthorized_client",
    "invalid_client_id",
    "bad_client_secret",
    "incorrect_client_credentials",
    "bad_client_id",
    "application_not_found",
];
/// Those that mean the code.
const OF_CODE: [&str; 5] =
    ["invalid_grant", "invalid_code", "bad_verification_code", "bad_auth_code", "code_not_found"];
/// Those that mean the redirect URL.
const OF_REDIRECT: [&str; 4] =
    ["redirect_uri_mismatch", "bad_redirect_uri", "invalid_redirect_uri", "mismatch_redirect_uri_auth_code"];

/// Asks the token endpoint of a way.
pub async fn probe(
    client: &Client,
    way: Way<'_>,
    app: &App,
    redirect_uri: &str,
    clock: &dyn Clock,
) -> Result<Probe, TokenError> {
    let oauth2 = way.oauth2()?;
    let endpoint = TokenEndpoint::of(oauth2);
    let code = format!("linchpin-test-{}", &secret_text(clock)[..16]);
    let verifier = secret_text(clock);
    let mut form = vec![("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", redirect_uri)];
    if oauth2.pkce {
        form.push(("code_verifier", &verifier));
    }
    let (url, _) = address(way.manifest, way.endpoint, &way.access(), endpoint.base, endpoint.path)
        .map_err(|error| TokenError::Rejected { message: error.to_string() })?;
    let answer = post(client, way, app, &endpoint, &form).await?;
    let body = json_of(&answer);
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let said = text("/error_description").or_else(|| text("/message")).or_else(|| text("/error"));
    Ok(Probe {
        verdict: verdict(answer.status, &body),
        url: url.to_string(),
        status: answer.status,
        message: said.map_or_else(|| format!("status {} without a reason", answer.status), str::to_owned),
    })
}

fn verdict(status: u16, body: &Value) -> Verdict {
    if status >= 500 || status == 429 {
        return Verdict::Unclear;
    }
    let names: Vec<String> = ["/error", "/status", "/error_code"]
        .iter()
        .filter_map(|pointer| body.pointer(pointer)?.as_str().map(str::to_lowercase))
        .collect();
    let is = |known: &[&str]| names.iter().any(|name| known.contains(&name.as_str()));
    if is(&OF_APP) {
        Verdict::Unknown
    } else if is(&OF_REDIRECT) {
        Verdict::Redirect
    } else if is(&OF_CODE) {
        Verdict::Known
    } else if status == 401 {
        // Nothing but the app was shown to it.
        Verdict::Unknown
    } else {
        Verdict::Unclear
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_is_read_by_its_name() {
        for (status, body, expected) in [
            (401, json!({"error": "invalid_client"}), Verdict::Unknown),
            (400, json!({"error": "invalid_client", "status": "BAD_CLIENT_ID"}), Verdict::Unknown),
            (400, json!({"error": "invalid_grant", "status": "BAD_AUTH_CODE"}), Verdict::Known),
            (400, json!({"status": "BAD_AUTH_CODE", "message": "missing or unknown auth code"}), Verdict::Known),
            (200, json!({"ok": false, "error": "invalid_code"}), Verdict::Known),
            (200, json!({"ok": false, "error": "bad_client_secret"}), Verdict::Unknown),
            (400, json!({"error": "redirect_uri_mismatch"}), Verdict::Redirect),
            (400, json!({"error": "invalid_request"}), Verdict::Unclear),
            (401, json!({}), Verdict::Unknown),
            (404, json!("no such page"), Verdict::Unclear),
            (503, json!({"error": "invalid_client"}), Verdict::Unclear),
        ] {
            assert_eq!(verdict(status, &body), expected, "{status} {body}");
        }
    }
}
