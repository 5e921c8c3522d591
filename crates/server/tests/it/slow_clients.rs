//! Clients that are slow, silent or say too much hold on to nothing, and the others are served meanwhile.

use std::time::Duration;

use linchpin::http::listen::{Patience, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::app::TestApp;

const PATIENCE: Patience = Patience { head: Duration::from_millis(300), body: Duration::from_millis(300) };

struct Impatient {
    app: TestApp,
    address: std::net::SocketAddr,
}

impl Impatient {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(serve(listener, linchpin::http::router(app.app.clone()), app.app.lifecycle.token(), PATIENCE));
        Self { app, address }
    }

    async fn say(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        stream.write_all(text.as_bytes()).await.expect("writes");
        stream
    }

    async fn is_well(&self) {
        let answer = self.app.anonymous().at(&format!("http://{}", self.address)).get("/healthz").await;
        assert_eq!(answer.status, 200);
    }
}

/// What the server says until it hangs up. A server that never does fails the test.
async fn rest(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut said)).await;
    // What was still on its way may make an end a reset.
    let _ = read.expect("the server hangs up");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn a_head_that_does_not_end_is_hung_up_on() {
    let server = Impatient::start().await;
    let mut drops = server.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n").await;
    let dripping = tokio::spawn(async move {
        // A header every now and then does not buy more time.
        for n in 0.. {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if drops.write_all(format!("X-{n}: slow\r\n").as_bytes()).await.is_err() {
                return n;
            }
        }
        0
    });
    let silent = server.say("").await;
    assert_eq!(rest(silent).await, "");
    server.is_well().await;
    let drops = tokio::time::timeout(Duration::from_secs(30), dripping).await.expect("hung up on").expect("ends");
    assert!(drops > 0, "some time is given");
}

#[tokio::test]
async fn a_body_that_stops_coming_is_not_waited_for() {
    let server = Impatient::start().await;
    let head = "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let half = server.say(&format!("{head}Content-Length: 100\r\n\r\n{{\"email\":")).await;
    let said = rest(half).await;
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(said.contains("\"code\":\"body_too_slow\""), "{said}");
    server.is_well().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Impatient::start().await;
    let mut stream = server.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Large: ").await;
    // A server that hangs up while something is still on its way may take its answer along, and ends the writing.
    let _ = stream.write_all("x".repeat(1_000_000).as_bytes()).await;
    let _ = stream.write_all(b"\r\n\r\n").await;
    let said = rest(stream).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431 "), "{said}");
    server.is_well().await;
}

#[tokio::test]
async fn many_idle_connections_keep_nobody_out() {
    let app = TestApp::start().await;
    let address: std::net::SocketAddr = app.base.strip_prefix("http://").expect("http").parse().expect("an address");
    let mut idle = Vec::new();
    for _ in 0..400 {
        idle.push(TcpStream::connect(address).await.expect("connects"));
    }
    assert_eq!(app.anonymous().get("/healthz").await.status, 200);
    // They may still be used.
    let mut last = idle.pop().expect("one");
    last.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.expect("writes");
    assert!(rest(last).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_compressed_bomb_is_not_opened() {
    let app = TestApp::start().await;
    let address = app.base.strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(address).await.expect("connects");
    // The first bytes of a gzip file; what it holds is of no interest to a server that does not open it.
    let body = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    let head = format!(
        "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), &body].concat()).await.expect("writes");
    let said = rest(stream).await;
    assert!(said.starts_with("HTTP/1.1 415 ") && said.contains("unsupported_media_type"), "{said}");
}
