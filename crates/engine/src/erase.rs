//! Erasing a connected user, while runs of the user may be under way.

use std::time::Duration;

use linchpin_domain::id::{ConnectedUserId, ProjectId};
use linchpin_store::erasure::{self, Erased};
use linchpin_store::runs;
use linchpin_store::writer::Append;

use crate::Engine;
use crate::active::fault;
use crate::control::ControlError;

/// Between two transactions, so that the writer has its turn.
const PAUSE: Duration = Duration::from_millis(2);

impl Engine {
    /// Cancels what is unfinished for a user and erases everything that is stored of the user. The user
    /// must be disabled already, so that nothing begins meanwhile. `None` when there is no such user.
    pub async fn erase_user(
        &self,
        project_id: ProjectId,
        user_id: ConnectedUserId,
    ) -> Result<Option<Erased>, ControlError> {
        let mut conn = self.inner.store.read().await?;
        let unfinished: Vec<i64> =
            runs::list_unfinished(&mut conn, project_id, user_id, None).await?.into_iter().map(|run| run.seq).collect();
        drop(conn);
        self.cancel_runs(project_id, user_id, None, fault("user_deleted", "the connected user was deleted")).await?;
        let Some(mut erased) = erasure::erase(&self.inner.store, project_id, user_id, PAUSE).await? else {
            return Ok(None);
        };
        // An outcome that was being written while its run went: after this one, all that came before it
        // is written, and what comes later finds no run to be appended to.
        self.inner.writer.append(Append { run_seq: 0, lines: Vec::new(), change: None }).await?;
        erased.journal += erasure::sweep(&self.inner.store, &unfinished).await?;
        Ok(Some(erased))
    }
}
