//! Sends what the application has written to the provider.
//!
//! ```text
//! pending ─► look at the provider's record (conflicts) ─► begin (written) ─► call ─┬─► done
//!    ▲                                                                             ├─► refused: kept, and told
//!    │                                    in doubt, under way: asked about ◄───────┤
//!    └──────────────────────────── again, when the provider says so ◄──────────────┘
//! ```

use std::time::Duration;

use futures::future::join_all;
use linchpin_connectors::manifest::{Action, SyncWrite};
use linchpin_domain::Timestamp;
use linchpin_domain::connector::DoubtStrategy;
use linchpin_domain::id::{SyncRecordId, fresh};
use linchpin_domain::notice::Kind;
use linchpin_domain::run::Fault;
use linchpin_domain::sync::{Direction, Record, Sending, What};
use linchpin_engine::{Called, ToolCall, ToolError};
use linchpin_store::sync_records::{self, Filter, Kept};
use linchpin_store::{Tx, notices};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::pass::{Pass, Stop};

/// Records that are looked for at once.
const BATCH: i64 = 100;
/// Records that are sent at once. Of the calls that a user may wait for some are left to others.
const TOGETHER: usize = 25;
/// How long a pass waits for one call.
const PATIENCE: Duration = Duration::from_secs(30);
/// Before a call that may work later is made again: this, times the calls that were made.
const AGAIN: Duration = Duration::from_secs(30);
/// Then it counts as refused.
const MOST_ATTEMPTS: u32 = 6;

/// What is done with a record.
enum Turn {
    /// Nothing now; when it is due again.
    Due(Option<Timestamp>),
    /// It is sent.
    Begun(Box<Kept>, Sending),
}

/// What a call came to, for the record.
enum Came {
    Done(Value),
    Again(Fault, Duration),
    Refused(Fault),
    /// The provider has no such record.
    NotThere,
    /// It is asked about later.
    Open(linchpin_domain::id::RunId),
}

