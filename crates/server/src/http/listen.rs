//! Serves the doors over HTTP/1.1, and lets no slow or silent client hold on to anything for long.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower_http::timeout::TimeoutBody;

use super::outside;

/// Within what time a request's head must have come, counted from the end of the answer before it, so that it is also
/// how long a connection may stand unused. Longer than clients keep theirs for another request, as a rule.
const HEAD: Duration = Duration::from_secs(75);
/// How long a body may pause.
const BODY_PAUSE: Duration = Duration::from_secs(30);
/// How large a request's head may be, in bytes, give or take what one read brings; a larger one is answered 431. Tokens
/// stand in it.
const HEAD_BYTES: usize = 64 << 10;
/// How long to wait after a connection could not be taken because the process has no file left.
const NO_FILE_LEFT: Duration = Duration::from_millis(200);

/// How patient a server is with its clients.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until a request's head has come, or the next request begins.
    pub head: Duration,
    /// Until a body goes on.
    pub body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: HEAD, body: BODY_PAUSE }
    }
}

/// Serves `doors` until `stop` is cancelled and the requests that had begun are answered.
pub async fn serve(listener: TcpListener, doors: Router, stop: CancellationToken, patience: Patience) {
    let connections = TaskTracker::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.head).max_buf_size(HEAD_BYTES);
    loop {
        let taken = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            taken = listener.accept() => taken,
        };
        match taken {
            Ok((stream, from)) => {
                connections.spawn(connection(http.clone(), stream, from, doors.clone(), stop.clone(), patience.body));
            }
            // The client has gone again before it was taken.
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a connection could not be taken");
                tokio::time::sleep(NO_FILE_LEFT).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(
    http: http1::Builder,
    stream: TcpStream,
    from: SocketAddr,
    doors: Router,
    stop: CancellationToken,
    pause: Duration,
) {
    // Answers are short and written whole: nothing is gained by waiting for more.
    let _ = stream.set_nodelay(true);
    let doors = service_fn(move |request| answer(doors.clone(), request, from, pause));
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), doors));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A client that hung up, was too slow, or does not speak HTTP.
        tracing::debug!(error = &error as &dyn std::error::Error, client = %from, "a connection ended early");
    }
}

async fn answer(
    doors: Router,
    request: Request<Incoming>,
    from: SocketAddr,
    pause: Duration,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(|body| Body::new(TimeoutBody::new(pause, body)));
    request.extensions_mut().insert(ConnectInfo(from));
    outside::one_slash(&mut request);
    doors.oneshot(request).await
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
