//! One destination's turn: its webhooks a few at once, or one message for all that waits.

use std::time::Instant;

use bytes::Bytes;
use futures::future::join_all;
use linchpin_connectors::mail::Letter;
use linchpin_domain::notice::Kind;
use linchpin_domain::{Timestamp, id};
use linchpin_store::event_deliveries::{self as deliveries, Attempt, EventDelivery, State};
use linchpin_store::event_destinations::{self, EventDestination, Target};
use linchpin_store::{Result, Tx, notices, projects};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use url::Url;

use super::{Destinations, MOST_FAILURES, letter, pause, payload, retry, sample, webhook};

/// Webhooks of one destination that are under way at once.
const WIDTH: usize = 4;
/// Deliveries that are read at once.
const PAGE: i64 = 64;
/// Events that one message may hold.
const MOST_IN_LETTER: i64 = 5_000;
/// As much of an answer is kept in the log.
const KEPT_ANSWER: usize = 1_000;
/// An endpoint that says so wants nothing any more.
const GONE: u16 = 410;

/// What a destination answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Whether it took what was sent.
    pub ok: bool,
    /// What is known of the attempt.
    pub attempt: Attempt,
    /// What was posted; nothing where it is e-mail, or nothing was.
    pub sent: Option<Value>,
}

impl Destinations {
    /// Sends what waits until nothing is due, or something fails.
    pub(super) async fn drain(&self, destination: EventDestination) -> Result<()> {
        match &destination.target {
            Target::Email(to) => self.write_letter(&destination, to).await,
            Target::Webhook(url) => loop {
                let mut conn = self.store.read().await?;
                let (project, id) = (destination.project_id, destination.id);
                let due = deliveries::due(&mut conn, project, id, self.clock.now(), PAGE).await?;
                drop(conn);
                if due.is_empty() {
                    return Ok(());
                }
                // One that failed last is tried with one event, not with many.
                let width = if destination.failures > 0 { 1 } else { WIDTH };
                for some in due.chunks(width) {
                    let done = join_all(some.iter().map(|delivery| self.deliver(&destination, url, delivery))).await;
                    for ok in done {
                        if !ok? {
                            return Ok(());
                        }
                    }
                }
                if destination.failures > 0 {
                    // It is well again: the next turn sends at full width.
                    return Ok(());
                }
            },
        }
    }

    /// Posts one event and notes what came of it; answers whether it was taken.
    async fn deliver(&self, destination: &EventDestination, url: &str, delivery: &EventDelivery) -> Result<bool> {
        let body = self.body(delivery).await?;
        let answered = self.post(destination, url, &delivery.event_id, body).await?;
        metrics::counter!("linchpin_event_deliveries", "taken" => if answered.ok { "yes" } else { "no" }).increment(1);
        let attempt = &answered.attempt;
        let mut tx = self.store.begin().await?;
        let (state, due_at) = if answered.ok {
            (State::Delivered, None)
        } else {
            match retry(delivery.attempts + 1) {
                Some(later) => (State::Pending, Some(self.clock.now().plus(later))),
                None => (State::Failed, None),
            }
        };
        deliveries::record(&mut tx, delivery, attempt, state, due_at).await?;
        if answered.ok {
            self.well(&mut tx, destination).await?;
        } else {
            self.unwell(&mut tx, destination, attempt, attempt.status == Some(i64::from(GONE))).await?;
        }
        tx.commit().await?;
        Ok(answered.ok)
    }

    async fn well(&self, tx: &mut Tx, destination: &EventDestination) -> Result<()> {
        let Some(now) = event_destinations::find(tx, destination.project_id, destination.id).await? else {
            return Ok(());
        };
        if now.failures > 0 || now.paused_until.is_some() {
            event_destinations::set_health(tx, now.project_id, now.id, 0, None).await?;
        }
        Ok(())
    }

