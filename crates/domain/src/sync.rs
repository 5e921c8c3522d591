//! Records that are kept the same at a provider and in the host application.
//!
//! A record holds what both sides agreed on last (`fields`) and what the application has changed since
//! (`pending`). Everything here is pure: what the provider says and what the application writes goes in,
//! what is new about the record comes out. What is not new is an echo, and nobody is told of it.
//!
//! ```text
//!  provider says ─► take ──► nothing (an echo) · changed · conflict, by the rule
//!  app writes ────► write ─► nothing (an echo) · pending ─► begin ─► the call ─► sent · refused
//! ```

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;
use crate::id::{RunId, SyncRecordId};
use crate::run::Fault;

/// Fields of a record by the provider's names.
pub type Fields = Map<String, Value>;

/// Who may change records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// The provider alone: the application reads.
    #[default]
    Read,
    /// Both sides.
    Both,
}

/// Who is right when both sides changed the same field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// Whoever changed it last.
    #[default]
    Newest,
    /// The provider.
    Provider,
    /// The application.
    App,
}

/// Which side a record's newest change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// The provider.
    Provider,
    /// The application.
    App,
}

/// What the application wants done at the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    /// Whether the record is to be deleted.
    #[serde(default)]
    pub delete: bool,
    /// Fields that are to be written.
    #[serde(default)]
    pub fields: Fields,
    /// When the application wrote last.
    pub at: Timestamp,
    /// Not before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Calls that were begun.
    #[serde(default)]
    pub attempts: u32,
    /// The call that is under way, or of which nobody knows what came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending: Option<Sending>,
    /// Why it was refused. It is not tried again until one of the sides changes the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// What a call was begun with: a repetition after a crash is the same call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sending {
    /// What is done.
    pub what: What,
    /// With which fields.
    pub fields: Fields,
    /// Names the call: the same one is made once.
    pub key: String,
    /// How many calls were made for this write, with it.
    pub attempt: u32,
    /// The run, where the call is under way or in doubt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// A call at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// The provider does not have the record.
    Create,
    /// It has it.
    Update,
    /// It has it and shall not.
    Delete,
}

/// A record of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Ours.
    pub id: SyncRecordId,
    /// The provider's; `None` while it is only here.
    pub provider_id: Option<String>,
    /// The application's, where it gave one.
    pub external_id: Option<String>,
    /// What both sides agreed on last.
    pub fields: Fields,
    /// What the application wrote and the provider keeps in another form.
    pub raw: Fields,
    /// When it was changed at the provider.
    pub modified_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Where its newest change came from.
    pub origin: Origin,
    /// What the application wants done.
    pub pending: Option<Pending>,
}

/// Both sides changed the same fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// Which.
    pub fields: Vec<String>,
    /// Whose values count.
    pub winner: Origin,
    /// What the application had written.
    pub app: Fields,
    /// What the provider has.
    pub provider: Fields,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    /// Whether there is something new for the application.
    pub changed: bool,
    /// Whether both sides had changed it.
    pub conflict: Option<Conflict>,
}

impl Record {
    /// A record that nothing is known of yet.
    pub fn new(id: SyncRecordId, origin: Origin) -> Self {
        Self {
            id,
            provider_id: None,
            external_id: None,
            fields: Fields::new(),
            raw: Fields::new(),
            modified_at: None,
            deleted_at: None,
            origin,
            pending: None,
        }
    }

    /// As the application sees it: with what it has written itself.
    pub fn seen(&self) -> Fields {
        let mut fields = self.fields.clone();
        if let Some(pending) = self.pending.as_ref().filter(|pending| pending.fault.is_none()) {
            fields.extend(pending.fields.clone());
        }
        fields
    }

