//! Workflows that begin when an account is connected and its required settings are filled in: once for
//! each configuration, ever.
//!
//! A configuration is begun with when both are true at once, whichever comes last. It is not begun with
//! when it is older than the workflow's first deployment. That it was is an idempotency key of our own,
//! written with the run and never forgotten.

use futures::{StreamExt, TryStreamExt};
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, ProjectId};
use linchpin_domain::input;
use linchpin_domain::trigger::Kind;
use linchpin_store::audience::{self, NotBegun, Place};
use linchpin_store::routing::ConfigurationRouting;
use linchpin_store::writer::Idempotency;

use crate::Engine;
use crate::follow::AT_ONCE;
use crate::intake::{Incoming, Keep, Target, Wanted};
use crate::snapshot::Onboarding;

/// Configurations looked at with one query.
const PAGE: i64 = 256;
/// The end of the year 9999.
const NEVER: Timestamp = Timestamp::from_millis(253_402_300_799_999);

impl Engine {
    /// Begins with the configurations of a project, or of one of its users, that are ready and have not
    /// been begun with.
    pub(crate) async fn begin_onboarding(
        &self,
        project_id: ProjectId,
        user_id: Option<ConnectedUserId>,
    ) -> linchpin_store::Result<()> {
        let project = self.inner.snapshot.project(project_id).await?;
        for onboarding in &project.onboarding {
            let workflow_id = onboarding.version.workflow_id;
            let wanted = NotBegun {
                project_id,
                integration_id: onboarding.version.integration_id,
                workflow_id,
                user_id,
                since: onboarding.since,
                key: key(onboarding),
            };
            let mut after = None;
            loop {
                let mut conn = self.inner.store.read().await?;
                let page = audience::not_begun(&mut conn, &wanted, after, PAGE).await?;
                drop(conn);
                let mut ready = Vec::new();
                for place in &page {
                    if self.is_filled_in(project_id, onboarding, place).await? {
                        ready.push(incoming(project_id, onboarding, place));
                    }
                }
                futures::stream::iter(ready)
                    .map(|incoming| self.accept_of_ours(incoming))
                    .buffer_unordered(AT_ONCE)
                    .try_collect::<()>()
                    .await?;
                match page.last() {
                    Some(last) if page.len() as i64 == PAGE => after = Some(last.configuration_id),
                    _ => break,
                }
            }
        }
        Ok(())
    }

    async fn is_filled_in(
        &self,
        project_id: ProjectId,
        onboarding: &Onboarding,
        place: &Place,
    ) -> linchpin_store::Result<bool> {
        let Some(user) = self.inner.snapshot.user(project_id, place.user_id).await? else { return Ok(false) };
        let found = user
            .credentials
            .iter()
            .flat_map(|credential| &credential.configurations)
            .find(|configuration| configuration.id == place.configuration_id);
        Ok(found.is_some_and(|configuration| is_complete(onboarding, configuration)))
    }
}

fn incoming(project_id: ProjectId, onboarding: &Onboarding, place: &Place) -> Incoming {
    Incoming {
        project_id,
        user_id: place.user_id,
        kind: Kind::IntegrationEnabled,
        name: "Integration Enabled".into(),
        payload: "{}".into(),
        wanted: Wanted::Workflow(onboarding.version.workflow_id),
        target: Some(Target::one(place.credential_id, Some(place.configuration_id.to_string()))),
        idempotency: Some(Idempotency::own(&format!("{}{}", key(onboarding), place.configuration_id), NEVER)),
        note: None,
        keep: Keep::WithRuns,
    }
}

fn key(onboarding: &Onboarding) -> String {
    format!("integrationEnabled/{}/", onboarding.version.workflow_id)
}

fn is_complete(onboarding: &Onboarding, configuration: &ConfigurationRouting) -> bool {
    let own = configuration.enabled.iter().find(|(id, _)| *id == onboarding.version.workflow_id);
    let nothing = serde_json::Map::new();
    input::missing(&onboarding.integration_settings, &configuration.settings).is_empty()
        && input::missing(&onboarding.settings, own.map_or(&nothing, |(_, settings)| settings)).is_empty()
}