    /// Counts a failure, leaves the destination alone for a while, and disables it when it was one too many.
    async fn unwell(
        &self,
        tx: &mut Tx,
        destination: &EventDestination,
        attempt: &Attempt,
        wants_nothing: bool,
    ) -> Result<()> {
        let (project_id, id) = (destination.project_id, destination.id);
        let Some(found) = event_destinations::find(tx, project_id, id).await? else { return Ok(()) };
        let now = self.clock.now();
        // What was under way together fails together: that is one failure.
        let counted = found.paused_until.is_some_and(|until| until > now);
        let failures = if counted { found.failures } else { found.failures + 1 };
        if failures < MOST_FAILURES && !wants_nothing {
            if !counted {
                let until = Some(now.plus(pause(failures))).filter(|until| *until > now);
                event_destinations::set_health(tx, project_id, id, failures, until).await?;
            }
            return Ok(());
        }
        let last = attempt.error.clone().unwrap_or_else(|| "no answer".into());
        let reason = if wants_nothing {
            "it answered 410 Gone: it wants no more events".to_owned()
        } else {
            format!("{failures} attempts in a row failed; the last one: {last}")
        };
        event_destinations::set_health(tx, project_id, id, failures, None).await?;
        if event_destinations::disable(tx, project_id, id, &reason).await? {
            let dropped = deliveries::drop_pending(tx, project_id, id, "the destination was disabled").await?;
            tracing::warn!(project.id = %project_id, destination.id = %id, dropped, "an event destination was disabled");
            let about = json!({"id": id, "name": found.name, "reason": reason, "dropped": dropped});
            notices::about_destination(tx, project_id, about).await?;
        }
        Ok(())
    }

    /// One message for everything that waits.
    async fn write_letter(&self, destination: &EventDestination, to: &[String]) -> Result<()> {
        let (project_id, id) = (destination.project_id, destination.id);
        let mut conn = self.store.read().await?;
        let due = deliveries::due(&mut conn, project_id, id, self.clock.now(), MOST_IN_LETTER).await?;
        let project = projects::find(&mut conn, project_id).await?;
        drop(conn);
        // What happens together is told together: a burst is given a moment to come to its end.
        let (Some(first), Some(project)) = (due.first(), project) else { return Ok(()) };
        if self.clock.now().since(first.happened_at) < letter::MOMENT {
            return Ok(());
        }
        let pages = |rest: &str| self.page(project_id, rest);
        let (subject, text) = letter::write(&project.name, &due, pages);
        let name = format!("{}-{}", first.event_id, due.len());
        let answered = self.mail(to, &subject, &text, &name).await;
        metrics::counter!("linchpin_event_letters", "taken" => if answered.ok { "yes" } else { "no" }).increment(1);
        let mut tx = self.store.begin().await?;
        let seqs: Vec<i64> = due.iter().map(|delivery| delivery.seq).collect();
        let state = if answered.ok { State::Delivered } else { State::Pending };
        deliveries::record_all(&mut tx, project_id, id, &seqs, &answered.attempt, state).await?;
        if answered.ok {
            let until = self.clock.now().plus(self.config.mail.gather);
            event_destinations::set_health(&mut tx, project_id, id, 0, Some(until)).await?;
        } else {
            self.unwell(&mut tx, destination, &answered.attempt, false).await?;
        }
        tx.commit().await
    }

    /// Sends a sample and says what came of it. Nothing is noted.
    pub async fn test(&self, destination: &EventDestination, kind: Kind) -> Result<Answered> {
        let (project_id, now) = (destination.project_id, self.clock.now());
        let sample = EventDelivery {
            seq: 0,
            project_id,
            destination_id: destination.id,
            event_id: format!("test-{}", id::fresh(&*self.clock)),
            kind,
            data: sample::data(kind),
            happened_at: now,
            state: State::Pending,
            attempts: 0,
            due_at: None,
            last: None,
        };
        match &destination.target {
            Target::Webhook(url) => {
                let mut body = self.body(&sample).await?;
                body["test"] = true.into();
                self.post(destination, url, &sample.event_id, body).await
            }
            Target::Email(to) => {
                let mut conn = self.store.read().await?;
                let project = projects::find(&mut conn, project_id).await?;
                drop(conn);
                let name = project.map(|project| project.name).unwrap_or_default();
                let id = sample.event_id.clone();
                let (subject, text) = letter::write(&name, &[sample], |rest| self.page(project_id, rest));
                let text = format!("This is a test: nothing of it happened.\n\n{text}");
                Ok(self.mail(to, &format!("Test: {subject}"), &text, &id).await)
            }
        }
    }