    /// What the provider says of it.
    pub fn take(&mut self, incoming: &Fields, modified_at: Timestamp, rule: Rule) -> Change {
        // A list or a search that lags behind tells what was before our own write.
        if self
            .modified_at
            .is_some_and(|held| modified_at < held || self.deleted_at.is_some_and(|gone| modified_at <= gone))
        {
            return Change::default();
        }
        let new = self.provider_id.is_some() && self.modified_at.is_none() && self.fields.is_empty();
        let restored = self.deleted_at.take().is_some();
        let changed: Vec<String> = incoming
            .iter()
            .filter(|(name, value)| !same(self.fields.get(*name), Some(value)))
            .map(|(name, _)| name.clone())
            .collect();
        self.modified_at = Some(modified_at);
        self.settle_equal(incoming);
        if changed.is_empty() && !restored {
            return Change { changed: new, conflict: None };
        }
        let conflict = self.conflict(incoming, &changed, modified_at, rule);
        self.fields.extend(incoming.clone());
        self.raw.retain(|name, _| !changed.contains(name));
        self.origin = Origin::Provider;
        if let Some(pending) = &mut self.pending {
            // The record is another one now: what was refused may be taken.
            pending.fault = None;
        }
        Change { changed: true, conflict }
    }

    /// The provider lists it among what is there, now: whatever was known of it before, it is not deleted.
    pub fn is_there(&mut self) {
        if self.deleted_at.is_some() {
            self.modified_at = None;
        }
    }

    /// What the application wanted and the provider has already.
    fn settle_equal(&mut self, incoming: &Fields) {
        let Some(pending) = &mut self.pending else { return };
        pending.fields.retain(|name, value| !incoming.get(name).is_some_and(|held| same(Some(held), Some(value))));
        if !pending.delete && pending.fields.is_empty() && pending.sending.is_none() {
            self.pending = None;
        }
    }

    fn conflict(
        &mut self,
        incoming: &Fields,
        changed: &[String],
        modified_at: Timestamp,
        rule: Rule,
    ) -> Option<Conflict> {
        let pending = self.pending.as_mut()?;
        let fields: Vec<String> =
            changed.iter().filter(|name| pending.delete || pending.fields.contains_key(*name)).cloned().collect();
        if fields.is_empty() {
            return None;
        }
        let winner = match rule {
            Rule::App => Origin::App,
            Rule::Provider => Origin::Provider,
            Rule::Newest if pending.at > modified_at => Origin::App,
            Rule::Newest => Origin::Provider,
        };
        let pick = |from: &Fields| {
            fields.iter().filter_map(|name| Some((name.clone(), from.get(name)?.clone()))).collect::<Fields>()
        };
        let conflict =
            Conflict { winner, app: pick(&pending.fields), provider: pick(incoming), fields: fields.clone() };
        if winner == Origin::Provider {
            pending.delete = false;
            pending.fields.retain(|name, _| !fields.contains(name));
            if pending.fields.is_empty() && pending.sending.is_none() {
                self.pending = None;
            }
        }
        Some(conflict)
    }

    /// The provider does not have it any more.
    pub fn gone(&mut self, at: Timestamp, rule: Rule) -> Change {
        if self.deleted_at.is_some() {
            return Change::default();
        }
        let Some(pending) = self.pending.take() else {
            self.deleted_at = Some(at);
            self.origin = Origin::Provider;
            return Change { changed: true, conflict: None };
        };
        if pending.delete {
            self.deleted_at = Some(at);
            return Change { changed: true, conflict: None };
        }
        let winner = match rule {
            Rule::App => Origin::App,
            Rule::Newest if pending.at > at => Origin::App,
            Rule::Newest | Rule::Provider => Origin::Provider,
        };
        let conflict = Some(Conflict {
            fields: pending.fields.keys().cloned().collect(),
            winner,
            app: pending.fields.clone(),
            provider: Fields::new(),
        });
        if winner == Origin::Provider {
            self.deleted_at = Some(at);
            self.origin = Origin::Provider;
            return Change { changed: true, conflict };
        }
        // The application still wants it: it is made anew, whole.
        let mut fields = std::mem::take(&mut self.fields);
        fields.extend(pending.fields);
        fields.retain(|_, value| !is_nothing(Some(value)));
        (self.provider_id, self.modified_at) = (None, None);
        self.pending = Some(Pending { fields, sending: None, fault: None, due_at: None, ..pending });
        Change { changed: false, conflict }
    }

