//! What actions do to the records.

mod shown;

use linchpin_domain::Timestamp;
use serde_json::{Map, Value, json};

use self::shown::{Shown, times};
use super::fixed;
use super::hooks;
use super::links;
use super::records::{Record, Taken};
use super::reply::Refusal;
use super::search::Search;
use super::state::{Shared, State};
use super::webhooks::{self, Changed};
use crate::inputs::own_value;
use crate::manifest::{Action, Effect, FieldKind, RecordChange, Resource, SimulatedAction};
use crate::poll::time;
use crate::shape::{Shape, text_of};

/// An action as it was asked for.
pub(super) struct Asked<'a> {
    pub name: &'a str,
    pub action: &'a Action,
    /// Inputs by name, as the request held them.
    pub values: Map<String, Value>,
    /// The inputs of each element of a batch.
    pub batch: Option<Vec<Map<String, Value>>>,
    pub account: usize,
    pub now: Timestamp,
}

/// What was done.
pub(super) struct Done {
    pub status: u16,
    pub body: Value,
}

/// Performs an action.
pub(super) fn perform(shared: &Shared, state: &mut State, asked: Asked<'_>) -> Result<Done, Refusal> {
    let Some(resource) = shared.manifest.resources.get(&asked.action.resource) else {
        return Err(invalid("there is no such kind of record"));
    };
    let kind = resource.kind_from.as_ref().and_then(|input| asked.values.get(input)).map(text_of);
    let name = kind.map(|kind| format!("{}/{kind}", asked.action.resource));
    let work = Work { shared, resource, name: name.as_deref().unwrap_or(&asked.action.resource), asked: &asked };
    match asked.action.effect {
        Effect::Create => work.create(state),
        Effect::Update => work.update(state),
        Effect::Upsert => work.upsert(state),
        Effect::Delete => Ok(work.delete(state)),
        Effect::Get => work.get(state),
        Effect::List => work.list(state),
        Effect::Search => work.search(state),
        Effect::Read => fixed::read(shared, &asked),
        Effect::Link => links::link(shared, state, &asked).map(|done| work.done(done.status, done.body, Map::new())),
        Effect::Unlink => links::unlink(state, &asked).map(|done| work.done(done.status, done.body, Map::new())),
        Effect::Call => Ok(work.done(200, asked.action.example.clone(), Map::new())),
    }
}

fn invalid(reason: impl Into<String>) -> Refusal {
    Refusal::new("invalidBody", json!({"reason": reason.into()}))
}

struct Work<'a> {
    shared: &'a Shared,
    resource: &'a Resource,
    name: &'a str,
    asked: &'a Asked<'a>,
}

