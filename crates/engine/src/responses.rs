//! Callers that wait for a run's answer: the door of a Request trigger, and the Response step that
//! answers it.
//!
//! A waiter is in memory alone. It is registered before its run is handed over, so that no answer can
//! come too early; it goes with the caller's connection, and with the process. The run knows nothing
//! of it: nobody waiting is as good as somebody.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::file::File;
use linchpin_domain::id::RunId;
use linchpin_domain::run::{Fault, State};
use linchpin_domain::step;
use linchpin_domain::workflow::Definition;
use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::sync::{oneshot, watch};

use crate::Engine;

/// Callers that may wait at once.
const WAITING: usize = 10_000;

/// What a Response step answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers, the type of the body among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    /// A file.
    fn file(status: u16, file: File) -> Self {
        let mut headers = vec![("content-type".to_owned(), file.mime_type)];
        if let Some(name) = file.name {
            headers.push(("content-disposition".to_owned(), disposition(&name)));
        }
        Self { status, headers, body: file.bytes }
    }

    /// A Response step that is filled in: its `status`, `headers`, and `body` or `file`.
    pub fn of(filled: &Map<String, Value>) -> Result<Self, String> {
        let status = match filled.get("status") {
            Some(Value::Number(status)) => status.as_u64(),
            Some(Value::String(status)) => status.trim().parse().ok(),
            _ => None,
        };
        let status = status.filter(|status| (200..600).contains(status)).and_then(|status| u16::try_from(status).ok());
        let status = status.ok_or("a response's status is a number from 200 to 599")?;
        let mut response = match (filled.get("file"), filled.get("body")) {
            (Some(Value::Null), _) => return Err("there is no file to answer with".into()),
            (Some(file), _) => match File::read(file) {
                Some(file) => Self::file(status, file?),
                None => {
                    return Err("`file` gives no file; one is an object with `data`, `mimeType` and `name`".into());
                }
            },
            (None, Some(Value::String(text))) => {
                let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
                Self { status, headers, body: text.clone().into_bytes() }
            }
            (None, Some(Value::Null) | None) => Self { status, headers: Vec::new(), body: Vec::new() },
            (None, Some(body)) => Self::json(status, body),
        };
        for (name, value) in filled.get("headers").and_then(Value::as_object).into_iter().flatten() {
            let value = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let name = name.to_ascii_lowercase();
            response.headers.retain(|(held, _)| *held != name);
            response.headers.push((name, value));
        }
        Ok(response)
    }
}

/// How a file is named to a browser (RFC 6266): it is saved, not shown.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// What a waiting caller learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A Response step was reached.
    Response(Response),
    /// The run ended without one.
    Ended {
        /// How.
        state: State,
        /// Why, unless it succeeded.
        fault: Option<Fault>,
    },
}

/// Whether a workflow of this definition answers its caller: it has a Response step somewhere.
pub fn answers(definition: &Definition) -> bool {
    let mut answers = false;
    step::each(&definition.steps, &mut |step| answers |= step.response.is_some());
    answers
}

/// Who waits.
#[derive(Default)]
pub struct Responses {
    waiting: Mutex<HashMap<RunId, oneshot::Sender<Answer>>>,
    /// Who looks on: told whenever a run ends, waits or is in doubt.
    watched: Mutex<HashMap<RunId, watch::Sender<()>>>,
}

impl Responses {
    /// Registers a caller; `None` when too many wait already.
    pub fn wait(self: &Arc<Self>, run_id: RunId) -> Option<Waiting> {
        let (sender, answer) = oneshot::channel();
        let mut waiting = self.waiting.lock();
        if waiting.len() >= WAITING {
            return None;
        }
        waiting.insert(run_id, sender);
        Some(Waiting { run_id, responses: Arc::clone(self), answer })
    }

    /// Looks on at a run; `None` when too many do already.
    pub fn watch(self: &Arc<Self>, run_id: RunId) -> Option<Watcher> {
        let mut watched = self.watched.lock();
        if watched.len() >= WAITING {
            return None;
        }
        let receiver = watched.entry(run_id).or_insert_with(|| watch::channel(()).0).subscribe();
        Some(Watcher { run_id, responses: Arc::clone(self), receiver })
    }

    /// A run ended, waits or is in doubt, and that is durable.
    pub fn moved(&self, run_id: RunId) {
        if let Some(sender) = self.watched.lock().get(&run_id) {
            sender.send_replace(());
        }
    }

    /// A run ended. Who still waits for its answer waits no longer.
    pub fn ended(&self, run_id: RunId, state: State, fault: Option<&Fault>) {
        self.moved(run_id);
        if let Some(waiting) = self.waiting.lock().remove(&run_id) {
            // A caller that has just gone does not want it.
            let _ = waiting.send(Answer::Ended { state, fault: fault.cloned() });
        }
    }

    fn respond(&self, run_id: RunId, response: Response) {
        if let Some(waiting) = self.waiting.lock().remove(&run_id) {
            let _ = waiting.send(Answer::Response(response));
        }
    }
}

