//! The management API of a server under test.

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// The management API.
pub struct Api {
    http: Client<HttpConnector, Full<bytes::Bytes>>,
    pub base: String,
    headers: Vec<(&'static str, String)>,
}

impl Api {
    fn new(base: String, headers: Vec<(&'static str, String)>) -> Self {
        Self { http: Client::builder(TokioExecutor::new()).build_http(), base, headers }
    }

    pub fn with_token(base: String, token: &str) -> Self {
        Self::new(base, vec![("authorization", format!("Bearer {token}"))])
    }

    /// Takes the one-time link that the first start printed.
    pub async fn set_up(base: String, printed: &str) -> Result<Self> {
        let (_, after) = printed.split_once("/app/setup?token=").context("no set-up link was printed")?;
        let token: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
        let member =
            json!({"token": token, "name": "Bench", "email": "bench@example.com", "password": "bench bench bench"});
        let (headers, body) = Self::new(base.clone(), Vec::new()).ask("POST", "/api/v1/setup", Some(member)).await?;
        let cookies: Vec<_> =
            headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()?.split(';').next()).collect();
        Ok(Self::new(base, vec![("cookie", cookies.join("; ")), ("x-linchpin-csrf", text(&body, "csrfToken")?)]))
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
        Ok(self.ask(method, path, body).await?.1)
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Result<(http::HeaderMap, Value)> {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request.header("content-type", "application/json").body(Full::from(body))?;
        let answer = self.http.request(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            bail!("{method} {path} was answered {status}: {}", String::from_utf8_lossy(&body));
        }
        Ok((headers, serde_json::from_slice(&body).unwrap_or_default()))
    }
}

/// A field that is text.
pub fn text(value: &Value, field: &str) -> Result<String> {
    value[field].as_str().map(str::to_owned).with_context(|| format!("no `{field}` in {value}"))
}