impl Work<'_> {
    fn create(&self, state: &mut State) -> Result<Done, Refusal> {
        let properties = self.given()?;
        let links = links::wanted(self.shared, state, self.asked)?;
        let needed = &self.asked.action.at_least_one;
        let has = |name: &String| properties.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        if !needed.is_empty() && !needed.iter().any(has) {
            return Err(Refusal::new("noFields", json!({"title": self.resource.title, "fields": needed.join(", ")})));
        }
        if let Some(name) = self.asked.action.required.iter().find(|name| !has(name)) {
            return Err(Refusal::new("noFields", json!({"title": self.resource.title, "fields": name})));
        }
        let record = self.add(state, properties)?;
        for to in links {
            state.records.link(self.asked.account, [record.id, to]);
        }
        Ok(self.answer(201, &record))
    }

    /// What a record is to hold.
    fn given(&self) -> Result<Map<String, Value>, Refusal> {
        if self.asked.action.record.is_some() || self.asked.values.contains_key("fields") {
            return self.properties(self.asked.values.get("fields"));
        }
        // Without a record the inputs themselves are what is stored.
        let aside = self.rule().map(|rule| rule.aside.as_slice()).unwrap_or_default();
        let mut properties = Map::new();
        for (name, value) in &self.asked.values {
            if ASIDE.contains(&name.as_str()) || aside.contains(name) {
                continue;
            }
            let value = match self.asked.action.fields.get(name) {
                Some(field) => own_value(field, value).map_err(invalid)?,
                None => value.clone(),
            };
            properties.insert(name.clone(), value);
        }
        Ok(properties)
    }

    /// What the manifest says about this action's answers.
    fn rule(&self) -> Option<&SimulatedAction> {
        self.shared.simulator.actions.get(self.asked.name)
    }

    /// The answer about one record.
    fn answer(&self, status: u16, record: &Record) -> Done {
        let shown = self.show(record, &Shown::All);
        let mut values = self.values(record, &Shown::All);
        values.insert("record".into(), shown.clone());
        self.done(status, shown, values)
    }

    /// An answer in the action's own words, where it has some.
    fn done(&self, status: u16, body: Value, values: Map<String, Value>) -> Done {
        let Some(rule) = self.rule() else { return Done { status, body } };
        let body = match &rule.body {
            None => body,
            Some(shape) => {
                let mut all = self.shared.about(self.asked.account);
                all.extend(self.asked.values.clone());
                times("now", self.asked.now, &mut all);
                all.extend(values);
                shape.fill(&all).unwrap_or_default()
            }
        };
        Done { status: rule.status.unwrap_or(status), body }
    }

    fn add(&self, state: &mut State, properties: Map<String, Value>) -> Result<Record, Refusal> {
        let enforce = state.faults.unique_email;
        let kind = (self.name, self.resource);
        let record = state
            .records
            .create(self.asked.account, kind, properties, self.asked.now, enforce)
            .map_err(|taken| self.conflict(&taken))?;
        self.tell(state, RecordChange::Created, &record, None);
        Ok(record)
    }

    /// Tells those who subscribe to it.
    fn tell(&self, state: &mut State, on: RecordChange, record: &Record, field: Option<(&str, &Value)>) {
        let mut values = self.values(record, &Shown::All);
        values.insert("record".into(), self.show(record, &Shown::All));
        let (account, resource, at) = (self.asked.account, self.name, self.asked.now);
        let changed = Changed { account, resource, on, id: record.id, field, at, values: &values };
        webhooks::note(self.shared, state, &changed);
        hooks::note(self.shared, state, &changed);
    }

    fn change(&self, state: &mut State, id: u64, properties: Map<String, Value>) -> Result<Option<Record>, Refusal> {
        let enforce = state.faults.unique_email;
        let kind = (self.name, self.resource);
        let before = state.records.collection(self.asked.account, self.name).rows.get(&id).cloned();
        let record = state
            .records
            .update(self.asked.account, kind, id, properties, self.asked.now, enforce)
            .map_err(|taken| self.conflict(&taken))?;
        if let (Some(before), Some(record)) = (before, &record) {
            for (field, value) in
                record.properties.iter().filter(|(name, value)| before.properties.get(*name) != Some(value))
            {
                self.tell(state, RecordChange::FieldChanged, record, Some((field, value)));
            }
        }
        Ok(record)
    }

    fn update(&self, state: &mut State) -> Result<Done, Refusal> {
        let id = self.target(state)?;
        let properties = self.given()?;
        let record = self.change(state, id, properties)?.ok_or_else(|| self.not_found())?;
        Ok(self.answer(200, &record))
    }

    fn upsert(&self, state: &mut State) -> Result<Done, Refusal> {
        let inputs = self.asked.batch.as_deref().unwrap_or_default();
        if inputs.is_empty() || inputs.len() > self.shared.simulator.max_batch as usize {
            return Err(invalid(format!("give 1 to {} inputs", self.shared.simulator.max_batch)));
        }
        let Some(own) = &self.asked.action.doubt.key else { return Err(invalid("the action names no key")) };
        // All inputs are checked before the first is carried out.
        let mut ready: Vec<(String, String, Map<String, Value>)> = Vec::with_capacity(inputs.len());
        for input in inputs {
            // The call may name the field itself; `id` is its value then.
            let (field, held) = match input.get("idProperty").and_then(Value::as_str) {
                Some(field) => (field, "id"),
                None => (own.as_str(), own.as_str()),
            };
            if !self.resource.unique.iter().any(|one| one == field) {
                return Err(invalid(format!("{field} is not a unique property")));
            }
            let key = input.get(held).map(|value| text_of(value).into_owned()).unwrap_or_default();
            if key.trim().is_empty() {
                return Err(invalid(format!("an input has no value for {field}")));
            }
            if ready.iter().any(|(_, other, _)| other.eq_ignore_ascii_case(&key)) {
                return Err(Refusal::new("conflict", json!({"title": self.resource.title, "id": key})));
            }
            let mut properties = self.properties(input.get("fields"))?;
            properties.entry(field.to_owned()).or_insert_with(|| Value::String(key.clone()));
            ready.push((field.to_owned(), key, properties));
        }
        let mut results = Vec::with_capacity(ready.len());
        for (field, key, properties) in ready {
            let found = state.records.collection(self.asked.account, self.name).by_unique(&field, &key);
            let id = found.map(|record| record.id);
            let (record, new) = match id {
                Some(id) => (self.change(state, id, properties)?.ok_or_else(|| self.not_found())?, false),
                None => (self.add(state, properties)?, true),
            };
            let mut values = self.values(&record, &Shown::All);
            values.insert("new".into(), new.into());
            let shape = self.shared.simulator.upserted.as_ref().unwrap_or_else(|| self.record_shape());
            results.extend(shape.fill(&values));
        }
        let now = self.asked.now.to_string();
        let values = json!({"results": results, "startedAt": now, "completedAt": now});
        let body = self.shared.simulator.upserts.as_ref().map(|shape| fill(shape, &values));
        Ok(Done { status: 200, body: body.unwrap_or_default() })
    }

    fn delete(&self, state: &mut State) -> Done {
        // Deleting what is not there is no fault.
        if let Ok(id) = self.target(state) {
            let held = state.records.collection(self.asked.account, self.name).rows.get(&id).cloned();
            state.records.delete(self.asked.account, (self.name, self.resource), id, self.asked.now);
            if let Some(record) = held {
                self.tell(state, RecordChange::Deleted, &record, None);
            }
        }
        self.done(204, Value::Null, Map::new())
    }

    fn get(&self, state: &mut State) -> Result<Done, Refusal> {
        let id = self.target(state)?;
        let found = state.records.collection(self.asked.account, self.name).rows.get(&id);
        let record = found.ok_or_else(|| self.not_found())?;
        let mut done = self.answer(200, record);
        if self.rule().is_none_or(|rule| rule.body.is_none()) {
            done.body = self.show(record, &self.shown());
        }
        Ok(done)
    }

    fn list(&self, state: &mut State) -> Result<Done, Refusal> {
        let simulator = &self.shared.simulator;
        let limit = self.limit(simulator.max_page_size)?;
        let after = match self.asked.values.get("after").map(text_of).filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(
                self.shared
                    .id_number(&self.asked.action.resource, &text)
                    .ok_or_else(|| invalid(format!("`{text}` is no paging position")))?,
            ),
        };
        let shown = self.shown();
        let rule = self.rule();
        let fits = |record: &&Record| self.wanted(record);
        let collection = state.records.collection(self.asked.account, self.name);
        let archived = self.asked.values.get(ARCHIVED).is_some_and(|value| text_of(value) == "true");
        let rows = if archived { &collection.archived } else { &collection.rows };
        let total = rows.values().filter(fits).count();
        let skipped = rule.and_then(|rule| rule.from_place.as_ref()).and_then(|input| self.asked.values.get(input));
        let skipped =
            skipped.and_then(|place| text_of(place).parse::<usize>().ok()).map_or(0, |place| place.max(1) - 1);
        let limit = rule.and_then(|rule| rule.most).map_or(limit, |most| limit.min(most));
        let (page, more): (Vec<&Record>, bool) = if rule.is_some_and(|rule| rule.newest_first) {
            let mut rest = rows.range(..after.unwrap_or(u64::MAX)).rev().map(|(_, record)| record).filter(fits);
            (rest.by_ref().take(limit).collect(), rest.next().is_some())
        } else {
            let from = after.map_or(0, |after| after + 1);
            let mut rest = rows.range(from..).map(|(_, record)| record).filter(fits).skip(skipped);
            (rest.by_ref().take(limit).collect(), rest.next().is_some())
        };
        let last = page.last().filter(|_| more);
        let after = last.map(|record| self.shared.id_text(&self.asked.action.resource, record.id, record.created_at));
        let results: Vec<_> = page.iter().map(|record| self.show(record, &shown)).collect();
        let values = json!({"results": results, "after": after, "more": more, "total": total});
        let own = simulator.resources.get(&self.asked.action.resource).and_then(|one| one.page.as_ref());
        let body = fill(own.unwrap_or(&simulator.page), &values);
        let values = values.as_object().expect("made as an object").clone();
        Ok(self.done(200, body, values))
    }

    /// Whether a record has what the inputs of a list ask for.
    fn wanted(&self, record: &Record) -> bool {
        let rule = self.rule();
        let aside = rule.map(|rule| rule.aside.as_slice()).unwrap_or_default();
        self.asked.values.iter().all(|(name, wanted)| {
            let text = text_of(wanted);
            if let Some(since) = rule.and_then(|rule| rule.since.as_ref()).filter(|since| since.input == *name) {
                let at = if since.modified { record.updated_at } else { record.created_at };
                if since.minutes_ago {
                    let minutes: i64 = text.parse().unwrap_or(i64::MAX / 60_000);
                    return at.as_millis() >= self.asked.now.as_millis() - minutes.saturating_mul(60_000);
                }
                // Providers that count in seconds cut to the second.
                return time(wanted).is_none_or(|since| at.as_millis() / 1_000 >= since.as_millis() / 1_000);
            }
            if rule.and_then(|rule| rule.from_place.as_ref()) == Some(name) {
                return true;
            }
            let kind = self.resource.kind_from.as_ref() == Some(name);
            if text.is_empty() || kind || ASIDE.contains(&name.as_str()) || aside.contains(name) {
                return name != "query"
                    || record
                        .properties
                        .values()
                        .any(|held| text_of(held).to_lowercase().contains(&text.to_lowercase()));
            }
            match record.properties.get(name) {
                Some(held) => text_of(held).eq_ignore_ascii_case(&text),
                None => false,
            }
        })
    }

    fn search(&self, state: &mut State) -> Result<Done, Refusal> {
        // Filters of its own language are one provider's way; elsewhere a search is a list with a question.
        if !self.asked.action.fields.contains_key("filterGroups") {
            return self.list(state);
        }
        let simulator = &self.shared.simulator;
        let search = Search::read(&self.asked.values, simulator.stamps.as_ref()).map_err(invalid)?;
        let limit = self.limit(simulator.max_search_size)?;
        let offset = match self.asked.values.get("after").map(text_of) {
            None => 0,
            Some(text) if text.is_empty() => 0,
            Some(text) => text.parse::<usize>().map_err(|_| invalid(format!("`{text}` is no paging position")))?,
        };
        if offset + limit > simulator.max_search_results as usize {
            return Err(Refusal::new("noSuchPage", json!({"after": offset})));
        }
        let collection = state.records.collection(self.asked.account, self.name);
        let mut found: Vec<&Record> = match search.single_equal() {
            // With duplicates allowed the index knows only the oldest.
            Some((field, value))
                if self.resource.unique.iter().any(|one| one == field) && state.faults.unique_email =>
            {
                collection.by_unique(field, value).into_iter().collect()
            }
            _ => collection.rows.values().filter(|record| search.matches(record)).collect(),
        };
        search.order(&mut found);
        let total = found.len();
        let shown = self.shown();
        let results: Vec<_> = found.iter().skip(offset).take(limit).map(|record| self.show(record, &shown)).collect();
        let after = (offset + limit < total).then(|| (offset + limit).to_string());
        let values = json!({"total": total, "results": results, "after": after});
        Ok(Done { status: 200, body: fill(simulator.found.as_ref().unwrap_or(&simulator.page), &values) })
    }

    /// The id of the record that is meant, by id or by a unique field.
    fn target(&self, state: &mut State) -> Result<u64, Refusal> {
        let text = self.asked.values.get("id").map(text_of).unwrap_or_default();
        let by = self.asked.values.get("idProperty").map(text_of).filter(|name| !name.is_empty());
        match by {
            Some(field) if self.shared.simulator.stamps.as_ref().is_none_or(|stamps| field != stamps.id.as_str()) => {
                if !self.resource.unique.iter().any(|one| one == &*field) {
                    return Err(invalid(format!("{field} is not a unique property")));
                }
                let found = state.records.collection(self.asked.account, self.name).by_unique(&field, &text);
                found.map(|record| record.id).ok_or_else(|| self.not_found())
            }
            _ => self.shared.id_number(&self.asked.action.resource, &text).ok_or_else(|| self.not_found()),
        }
    }

    fn limit(&self, max: u32) -> Result<usize, Refusal> {
        let Some(value) = self.asked.values.get("limit") else {
            return Ok(self.shared.simulator.page_size as usize);
        };
        let number = text_of(value).parse::<u32>().ok().filter(|number| (1..=max).contains(number));
        number.map(|number| number as usize).ok_or_else(|| invalid(format!("the limit is between 1 and {max}")))
    }

    /// Checks the fields of a record and makes them texts.
    fn properties(&self, given: Option<&Value>) -> Result<Map<String, Value>, Refusal> {
        let Some(Value::Object(given)) = given else { return Err(invalid("the record's properties are missing")) };
        let mut properties = Map::with_capacity(given.len());
        for (name, value) in given {
            let field = self.resource.fields.iter().find(|field| &field.name == name);
            if field.is_none() && self.resource.kind_from.is_none() && !self.resource.also.contains(name) {
                return Err(Refusal::new("unknownField", json!({"field": name})));
            }
            let text = match value {
                Value::Null => String::new(),
                Value::Object(_) | Value::Array(_) => return Err(invalid(format!("{name} takes a text"))),
                value => text_of(value).into_owned(),
            };
            let email = field.is_some_and(|field| field.kind == FieldKind::Email);
            if email && !text.is_empty() && !is_email(&text) {
                return Err(Refusal::new("invalidEmail", json!({"field": name, "value": text})));
            }
            properties.insert(name.clone(), Value::String(if email { text.trim().to_lowercase() } else { text }));
        }
        Ok(properties)
    }

    fn conflict(&self, taken: &Taken) -> Refusal {
        let mut title = self.resource.title.clone();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let id = self.shared.id_text(&self.asked.action.resource, taken.0, self.asked.now);
        Refusal::new("conflict", json!({"title": title, "id": id}))
    }

    fn not_found(&self) -> Refusal {
        Refusal::new("notFound", json!({"id": self.asked.values.get("id")}))
    }
}

/// Inputs that say what is meant rather than what a record holds.
const ASIDE: [&str; 7] = ["id", "idProperty", "limit", "after", "properties", "query", ARCHIVED];
/// The input of a list that shows what was deleted instead.
const ARCHIVED: &str = "archived";

/// A shape with the values of a JSON object.
fn fill(shape: &Shape, values: &Value) -> Value {
    values.as_object().and_then(|values| shape.fill(values)).unwrap_or_default()
}

/// Good enough to refuse what no provider takes.
fn is_email(text: &str) -> bool {
    let text = text.trim();
    !text.contains(char::is_whitespace)
        && text.rsplit_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
        })
}