/// Looks on at a run. What it is told is that there is something to read.
pub struct Watcher {
    run_id: RunId,
    responses: Arc<Responses>,
    receiver: watch::Receiver<()>,
}

impl Watcher {
    /// Waits until the run has moved since the last time.
    pub async fn moved(&mut self) {
        // The sender lives as long as somebody looks on.
        let _ = self.receiver.changed().await;
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut watched = self.responses.watched.lock();
        // This one is still counted.
        if watched.get(&self.run_id).is_some_and(|sender| sender.receiver_count() <= 1) {
            watched.remove(&self.run_id);
        }
    }
}

/// A caller that waits. Dropped, it waits no longer.
pub struct Waiting {
    run_id: RunId,
    responses: Arc<Responses>,
    answer: oneshot::Receiver<Answer>,
}

impl Waiting {
    /// The run.
    pub fn run_id(&self) -> RunId {
        self.run_id
    }

    /// The answer; `None` when it did not come in time.
    pub async fn answer(&mut self, within: Duration) -> Option<Answer> {
        tokio::time::timeout(within, &mut self.answer).await.ok()?.ok()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.responses.waiting.lock().remove(&self.run_id);
    }
}

impl Engine {
    /// Answers the caller that waits for a run, if there still is one. Called when the line of the Response step is
    /// durable.
    pub(crate) fn respond(&self, run_id: RunId, response: Response) {
        self.inner.responses.respond(run_id, response);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linchpin_domain::clock::ManualClock;
    use serde_json::json;

    #[tokio::test]
    async fn a_caller_is_answered_once_and_leaves_nothing_behind() {
        let clock = ManualClock::default();
        let responses = Arc::new(Responses::default());
        let (one, two, three) = (RunId::fresh(&clock), RunId::fresh(&clock), RunId::fresh(&clock));
        let mut first = responses.wait(one).expect("there is room");
        let mut second = responses.wait(two).expect("there is room");
        let mut third = responses.wait(three).expect("there is room");
        let response = Response::json(201, &json!({"ok": true}));
        responses.respond(one, response.clone());
        responses.ended(one, State::Succeeded, None);
        responses.ended(two, State::Succeeded, None);
        let soon = Duration::from_millis(20);
        assert_eq!(first.answer(soon).await, Some(Answer::Response(response)));
        assert_eq!(second.answer(soon).await, Some(Answer::Ended { state: State::Succeeded, fault: None }));
        assert_eq!(third.answer(soon).await, None);
        assert_eq!(responses.waiting.lock().len(), 1);
        drop(third);
        assert_eq!(responses.waiting.lock().len(), 0);
    }

    #[tokio::test]
    async fn all_who_look_on_are_told_and_leave_nothing_behind() {
        let clock = ManualClock::default();
        let responses = Arc::new(Responses::default());
        let run_id = RunId::fresh(&clock);
        let mut one = responses.watch(run_id).expect("there is room");
        let mut two = responses.watch(run_id).expect("there is room");
        responses.moved(run_id);
        responses.moved(RunId::fresh(&clock));
        one.moved().await;
        two.moved().await;
        assert!(tokio::time::timeout(Duration::from_millis(20), one.moved()).await.is_err(), "told once");
        drop(one);
        assert_eq!(responses.watched.lock().len(), 1);
        drop(two);
        assert_eq!(responses.watched.lock().len(), 0);
    }

    #[test]
    fn callers_that_wait_are_bounded() {
        let clock = ManualClock::default();
        let responses = Arc::new(Responses::default());
        let all: Vec<_> = (0..WAITING).map(|_| responses.wait(RunId::fresh(&clock)).expect("there is room")).collect();
        assert!(responses.wait(RunId::fresh(&clock)).is_none());
        drop(all);
        assert!(responses.wait(RunId::fresh(&clock)).is_some());
    }

    #[test]
    fn a_file_is_answered_byte_for_byte_with_its_type_and_name() {
        let file = json!({"data": "00ff41", "mimeType": "image/png", "name": "a \"b\" ü.png"});
        let filled = json!({"status": 200, "headers": {"X-A": "1"}, "body": null, "file": file});
        let response = Response::of(filled.as_object().expect("an object")).expect("a response");
        assert_eq!((response.status, &response.body[..]), (200, &[0, 255, 65][..]));
        let headers: Vec<_> = response.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(
            headers,
            [
                "content-type: image/png",
                "content-disposition: attachment; filename=\"a _b_ _.png\"; filename*=UTF-8''a%20%22b%22%20%C3%BC.png",
                "x-a: 1",
            ]
        );
        for wrong in [json!(null), json!("text"), json!({"data": "0", "mimeType": "a/b"})] {
            let filled = json!({"status": 200, "body": null, "file": wrong});
            assert!(Response::of(filled.as_object().expect("an object")).is_err(), "{filled}");
        }
    }
}
