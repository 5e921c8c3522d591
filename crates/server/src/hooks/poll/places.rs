//! Events of a list that grows at its end and whose records have no time, such as the rows of a sheet.
//!
//! What is kept is the place of the last record. A question begins with it, so that its absence tells that
//! records were removed: the list is then counted anew, and nothing starts for what is there.

use linchpin_connectors::manifest::{Places, Poll, Trigger};
use linchpin_domain::connector::ActionError;
use linchpin_domain::id::CredentialId;
use linchpin_store::poll_cursors::Cursor;
use serde_json::{Map, Value};

use super::{Job, Poller, Unanswered, unanswered};

/// What is asked for, and where.
pub(super) struct Asked<'a> {
    pub credential_id: CredentialId,
    pub first: &'a Job,
    pub trigger: &'a Trigger,
    pub poll: &'a Poll,
    pub places: &'a Places,
    pub inputs: &'a Map<String, Value>,
}

/// What a question from a place on was answered.
enum Answer {
    /// The records, the first of them at that place.
    Records(Vec<Value>),
    /// There is nothing at that place any more.
    Removed,
}

impl Poller {
    /// One question for all who wait, and what follows from its answer for each.
    pub(super) async fn ask_places(&self, asked: &Asked<'_>, members: &[Job]) -> Result<(), Unanswered> {
        let first = asked.places.first;
        let waiting = self.cursors(members).await?;
        let Some(known) = waiting.iter().filter_map(|(_, cursor)| place(cursor)).min() else {
            return self.count(asked, waiting).await;
        };
        let from = known.max(first);
        let Answer::Records(records) = self.records(asked, from, known >= first).await? else {
            return self.count(asked, waiting).await;
        };
        // Where the list was empty, its first record is new; else the one that is asked for is known.
        let last = (from + records.len() as u64).saturating_sub(1);
        // Another one saw more than there is now, or has seen nothing yet.
        let (fresh, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, cursor)| place(cursor).is_none_or(|known| known > last));
        if !fresh.is_empty() {
            self.count(asked, fresh).await?;
        }
        let mut names = None;
        for (job, mut cursor) in rest {
            let known = place(&cursor).unwrap_or_default();
            let mut outcome = Ok(());
            for (at, record) in (from..).zip(&records).filter(|(at, _)| *at > known) {
                if names.is_none() {
                    names = Some(self.names(asked).await?);
                }
                if let Some(event) = asked.places.event(at, record, names.as_deref().unwrap_or_default()) {
                    // After records were removed, the same place is another record's.
                    let key = format!("{}/{at}", cursor.newest_at.as_millis());
                    outcome = self.start_run(asked.credential_id, job, &key, &event).await;
                    if outcome.is_err() {
                        break;
                    }
                }
                cursor.place = i64::try_from(at).ok();
            }
            if place(&cursor) != Some(known) {
                self.keep(job, &cursor).await?;
            }
            outcome?;
        }
        Ok(())
    }

    /// Counts the list for those who begin: what is there starts nothing.
    async fn count(&self, asked: &Asked<'_>, waiting: Vec<(&Job, Cursor)>) -> Result<(), Unanswered> {
        let first = asked.places.first;
        let count = match self.records(asked, first, false).await? {
            Answer::Records(records) => records.len() as u64,
            Answer::Removed => 0,
        };
        for (job, mut cursor) in waiting {
            cursor.place = i64::try_from(first - 1 + count).ok();
            cursor.newest_at = self.clock.now();
            self.keep(job, &cursor).await?;
        }
        Ok(())
    }

    /// The records from a place on. Where the record at that place was seen, nothing there means that it was
    /// removed; some providers refuse to look behind the end.
    async fn records(&self, asked: &Asked<'_>, from: u64, seen: bool) -> Result<Answer, Unanswered> {
        let question = asked.poll.question_from(asked.trigger, asked.inputs, from);
        match self.perform(asked.credential_id, asked.first, &asked.poll.action, question).await {
            Ok(output) => match asked.poll.placed(&output) {
                [] if seen => Ok(Answer::Removed),
                records => Ok(Answer::Records(records.to_vec())),
            },
            Err(ActionError::Rejected { status: 400 | 404 | 416, .. }) if seen => Ok(Answer::Removed),
            Err(error) => Err(unanswered(asked.credential_id, asked.first, &error)),
        }
    }

    /// How the values of a record are called.
    async fn names(&self, asked: &Asked<'_>) -> Result<Vec<Value>, Unanswered> {
        let Some(names) = &asked.places.names else { return Ok(Vec::new()) };
        let question = names.question(asked.trigger, asked.inputs);
        let output = self.perform(asked.credential_id, asked.first, &names.action, question).await;
        let output = output.map_err(|error| unanswered(asked.credential_id, asked.first, &error))?;
        Ok(names.read(&output).to_vec())
    }
}

fn place(cursor: &Cursor) -> Option<u64> {
    cursor.place.and_then(|place| u64::try_from(place).ok())
}
