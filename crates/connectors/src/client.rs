//! The one HTTP client: pooled, with limits, without the environment's proxy settings, without
//! redirects (a credential goes only where its manifest says), and held to the egress policy.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method};
use linchpin_domain::connector::Sent;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use crate::egress::{EgressPolicy, Route, is_inner};
use crate::simulator::inside;

/// Time to make a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a whole call, answer included.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// An answer larger than this is not read.
const MAX_ANSWER: usize = 10 * 1024 * 1024;

/// Makes calls to providers. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    policy: Arc<EgressPolicy>,
    open: reqwest::Client,
    excepted: reqwest::Client,
    timeout: Duration,
    /// A simulator in this process: every call goes to it, none to the network.
    simulator: Option<axum::Router>,
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub method: Method,
    pub url: Url,
    /// Whether the URL's origin is a base URL that an administrator set.
    pub set_by_administrator: bool,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// The egress policy forbids the address.
    #[error("{0}")]
    Refused(String),
    /// No usable answer.
    #[error("{message}")]
    NoAnswer {
        /// Whether the request may have reached the provider.
        sent: Sent,
        /// The innermost cause, without the address.
        message: String,
    },
}

impl Client {
    /// A client under a policy, with the usual time limits.
    pub fn new(policy: EgressPolicy) -> Self {
        let policy = Arc::new(policy);
        Self {
            open: build(Arc::new(PublicOnly)),
            excepted: build(Arc::new(AllowedOnly(policy.clone()))),
            policy,
            timeout: CALL_TIMEOUT,
            simulator: None,
        }
    }

    /// The same client, whose calls all go to a simulator in this process. No socket is opened, and what is
    /// meant for another address is refused.
    #[must_use]
    pub(crate) fn inside(mut self, simulator: axum::Router) -> Self {
        self.simulator = Some(simulator);
        self
    }

    /// The same client with another limit for a whole call.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The limit for a whole call. After it, a request can no longer be on its way from here.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Failure> {
        let route = self.route(&call)?;
        self.send_by(route, call).await
    }

    /// Sends a call whose address comes from a step.
    pub(crate) async fn send_step(&self, call: Call) -> Result<Answer, Failure> {
        if self.simulator.is_some() {
            return Err(Failure::Refused(format!(
                "a simulated test sends nothing to {}; pin an output for this step",
                call.url.host_str().unwrap_or("other addresses")
            )));
        }
        let route = self.policy.route_step(&call.url).map_err(Failure::Refused)?;
        self.send_by(route, call).await
    }

    /// Sends a call to an address that an administrator set and reads the beginning of its answer.
    pub(crate) async fn send_for_beginning(&self, call: Call, most: usize) -> Result<Answer, Failure> {
        let route = self.route(&call)?;
        self.beginning(route, call, most).await
    }

    /// The same for an address that is none of an administrator's.
    pub(crate) async fn send_step_for_beginning(&self, call: Call, most: usize) -> Result<Answer, Failure> {
        let route = self.policy.route_step(&call.url).map_err(Failure::Refused)?;
        self.beginning(route, call, most).await
    }

    async fn beginning(&self, route: Route, call: Call, most: usize) -> Result<Answer, Failure> {
        let mut response = self.execute(route, call).await?;
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        let mut body = BytesMut::new();
        // It has been answered: what breaks off after that is no failure.
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk[..chunk.len().min(most - body.len())]);
            if body.len() >= most {
                break;
            }
        }
        Ok(Answer { status, headers, body: body.freeze() })
    }

    /// Why an address that an administrator set would not be called.
    pub(crate) fn check(&self, url: &Url) -> Result<(), String> {
        self.policy.route(url, true).map(|_| ())
    }

    fn route(&self, call: &Call) -> Result<Route, Failure> {
        if self.simulator.is_some() {
            return Ok(Route::Open);
        }
        self.policy.route(&call.url, call.set_by_administrator).map_err(Failure::Refused)
    }

    /// Why an address that a user said would not be called.
    pub(crate) fn check_for_user(&self, url: &Url) -> Result<(), String> {
        match self.policy.route_step(url)? {
            Route::Open if url.scheme() != "https" => Err("an address that begins with https:// is needed".into()),
            _ => Ok(()),
        }
    }

    async fn send_by(&self, route: Route, call: Call) -> Result<Answer, Failure> {
        let mut response = self.execute(route, call).await?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let body = read(response).await?;
        Ok(Answer { status, headers, body })
    }

    async fn execute(&self, route: Route, call: Call) -> Result<reqwest::Response, Failure> {
        if let Some(simulator) = &self.simulator {
            return inside::send(simulator, call, self.timeout).await;
        }
        let client = match route {
            Route::Open => &self.open,
            Route::Excepted => &self.excepted,
        };
        let mut request = reqwest::Request::new(call.method, call.url);
        *request.headers_mut() = call.headers;
        *request.timeout_mut() = Some(self.timeout);
        if let Some(body) = call.body {
            *request.body_mut() = Some(body.into());
        }
        client.execute(request).await.map_err(failure)
    }
}

