//! Runs that no workflow began: a tool that was called, a request that was passed on. They stand in
//! history among the others. No version of theirs is stored: what they are made of follows from the kind
//! and the name of what began them, and where a run names its workflow they name their integration.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::http_request::RequestSpec;
use crate::id::{IntegrationId, VersionId, WorkflowId};
use crate::step::{OnError, Step};
use crate::trigger::Kind;
use crate::workflow::Definition;

/// The key of their only step.
pub const STEP: &str = "call";
/// The version that they name.
pub const VERSION: VersionId = VersionId(Uuid::nil());

/// What a run of this kind and name is made of; `None` where a workflow began it.
pub fn definition(kind: Kind, name: &str) -> Option<Definition> {
    let (action, request) = match kind {
        Kind::Tool => (Some(name.to_owned()), None),
        Kind::Proxy => {
            let (method, path) = name.split_once(' ').unwrap_or(("GET", name));
            (None, Some(RequestSpec { method: method.to_owned(), url: path.to_owned(), ..RequestSpec::default() }))
        }
        _ => return None,
    };
    let step = Step {
        key: STEP.to_owned(),
        title: None,
        action,
        connector: None,
        inputs: Map::new(),
        request,
        delay: None,
        function: None,
        conditions: None,
        then: Vec::new(),
        otherwise: Vec::new(),
        for_each: None,
        item_name: None,
        steps: Vec::new(),
        concurrency: None,
        response: None,
        on_error: OnError::Stop,
        // Whoever called is there to decide about another attempt.
        retry: false,
    };
    Some(Definition { trigger: None, field_mapping: None, steps: vec![step] })
}

/// What is filled in for a step of theirs: all that came. It is data, and nothing in it is an expression.
pub fn inputs() -> Value {
    Value::String("{{ trigger }}".into())
}

/// Where their runs name a workflow, they name the integration.
pub fn workflow_id(integration: IntegrationId) -> WorkflowId {
    WorkflowId(integration.0)
}

/// The other way round.
pub fn integration_id(workflow: WorkflowId) -> IntegrationId {
    IntegrationId(workflow.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_they_are_made_of_follows_from_kind_and_name() {
        let tool = definition(Kind::Tool, "contacts.create").expect("a tool");
        assert_eq!(tool.steps[0].action.as_deref(), Some("contacts.create"));
        assert!(!tool.steps[0].retry);
        let passed = definition(Kind::Proxy, "POST /crm/objects").expect("a request");
        let request = passed.steps[0].request.as_ref().expect("one");
        assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "/crm/objects"));
        assert!(Kind::ALL.into_iter().filter(|kind| definition(*kind, "x").is_some()).eq(Kind::DIRECT));
    }
}
