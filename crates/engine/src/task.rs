//! One attempt of one step: what it is filled in with, what it comes to, what its outcome means.

use linchpin_domain::connector::{ActionCall, ActionError, ActionOutput, ActionPlan, DoubtStrategy, Settled};
use linchpin_domain::delay::Delay;
use linchpin_domain::http_request::{Pages, RequestCall, RequestSpec};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::Fault;
use linchpin_domain::step::{MOST_ITEMS, OnError, Step};
use linchpin_domain::template::Context;
use linchpin_domain::{Connector, Timestamp};
use linchpin_store::routing::UserRouting;
use serde_json::{Map, Value, json};

use crate::active::Active;
use crate::context::{self, Masker};
use crate::decide::{NO, What, YES};
use crate::flight::{Call, Flight, Landing, Requesting};
use crate::function::FunctionError;
use crate::progress::{Stand, StepProgress};
use crate::requesting;
use crate::responses::Response;
use crate::retry::{self, Question, Verdict};
use crate::snapshot::Project;

/// A step about to be performed or settled, or one whose call has landed.
pub struct Task<'a> {
    pub run: &'a Active,
    pub project: &'a Project,
    pub step: &'a Step,
    /// Where it stands, as the journal says it.
    pub path: &'a str,
    pub attempt: u32,
}

/// What an attempt is, once its inputs are known.
pub enum Prepared {
    /// It is done already, or cannot be done.
    Line(Event),
    /// It is done, and a caller is answered.
    Answer(Event, Response),
    /// Only a person can say whether it happened.
    Ask(Fault),
    /// A call.
    Flight(Box<Flight>),
}

/// What a landed call means.
#[expect(clippy::large_enum_variant, reason = "the large one is nearly every one")]
pub enum Outcome {
    /// Journaled; `pause` holds the account back.
    Line { event: Event, pause: Option<Timestamp> },
    /// Only a person can say whether it happened.
    Ask(Fault),
    /// The provider could not be asked; again then.
    AskLater { at: Timestamp, fault: Fault, pause: bool },
}

/// An attempt that failed and is not repeated.
struct Lost<'a> {
    inputs: Option<Value>,
    code: &'a str,
    message: String,
    rule: &'a str,
    duration_ms: u64,
}