async fn read(mut response: reqwest::Response) -> Result<Bytes, Failure> {
    let too_large = || Failure::NoAnswer {
        sent: Sent::Maybe,
        message: format!("the answer is larger than {} MiB", MAX_ANSWER / 1024 / 1024),
    };
    if response.content_length().is_some_and(|length| length > MAX_ANSWER as u64) {
        return Err(too_large());
    }
    let cut = |error: reqwest::Error| match failure(error) {
        Failure::NoAnswer { message, .. } => {
            Failure::NoAnswer { sent: Sent::Maybe, message: format!("the answer broke off: {message}") }
        }
        refused @ Failure::Refused(_) => refused,
    };
    // Most answers are one chunk, which is then not copied.
    let Some(first) = response.chunk().await.map_err(cut)? else { return Ok(Bytes::new()) };
    let Some(second) = response.chunk().await.map_err(cut)? else { return Ok(first) };
    let mut body = BytesMut::from(&first[..]);
    body.extend_from_slice(&second);
    while let Some(chunk) = response.chunk().await.map_err(cut)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Whether the request may have been sent, and the innermost cause. Never the address: it may hold
/// what is not for logs.
fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let sent = if error.is_connect() || error.is_builder() { Sent::No } else { Sent::Maybe };
    if error.is_timeout() {
        let message = if sent == Sent::No { "no connection in time" } else { "no answer in time" };
        return Failure::NoAnswer { sent, message: message.into() };
    }
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        if let Some(refused) = inner.downcast_ref::<Refused>() {
            return Failure::Refused(refused.to_string());
        }
        cause = inner;
    }
    Failure::NoAnswer { sent, message: cause.to_string() }
}

fn build(resolver: Arc<dyn Resolve>) -> reqwest::Client {
    let builder = || {
        reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .pool_idle_timeout(Duration::from_secs(50))
            .user_agent(concat!("linchpin/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(resolver.clone())
    };
    builder().build().unwrap_or_else(|error| {
        // A machine without certificate authorities can still try everything against a simulator.
        tracing::warn!(
            error = %error,
            "no certificate authorities were found, so https calls to providers will fail; install ca-certificates"
        );
        builder().tls_certs_only([]).build().expect("a client without certificate authorities needs nothing")
    })
}

/// A name that leads to an inner address.
#[derive(Debug, thiserror::Error)]
#[error("{0} leads to an address of this machine or a private network, which is not called")]
struct Refused(String);

/// Gives only public addresses of a name. The connection is made to what is given here, so a name
/// cannot change its mind between check and call.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            // One inner address among public ones is a trap as well.
            if found.iter().any(|address| is_inner(address.ip())) {
                return Err(Box::new(Refused(host)) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Resolves the names that the operator allowed, and no other.
struct AllowedOnly(Arc<EgressPolicy>);

impl Resolve for AllowedOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.names(name.as_str());
        Box::pin(async move {
            let host = name.as_str().to_owned();
            if !allowed {
                return Err(Box::new(Refused(host)) as Box<dyn std::error::Error + Send + Sync>);
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        let name = |text: &str| text.parse::<Name>().expect("a name");
        let refused = PublicOnly.resolve(name("localhost")).await.err().expect("refused");
        assert!(refused.downcast_ref::<Refused>().is_some(), "{refused}");
        let only = AllowedOnly(Arc::new("localhost:1".parse().expect("valid")));
        assert!(only.resolve(name("localhost")).await.is_ok());
        assert!(only.resolve(name("example.com")).await.is_err());
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_or_breaks_off_is_in_doubt() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        for (head, body, expected) in [
            ("Content-Length: 99999999", "", "the answer is larger than 10 MiB"),
            ("Content-Length: 10", "half", "the answer broke off"),
            ("Transfer-Encoding: chunked", "4\r\nhalf\r\n", "the answer broke off"),
        ] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("bound");
            let answering = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.expect("called");
                let _ = stream.read(&mut [0; 1024]).await;
                let text = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
                let _ = stream.write_all(text.as_bytes()).await;
            });
            let client = Client::new(address.to_string().parse().expect("valid"));
            let call = Call {
                method: Method::GET,
                url: url(&format!("http://{address}/")),
                set_by_administrator: true,
                headers: HeaderMap::new(),
                body: None,
            };
            match client.send(call).await.expect_err("no whole answer") {
                Failure::NoAnswer { sent: Sent::Maybe, message } => {
                    assert!(message.starts_with(expected), "{message}");
                }
                other => panic!("{other:?}"),
            }
            answering.await.expect("answered");
        }
    }
}
