//! What became of a call that somebody waited for and waits for no more.

use linchpin_domain::id::{ProjectId, RunId};
use linchpin_store::runs;

use crate::Engine;
use crate::direct::{Called, ToolError};

impl Engine {
    /// What a call without a workflow has come to; `None` while it is under way or in doubt, or is not known.
    pub async fn came_to(&self, project_id: ProjectId, run_id: RunId) -> Result<Option<Called>, ToolError> {
        let mut conn = self.inner.store.read().await?;
        let found = runs::find(&mut conn, project_id, run_id).await?;
        drop(conn);
        if !found.is_some_and(|listed| listed.run.state.is_final()) {
            return Ok(None);
        }
        self.came_of(project_id, run_id, self.inner.clock.now()).await
    }
}