impl Task<'_> {
    pub fn entry(&self, at: Timestamp, event: Event) -> Entry {
        Entry { step: self.path.to_owned(), attempt: self.attempt, at, event }
    }

    pub fn fault(&self, code: &str, message: &str) -> Fault {
        Fault { code: code.to_owned(), message: message.to_owned(), step: Some(self.path.to_owned()) }
    }

    pub fn masker(&self) -> Masker<'_> {
        Masker::new(self.run, self.project)
    }

    pub fn progress(&self) -> Option<&StepProgress> {
        self.run.progress.step(self.path)
    }

    fn context(&self, user: &UserRouting) -> Context {
        context::context(self.run, self.path, user, self.project)
    }

    /// What the step's templates give.
    pub fn fill(&self, context: &Context) -> Result<Value, String> {
        match self.run.version.template(&self.step.key) {
            Some(Ok(template)) => template.fill(context).map_err(|error| error.to_string()),
            Some(Err(error)) => Err(error.to_string()),
            None => Ok(Value::Null),
        }
    }

    /// The call of an action with these inputs. A null is left out by the connector.
    pub fn call(&self, inputs: Map<String, Value>, intent_at: Timestamp) -> ActionCall {
        ActionCall {
            project_id: self.run.project_id,
            credential_id: self.run.credential_id,
            connector: self.step.connector.clone().unwrap_or_else(|| self.run.version.connector.clone()),
            action: self.step.action.clone().unwrap_or_default(),
            inputs,
            idempotency_key: format!("{}/{}", self.run.id, self.path),
            intent_at,
            urgent: self.run.is_urgent(),
            together: self.run.version.together,
        }
    }

    fn flight(&self, call: Call, inputs: Value, now: Timestamp) -> Prepared {
        Prepared::Flight(Box::new(Flight {
            path: self.path.to_owned(),
            attempt: self.attempt,
            began: now,
            inputs: Some(inputs),
            extra: false,
            turn: None,
            call,
        }))
    }

    /// What [`decide`](crate::decide::decide) asks for: done at once, or a call.
    pub fn begin(&self, what: &What, user: &UserRouting, connector: &dyn Connector, now: Timestamp) -> Prepared {
        match what {
            What::EndItem(fault) => Prepared::Line(self.item_ended(fault.clone())),
            What::EndLoop => Prepared::Line(self.loop_ended()),
            What::Perform { .. } => self.prepare(user, connector, now),
            What::Settle { intent_at } => self.settle(user, connector, *intent_at, now),
        }
    }

    /// Fills the step in, and does what needs nobody else.
    fn prepare(&self, user: &UserRouting, connector: &dyn Connector, now: Timestamp) -> Prepared {
        let context = self.context(user);
        if let Some(request) = &self.step.request {
            return self.request(request, context, now);
        }
        let filled = match self.fill(&context) {
            Ok(filled) => filled,
            Err(message) => return Prepared::Line(self.unfilled(&message)),
        };
        if let Some(conditions) = &self.step.conditions {
            let holds = conditions.holds(&filled).unwrap_or(false);
            let inputs = Some(self.masker().value(filled));
            let output = json!({"selectedChoice": if holds { YES } else { NO }});
            return Prepared::Line(self.succeeded(inputs, output, 0));
        }
        if self.step.for_each.is_some() {
            return Prepared::Line(self.begin_loop(filled));
        }
        let inputs = match filled {
            Value::Object(inputs) => inputs,
            _ => Map::new(),
        };
        if let Some(delay) = &self.step.delay {
            return Prepared::Line(self.delay(delay, inputs, now));
        }
        if self.step.response.is_some() {
            return self.answer(inputs);
        }
        let masked = self.masker().value(Value::Object(inputs.clone()));
        if let Some(function) = &self.step.function {
            return self.flight(Call::Function { code: function.code.clone(), parameters: inputs }, masked, now);
        }
        let call = self.call(inputs, now);
        match connector.plan(&call) {
            Ok(plan) => self.flight(Call::Action(Box::new(call), plan), masked, now),
            Err(error) => Prepared::Line(self.failed(&error, DoubtStrategy::Safe, Some(masked), 0, now, 0)),
        }
    }

    fn request(&self, written: &RequestSpec, context: Context, now: Timestamp) -> Prepared {
        let unfilled = |message: &str| Prepared::Line(self.unfilled(message));
        let template = match self.run.version.template(&self.step.key) {
            Some(Ok(template)) => template.clone(),
            Some(Err(error)) => return unfilled(&error.to_string()),
            None => return unfilled("the request is not in the version"),
        };
        let mut source = requesting::Source { template, context };
        let filled = match source.page(&Value::Null) {
            Ok(filled) => filled,
            Err(message) => return unfilled(&message),
        };
        let pages = match written.paginate.as_ref().map(Pages::new).transpose() {
            Ok(pages) => pages.map(|pages| (pages, source)),
            Err(error) => return unfilled(&error.to_string()),
        };
        let to_provider = !filled.has_full_address();
        let inputs = self.masker().value(serde_json::to_value(&filled).unwrap_or_default());
        let call = RequestCall {
            project_id: self.run.project_id,
            credential_id: to_provider.then_some(self.run.credential_id),
            connector: to_provider
                .then(|| self.step.connector.clone().unwrap_or_else(|| self.run.version.connector.clone())),
            request: filled,
            idempotency_key: format!("{}/{}", self.run.id, self.path),
            intent_at: now,
        };
        self.flight(Call::Request(Box::new(Requesting { call, pages })), inputs, now)
    }

    fn begin_loop(&self, filled: Value) -> Event {
        let rule = "the list is no list that can be worked on: repeating it cannot help";
        let lost = |code, message| self.lost(Lost { inputs: None, code, message, rule, duration_ms: 0 });
        match self.masker().value(filled) {
            Value::Array(items) if items.len() > MOST_ITEMS => {
                lost("too_many_items", format!("the list has {} items; a loop takes at most {MOST_ITEMS}", items.len()))
            }
            Value::Array(items) => Event::Looping { items },
            Value::Null => Event::Looping { items: Vec::new() },
            other => {
                let kind = match other {
                    Value::Object(_) => "an object",
                    Value::String(_) => "a text",
                    _ => "one value",
                };
                lost("no_list", format!("`forEach` needs a list; the expression gave {kind}"))
            }
        }
    }

    /// All that is done for an item is done, or failed for good.
    fn item_ended(&self, fault: Option<Fault>) -> Event {
        match fault {
            None => self.succeeded(None, Value::Null, 0),
            Some(fault) => Event::Failed {
                inputs: None,
                fault,
                duration_ms: 0,
                exchange: None,
                next_attempt_at: None,
                rule: "a step of this item failed for good; the other items go on".into(),
                counts: true,
            },
        }
    }

    /// Every item of a loop is done.
    fn loop_ended(&self) -> Event {
        let looping = self.run.progress.looping(self.path);
        match looping.and_then(|looping| looping.fault(&self.step.key)) {
            // Where the run goes on, the counts say more than one error.
            Some(fault) if self.step.on_error == OnError::Stop => Event::Failed {
                inputs: None,
                fault,
                duration_ms: 0,
                exchange: None,
                next_attempt_at: None,
                rule: "an item failed; what was done for the others stays done".into(),
                counts: true,
            },
            _ => {
                let output = looping.map(crate::progress::Loop::output).unwrap_or_default();
                self.succeeded(None, output, 0)
            }
        }
    }

    fn answer(&self, inputs: Map<String, Value>) -> Prepared {
        let masked = Some(self.masker().value(Value::Object(inputs.clone())));
        match Response::of(&inputs) {
            Ok(response) => Prepared::Answer(self.succeeded(masked, Value::Object(Map::new()), 0), response),
            Err(message) => Prepared::Line(self.lost(Lost {
                inputs: masked,
                code: "invalid_inputs",
                message: self.masker().text(message),
                rule: "the response is none: repeating it cannot help",
                duration_ms: 0,
            })),
        }
    }

    /// A delay begins, or, when it was begun before and its time has come, is done.
    fn delay(&self, delay: &Delay, inputs: Map<String, Value>, now: Timestamp) -> Event {
        if let Some(Stand::Waiting { since, .. }) = self.progress().map(|progress| &progress.stand) {
            return self.succeeded(None, Value::Object(Map::new()), duration(*since, now));
        }
        let masked = self.masker().value(Value::Object(inputs.clone()));
        match delay.duration(inputs.get("amount").unwrap_or(&Value::Null)) {
            Ok(length) => Event::Waiting { inputs: masked, until: now.plus(length) },
            Err(message) => self.lost(Lost {
                inputs: Some(masked),
                code: "invalid_inputs",
                message: self.masker().text(message),
                rule: "the delay's amount is no number: repeating it cannot help",
                duration_ms: 0,
            }),
        }
    }

    pub fn succeeded(&self, inputs: Option<Value>, output: Value, duration_ms: u64) -> Event {
        Event::Succeeded { inputs, output: self.masker().value(output), duration_ms, exchange: None, adopted: false }
    }

    fn lost(&self, lost: Lost<'_>) -> Event {
        Event::Failed {
            inputs: lost.inputs,
            fault: self.fault(lost.code, &lost.message),
            duration_ms: lost.duration_ms,
            exchange: None,
            next_attempt_at: None,
            rule: lost.rule.into(),
            counts: true,
        }
    }

    /// The step's inputs could not be filled in.
    fn unfilled(&self, message: &str) -> Event {
        self.lost(Lost {
            inputs: None,
            code: "template",
            message: self.masker().text(message.to_owned()),
            rule: "the step's inputs could not be filled in: repeating it cannot help",
            duration_ms: 0,
        })
    }

    /// What a call that has landed means.
    pub fn landed(&self, flight: &Flight, landing: Landing, now: Timestamp, random: u128) -> Outcome {
        let duration_ms = duration(flight.began, now);
        let event = match landing {
            Landing::Called(Ok(output)) => self.done(flight.inputs.clone(), output, duration_ms, false),
            Landing::Called(Err(error)) => {
                let pause = match &error {
                    // Another server's limits are not the account's.
                    ActionError::RateLimited { retry_after, .. } if flight.is_on_account() => {
                        Some(now.plus(*retry_after))
                    }
                    _ => None,
                };
                let event = self.failed(&error, flight.strategy(), flight.inputs.clone(), duration_ms, now, random);
                return Outcome::Line { event, pause };
            }
            // A Function has no effect outside, so it needs no intent: a crash runs it again.
            Landing::Function(Ok(result)) => {
                self.succeeded(flight.inputs.clone(), json!({ "result": result }), duration_ms)
            }
            Landing::Function(Err(error)) => self.threw(flight.inputs.clone(), &error, duration_ms),
            Landing::Settled(settled) => return self.settled(flight, settled, now, random),
        };
        Outcome::Line { event, pause: None }
    }

    fn threw(&self, inputs: Option<Value>, error: &FunctionError, duration_ms: u64) -> Event {
        self.lost(Lost {
            inputs,
            code: error.code(),
            message: self.masker().text(error.to_string()),
            rule: "a Function does the same with the same parameters: repeating it cannot help",
            duration_ms,
        })
    }

    /// A call that did what it should.
    pub fn done(&self, inputs: Option<Value>, output: ActionOutput, duration_ms: u64, adopted: bool) -> Event {
        let masker = self.masker();
        Event::Succeeded {
            inputs,
            output: masker.value(output.output),
            duration_ms,
            exchange: masker.exchange(output.exchange),
            adopted,
        }
    }

    /// What the journal says about a failed attempt: failed, tried again, or in doubt.
    fn failed(
        &self,
        error: &ActionError,
        strategy: DoubtStrategy,
        inputs: Option<Value>,
        duration_ms: u64,
        now: Timestamp,
        random: u128,
    ) -> Event {
        let masker = self.masker();
        let fault = self.fault(error.code(), &masker.text(error.to_string()));
        let exchange = masker.exchange(error.exchange().cloned());
        let (used, interruptions) = self.progress().map_or((0, 0), |progress| (progress.used, progress.interruptions));
        if error.code() == CONFLICT && interruptions == 1 {
            // The first request was still travelling when it was looked up, and has arrived since: ask
            // again. Once only: a second time the record in the way is somebody else's.
            return Event::InDoubt { fault, exchange };
        }
        let question = Question { error, strategy, used, retry: self.step.retry, now, random };
        let (next_attempt_at, rule, counts) = match retry::decide(question) {
            Verdict::Doubt => return Event::InDoubt { fault, exchange },
            Verdict::Retry { at, counts, rule } => (Some(at), rule, counts),
            Verdict::Fail { rule } => (None, rule, true),
        };
        Event::Failed { inputs, fault, duration_ms, exchange, next_attempt_at, rule, counts }
    }

    /// How a doubt about a write is settled: at once, by asking the provider, or by a person.
    fn settle(&self, user: &UserRouting, connector: &dyn Connector, intent_at: Timestamp, now: Timestamp) -> Prepared {
        let stored = self.progress().and_then(|progress| progress.inputs.as_ref());
        if let Some(written) = &self.step.request {
            // As it was sent: its method may be an expression.
            let sent = stored.and_then(|stored| serde_json::from_value::<RequestSpec>(stored.clone()).ok());
            return match requesting::strategy(sent.as_ref().unwrap_or(written)) {
                DoubtStrategy::Safe => Prepared::Line(self.again(AGAIN_SAFELY, now)),
                _ => Prepared::Ask(self.doubt("nobody but the server that got this request knows whether it happened")),
            };
        }
        // Masked inputs are no inputs: those are filled in again from the same event.
        let inputs = match stored {
            Some(Value::Object(inputs)) if !stored.is_some_and(|stored| stored.to_string().contains(context::MASK)) => {
                inputs.clone()
            }
            _ => match self.fill(&self.context(user)) {
                Ok(Value::Object(inputs)) => inputs,
                Ok(_) => Map::new(),
                Err(message) => return Prepared::Ask(self.doubt(&message)),
            },
        };
        let call = self.call(inputs, intent_at);
        let plan = connector.plan(&call).unwrap_or(ActionPlan {
            strategy: DoubtStrategy::Ask,
            serial_key: None,
            reads_only: false,
            join: None,
        });
        match plan.strategy {
            DoubtStrategy::Safe | DoubtStrategy::IdempotencyKey => Prepared::Line(self.again(AGAIN_SAFELY, now)),
            DoubtStrategy::Ask => {
                Prepared::Ask(self.doubt("nothing at the provider tells whether this write happened"))
            }
            DoubtStrategy::NaturalKey => self.flight(Call::Settle(Box::new(call), plan), Value::Null, now),
        }
    }

    fn settled(&self, flight: &Flight, settled: Result<Settled, ActionError>, now: Timestamp, random: u128) -> Outcome {
        let line = |event| Outcome::Line { event, pause: None };
        let Call::Settle(call, _) = &flight.call else { return line(self.again(AGAIN_SAFELY, now)) };
        let masker = self.masker();
        match settled {
            Ok(Settled::Happened(output)) => line(self.done(None, output, duration(call.intent_at, now), true)),
            Ok(Settled::DidNotHappen) => {
                line(self.again("the provider has no such record, so the write did not happen; it is sent again", now))
            }
            Ok(Settled::Unknown(reason)) => Outcome::Ask(self.doubt(&masker.text(reason))),
            Err(ActionError::Reauthorize { message, .. }) => Outcome::Ask(self.doubt(&masker.text(message))),
            Err(error) => {
                // The provider cannot be asked just now. Asking uses up no retries: nothing is sent.
                let (wait, pause) = match &error {
                    ActionError::RateLimited { retry_after, .. } => (*retry_after, true),
                    _ => (retry::ask_after(now.since(call.intent_at), random), false),
                };
                let fault = self.fault(error.code(), &masker.text(error.to_string()));
                Outcome::AskLater { at: now.plus(wait), fault, pause }
            }
        }
    }

    /// The write of a doubt did not happen, or may be repeated.
    fn again(&self, rule: &str, now: Timestamp) -> Event {
        let message = "the server stopped, or the answer was lost, while this write was under way";
        Event::Failed {
            inputs: None,
            fault: self.fault(INTERRUPTED, message),
            duration_ms: 0,
            exchange: None,
            next_attempt_at: Some(now),
            rule: rule.into(),
            counts: false,
        }
    }

    fn doubt(&self, reason: &str) -> Fault {
        let message = format!(
            "it is not known whether this write happened: {reason}. Look at the provider, then settle it by hand"
        );
        self.fault("in_doubt", &message)
    }
}

const AGAIN_SAFELY: &str = "it may be repeated safely, so it is sent again";
/// The class of an error that says that the record exists already.
const CONFLICT: &str = "conflict";
/// The fault of an attempt that was found not to have happened after a doubt.
pub const INTERRUPTED: &str = "interrupted";

/// Milliseconds between two moments.
pub fn duration(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.since(from).as_millis()).unwrap_or(u64::MAX)
}