    /// What is posted.
    async fn body(&self, delivery: &EventDelivery) -> Result<Value> {
        let mut conn = self.store.read().await?;
        let project = projects::find(&mut conn, delivery.project_id).await?;
        let page = letter::page_of(delivery).map(|rest| self.page(delivery.project_id, &rest));
        Ok(json!({
            "id": delivery.event_id,
            "type": delivery.kind,
            "createdAt": delivery.happened_at,
            "project": {"id": delivery.project_id, "name": project.map(|project| project.name)},
            "url": page,
            "data": delivery.data,
        }))
    }

    async fn post(&self, destination: &EventDestination, url: &str, event_id: &str, body: Value) -> Result<Answered> {
        let at = self.clock.now();
        let mut conn = self.store.read().await?;
        let secrets = event_destinations::secrets(&mut conn, destination.project_id, destination.id, at).await?;
        let own = event_destinations::headers(&mut conn, destination.project_id, destination.id).await?;
        drop(conn);
        let sent = match payload::body(destination.payload.as_ref(), body) {
            Ok(sent) => sent,
            Err(error) => return Ok(failed(at, Instant::now(), &error)),
        };
        let body = Bytes::from(sent.to_string());
        let mut headers = secrets.and_then(|secrets| webhook::headers(event_id, at, &body, &secrets));
        if let Some(headers) = &mut headers {
            for (name, value) in &own {
                payload::add_header(headers, name, value.expose_secret());
            }
        }
        let (Ok(url), Some(headers)) = (Url::parse(url), headers) else {
            let error = "this webhook has no address or no secret to sign with; give it a new secret";
            return Ok(failed(at, Instant::now(), error));
        };
        let begun = Instant::now();
        let posted = match destination.subscription {
            None => self.client.post(&url, headers, body).await,
            // An address that a user said.
            Some(_) => self.client.post_for_user(&url, headers, body).await,
        };
        let posted = match posted {
            Ok(posted) => posted,
            Err(error) => return Ok(Answered { sent: Some(sent), ..failed(at, begun, &error.to_string()) }),
        };
        let ok = (200..300).contains(&posted.status);
        let text: String = String::from_utf8_lossy(&posted.answer)
            .chars()
            .filter(|c| !c.is_control() || c.is_ascii_whitespace())
            .take(KEPT_ANSWER)
            .collect();
        let error = match posted.status {
            200..300 => None,
            300..400 => Some(format!("it answered {}, and a redirect is not followed", posted.status)),
            status => Some(format!("it answered {status}")),
        };
        let attempt = Attempt {
            at,
            status: Some(i64::from(posted.status)),
            answer: Some(text).filter(|text| !text.is_empty()),
            error,
            duration_ms: begun.elapsed().as_millis() as i64,
        };
        Ok(Answered { ok, attempt, sent: Some(sent) })
    }

    async fn mail(&self, to: &[String], subject: &str, text: &str, id: &str) -> Answered {
        let (at, begun) = (self.clock.now(), Instant::now());
        let Some(mailer) = &self.mailer else {
            return failed(at, begun, "this server sends no e-mail: its operator has set no mail server (mail.host)");
        };
        match mailer.send(Letter { to, subject, text, id }).await {
            Ok(answer) => {
                let duration_ms = begun.elapsed().as_millis() as i64;
                let attempt = Attempt { at, status: None, answer: Some(answer), error: None, duration_ms };
                Answered { ok: true, attempt, sent: None }
            }
            Err(error) => failed(at, begun, &error.to_string()),
        }
    }

    /// What a person who gives a destination another secret should know: until when both count.
    pub fn overlap_ends(&self) -> Timestamp {
        self.clock.now().plus(super::OVERLAP)
    }
}

fn failed(at: Timestamp, begun: Instant, error: &str) -> Answered {
    let duration_ms = begun.elapsed().as_millis() as i64;
    let attempt = Attempt { at, status: None, answer: None, error: Some(error.to_owned()), duration_ms };
    Answered { ok: false, attempt, sent: None }
}
