//! What third parties run: an endpoint that takes webhooks, and a mail server.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A webhook as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Received {
    pub fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().expect("text")
    }

    pub fn kind(&self) -> &str {
        self.body["type"].as_str().expect("a type")
    }
}

#[derive(Default)]
struct Inside {
    received: Mutex<Vec<Received>>,
    /// Statuses of the next answers; 200 when there is none.
    next: Mutex<VecDeque<u16>>,
    /// While it is set, nothing is answered.
    held: Mutex<bool>,
    released: Notify,
}

/// An endpoint on loopback.
pub struct Endpoint {
    pub url: String,
    inside: Arc<Inside>,
    server: tokio::task::JoinHandle<()>,
}

impl Endpoint {
    pub async fn start() -> Self {
        let inside = Arc::new(Inside::default());
        let router = axum::Router::new().fallback(take).with_state(Arc::clone(&inside));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/events", listener.local_addr().expect("bound"));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self { url, inside, server }
    }

    /// Answers the next webhooks with these statuses.
    pub fn answer(&self, statuses: &[u16]) {
        self.inside.next.lock().extend(statuses);
    }

    /// Takes webhooks and does not answer them.
    pub fn hold(&self, held: bool) {
        *self.inside.held.lock() = held;
        self.inside.released.notify_waiters();
    }

    pub fn received(&self) -> Vec<Received> {
        self.inside.received.lock().clone()
    }

    /// Waits until so many have come.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        for _ in 0..500 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let kinds: Vec<_> = self.received().iter().map(|one| one.kind().to_owned()).collect();
        panic!("{} webhooks came, {count} were awaited: {kinds:?}", kinds.len());
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(State(inside): State<Arc<Inside>>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let text = String::from_utf8(body.to_vec()).expect("text");
    let body = serde_json::from_str(&text).expect("JSON");
    inside.received.lock().push(Received { headers, text, body });
    while *inside.held.lock() {
        inside.released.notified().await;
    }
    let status = inside.next.lock().pop_front().unwrap_or(200);
    (StatusCode::from_u16(status).expect("a status"), format!("answer {status}"))
}

/// A message as a mail server got it.
#[derive(Debug, Clone)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body.
    pub text: String,
}

/// A mail server on loopback, which takes everything; or nothing, while it is told so.
pub struct MailServer {
    pub port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    refuses: Arc<Mutex<bool>>,
    server: tokio::task::JoinHandle<()>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let (mails, refuses) = (Arc::<Mutex<Vec<Mail>>>::default(), Arc::<Mutex<bool>>::default());
        let (kept, refusing) = (Arc::clone(&mails), Arc::clone(&refuses));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&kept), Arc::clone(&refusing)));
            }
        });
        Self { port, mails, refuses, server }
    }

    pub fn refuse(&self, refuses: bool) {
        *self.refuses.lock() = refuses;
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().clone()
    }

    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        for _ in 0..500 {
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{} mails came, {count} were awaited", self.mails().len());
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn converse(stream: TcpStream, mails: Arc<Mutex<Vec<Mail>>>, refuses: Arc<Mutex<bool>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut mail = Mail { from: String::new(), to: Vec::new(), text: String::new() };
    let _ = write.write_all(b"220 test\r\n").await;
    while let Ok(Some(line)) = lines.next_line().await {
        let command = line.to_uppercase();
        let answer = if command.starts_with("EHLO") {
            "250-test\r\n250 8BITMIME\r\n"
        } else if command.starts_with("MAIL FROM:") {
            mail.from = between(&line);
            "250 ok\r\n"
        } else if command.starts_with("RCPT TO:") {
            if *refuses.lock() {
                "550 no such mailbox here\r\n"
            } else {
                mail.to.push(between(&line));
                "250 ok\r\n"
            }
        } else if command == "DATA" {
            let _ = write.write_all(b"354 go on\r\n").await;
            while let Ok(Some(line)) = lines.next_line().await {
                if line == "." {
                    break;
                }
                mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
                mail.text.push('\n');
            }
            mails
                .lock()
                .push(std::mem::replace(&mut mail, Mail { from: String::new(), to: Vec::new(), text: String::new() }));
            "250 taken as 17\r\n"
        } else if command == "QUIT" {
            let _ = write.write_all(b"221 bye\r\n").await;
            return;
        } else {
            "250 ok\r\n"
        };
        let _ = write.write_all(answer.as_bytes()).await;
    }
}

fn between(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(text, _)| text.to_owned()).unwrap_or_default()
}
