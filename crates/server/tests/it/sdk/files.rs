//! Files on their way through a workflow: in from a trigger or a server, out in a request or an answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use bytes::Bytes;
use parking_lot::Mutex;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};

/// Every byte there is, twice.
fn bytes() -> Vec<u8> {
    (0..=255).chain(0..=255).collect()
}

/// What was uploaded: types and bodies.
type Uploads = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A server that has a file, and remembers what it is sent.
async fn server() -> (String, Uploads) {
    let seen = Uploads::default();
    let kept = Arc::clone(&seen);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    let take = move |headers: HeaderMap, body: Bytes| async move {
        let kind = headers["content-type"].to_str().expect("readable").to_owned();
        kept.lock().push((kind, body.to_vec()));
    };
    let routes = Router::new()
        .route("/report.pdf", get(|| async { ([("content-type", "application/pdf")], bytes()) }))
        .route("/upload", post(take));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (base, seen)
}

impl World {
    /// A deployed workflow of these parts, on for ann.
    async fn with(&self, name: &str, definition: Value) -> String {
        let made = json!({"name": name, "integrationId": self.integration});
        let workflow = self.admin.post(&format!("{}/workflows", self.api), made).await.created();
        let address = format!("{}/workflows/{workflow}", self.api);
        let revision = self.admin.get(&address).await.body["draftRevision"].clone();
        let draft = json!({"revision": revision, "definition": definition});
        let saved = self.admin.put(&format!("{address}/draft"), draft).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        let deployed = self.admin.post(&format!("{address}/deploy"), json!({})).await;
        assert!(deployed.status.is_success(), "{}", deployed.text);
        let on = self.post("ann", &format!("/sdk/workflows/{workflow}"), json!({})).await;
        assert!(on.status.is_success(), "{}", on.text);
        workflow
    }
}

async fn world() -> World {
    let world = World::start_with(|config| config.egress_allow_steps = vec!["127.0.0.1:*".into()]).await;
    world.connect("ann").await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_answered_with_the_bytes_and_the_type_of_its_source() {
    let (world, (base, _)) = (world().await, server().await);
    let workflow = world
        .with(
            "Report",
            json!({"trigger": {"request": {}}, "steps": [
                {"key": "fetch", "request": {"url": format!("{base}/report.pdf")}},
                {"key": "say", "response": {"status": 201, "headers": {"Set-Cookie": "a=b", "X-Page": "1"}, "file": "{{ steps.fetch.response.body }}"}},
            ]}),
        )
        .await;
    let request = world.call(Method::POST, &format!("/sdk/triggers/{workflow}"), &world.token("ann")).body("{}");
    let came = request.send().await.expect("an answer");
    let (status, headers) = (came.status(), came.headers().clone());
    let body = came.bytes().await.expect("a whole answer");
    assert_eq!((status.as_u16(), &body[..]), (201, &bytes()[..]));
    assert_eq!(headers["content-type"], "application/pdf");
    assert_eq!(headers["content-disposition"], "attachment; filename=\"report.pdf\"; filename*=UTF-8''report.pdf");
    assert_eq!(headers["content-security-policy"], "sandbox; default-src 'none'");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["x-page"], "1");
    assert!(!headers.contains_key("set-cookie"), "cookies of our origin are not a workflow's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_an_event_arrives_as_a_file() {
    let (world, (base, seen)) = (world().await, server().await);
    let upload = |body: Value| {
        let mut request = json!({"method": "POST", "url": format!("{base}/upload")});
        request.as_object_mut().expect("an object").extend(body.as_object().cloned().unwrap_or_default());
        request
    };
    world
        .with(
            "Upload",
            json!({"trigger": {"appEvent": "Contact Created"}, "steps": [
                {"key": "raw", "request": upload(json!({"raw": "{{ trigger.file }}"}))},
                {"key": "form", "request": upload(json!({"multipart": {"title": "{{ trigger.title }}", "file": "{{ trigger.file }}"}}))},
            ]}),
        )
        .await;
    let file = json!({"dataType": "FILE", "data": hex::encode(bytes()), "encoding": "hex", "name": "a.bin", "mimeType": "application/x-test"});
    let event = json!({"name": "Contact Created", "payload": {"title": "T", "file": file}});
    assert_eq!(world.post("ann", "/sdk/events/trigger", event).await.status, 201);
    for round in 0.. {
        if seen.lock().len() == 2 {
            break;
        }
        assert!(round < 200, "{}", world.admin.get(&format!("{}/runs", world.api)).await.text);
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let seen = seen.lock();
    assert_eq!(seen[0], ("application/x-test".to_owned(), bytes()));
    let (kind, form) = &seen[1];
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    let head = b"name=\"file\"; filename=\"a.bin\"\r\nContent-Type: application/x-test\r\n\r\n";
    let at = form.windows(head.len()).position(|window| window == head).expect("the part's head") + head.len();
    assert_eq!(form[at..at + 512], bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_brings_files_in_a_form_or_as_its_body() {
    let world = world().await;
    let workflow = world
        .with(
            "Back",
            json!({"trigger": {"request": {}}, "steps": [
                {"key": "say", "response": {"status": 200, "headers": {"X-Title": "{{ trigger.body.title }}"}, "file": "{{ trigger.body.doc or trigger.body }}"}},
            ]}),
        )
        .await;
    let send = async |kind: &str, body: Vec<u8>| {
        let address = format!("{}/projects/{}/sdk/triggers/{workflow}", world.test.base, world.project);
        let request = world.http.post(address).bearer_auth(world.token("ann")).header("content-type", kind);
        let came = request.body(body).send().await.expect("an answer");
        let (status, headers) = (came.status().as_u16(), came.headers().clone());
        (status, headers, came.bytes().await.expect("a whole answer").to_vec())
    };
    let (status, headers, body) = send("image/png", bytes()).await;
    assert_eq!((status, body), (200, bytes()));
    assert_eq!(headers["content-type"], "image/png");

    let mut form = b"--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA title\r\n".to_vec();
    form.extend(
        b"--B\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"d.png\"\r\nContent-Type: image/png\r\n\r\n",
    );
    form.extend(bytes());
    form.extend(b"\r\n--B--\r\n");
    let (status, headers, body) = send("multipart/form-data; boundary=B", form).await;
    assert_eq!((status, body), (200, bytes()));
    assert_eq!(headers["x-title"], "A title");
    assert_eq!(headers["content-type"], "image/png");
    let (status, _, body) = send("multipart/form-data", b"--B".to_vec()).await;
    assert_eq!(status, 400, "{}", String::from_utf8_lossy(&body));
    let large = answer(world.call(Method::POST, &format!("/sdk/triggers/{workflow}"), &world.token("ann")).body(vec![
            b'a';
            (1 << 20)
                + 1
        ]));
    assert_eq!(large.await.status, 413);
}
