//! What the provider has: everything, what has changed, what was deleted.

use std::collections::HashMap;
use std::time::Duration;

use linchpin_connectors::manifest::{Poll, Sync as Rule, SyncedRecord};
use linchpin_domain::Timestamp;
use linchpin_domain::connector::ActionError;
use linchpin_domain::id::SyncRecordId;
use linchpin_domain::notice::Kind;
use linchpin_domain::run::Fault;
use linchpin_domain::sync::{Change, Conflict, Origin, Record};
use linchpin_store::sync_accounts::{self, Checked, Drift, Phase};
use linchpin_store::sync_records::{self, Kept};
use linchpin_store::{Tx, notices, syncs};
use serde_json::json;

use super::pass::{Pass, Stop};

/// Pages of one question: HubSpot's searches, for example, end at 10,000 records.
const PAGES: usize = 50;
/// Questions that follow each other in one pass when there is more than one can be paged to.
const ROUNDS: usize = 5;
/// Records that are looked at in one transaction.
const BATCH: i64 = 200;
/// Of those that a list leaves out so many are asked for one by one before the list is believed.
const ASKED: usize = 10;
/// When the recycling bin is more than a page, it is read so often.
const BIN: Duration = Duration::from_hours(1);

/// What a page, or a part of the records, came to.
#[derive(Debug, Default)]
struct Told {
    created: u64,
    updated: u64,
    deleted: u64,
    conflicts: Vec<(Record, Conflict)>,
}

impl Told {
    fn is_nothing(&self) -> bool {
        self.created + self.updated + self.deleted == 0 && self.conflicts.is_empty()
    }
}

