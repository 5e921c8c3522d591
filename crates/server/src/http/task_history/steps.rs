//! The steps of a run in the words of Task History: a flat list, each with what came before and after it.

use linchpin_domain::Timestamp;
use linchpin_domain::id::RunId;
use linchpin_domain::readable::read_back;
use linchpin_domain::trigger::Kind;
use linchpin_store::received_events::ReceivedEvent;
use linchpin_store::runs::ListedRun;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Status;
use crate::http::manage::run_steps::{StepState, StepView};

/// A step of a run, or its trigger.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepExecution {
    id: Uuid,
    /// The step's key in the workflow; `trigger` for the trigger.
    step_id: String,
    status: Status,
    /// `TRIGGER/…` or `ACTION/…`, such as `TRIGGER/APP_EVENT`, `ACTION/HUBSPOT`, `ACTION/REQUEST`.
    r#type: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    start: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    end: Option<Timestamp>,
    /// What began after it.
    next: Vec<Uuid>,
    /// What it began after; `null` for the trigger.
    prev: Option<Uuid>,
    /// In bytes of JSON.
    input_size: usize,
    /// In bytes of JSON.
    output_size: usize,
}

impl StepExecution {
    pub(super) fn is(&self, id: Uuid) -> bool {
        self.id == id
    }
}

/// A step with what went in and came out.
pub(super) struct Recorded {
    pub execution: StepExecution,
    pub input: Value,
    pub output: Value,
}

/// The trigger, then every step that was begun, in the order of the workflow.
pub(super) fn record(
    listed: &ListedRun,
    event: Option<&ReceivedEvent>,
    steps: &[StepView],
    connector: Option<&str>,
) -> Vec<Recorded> {
    let payload = event.map_or(Value::Null, |event| read_back(&event.payload).unwrap_or_default());
    let received = event.map(|event| event.received_at);
    let id = id_of(listed.run.id, "");
    let trigger = Recorded {
        execution: StepExecution {
            id,
            step_id: "trigger".into(),
            status: Status::Succeeded,
            r#type: format!("TRIGGER/{}", trigger_type(listed.event_kind.unwrap_or(Kind::AppEvent))),
            start: received,
            end: received,
            next: Vec::new(),
            prev: None,
            input_size: size(&Value::Null),
            output_size: size(&payload),
        },
        input: Value::Null,
        output: payload,
    };
    let mut recording = Recording { run: listed.run.id, connector, recorded: vec![trigger] };
    recording.add(steps, id);
    recording.recorded
}

struct Recording<'a> {
    run: RunId,
    connector: Option<&'a str>,
    recorded: Vec<Recorded>,
}

impl Recording<'_> {
    fn add(&mut self, steps: &[StepView], mut prev: Uuid) {
        for step in steps {
            let Some(status) = status(step.state) else { continue };
            let id = id_of(self.run, &step.path);
            let last = step.attempts.last();
            let input = last.and_then(|attempt| attempt.inputs.clone()).unwrap_or_default();
            let output = last.map_or(Value::Null, |attempt| match (&attempt.output, &attempt.fault) {
                (Some(output), _) => output.clone(),
                (None, Some(fault)) => json!({"error": fault}),
                (None, None) => Value::Null,
            });
            if let Some(before) = self.recorded.iter_mut().find(|recorded| recorded.execution.id == prev) {
                before.execution.next.push(id);
            }
            self.recorded.push(Recorded {
                execution: StepExecution {
                    id,
                    step_id: step.key.clone(),
                    status,
                    r#type: format!("ACTION/{}", self.action_type(step)),
                    start: step.attempts.first().and_then(|attempt| attempt.started_at),
                    end: last.and_then(|attempt| attempt.finished_at),
                    next: Vec::new(),
                    prev: Some(prev),
                    input_size: size(&input),
                    output_size: size(&output),
                },
                input,
                output,
            });
            for inside in &step.inside {
                self.add(&inside.steps, id);
            }
            prev = id;
        }
    }

    fn action_type(&self, step: &StepView) -> String {
        match step.kind {
            Some("if") => "CONDITIONAL".into(),
            Some("forEach") => "FAN_OUT".into(),
            Some("action") | None => self.connector.unwrap_or("INTEGRATION").to_uppercase(),
            Some(kind) => kind.to_uppercase(),
        }
    }
}

/// `None` for a step whose turn did not come.
fn status(state: StepState) -> Option<Status> {
    match state {
        StepState::NotReached | StepState::Skipped => None,
        StepState::Running | StepState::InDoubt => Some(Status::Executing),
        StepState::Waiting => Some(Status::Delayed),
        StepState::Succeeded => Some(Status::Succeeded),
        StepState::Failed => Some(Status::Failed),
    }
}

fn trigger_type(kind: Kind) -> &'static str {
    match kind {
        Kind::AppEvent => "APP_EVENT",
        Kind::Request => "REQUEST",
        Kind::Schedule => "CRON",
        Kind::IntegrationEnabled => "INTEGRATION_ENABLED",
        Kind::Provider => "INTEGRATION",
        Kind::Webhook => "CUSTOM_WEBHOOK",
        Kind::Tool => "TOOL",
        Kind::Proxy => "PROXY",
    }
}

fn size(value: &Value) -> usize {
    if value.is_null() { 0 } else { value.to_string().len() }
}

/// A step of a run has no id of its own: one is made of the run and the step's place in it, which stays.
fn id_of(run: RunId, path: &str) -> Uuid {
    let mut hasher = Sha256::new();
    hasher.update(run.0.as_bytes());
    hasher.update(path.as_bytes());
    let bytes: [u8; 16] = hasher.finalize()[..16].try_into().expect("a hash has 32 bytes");
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
