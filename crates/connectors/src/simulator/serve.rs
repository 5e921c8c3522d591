//! Connections. A server of its own, because a web framework always answers and a provider
//! sometimes does not: a reply marked [`HangUp`] closes the socket instead.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use linchpin_domain::Clock;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::Options;
use super::reply::HangUp;
use crate::manifest::Manifest;

/// Serves the simulator until `shutdown` is ready; open connections are then closed.
pub async fn serve(
    manifest: Arc<Manifest>,
    listener: TcpListener,
    options: Options,
    clock: Arc<dyn Clock>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let router = super::router(manifest, options, clock)?;
    let mut shutdown = std::pin::pin!(shutdown);
    // Dropped at the end, which closes what is open.
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => return Ok(()),
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Usually too many open files; it passes.
                    tracing::warn!(error = %error, "the simulator could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        while connections.try_join_next().is_some() {}
        let router = router.clone();
        connections.spawn(async move {
            // Without it, answers wait for the peer's acknowledgement; failing is no reason to refuse.
            let _ = stream.set_nodelay(true);
            let service = hyper::service::service_fn(move |mut request: http::Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                let answer = router.clone().oneshot(request);
                async move {
                    let response = answer.await.unwrap_or_else(|never| match never {});
                    if response.extensions().get::<HangUp>().is_some() {
                        return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "hung up on purpose"));
                    }
                    Ok(response)
                }
            });
            // An error here is the peer going away, or hanging up on purpose.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