impl Pass<'_> {
    /// Sends everything whose time has come; answers when the next of the others is due. Or only what was begun
    /// before.
    pub(super) async fn push(&mut self, only_begun: bool) -> Result<Option<Timestamp>, Stop> {
        let Some(write) = self.rule()?.write.clone().filter(|_| self.sync.direction == Direction::Both) else {
            return Ok(None);
        };
        let mut next: Option<Timestamp> = None;
        let mut begun_now = Vec::new();
        let mut after = 0;
        loop {
            let filter = Filter { credential_id: Some(self.place.credential_id), after, pending: true, user_id: None };
            let mut conn = self.syncer.store.read().await?;
            let found = sync_records::page(&mut conn, self.place.project_id, self.place.sync_id, filter, BATCH).await?;
            drop(conn);
            let Some(last) = found.last() else { return Ok(next) };
            after = last.seq;
            let begun = |kept: &Kept| kept.record.pending.as_ref().is_some_and(|pending| pending.sending.is_some());
            for kept in found.into_iter().filter(|kept| !only_begun || begun(kept)) {
                self.stops()?;
                let due = match self.begin_one(kept).await? {
                    Turn::Due(due) => due,
                    Turn::Begun(kept, sending) => {
                        begun_now.push((kept, sending));
                        if begun_now.len() < TOGETHER {
                            continue;
                        }
                        self.send(&write, std::mem::take(&mut begun_now)).await?
                    }
                };
                next = next.into_iter().chain(due).min();
            }
            let due = self.send(&write, std::mem::take(&mut begun_now)).await?;
            next = next.into_iter().chain(due).min();
        }
    }

    /// Makes the calls that were begun, those of a kind together where the provider takes several; answers when the
    /// first of them is due again. Each is a run of its own: what stops here is found by its key in the next pass.
    async fn send(&mut self, write: &SyncWrite, begun: Vec<(Box<Kept>, Sending)>) -> Result<Option<Timestamp>, Stop> {
        let (mut next, mut failed) = (None::<Timestamp>, None);
        let came = join_all(begun.iter().map(|(kept, sending)| self.call(write, kept, sending))).await;
        for ((kept, sending), came) in begun.iter().zip(came) {
            match came {
                Ok(came) => {
                    let due = self.settle(kept.record.id, sending, came).await?;
                    next = next.into_iter().chain(due).min();
                }
                Err(stop) => failed = Some(stop),
            }
        }
        failed.map_or(Ok(next), Err)
    }

    /// Makes one record ready to be sent, or says when it is due again.
    async fn begin_one(&mut self, kept: Kept) -> Result<Turn, Stop> {
        let now = self.syncer.clock.now();
        let Some(pending) = &kept.record.pending else { return Ok(Turn::Due(None)) };
        if pending.fault.is_some() {
            return Ok(Turn::Due(None));
        }
        if let Some(due) = pending.due_at.filter(|due| *due > now) {
            return Ok(Turn::Due(Some(due)));
        }
        let id = kept.record.id;
        if let Some((sending, run)) = pending.sending.as_ref().and_then(|sending| Some((sending.clone(), sending.run?)))
        {
            // The run knows; the record waits until it does.
            let came = self.syncer.engine.came_to(self.place.project_id, run).await.map_err(Stop::of)?;
            let Some(called) = came else { return Ok(Turn::Due(Some(now.plus(AGAIN)))) };
            let came = Self::read_called(called, &sending);
            return self.settle(id, &sending, came).await.map(Turn::Due);
        }
        if pending.sending.is_none()
            && let Some(provider_id) = kept.record.provider_id.clone()
        {
            self.look_first(id, &provider_id).await?;
        }
        let begun =
            self.change(id, |record, _| record.begin(now, || fresh(&*self.syncer.clock).to_string())).await?.flatten();
        Ok(begun.map_or(Turn::Due(None), |sending| Turn::Begun(Box::new(kept), sending)))
    }

    /// Reads the record at the provider before it is changed: what has happened to it since it was read last
    /// must not be written over unseen.
    async fn look_first(&mut self, id: SyncRecordId, provider_id: &str) -> Result<(), Stop> {
        let readable = self.rule()?.write.as_ref().is_some_and(|write| write.get.is_some());
        if !readable {
            return Ok(());
        }
        match self.read_one(provider_id).await? {
            Some(seen) => self.take_one(id, &seen).await,
            None => self.take_gone(id).await,
        }
    }

    /// Makes the call, as the one that it was begun as.
    async fn call(&self, write: &SyncWrite, kept: &Kept, sending: &Sending) -> Result<Came, Stop> {
        let no_delete = || Fault {
            code: "cannot_delete".into(),
            message: format!("{} has no way to delete these records", self.manifest.name),
            step: None,
        };
        let action = match sending.what {
            What::Create => &write.create,
            What::Update => &write.update,
            What::Delete => match &write.delete {
                Some(delete) => delete,
                None => return Ok(Came::Refused(no_delete())),
            },
        };
        let mut parameters = Map::new();
        if let Some(provider_id) = kept.record.provider_id.as_ref().filter(|_| sending.what != What::Create) {
            parameters.insert("id".into(), provider_id.clone().into());
        }
        // Fields that the form does not offer go where the connector takes others.
        let known = self.manifest.actions.get(action).map(|action| &action.fields);
        let mut others = Map::new();
        for (name, value) in &sending.fields {
            // To empty a field is to write nothing into it.
            let value = if value.is_null() { Value::String(String::new()) } else { value.clone() };
            let place = if known.is_some_and(|known| known.contains_key(name)) { &mut parameters } else { &mut others };
            place.insert(name.clone(), value);
        }
        if !others.is_empty() {
            parameters.insert("additionalFields".into(), Value::Object(others));
        }
        // Of those whose doubt only a person can settle as few as can be are under way at once.
        let settled = |action: &Action| action.batch.is_some() && action.doubt.strategy != DoubtStrategy::Ask;
        let together = self.manifest.actions.get(action).is_some_and(settled);
        let body = json!({"action": action, "parameters": parameters}).to_string();
        let hash = hex::encode(Sha256::digest(body.as_bytes()));
        let called = self
            .syncer
            .engine
            .call_tool(ToolCall {
                project_id: self.place.project_id,
                user_id: self.place.user_id,
                integration_id: self.sync.integration_id,
                connector: self.manifest.kind.clone(),
                credential_id: self.place.credential_id,
                action: action.clone(),
                parameters,
                idempotency: Some((format!("sync/{}", sending.key), hash)),
                patience: PATIENCE,
                together,
            })
            .await;
        match called {
            Ok(called) => Ok(Self::read_called(called, sending)),
            Err(ToolError::Paused { retry_after }) => Ok(Came::Again(waiting(), retry_after)),
            Err(ToolError::Full) => Ok(Came::Again(waiting(), Duration::from_secs(1))),
            Err(error) => Err(Stop::of(error)),
        }
    }

    fn read_called(called: Called, sending: &Sending) -> Came {
        match called {
            Called::Done { output, .. } => Came::Done(output),
            Called::InDoubt { run_id, .. } | Called::Unfinished { run_id } => Came::Open(run_id),
            Called::Failed { fault, retry_after: Some(wait), .. } => Came::Again(fault, wait),
            Called::Failed { fault, .. } => match fault.code.as_str() {
                "not_found" if sending.what != What::Create => Came::NotThere,
                "rate_limited" | "unreachable" | "interrupted" => Came::Again(fault, AGAIN * sending.attempt),
                _ => Came::Refused(fault),
            },
        }
    }

    /// Writes what came of a call.
    async fn settle(&mut self, id: SyncRecordId, sending: &Sending, came: Came) -> Result<Option<Timestamp>, Stop> {
        let now = self.syncer.clock.now();
        match came {
            Came::Done(output) => {
                let answered = self.rule()?.one(&output, &self.sync.fields);
                let (fields, provider_id, modified_at) = match answered {
                    Some(answered) => (answered.fields, Some(answered.id), Some(answered.modified_at)),
                    None => (Map::new(), None, None),
                };
                if let Some(provider_id) = &provider_id {
                    self.make_way(id, provider_id).await?;
                }
                self.change(id, |record, _| record.sent(sending, &fields, provider_id, modified_at, now)).await?;
                Ok(None)
            }
            Came::NotThere if sending.what == What::Delete => {
                self.change(id, |record, _| record.sent(sending, &Map::new(), None, None, now)).await?;
                Ok(None)
            }
            Came::NotThere => {
                self.take_gone(id).await?;
                Ok(None)
            }
            Came::Open(run) => {
                let noted = |record: &mut Record, _: &mut Tx| {
                    if let Some(sending) = record.pending.as_mut().and_then(|pending| pending.sending.as_mut()) {
                        sending.run = Some(run);
                    }
                };
                self.change(id, noted).await?;
                Ok(Some(now.plus(AGAIN)))
            }
            Came::Again(fault, wait) if sending.attempt < MOST_ATTEMPTS || fault.code == "rate_limited" => {
                let at = now.plus(wait.max(Duration::from_secs(1)));
                self.change(id, |record, _| record.refused(fault, Some(at))).await?;
                Ok(Some(at))
            }
            Came::Refused(fault) if fault.code == "conflict" && sending.what == What::Create => {
                self.link(id, sending, fault).await
            }
            Came::Again(fault, _) | Came::Refused(fault) => {
                self.refuse(id, fault).await?;
                Ok(None)
            }
        }
    }

    /// What we made ourselves may have been read as somebody else's before its outcome was known: it is one record.
    async fn make_way(&self, id: SyncRecordId, provider_id: &String) -> Result<(), Stop> {
        let store = &self.syncer.store;
        let mut tx = store.begin().await?;
        self.numbers(&mut tx, 1).await?;
        let ids = std::slice::from_ref(provider_id);
        for other in sync_records::of_provider(&mut tx, store.dialect(), self.place, ids).await? {
            if other.record.id != id {
                sync_records::remove(&mut tx, self.place.project_id, other.record.id).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// The provider has a record like that already: what was to be made is a change of it.
    async fn link(&mut self, id: SyncRecordId, sending: &Sending, fault: Fault) -> Result<Option<Timestamp>, Stop> {
        let key = self.rule()?.key.clone();
        let value = key.as_ref().and_then(|key| sending.fields.get(key)).and_then(Value::as_str).unwrap_or_default();
        let now = self.syncer.clock.now();
        let (Some(key), false) = (key, value.is_empty()) else {
            self.refuse(id, fault).await?;
            return Ok(None);
        };
        let store = &self.syncer.store;
        let mut tx = store.begin().await?;
        let number = self.numbers(&mut tx, 1).await?;
        let found = sync_records::with_value(&mut tx, store.dialect(), self.place, &key, value).await?;
        let ours = sync_records::find(&mut tx, self.place.project_id, self.place.sync_id, id).await?;
        let Some(ours) = ours else { return Ok(None) };
        let Some(Kept { mut record, .. }) = found else {
            drop(tx);
            // It was not read yet: the next passes will.
            let last = sending.attempt >= MOST_ATTEMPTS;
            if last {
                self.refuse(id, fault).await?;
                return Ok(None);
            }
            let at = now.plus(AGAIN * sending.attempt);
            self.change(id, |record, _| record.refused(fault, Some(at))).await?;
            return Ok(Some(at));
        };
        let mut wanted = sending.fields.clone();
        let (mut at, mut delete) = (now, false);
        if let Some(pending) = ours.record.pending {
            wanted.extend(pending.fields);
            (at, delete) = (pending.at, pending.delete);
        }
        sync_records::remove(&mut tx, self.place.project_id, id).await?;
        record.external_id = record.external_id.or(ours.record.external_id);
        if delete {
            record.delete(at);
        } else {
            record.write(&wanted, at);
        }
        sync_records::write(&mut tx, self.place, &record, number, 0).await?;
        tx.commit().await?;
        Ok(Some(now))
    }

    /// The provider does not take it: kept, shown, and told.
    async fn refuse(&mut self, id: SyncRecordId, fault: Fault) -> Result<(), Stop> {
        let mut tx = self.syncer.store.begin().await?;
        let number = self.numbers(&mut tx, 1).await?;
        let kept = sync_records::find(&mut tx, self.place.project_id, self.place.sync_id, id).await?;
        let Some(Kept { mut record, .. }) = kept else { return Ok(()) };
        record.refused(fault.clone(), None);
        sync_records::write(&mut tx, self.place, &record, number, 0).await?;
        let more = json!({
            "record": {"id": record.id, "externalId": record.external_id, "providerId": record.provider_id},
            "error": fault,
        });
        notices::about_sync(&mut tx, Kind::SyncFailed, &self.sync, self.place, more).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Changes a record as it is now. It keeps its place in the order of changes: what was sent the
    /// application knows.
    async fn change<T>(
        &self,
        id: SyncRecordId,
        change: impl FnOnce(&mut Record, &mut Tx) -> T,
    ) -> Result<Option<T>, Stop> {
        let mut tx = self.syncer.store.begin().await?;
        let number = self.numbers(&mut tx, 1).await?;
        let kept = sync_records::find(&mut tx, self.place.project_id, self.place.sync_id, id).await?;
        let Some(Kept { mut record, .. }) = kept else { return Ok(None) };
        let before = record.clone();
        let changed = change(&mut record, &mut tx);
        if record != before {
            // A form of the provider's own, or an id, is news.
            let news = record.seen() != before.seen()
                || record.provider_id != before.provider_id
                || record.deleted_at != before.deleted_at;
            sync_records::write(&mut tx, self.place, &record, if news { number } else { 0 }, 0).await?;
            tx.commit().await?;
        }
        Ok(Some(changed))
    }
}

impl Stop {
    fn of(error: ToolError) -> Self {
        match error {
            ToolError::Store(error) => Self::Store(error),
            error => Self::Wrong(Fault { code: "not_sent".into(), message: error.to_string(), step: None }),
        }
    }
}

fn waiting() -> Fault {
    Fault { code: "rate_limited".into(), message: "the account has to wait".into(), step: None }
}