impl Pass<'_> {
    fn question(
        &self,
        poll: &Poll,
        since: Timestamp,
        page: Option<&str>,
    ) -> serde_json::Map<String, serde_json::Value> {
        Rule::question(poll, &self.sync.fields, (since, self.syncer.clock.now()), page)
    }

    /// Reads everything, from the page where it was left.
    pub(super) async fn read_all(&mut self) -> Result<(), Stop> {
        let now = self.syncer.clock.now();
        if self.account.progress.began_at.is_none() {
            let progress = &mut self.account.progress;
            (progress.began_at, progress.page, progress.read) = (Some(now), None, 0);
            progress.generation += 1;
            progress.checking = Drift::default();
        }
        loop {
            self.stops()?;
            let poll = self.rule()?.load.clone();
            let inputs = self.question(&poll, Timestamp::default(), self.account.progress.page.as_deref());
            let output = self.ask(&poll.action, inputs).await?;
            let (records, next) = self.rule()?.read(&poll, &output, &self.sync.fields);
            self.account.progress.page.clone_from(&next);
            self.account.progress.read += records.len() as u64;
            self.take(&records, true).await?;
            if next.is_none() {
                break;
            }
        }
        self.take_missing().await?;
        let now = self.syncer.clock.now();
        let progress = &mut self.account.progress;
        let began_at = progress.began_at.take().unwrap_or(now);
        if progress.phase == Phase::Check {
            progress.checked = Some(Checked { at: now, records: progress.read, drift: progress.checking });
        } else {
            progress.newest_at = began_at;
        }
        progress.loaded_at.get_or_insert(now);
        progress.phase = Phase::Follow;
        let hours = u64::try_from(self.sync.check_hours).unwrap_or(0);
        progress.check_due = (hours > 0).then(|| now.plus(Duration::from_hours(hours)));
        let mut tx = self.syncer.store.begin().await?;
        sync_accounts::set_progress(&mut tx, &self.account).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads what has changed since the newest that was seen.
    pub(super) async fn follow(&mut self) -> Result<(), Stop> {
        let poll = self.rule()?.changes.clone();
        let overlap = Duration::from_secs(poll.overlap_seconds).as_millis() as i64;
        let back = |at: Timestamp| Timestamp::from_millis((at.as_millis() - overlap).max(0));
        let (mut from, mut page) = (back(self.account.progress.newest_at), None);
        for number in 1..=PAGES * ROUNDS {
            self.stops()?;
            let inputs = self.question(&poll, from, page.as_deref());
            let output = self.ask(&poll.action, inputs).await?;
            let (records, next) = self.rule()?.read(&poll, &output, &self.sync.fields);
            let newest = records.iter().map(|record| record.modified_at).max();
            // They come oldest first: after a crash it is asked from here on.
            self.account.progress.newest_at = newest.unwrap_or_default().max(self.account.progress.newest_at);
            self.take(&records, false).await?;
            page = next;
            if page.is_none() {
                break;
            }
            if number % PAGES == 0 {
                // As far as one question can be paged: the next one begins where it ended.
                (page, from) = (None, newest.unwrap_or(from));
            }
        }
        Ok(())
    }

    /// Reads what was deleted.
    pub(super) async fn read_deleted(&mut self) -> Result<(), Stop> {
        let now = self.syncer.clock.now();
        let Some(poll) = self.rule()?.deleted.clone() else { return Ok(()) };
        if now < self.account.progress.deleted_due {
            return Ok(());
        }
        let (mut page, mut pages) = (None, 0);
        loop {
            self.stops()?;
            let inputs = self.question(&poll, Timestamp::default(), page.as_deref());
            let output = self.ask(&poll.action, inputs).await?;
            let (records, next) = self.rule()?.read(&poll, &output, &self.sync.fields);
            self.take_deleted(&records).await?;
            pages += 1;
            page = next;
            if page.is_none() {
                break;
            }
        }
        self.account.progress.deleted_due = if pages > 1 { now.plus(BIN) } else { now };
        Ok(())
    }

    /// Takes records over as the provider has them. `all` is whether everything is being read.
    async fn take(&mut self, records: &[SyncedRecord], all: bool) -> Result<(), Stop> {
        let first_load = all && self.account.progress.loaded_at.is_none();
        let generation = if all { self.account.progress.generation } else { 0 };
        // What changed a moment ago has not drifted: it would have been found by asking for changes.
        let settled = self.account.progress.newest_at;
        let store = &self.syncer.store;
        let ids: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
        let mut tx = store.begin().await?;
        let first = self.numbers(&mut tx, records.len()).await?;
        let held = sync_records::of_provider(&mut tx, store.dialect(), self.place, &ids).await?;
        let mut held: HashMap<String, Kept> =
            held.into_iter().filter_map(|kept| Some((kept.record.provider_id.clone()?, kept))).collect();
        let mut told = Told::default();
        for (number, incoming) in (first..).zip(records) {
            let checking = all && self.account.progress.phase == Phase::Check && incoming.modified_at < settled;
            let known = held.remove(&incoming.id).map(|kept| kept.record);
            let is_new = known.is_none();
            let mut record = known.unwrap_or_else(|| {
                let id = SyncRecordId::fresh(&*self.syncer.clock);
                Record { provider_id: Some(incoming.id.clone()), ..Record::new(id, Origin::Provider) }
            });
            let before = record.clone();
            if all {
                record.is_there();
            }
            let Change { changed, conflict } = record.take(&incoming.fields, incoming.modified_at, self.sync.conflict);
            if changed || record != before {
                let seq = if changed { number } else { 0 };
                sync_records::write(&mut tx, self.place, &record, seq, generation).await?;
            }
            let drift = &mut self.account.progress.checking;
            match (is_new, changed) {
                (true, _) => (told.created, drift.missing) = (told.created + 1, drift.missing + u64::from(checking)),
                (false, true) => {
                    (told.updated, drift.differing) = (told.updated + 1, drift.differing + u64::from(checking));
                }
                (false, false) => {}
            }
            told.conflicts.extend(conflict.map(|conflict| (record, conflict)));
        }
        if all {
            sync_records::found(&mut tx, store.dialect(), self.place, &ids, generation).await?;
        }
        self.account.progress.conflicts += told.conflicts.len() as u64;
        sync_accounts::set_progress(&mut tx, &self.account).await?;
        if !first_load {
            self.tell(&mut tx, told, first).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes over that records were deleted.
    async fn take_deleted(&mut self, deleted: &[SyncedRecord]) -> Result<(), Stop> {
        if deleted.is_empty() {
            return Ok(());
        }
        let store = &self.syncer.store;
        let at: HashMap<&str, Timestamp> = deleted.iter().map(|one| (one.id.as_str(), one.modified_at)).collect();
        let ids: Vec<String> = deleted.iter().map(|one| one.id.clone()).collect();
        let mut tx = store.begin().await?;
        let first = self.numbers(&mut tx, deleted.len()).await?;
        let held = sync_records::of_provider(&mut tx, store.dialect(), self.place, &ids).await?;
        let when =
            |record: &Record| record.provider_id.as_deref().and_then(|id| at.get(id)).copied().unwrap_or_default();
        let told = self.gone(&mut tx, held, first, when).await?;
        self.tell(&mut tx, told, first).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a reading of everything did not find is gone; unless it is there when it is asked for by its id:
    /// then the list was not whole.
    async fn take_missing(&mut self) -> Result<(), Stop> {
        let progress = &self.account.progress;
        let (generation, began_at) = (progress.generation, progress.began_at.unwrap_or_default());
        let mut believed = false;
        loop {
            self.stops()?;
            let store = &self.syncer.store;
            let mut conn = store.read().await?;
            let missing = sync_records::not_found(&mut conn, self.place, generation, began_at, BATCH).await?;
            drop(conn);
            if missing.is_empty() {
                return Ok(());
            }
            if !std::mem::replace(&mut believed, true) {
                self.really_gone(&missing).await?;
            }
            let mut tx = store.begin().await?;
            let first = self.numbers(&mut tx, missing.len()).await?;
            self.account.progress.checking.surplus += missing.len() as u64;
            let now = self.syncer.clock.now();
            let told = self.gone(&mut tx, missing, first, |_| now).await?;
            sync_accounts::set_progress(&mut tx, &self.account).await?;
            self.tell(&mut tx, told, first).await?;
            tx.commit().await?;
        }
    }

    /// Takes one record over that was read by its id.
    pub(super) async fn take_one(&mut self, id: SyncRecordId, seen: &SyncedRecord) -> Result<(), Stop> {
        let rule = self.sync.conflict;
        self.revise(id, |record| record.take(&seen.fields, seen.modified_at, rule), false).await
    }

    /// One record is gone.
    pub(super) async fn take_gone(&mut self, id: SyncRecordId) -> Result<(), Stop> {
        let (rule, now) = (self.sync.conflict, self.syncer.clock.now());
        self.revise(id, |record| record.gone(now, rule), true).await
    }

    async fn revise(
        &mut self,
        id: SyncRecordId,
        revise: impl FnOnce(&mut Record) -> Change,
        deletes: bool,
    ) -> Result<(), Stop> {
        let mut tx = self.syncer.store.begin().await?;
        let number = self.numbers(&mut tx, 1).await?;
        let kept = sync_records::find(&mut tx, self.place.project_id, self.place.sync_id, id).await?;
        let Some(Kept { mut record, .. }) = kept else { return Ok(()) };
        let before = record.clone();
        let Change { changed, conflict } = revise(&mut record);
        if !changed && record == before {
            return Ok(());
        }
        sync_records::write(&mut tx, self.place, &record, if changed { number } else { 0 }, 0).await?;
        let mut told =
            Told { updated: u64::from(changed && !deletes), deleted: u64::from(changed && deletes), ..Told::default() };
        told.conflicts.extend(conflict.map(|conflict| (record, conflict)));
        self.account.progress.conflicts += told.conflicts.len() as u64;
        self.tell(&mut tx, told, number).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn really_gone(&self, missing: &[Kept]) -> Result<(), Stop> {
        for kept in missing.iter().take(ASKED) {
            let Some(id) = &kept.record.provider_id else { continue };
            if self.read_one(id).await?.is_some() {
                return Err(Stop::Wrong(Fault {
                    code: "list_not_whole".into(),
                    message: format!(
                        "{} left out record {id} when everything was read, but has it; nothing was deleted here",
                        self.manifest.name
                    ),
                    step: None,
                }));
            }
        }
        Ok(())
    }

    /// A record as the provider has it just now; `None` where it has none, or none can be read by its id.
    pub(super) async fn read_one(&self, id: &str) -> Result<Option<SyncedRecord>, Stop> {
        let rule = self.rule()?;
        let Some(get) = rule.write.as_ref().and_then(|write| write.get.as_ref()) else { return Ok(None) };
        let mut inputs = serde_json::Map::from_iter([("id".to_owned(), id.into())]);
        if self.manifest.actions.get(get).is_some_and(|action| action.fields.contains_key("properties")) {
            inputs.insert("properties".into(), json!(self.sync.fields));
        }
        match self.ask(get, inputs).await {
            Ok(output) => Ok(rule.one(&output, &self.sync.fields)),
            Err(ActionError::Rejected { status: 404 | 410, .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes that records are gone.
    async fn gone(
        &mut self,
        tx: &mut Tx,
        held: Vec<Kept>,
        first: i64,
        when: impl Fn(&Record) -> Timestamp,
    ) -> Result<Told, Stop> {
        let mut told = Told::default();
        for (number, Kept { mut record, .. }) in (first..).zip(held) {
            let Change { changed, conflict } = record.gone(when(&record), self.sync.conflict);
            if !changed && conflict.is_none() {
                continue;
            }
            sync_records::write(tx, self.place, &record, if changed { number } else { 0 }, 0).await?;
            told.deleted += u64::from(changed);
            told.conflicts.extend(conflict.map(|conflict| (record, conflict)));
        }
        self.account.progress.conflicts += told.conflicts.len() as u64;
        Ok(told)
    }

    /// Numbers for changes; whoever has them is the only one who writes records of this sync.
    pub(super) async fn numbers(&self, tx: &mut Tx, count: usize) -> Result<i64, Stop> {
        syncs::take_numbers(tx, self.place.project_id, self.place.sync_id, count.max(1)).await?.ok_or(Stop::Over)
    }

    /// Tells event destinations what came of it.
    async fn tell(&self, tx: &mut Tx, told: Told, first: i64) -> Result<(), Stop> {
        if told.is_nothing() {
            return Ok(());
        }
        let Told { created, updated, deleted, conflicts } = told;
        for (record, conflict) in conflicts {
            let more = json!({"conflict": {
                "recordId": record.id,
                "externalId": record.external_id,
                "providerId": record.provider_id,
                "fields": conflict.fields,
                "winner": conflict.winner,
                "app": conflict.app,
                "provider": conflict.provider,
            }});
            notices::about_sync(tx, Kind::SyncConflict, &self.sync, self.place, more).await?;
        }
        if created + updated + deleted > 0 {
            let cursor = (first - 1).to_string();
            let more =
                json!({"changes": {"created": created, "updated": updated, "deleted": deleted, "cursor": cursor}});
            notices::about_sync(tx, Kind::SyncChanged, &self.sync, self.place, more).await?;
        }
        Ok(())
    }
}
