//! Workflows that begin with a request: checked, recorded and started like an event, and, where the
//! workflow has a Response step, waited for.

use linchpin_domain::id::{ConnectedUserId, ProjectId, WorkflowId};
use linchpin_domain::trigger::{Kind, Trigger};
use serde_json::{Map, Value};

use crate::Engine;
use crate::intake::{AcceptError, Accepted, Incoming, Keep, Target, Wanted};
use crate::responses::Waiting;

/// A request as a connected user sent it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The tenant.
    pub project_id: ProjectId,
    /// Who sent it.
    pub user_id: ConnectedUserId,
    /// Which workflow is meant.
    pub workflow_id: WorkflowId,
    /// Of the query.
    pub params: Map<String, Value>,
    /// Names in lower case; without what proves who is calling.
    pub headers: Map<String, Value>,
    /// The body as JSON text, as it came.
    pub body: String,
    /// The account or configuration that is meant.
    pub target: Option<Target>,
    /// `Idempotency-Key` and a hash of the body it came with.
    pub idempotency: Option<(String, String)>,
}

/// Why a request was not accepted. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// It is not deployed, or its integration is switched off.
    #[error("there is no such workflow")]
    NotDeployed,
    /// It begins with something else.
    #[error("the workflow begins with something else: {}", kind.as_str())]
    OtherKind {
        /// With what.
        kind: Kind,
    },
    /// The request is not as the workflow declares.
    #[error("the request does not validate")]
    Invalid {
        /// `part.name` and what is wrong.
        findings: Vec<(String, String)>,
    },
    /// As for events.
    #[error(transparent)]
    Accept(#[from] AcceptError),
}

impl Engine {
    /// Accepts a request: it and its run are durable when this returns. A request starts one run: of the
    /// account and configuration that is named, else of the first that has the workflow on.
    pub async fn accept_request(&self, request: Request) -> Result<(Accepted, Option<Waiting>), RequestError> {
        let project = self.inner.snapshot.project(request.project_id).await.map_err(AcceptError::from)?;
        let version = project.of_workflow(request.workflow_id).ok_or(RequestError::NotDeployed)?;
        let trigger = match &version.definition.trigger {
            Some(Trigger::Request(trigger)) => trigger,
            Some(other) => return Err(RequestError::OtherKind { kind: other.kind() }),
            None => return Err(RequestError::NotDeployed),
        };
        let body = serde_json::from_str(&request.body).unwrap_or(Value::Null);
        let findings = trigger.findings(&request.params, &request.headers, &body);
        if !findings.is_empty() {
            return Err(RequestError::Invalid { findings });
        }
        // The body stays the text that came: a number in it keeps all its digits.
        let payload = format!(
            "{{\"body\":{},\"headers\":{},\"params\":{}}}",
            request.body,
            Value::Object(request.headers),
            Value::Object(request.params)
        );
        let incoming = Incoming {
            project_id: request.project_id,
            user_id: request.user_id,
            kind: Kind::Request,
            name: "Request".into(),
            payload: payload.into(),
            wanted: Wanted::Workflow(request.workflow_id),
            target: request.target,
            idempotency: self.of_caller(request.idempotency),
            note: None,
            keep: Keep::WithRuns,
        };
        Ok(self.accept_one(incoming).await?)
    }
}
