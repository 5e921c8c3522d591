//! A call that is under way, with all that it needs: it borrows nothing of its run.

use linchpin_domain::connector::{ActionCall, ActionError, ActionOutput, ActionPlan, DoubtStrategy, Settled};
use linchpin_domain::http_request::{Pages, RequestCall};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::{Clock, Connector, Timestamp};
use serde_json::{Map, Value};
use tokio::sync::OwnedMutexGuard;

use crate::Engine;
use crate::active::Active;
use crate::context::Masker;
use crate::function::{self, FunctionError};
use crate::progress::key_of;
use crate::requesting;
use crate::snapshot::Project;

/// A call that is set off.
pub struct Flight {
    /// The step's path.
    pub path: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// When it was set off.
    pub began: Timestamp,
    /// The inputs, masked, until an intent holds them.
    pub inputs: Option<Value>,
    /// Holds a further slot of the scheduler.
    pub extra: bool,
    /// The turn among writes with the same natural key.
    pub turn: Option<OwnedMutexGuard<()>>,
    /// What is called.
    pub call: Call,
}

/// What is called.
pub enum Call {
    /// An action of a provider.
    Action(Box<ActionCall>, ActionPlan),
    /// An HTTP request of the step's own.
    Request(Box<Requesting>),
    /// JavaScript.
    Function { code: String, parameters: Map<String, Value> },
    /// Whether a write happened.
    Settle(Box<ActionCall>, ActionPlan),
}

/// A request and what its further pages are made of.
pub struct Requesting {
    pub call: RequestCall,
    pub pages: Option<(Pages, requesting::Source)>,
}

/// What became of a flight.
pub enum Landed {
    /// Its turn has come.
    Granted(Box<Flight>),
    /// It is over.
    Done(Box<Flight>, Box<Landing>),
}

/// The answer.
pub enum Landing {
    Called(Result<ActionOutput, ActionError>),
    Settled(Result<Settled, ActionError>),
    Function(Result<Value, FunctionError>),
}

impl Landing {
    /// Whether the provider was heard. It was not where there was no answer, or one of somebody who stands before it;
    /// what it answers to one request says nothing about the others. `None` where nobody tried.
    pub fn was_heard(&self) -> Option<bool> {
        let error = match self {
            Self::Called(Ok(_)) | Self::Settled(Ok(_)) => return Some(true),
            Self::Called(Err(error)) | Self::Settled(Err(error)) => error,
            Self::Function(_) => return None,
        };
        match error.exchange().and_then(|exchange| exchange.status) {
            Some(502..=504) => Some(false),
            Some(_) => Some(true),
            None => matches!(error, ActionError::Unreachable { .. }).then_some(false),
        }
    }
}

impl Flight {
    pub fn key(&self) -> &str {
        key_of(&self.path)
    }

    /// Whether it counts against the account's slots: it leaves this machine, whoever is called.
    pub fn calls_outside(&self) -> bool {
        !matches!(self.call, Call::Function { .. })
    }

    /// Whether it is made with the run's account.
    pub fn is_on_account(&self) -> bool {
        match &self.call {
            Call::Action(..) | Call::Settle(..) => true,
            Call::Request(requesting) => requesting.call.credential_id.is_some(),
            Call::Function { .. } => false,
        }
    }

    /// Writes with the same key on one account go one after another.
    pub fn serial_key(&self) -> Option<&str> {
        match &self.call {
            Call::Action(_, plan) | Call::Settle(_, plan) => plan.serial_key.as_deref(),
            _ => None,
        }
    }

    /// How a doubt about it is settled.
    pub fn strategy(&self) -> DoubtStrategy {
        match &self.call {
            Call::Action(_, plan) | Call::Settle(_, plan) => plan.strategy,
            Call::Request(requesting) => requesting::strategy(&requesting.call.request),
            Call::Function { .. } => DoubtStrategy::Safe,
        }
    }

    /// The line that must be durable before it is sent, if it is a write.
    pub fn intent(&mut self, run: &Active, project: &Project, now: Timestamp) -> Option<Entry> {
        let intent_at = match &mut self.call {
            Call::Action(call, plan) if !plan.reads_only => &mut call.intent_at,
            Call::Request(requesting) if !requesting.call.request.reads_only() => &mut requesting.call.intent_at,
            _ => return None,
        };
        *intent_at = now;
        let strategy = Some(strategy_name(self.strategy()).to_owned());
        let inputs = Masker::new(run, project).value(self.inputs.take().unwrap_or_default());
        let event = Event::Intent { inputs, strategy };
        Some(Entry { step: self.path.clone(), attempt: self.attempt, at: now, event })
    }

    /// Makes the call, together with others where it may go with them.
    pub async fn fly(mut self, engine: Engine) -> Landed {
        if let Call::Action(call, plan) = &mut self.call
            && let Some(join) = plan.join.take()
        {
            let landing = Landing::Called(engine.perform_joined(call, join).await);
            return Landed::Done(Box::new(self), Box::new(landing));
        }
        self.fly_alone(&*engine.inner.connector, &*engine.inner.clock).await
    }

    /// Makes the call by itself.
    pub async fn fly_alone(mut self, connector: &dyn Connector, clock: &dyn Clock) -> Landed {
        let landing = match &mut self.call {
            Call::Action(call, _) => Landing::Called(connector.perform(call).await),
            Call::Request(requesting) => Landing::Called(requesting::perform(requesting, connector, clock).await),
            Call::Function { code, parameters } => {
                Landing::Function(function::run(code, parameters, function::Limits::default()).await)
            }
            Call::Settle(call, _) => Landing::Settled(connector.settle(call).await),
        };
        Landed::Done(Box::new(self), Box::new(landing))
    }
}

/// As the journal says it.
pub fn strategy_name(strategy: DoubtStrategy) -> &'static str {
    match strategy {
        DoubtStrategy::Safe => "safe",
        DoubtStrategy::IdempotencyKey => "idempotency-key",
        DoubtStrategy::NaturalKey => "natural-key",
        DoubtStrategy::Ask => "ask",
    }
}
