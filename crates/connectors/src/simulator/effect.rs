//! What actions do to the records.

use linchpin_domain::Timestamp;
use serde_json::{Map, Value, json};

use super::fixed;
use super::links;
use super::records::{Record, Taken};
use super::reply::Refusal;
use super::search::Search;
use super::state::{Shared, State};
use super::webhooks::{self, Changed};
use crate::manifest::{Action, Effect, FieldKind, RecordChange, Resource};
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
        Effect::Link => links::link(shared, state, &asked),
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
        let properties = match (&self.asked.action.record, self.asked.values.get("fields")) {
            // Without a record the inputs themselves are what is stored.
            (None, None) => self.asked.values.clone(),
            (_, fields) => self.properties(fields)?,
        };
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
        Ok(Done { status: 201, body: self.show(&record, &Shown::All) })
    }

    fn add(&self, state: &mut State, properties: Map<String, Value>) -> Result<Record, Refusal> {
        let enforce = state.faults.unique_email;
        let kind = (self.name, self.resource);
        let record = state
            .records
            .create(self.asked.account, kind, properties, self.asked.now, enforce)
            .map_err(|taken| self.conflict(&taken))?;
        self.tell(state, RecordChange::Created, record.id, None);
        Ok(record)
    }

    /// Tells those who subscribe to it.
    fn tell(&self, state: &mut State, on: RecordChange, id: u64, field: Option<(&str, &Value)>) {
        let changed = Changed { account: self.asked.account, resource: self.name, on, id, field, at: self.asked.now };
        webhooks::note(self.shared, state, &changed);
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
                self.tell(state, RecordChange::FieldChanged, id, Some((field, value)));
            }
        }
        Ok(record)
    }

    fn update(&self, state: &mut State) -> Result<Done, Refusal> {
        let id = self.target(state)?;
        let properties = self.properties(self.asked.values.get("fields"))?;
        let record = self.change(state, id, properties)?.ok_or_else(|| self.not_found())?;
        Ok(Done { status: 200, body: self.show(&record, &Shown::All) })
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
            results.extend(self.shared.simulator.upserted.fill(&values));
        }
        let now = self.asked.now.to_string();
        let values = json!({"results": results, "startedAt": now, "completedAt": now});
        Ok(Done { status: 200, body: fill(&self.shared.simulator.upserts, &values) })
    }

    fn delete(&self, state: &mut State) -> Done {
        // Deleting what is not there is no fault.
        if let Ok(id) = self.target(state) {
            let held = state.records.collection(self.asked.account, self.name).rows.contains_key(&id);
            state.records.delete(self.asked.account, (self.name, self.resource), id);
            if held {
                self.tell(state, RecordChange::Deleted, id, None);
            }
        }
        Done { status: 204, body: Value::Null }
    }

    fn get(&self, state: &mut State) -> Result<Done, Refusal> {
        let id = self.target(state)?;
        let found = state.records.collection(self.asked.account, self.name).rows.get(&id);
        let record = found.ok_or_else(|| self.not_found())?;
        Ok(Done { status: 200, body: self.show(record, &self.shown()) })
    }

    fn list(&self, state: &mut State) -> Result<Done, Refusal> {
        let simulator = &self.shared.simulator;
        let limit = self.limit(simulator.max_page_size)?;
        let after = match self.asked.values.get("after").map(text_of) {
            None => 0,
            Some(text) => text.parse::<u64>().map_err(|_| invalid(format!("`{text}` is no paging position")))?,
        };
        let shown = self.shown();
        let rows = &state.records.collection(self.asked.account, self.name).rows;
        let mut rest = rows.range(after + 1..).map(|(_, record)| record);
        let page: Vec<&Record> = rest.by_ref().take(limit).collect();
        let more = rest.next().is_some();
        let after = page.last().filter(|_| more).map(|record| record.id.to_string());
        let results: Vec<_> = page.iter().map(|record| self.show(record, &shown)).collect();
        Ok(Done { status: 200, body: fill(&simulator.page, &json!({"results": results, "after": after})) })
    }

    fn search(&self, state: &mut State) -> Result<Done, Refusal> {
        let simulator = &self.shared.simulator;
        let search = Search::read(&self.asked.values, &simulator.stamps).map_err(invalid)?;
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
        Ok(Done { status: 200, body: fill(&simulator.found, &values) })
    }

    /// The id of the record that is meant, by id or by a unique field.
    fn target(&self, state: &mut State) -> Result<u64, Refusal> {
        let text = self.asked.values.get("id").map(text_of).unwrap_or_default();
        let by = self.asked.values.get("idProperty").map(text_of).filter(|name| !name.is_empty());
        match by {
            Some(field) if field != self.shared.simulator.stamps.id.as_str() => {
                if !self.resource.unique.iter().any(|one| one == &*field) {
                    return Err(invalid(format!("{field} is not a unique property")));
                }
                let found = state.records.collection(self.asked.account, self.name).by_unique(&field, &text);
                found.map(|record| record.id).ok_or_else(|| self.not_found())
            }
            _ => text.parse().map_err(|_| self.not_found()),
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
        Refusal::new("conflict", json!({"title": title, "id": taken.0.to_string()}))
    }

    fn not_found(&self) -> Refusal {
        Refusal::new("notFound", json!({"id": self.asked.values.get("id")}))
    }

    fn shown(&self) -> Shown {
        let named: Vec<String> = match self.asked.values.get("properties") {
            Some(Value::String(text)) => text.split(',').map(|name| name.trim().to_owned()).collect(),
            Some(Value::Array(list)) => list.iter().map(|name| text_of(name).into_owned()).collect(),
            _ => Vec::new(),
        };
        let named: Vec<String> = named.into_iter().filter(|name| !name.is_empty()).collect();
        Shown::Named(if named.is_empty() { self.resource.columns.clone() } else { named })
    }

    fn show(&self, record: &Record, shown: &Shown) -> Value {
        self.shared.simulator.record.fill(&self.values(record, shown)).unwrap_or_default()
    }

    fn values(&self, record: &Record, shown: &Shown) -> Map<String, Value> {
        let stamps = &self.shared.simulator.stamps;
        let (created, updated) = (record.created_at.to_string(), record.updated_at.to_string());
        let id = record.id.to_string();
        let mut properties = match shown {
            Shown::All => record.properties.clone(),
            Shown::Named(names) => names
                .iter()
                .map(|name| (name.clone(), record.properties.get(name).cloned().unwrap_or_default()))
                .collect(),
        };
        properties.insert(stamps.created.clone(), created.clone().into());
        for name in std::iter::once(&stamps.modified).chain(&stamps.also_modified) {
            properties.insert(name.clone(), updated.clone().into());
        }
        properties.insert(stamps.id.clone(), id.clone().into());
        let mut values = Map::with_capacity(6);
        values.insert("id".into(), id.into());
        values.insert("properties".into(), Value::Object(properties));
        values.insert("createdAt".into(), created.into());
        values.insert("updatedAt".into(), updated.into());
        values.insert("archived".into(), false.into());
        values
    }
}

/// A shape with the values of a JSON object.
fn fill(shape: &Shape, values: &Value) -> Value {
    values.as_object().and_then(|values| shape.fill(values)).unwrap_or_default()
}

/// Which properties an answer holds.
enum Shown {
    All,
    Named(Vec<String>),
}

/// Good enough to refuse what no provider takes.
fn is_email(text: &str) -> bool {
    let text = text.trim();
    !text.contains(char::is_whitespace)
        && text.rsplit_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
        })
}
