//! Single writes sent as one call while an account's quota is short.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use linchpin_connectors::{Manifest, Outcome, Room, Urgency};
use linchpin_domain::connector::{ActionCall, ActionError, Connector as _, Join};

use super::{Connections, Inner, Live};

/// A call that has to wait longer for the quota leaves its place: its run waits without holding anything.
const SHORT_WAIT: Duration = Duration::from_secs(1);

impl Inner {
    /// How a write may go together with others. While the quota has plenty left each goes alone, at once.
    pub(super) fn join(&self, manifest: &Manifest, call: &ActionCall) -> Option<Join> {
        // Somebody waits for an urgent one, and a share of the quota is kept for it.
        if call.urgent || manifest.batches.is_none() {
            return None;
        }
        let wait = match self.pace.room(call.credential_id, manifest, &call.action) {
            Room::Plenty if !call.together => return None,
            Room::Plenty | Room::Short => Duration::ZERO,
            Room::None(wait) if wait <= SHORT_WAIT => wait,
            Room::None(_) => return None,
        };
        let alike = linchpin_connectors::alike(manifest, &call.action, &call.inputs)?;
        Some(Join { group: alike.group, most: alike.most, distinct: alike.distinct, wait })
    }

    /// One call for all of them.
    async fn joined_once(&self, live: &Live, calls: &[ActionCall]) -> Result<Vec<Outcome>, ActionError> {
        let Some(first) = calls.first() else { return Ok(Vec::new()) };
        self.permit(live, Some(&first.action), Urgency::Background)?;
        let inputs: Vec<_> = calls.iter().map(|call| &call.inputs).collect();
        linchpin_connectors::perform_joined(
            &self.client,
            &live.setup.manifest,
            live.account(),
            &first.action,
            &inputs,
            &|status, headers| {
                self.pace.learn(live.credential_id, &live.setup.manifest, Some(&first.action), status, headers);
            },
        )
        .await
    }
}

impl Connections {
    /// What came of each of these. A batch that is refused for what one record holds is halved until the
    /// culprit stands alone: then it is the single call that it would have been, with the same answer.
    pub(super) fn part<'a>(&'a self, calls: &'a [ActionCall]) -> BoxFuture<'a, Vec<Outcome>> {
        async move {
            if let [alone] = calls {
                return vec![self.perform(alone).await];
            }
            match self.whole(calls).await {
                Ok(outcomes) => outcomes,
                Err(error) if linchpin_connectors::blames_a_record(&error) => {
                    let (first, second) = calls.split_at(calls.len() / 2);
                    let mut outcomes = self.part(first).await;
                    outcomes.extend(self.part(second).await);
                    outcomes
                }
                Err(error) => calls.iter().map(|_| Err(error.clone())).collect(),
            }
        }
        .boxed()
    }

    /// One call for all; a token that has run out is renewed once.
    async fn whole(&self, calls: &[ActionCall]) -> Result<Vec<Outcome>, ActionError> {
        let Some(first) = calls.first() else { return Ok(Vec::new()) };
        let live = self.inner.live_for(first).await?;
        match self.inner.joined_once(&live, calls).await {
            Err(ActionError::Reauthorize { .. }) => {
                let renewed = self.inner.renew(&live).await?;
                let outcome = self.inner.joined_once(&renewed, calls).await;
                self.inner.note(&renewed, outcome.as_ref().err()).await;
                outcome
            }
            outcome => outcome,
        }
    }
}
