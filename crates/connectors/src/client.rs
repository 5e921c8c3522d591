//! The one HTTP client: pooled, with limits, without the environment's proxy settings, without
//! redirects (a credential goes only where its manifest says), and held to the egress policy.

mod connect;

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper_util::client::legacy;
use linchpin_domain::connector::Sent;
use tower::timeout::error::Elapsed;
use url::Url;

use crate::egress::{EgressPolicy, Route};
use crate::simulator::inside;
use connect::{Connector, Refused, Resolver};

/// Time for a whole call, answer included.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// An answer larger than this is not read.
const MAX_ANSWER: usize = 10 * 1024 * 1024;

/// Makes calls to providers. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    policy: Arc<EgressPolicy>,
    open: Pool,
    excepted: Pool,
    timeout: Duration,
    /// A simulator in this process: every call goes to it, none to the network.
    simulator: Option<axum::Router>,
}

type Pool = legacy::Client<Connector, Full<Bytes>>;

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
            open: pool(Resolver::PublicOnly),
            excepted: pool(Resolver::AllowedOnly(policy.clone())),
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
        if let Some(simulator) = &self.simulator {
            let mut answer = inside::send(simulator, call, self.timeout).await?;
            answer.body.truncate(most);
            return Ok(answer);
        }
        self.in_time(async {
            let (head, mut incoming) = self.execute(route, call).await?.into_parts();
            let mut body = BytesMut::new();
            // It has been answered: what breaks off after that is no failure.
            while let Some(Ok(frame)) = incoming.frame().await {
                let Ok(chunk) = frame.into_data() else { continue };
                body.extend_from_slice(&chunk[..chunk.len().min(most - body.len())]);
                if body.len() >= most {
                    break;
                }
            }
            Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: body.freeze() })
        })
        .await
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
        if let Some(simulator) = &self.simulator {
            return inside::send(simulator, call, self.timeout).await;
        }
        self.in_time(async {
            let (head, body) = self.execute(route, call).await?.into_parts();
            Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: read(body).await? })
        })
        .await
    }

    async fn in_time(&self, call: impl Future<Output = Result<Answer, Failure>>) -> Result<Answer, Failure> {
        let late = |_| Failure::NoAnswer { sent: Sent::Maybe, message: "no answer in time".into() };
        tokio::time::timeout(self.timeout, call).await.map_err(late)?
    }

    async fn execute(&self, route: Route, call: Call) -> Result<Response<Incoming>, Failure> {
        let pool = match route {
            Route::Open => &self.open,
            Route::Excepted => &self.excepted,
        };
        let mut request = Request::new(Full::new(call.body.unwrap_or_default()));
        *request.method_mut() = call.method;
        *request.uri_mut() = Uri::try_from(call.url.as_str()).map_err(|error| Failure::NoAnswer {
            sent: Sent::No,
            message: format!("the address cannot be called: {error}"),
        })?;
        *request.headers_mut() = call.headers;
        request.headers_mut().entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        let agent = HeaderValue::from_static(concat!("linchpin/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().entry(USER_AGENT).or_insert(agent);
        pool.request(request).await.map_err(|error| failure(&error, error.is_connect()))
    }
}

async fn read(mut incoming: Incoming) -> Result<Bytes, Failure> {
    let too_large = || Failure::NoAnswer {
        sent: Sent::Maybe,
        message: format!("the answer is larger than {} MiB", MAX_ANSWER / 1024 / 1024),
    };
    if incoming.size_hint().exact().is_some_and(|length| length > MAX_ANSWER as u64) {
        return Err(too_large());
    }
    // Most answers are one chunk, which is then not copied.
    let mut body = Bytes::new();
    let mut several = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Failure::NoAnswer {
            sent: Sent::Maybe,
            message: format!("the answer broke off: {}", innermost(&error)),
        })?;
        // Trailers say nothing here.
        let Ok(chunk) = frame.into_data() else { continue };
        if body.len() + several.len() + chunk.len() > MAX_ANSWER {
            return Err(too_large());
        }
        if body.is_empty() && several.is_empty() {
            body = chunk;
        } else {
            several.extend_from_slice(&std::mem::take(&mut body));
            several.extend_from_slice(&chunk);
        }
    }
    Ok(if several.is_empty() { body } else { several.freeze() })
}

/// Whether the request may have been sent, and the innermost cause. Never the address: it may hold
/// what is not for logs.
fn failure(error: &legacy::Error, connecting: bool) -> Failure {
    let causes = || std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    let late = |cause: &(dyn Error + 'static)| cause.is::<Elapsed>();
    if let Some(refused) = causes().find_map(|cause| cause.downcast_ref::<Refused>()) {
        return Failure::Refused(refused.to_string());
    }
    if causes().any(late) {
        return Failure::NoAnswer { sent: Sent::No, message: "no connection in time".into() };
    }
    let not_taken = causes().filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(not_taken);
    let sent = if connecting || not_taken { Sent::No } else { Sent::Maybe };
    Failure::NoAnswer { sent, message: innermost(error) }
}

/// Whether an HTTP/2 server says that it did nothing about a request: it closes the connection in order, or refuses
/// the stream (RFC 9113, section 8.7).
fn not_taken(error: &h2::Error) -> bool {
    error.is_remote()
        && ((error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR))
            || (error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM)))
}

fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn pool(resolver: Resolver) -> Pool {
    legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .pool_timer(hyper_util::rt::TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(50))
        .build(connect::connector(resolver))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    /// What a client gets where an HTTP/2 server answers a request with this.
    async fn reset_with(reason: h2::Reason) -> h2::Error {
        let (ours, theirs) = tokio::io::duplex(1024);
        tokio::spawn(async move {
            let mut server = h2::server::handshake(theirs).await.expect("speaks HTTP/2");
            let (_, mut answer) = server.accept().await.expect("asked").expect("a request");
            answer.send_reset(reason);
            while server.accept().await.is_some() {}
        });
        let (mut client, connection) = h2::client::handshake(ours).await.expect("speaks HTTP/2");
        tokio::spawn(connection);
        let request = Request::get("https://example.com/").body(()).expect("a request");
        let (answer, _) = client.send_request(request, true).expect("sent");
        answer.await.expect_err("reset")
    }

    #[tokio::test]
    async fn what_a_server_did_not_take_is_not_in_doubt() {
        assert!(not_taken(&reset_with(h2::Reason::REFUSED_STREAM).await));
        assert!(!not_taken(&reset_with(h2::Reason::CANCEL).await));
        assert!(!not_taken(&reset_with(h2::Reason::INTERNAL_ERROR).await));
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
