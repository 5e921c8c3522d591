//! The small pages of the OAuth window: no script but the one that carries this answer's nonce, no
//! referrer, never framed, and `opener` left as it is.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, ORIGIN, REFERRER_POLICY, SET_COOKIE,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use linchpin_domain::Clock;
use linchpin_domain::id::secret_text;
use serde_json::Value;

use super::words::Language;
use crate::state::App;

const STYLE: &str = "\
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--text:#1d2330;--quiet:#5b6472;--edge:#7b8494;--main:#1f5eff;--wrong:#b42318}\
@media(prefers-color-scheme:dark){:root{--page:#12151b;--card:#1b1f27;--text:#e8eaef;--quiet:#a3abb9;--edge:#78818f;--main:#2563eb;--wrong:#ff9b8f}}\
*{box-sizing:border-box}\
body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;background:var(--page);color:var(--text)}\
main{width:100%;max-width:27rem;padding:2rem;text-align:center;background:var(--card);border-radius:.75rem}\
@media(min-width:30rem){main{box-shadow:0 1px 3px #0002,0 8px 24px #0001}}\
@media(max-width:29.99rem){body{place-items:start stretch;background:var(--card)}main{max-width:none;padding:2rem 1.25rem}}\
h1{font-size:1.25rem;line-height:1.3;margin:0 0 .5rem;overflow-wrap:anywhere}\
p{margin:.5rem 0;overflow-wrap:anywhere}\
a{color:inherit;text-underline-offset:.15em}\
form{margin:1.25rem 0 0}\
.quiet{color:var(--quiet);font-size:.875rem}\
.wrong{color:var(--wrong);font-size:.875rem}\
form>.wrong{margin:0 0 1rem}\
fieldset{border:0;margin:0;padding:0;text-align:left}\
legend{font-weight:600;padding:0;margin-bottom:.5rem}\
.way{display:flex;gap:.75rem;align-items:baseline;padding:.75rem;margin-bottom:.5rem;border:1px solid var(--edge);border-radius:.5rem;cursor:pointer}\
.way:has(:checked){border-color:var(--main);box-shadow:inset 0 0 0 1px var(--main)}\
.way span,.way strong{display:block}\
.field{text-align:left;margin:0 0 1rem}\
.field p{margin:.25rem 0 0}\
.field label{display:block;font-weight:600;margin-bottom:.25rem}\
.field label .quiet{font-weight:400}\
.control{display:flex;align-items:center;gap:.5rem}\
.suffix{color:var(--quiet)}\
input:not([type=radio]),select{font:inherit;flex:1;min-width:0;width:100%;padding:.55rem .7rem;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:.5rem}\
::placeholder{color:var(--quiet);opacity:1}\
.control [aria-invalid]{border-color:var(--wrong)}\
button{font:inherit;padding:.6rem 1.2rem;border-radius:.5rem;border:1px solid var(--edge);background:none;color:inherit;cursor:pointer;margin:.5rem .25rem 0}\
button.main{background:var(--main);border-color:var(--main);color:#fff}\
:is(button,input,select,a):focus-visible{outline:3px solid var(--main);outline-offset:2px}";

/// A page.
pub(super) struct Page {
    language: Language,
    status: StatusCode,
    title: String,
    body: String,
    script: String,
    form_action: &'static str,
    cookies: Vec<String>,
}

impl Page {
    /// A page with a heading and a sentence.
    pub(super) fn new(status: StatusCode, title: &str, text: &str) -> Self {
        Self {
            language: Language::English,
            status,
            title: title.to_owned(),
            body: format!("<h1>{}</h1><p role=\"status\" id=\"text\">{}</p>", escape(title), escape(text)),
            script: String::new(),
            form_action: "'none'",
            cookies: Vec::new(),
        }
    }

    /// Says which language its words are in.
    pub(super) fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Adds HTML. Values in it must have been escaped.
    pub(super) fn html(mut self, html: &str) -> Self {
        self.body.push_str(html);
        self
    }

    /// Adds a script. Values in it must have been made by [`literal`].
    pub(super) fn script(mut self, script: &str) -> Self {
        self.script.push_str(script);
        self
    }

    /// Lets the page's form be sent to this server.
    pub(super) fn with_form(mut self) -> Self {
        self.form_action = "'self'";
        self
    }

    /// Sets a cookie.
    pub(super) fn cookie(mut self, cookie: String) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// The answer.
    pub(super) fn answer(self, clock: &dyn Clock) -> Response {
        let nonce = &secret_text(clock)[..32];
        let script = if self.script.is_empty() {
            String::new()
        } else {
            format!("<script nonce=\"{nonce}\">{}</script>", self.script)
        };
        let html = format!(
            "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title><style nonce=\"{nonce}\">{STYLE}</style></head><body><main>{}</main>{script}</body></html>",
            self.language.tag(),
            escape(&self.title),
            self.body,
        );
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; base-uri 'none'; form-action {}; frame-ancestors 'none'",
            self.form_action
        );
        let mut response = (self.status, html).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        for cookie in &self.cookies {
            if let Ok(cookie) = HeaderValue::from_str(cookie) {
                headers.append(SET_COOKIE, cookie);
            }
        }
        response
    }
}

/// Whether a form was sent by a page of ours. Pages that send no referrer have browsers say `null` for their
/// origin; they still say that the form is our own.
pub(super) fn is_own_form(app: &App, headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match said("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => said(ORIGIN.as_str()) == Some(app.config.public_url.origin().ascii_serialization().as_str()),
    }
}

/// Text within HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A value within a script: JSON that cannot end the script or its line.
pub(super) fn literal(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_cannot_leave_their_place() {
        assert_eq!(escape("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
        let text = literal(&json!("</script><script>alert('x')//\u{2028}"));
        assert!(!text.contains('<') && !text.contains('\u{2028}'), "{text}");
    }
}
