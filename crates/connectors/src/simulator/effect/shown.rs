//! Records as answers hold them.

use linchpin_domain::Timestamp;
use serde_json::{Map, Value};

use super::Work;
use crate::shape::{Shape, text_of};
use crate::simulator::records::Record;

/// Which properties an answer holds.
pub(super) enum Shown {
    All,
    Named(Vec<String>),
}

impl Work<'_> {
    pub(super) fn shown(&self) -> Shown {
        let named: Vec<String> = match self.asked.values.get("properties") {
            Some(Value::String(text)) => text.split(',').map(|name| name.trim().to_owned()).collect(),
            Some(Value::Array(list)) => list.iter().map(|name| text_of(name).into_owned()).collect(),
            _ => Vec::new(),
        };
        let named: Vec<String> = named.into_iter().filter(|name| !name.is_empty()).collect();
        Shown::Named(if named.is_empty() { self.resource.columns.clone() } else { named })
    }

    pub(super) fn record_shape(&self) -> &Shape {
        let simulator = &self.shared.simulator;
        let own = simulator.resources.get(&self.asked.action.resource).and_then(|one| one.record.as_ref());
        own.unwrap_or(&simulator.record)
    }

    pub(super) fn show(&self, record: &Record, shown: &Shown) -> Value {
        self.record_shape().fill(&self.values(record, shown)).unwrap_or_default()
    }

    pub(super) fn values(&self, record: &Record, shown: &Shown) -> Map<String, Value> {
        let id = self.shared.id_text(&self.asked.action.resource, record.id, record.created_at);
        let mut properties = match shown {
            Shown::All => record.properties.clone(),
            Shown::Named(names) => names
                .iter()
                .map(|name| (name.clone(), record.properties.get(name).cloned().unwrap_or_default()))
                .collect(),
        };
        if let Some(stamps) = &self.shared.simulator.stamps {
            let (created, updated) = (record.created_at.to_string(), record.updated_at.to_string());
            properties.insert(stamps.created.clone(), created.into());
            for name in std::iter::once(&stamps.modified).chain(&stamps.also_modified) {
                properties.insert(name.clone(), updated.clone().into());
            }
            properties.insert(stamps.id.clone(), id.clone().into());
        }
        let mut values = self.shared.about(self.asked.account);
        values.extend(record.properties.clone());
        values.insert("id".into(), id.into());
        values.insert("number".into(), record.id.into());
        values.insert("properties".into(), Value::Object(properties));
        times("createdAt", record.created_at, &mut values);
        times("updatedAt", record.updated_at, &mut values);
        values.insert("archived".into(), record.archived_at.is_some().into());
        if let Some(at) = record.archived_at {
            times("archivedAt", at, &mut values);
        }
        values
    }
}

/// A moment in the three ways that providers write it.
pub(super) fn times(name: &str, at: Timestamp, values: &mut Map<String, Value>) {
    values.insert(name.to_owned(), at.to_string().into());
    values.insert(format!("{name}Seconds"), (at.as_millis() / 1_000).into());
    values.insert(format!("{name}Ms"), at.as_millis().into());
}