    /// What the application writes. False where it says nothing new.
    pub fn write(&mut self, fields: &Fields, at: Timestamp) -> bool {
        let seen = self.seen();
        let revived = self.deleted_at.is_some();
        let wanted = self.pending.as_ref().is_some_and(|pending| pending.fault.is_none() && !pending.delete);
        let news: Fields = fields
            .iter()
            .filter(|(name, value)| {
                let known = same(seen.get(*name), Some(value)) || self.raw.get(*name) == Some(value);
                !known || revived
            })
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let fresh = self.provider_id.is_none() && self.pending.is_none();
        if news.is_empty() && !fresh && (wanted || !revived) {
            return false;
        }
        if revived {
            // What is deleted at the provider is made anew.
            (self.provider_id, self.modified_at, self.deleted_at) = (None, None, None);
            self.fields.clear();
        }
        let pending = self.pending.get_or_insert_with(|| Pending::new(at));
        pending.delete = false;
        pending.fields.extend(news);
        (pending.at, pending.due_at, pending.fault) = (at, None, None);
        self.origin = Origin::App;
        true
    }

    /// The application deletes it. False where it is deleted already.
    pub fn delete(&mut self, at: Timestamp) -> bool {
        if self.deleted_at.is_some() || self.pending.as_ref().is_some_and(|pending| pending.delete) {
            return false;
        }
        self.origin = Origin::App;
        let under_way = self.pending.as_ref().is_some_and(|pending| pending.sending.is_some());
        if self.provider_id.is_none() && !under_way {
            // The provider never had it.
            (self.pending, self.deleted_at) = (None, Some(at));
            return true;
        }
        let pending = self.pending.get_or_insert_with(|| Pending::new(at));
        pending.delete = true;
        pending.fields.clear();
        (pending.at, pending.due_at, pending.fault) = (at, None, None);
        true
    }

    /// The call that is to be made now; one that was begun before is the same one.
    pub fn begin(&mut self, now: Timestamp, key: impl FnOnce() -> String) -> Option<Sending> {
        let has_id = self.provider_id.is_some();
        let pending = self.pending.as_mut()?;
        if pending.fault.is_some() || pending.due_at.is_some_and(|due| due > now) {
            return None;
        }
        if let Some(sending) = &pending.sending {
            return Some(sending.clone());
        }
        pending.attempts += 1;
        let what = match (pending.delete, has_id) {
            (true, _) => What::Delete,
            (false, true) => What::Update,
            (false, false) => What::Create,
        };
        let (fields, attempt) = (pending.fields.clone(), pending.attempts);
        let sending = Sending { what, fields, key: key(), attempt, run: None };
        pending.sending = Some(sending.clone());
        Some(sending)
    }

    /// The call was done; the provider answered with these fields.
    pub fn sent(
        &mut self,
        sending: &Sending,
        answered: &Fields,
        provider_id: Option<String>,
        modified_at: Option<Timestamp>,
        now: Timestamp,
    ) {
        if sending.what == What::Delete {
            (self.pending, self.deleted_at) = (None, Some(now));
            return;
        }
        if provider_id.is_some() {
            self.provider_id = provider_id;
        }
        self.modified_at = self.modified_at.max(modified_at);
        for (name, value) in &sending.fields {
            let kept = answered.get(name).unwrap_or(value);
            if same(Some(kept), Some(value)) {
                self.raw.shift_remove(name);
            } else {
                self.raw.insert(name.clone(), value.clone());
            }
            self.fields.insert(name.clone(), kept.clone());
        }
        let Some(pending) = &mut self.pending else { return };
        pending.sending = None;
        // What the application wrote meanwhile is still to be sent.
        pending.fields.retain(|name, value| sending.fields.get(name) != Some(value));
        if pending.fields.is_empty() && !pending.delete {
            self.pending = None;
        }
    }

    /// The call was not done. With a time it is tried again then.
    pub fn refused(&mut self, fault: Fault, again: Option<Timestamp>) {
        let Some(pending) = &mut self.pending else { return };
        pending.sending = None;
        match again {
            Some(at) => pending.due_at = Some(at),
            None => pending.fault = Some(fault),
        }
    }
}

impl Pending {
    fn new(at: Timestamp) -> Self {
        Self { delete: false, fields: Fields::new(), at, due_at: None, attempts: 0, sending: None, fault: None }
    }
}

fn is_nothing(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()))
}

/// Whether two values say the same: providers keep numbers as texts, and nothing as an empty one.
pub fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    if is_nothing(a) && is_nothing(b) {
        return true;
    }
    let (Some(a), Some(b)) = (a, b) else { return false };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    match (text(a), text(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests;
