//! What a listed run runs: its workflow's version, or, where no workflow began it, what follows from what
//! did.

use linchpin_domain::direct;
use linchpin_domain::trigger::Kind;
use linchpin_domain::workflow::Definition;
use linchpin_store::runs::ListedRun;
use linchpin_store::{Conn, workflow_versions};

/// What a run without a workflow is made of.
pub fn direct(listed: &ListedRun) -> Option<Definition> {
    direct::definition(listed.event_kind?, listed.event_name.as_deref().unwrap_or_default())
}

/// What a run is made of; `None` when its version is gone.
pub async fn of(conn: &mut Conn, listed: &ListedRun) -> linchpin_store::Result<Option<Definition>> {
    if let Some(definition) = direct(listed) {
        return Ok(Some(definition));
    }
    let version = workflow_versions::find(conn, listed.run.project_id, listed.run.version_id).await?;
    Ok(version.map(|version| version.definition))
}

/// What stands where the workflow's name would.
pub fn name(listed: &ListedRun) -> String {
    match listed.event_kind {
        Some(Kind::Tool) => "Tool call".into(),
        Some(Kind::Proxy) => "Passed-on request".into(),
        _ => listed.workflow_name.clone().unwrap_or_else(|| "deleted workflow".into()),
    }
}
