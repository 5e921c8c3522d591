//! The small pages of the OAuth window: no script but the one that carries this answer's nonce, no
//! referrer, never framed, and `opener` left as it is.

use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, SET_COOKIE, X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use linchpin_domain::Clock;
use linchpin_domain::id::secret_text;
use serde_json::Value;

use super::words::Language;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}\
main{max-width:26rem;padding:2rem;text-align:center}\
h1{font-size:1.25rem;margin:0 0 .5rem}\
p{margin:.5rem 0;overflow-wrap:anywhere}\
.quiet{opacity:.7;font-size:.875rem}\
button{font:inherit;padding:.6rem 1.2rem;border-radius:.5rem;border:1px solid;cursor:pointer;margin:.75rem .25rem 0}\
button.main{background:#1f5eff;border-color:#1f5eff;color:#fff}\
button:focus-visible{outline:3px solid #1f5eff;outline-offset:2px}";

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
