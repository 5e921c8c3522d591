//! Calls of a simulator in this process, without a socket.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, StatusCode};
use linchpin_domain::connector::Sent;
use serde_json::Value;
use tower::ServiceExt as _;

use super::reply::HangUp;
use crate::client::{Answer, Call, Failure};

/// Makes a provider's call at the simulator.
pub(crate) async fn send(router: &Router, call: Call, patience: Duration) -> Result<Answer, Failure> {
    let no_answer = |message: &str| Failure::NoAnswer { sent: Sent::Maybe, message: message.to_owned() };
    let mut request = Request::new(call.body.map_or_else(Body::empty, Body::from));
    *request.method_mut() = call.method;
    // Its address, as a server sees it, is the path alone.
    *request.uri_mut() = call.url[url::Position::BeforePath..url::Position::AfterQuery]
        .parse()
        .map_err(|_| Failure::Refused("the address is not valid".into()))?;
    *request.headers_mut() = call.headers;
    let response =
        tokio::time::timeout(patience, answer(router, request)).await.map_err(|_| no_answer("no answer in time"))?;
    if response.extensions().get::<HangUp>().is_some() {
        return Err(no_answer("the connection was closed before the answer"));
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|_| no_answer("the answer broke off"))?;
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
}

/// Calls the admin door. The answer's body is JSON.
pub(crate) async fn admin(router: &Router, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
    let mut request = Request::new(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
    *request.method_mut() = method;
    let Ok(uri) = format!("/_simulator/{path}").parse() else {
        return (StatusCode::NOT_FOUND, Value::Null);
    };
    *request.uri_mut() = uri;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(HOST, HeaderValue::from_static("localhost"));
    let response = answer(router, request).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn answer(router: &Router, mut request: Request<Body>) -> Response {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0))));
    router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
}
