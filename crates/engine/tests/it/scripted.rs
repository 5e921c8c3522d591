//! A connector that answers from a script and remembers what it did.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use linchpin_domain::Connector;
use linchpin_domain::connector::{
    ActionCall, ActionError, ActionOutput, ActionPlan, DoubtStrategy, Join, Sent, Settled,
};
use linchpin_domain::http_request::RequestCall;
use parking_lot::Mutex;
use serde_json::{Value, json};

/// What the provider does with a call.
#[derive(Debug, Clone)]
pub enum Answer {
    Done,
    /// It takes effect, then the answer is lost.
    DoneButLost,
    /// It is lost before it takes effect.
    Lost,
    /// The connection is never made.
    NotSent,
    Limited(Duration),
    Rejected,
    /// The record exists already: it was made by a request that was still travelling.
    ConflictWithOurOwn,
    Conflict,
    /// A request that is never answered.
    Hangs,
}

/// A provider that does not enforce unique e-mails: it proves nothing by itself.
#[derive(Default)]
pub struct Scripted {
    /// Answers per e-mail, in order; `Done` when there are none left.
    pub answers: Mutex<HashMap<String, Vec<Answer>>>,
    /// E-mails of the records that exist, in the order of their making.
    pub records: Mutex<Vec<String>>,
    pub calls: AtomicUsize,
    pub latency: Duration,
    /// Calls that are under way, and the most there ever were.
    pub busy: AtomicUsize,
    pub most_busy: AtomicUsize,
    pub strategy: Option<DoubtStrategy>,
    /// Outputs of requests, in order.
    pub pages: Mutex<VecDeque<Result<Value, Answer>>>,
    /// The requests that were made.
    pub requests: Mutex<Vec<RequestCall>>,
    /// Whether the account's quota is short: writes may be joined then.
    pub short: AtomicBool,
    /// Nothing is done, and nobody is answered.
    pub away: AtomicBool,
    /// How many writes each joined call had.
    pub batches: Mutex<Vec<usize>>,
}

impl Scripted {
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    pub fn answer(&self, email: &str, answers: Vec<Answer>) {
        self.answers.lock().insert(email.to_owned(), answers);
    }

    pub fn count(&self, email: &str) -> usize {
        self.records.lock().iter().filter(|record| *record == email).count()
    }

    /// A call is on its way and back.
    async fn travel(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let busy = self.busy.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_busy.fetch_max(busy, Ordering::SeqCst);
        tokio::time::sleep(self.latency).await;
        self.busy.fetch_sub(1, Ordering::SeqCst);
    }

    /// What the provider does with a write that has arrived.
    fn done(&self, call: &ActionCall) -> Result<ActionOutput, ActionError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(error(&Answer::Lost));
        }
        let email = email(call);
        let answer = self
            .answers
            .lock()
            .get_mut(&email)
            .and_then(|answers| (!answers.is_empty()).then(|| answers.remove(0)))
            .unwrap_or(Answer::Done);
        match answer {
            Answer::Done => {
                self.records.lock().push(email.clone());
                Ok(ActionOutput { output: json!({"id": "1", "email": email}), exchange: None })
            }
            Answer::DoneButLost => {
                self.records.lock().push(email);
                Err(error(&Answer::Lost))
            }
            Answer::ConflictWithOurOwn => {
                self.records.lock().push(email);
                Err(error(&answer))
            }
            _ => Err(error(&answer)),
        }
    }
}

fn email(call: &ActionCall) -> String {
    call.inputs.get("email").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What the caller hears of an answer that is no success.
fn error(answer: &Answer) -> ActionError {
    let provider = "test".to_owned();
    let lost =
        |sent| ActionError::Unreachable { provider: "test".into(), sent, message: "reset".into(), exchange: None };
    let rejected = |status, code: &str, message: &str| ActionError::Rejected {
        provider: "test".into(),
        status,
        code: code.into(),
        message: message.into(),
        exchange: None,
    };
    match answer {
        Answer::Done | Answer::DoneButLost | Answer::Lost | Answer::Hangs => lost(Sent::Maybe),
        Answer::NotSent => lost(Sent::No),
        Answer::Limited(retry_after) => {
            ActionError::RateLimited { provider, retry_after: *retry_after, exchange: None }
        }
        Answer::ConflictWithOurOwn | Answer::Conflict => rejected(409, "conflict", "exists"),
        Answer::Rejected => rejected(400, "validation", "no"),
    }
}

#[async_trait]
impl Connector for Scripted {
    fn plan(&self, call: &ActionCall) -> Result<ActionPlan, ActionError> {
        if call.action == "contacts.get" {
            return Ok(ActionPlan { strategy: DoubtStrategy::Safe, serial_key: None, reads_only: true, join: None });
        }
        if email(call).is_empty() {
            return Err(ActionError::Invalid { message: "`email` is missing".into() });
        }
        Ok(ActionPlan {
            strategy: self.strategy.unwrap_or(DoubtStrategy::NaturalKey),
            serial_key: Some(email(call)),
            reads_only: false,
            join: self.short.load(Ordering::SeqCst).then(|| Join {
                group: call.action.clone(),
                most: 100,
                distinct: Some(email(call)),
                wait: Duration::ZERO,
            }),
        })
    }

    async fn perform(&self, call: &ActionCall) -> Result<ActionOutput, ActionError> {
        self.travel().await;
        self.done(call)
    }

    async fn perform_joined(&self, calls: &[ActionCall]) -> Vec<Result<ActionOutput, ActionError>> {
        self.batches.lock().push(calls.len());
        self.travel().await;
        calls.iter().map(|call| self.done(call)).collect()
    }

    async fn settle(&self, call: &ActionCall) -> Result<Settled, ActionError> {
        if self.away.load(Ordering::SeqCst) {
            self.travel().await;
            return Err(error(&Answer::Lost));
        }
        let email = email(call);
        Ok(if self.count(&email) > 0 {
            Settled::Happened(ActionOutput { output: json!({"id": "1", "email": email}), exchange: None })
        } else {
            Settled::DidNotHappen
        })
    }
    async fn request(&self, call: &RequestCall) -> Result<ActionOutput, ActionError> {
        self.requests.lock().push(call.clone());
        let page = self.pages.lock().pop_front();
        match page {
            Some(Err(Answer::Hangs)) => std::future::pending().await,
            Some(Ok(output)) => Ok(ActionOutput { output, exchange: None }),
            Some(Err(answer)) => Err(error(&answer)),
            None => Ok(ActionOutput { output: json!({"response": {"statusCode": 200}}), exchange: None }),
        }
    }
}
