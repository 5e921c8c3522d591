//! The records, per account and resource. Nothing here looks at all records of a collection except
//! paging and search.

use std::collections::{BTreeMap, HashMap};

use linchpin_domain::Timestamp;
use serde_json::{Map, Value};

use crate::manifest::Resource;

/// One record.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub id: u64,
    pub properties: Map<String, Value>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Ids of the records that it is linked to.
    pub links: Vec<u64>,
    /// When it was deleted.
    pub archived_at: Option<Timestamp>,
}

/// The records of one resource in one account.
#[derive(Debug, Default)]
pub(super) struct Collection {
    pub rows: BTreeMap<u64, Record>,
    /// What was deleted, for lists that show it.
    pub archived: BTreeMap<u64, Record>,
    /// Unique field and value → the oldest record that has it.
    unique: HashMap<(String, String), u64>,
}

/// All records.
#[derive(Debug)]
pub(super) struct Records {
    next_id: u64,
    first_id: u64,
    collections: HashMap<(usize, String), Collection>,
}

/// The id of the record that is in the way.
#[derive(Debug)]
pub(super) struct Taken(pub u64);

fn folded(value: &Value) -> Option<String> {
    value.as_str().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty())
}

/// Whether a collection is of a resource: kinds that share one are called `<resource>/<kind>`.
fn is_of(name: &str, resource: &str) -> bool {
    name.strip_prefix(resource).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Collection {
    /// The record with this value in a unique field.
    pub(super) fn by_unique(&self, field: &str, value: &str) -> Option<&Record> {
        let id = self.unique.get(&(field.to_owned(), value.trim().to_lowercase()))?;
        self.rows.get(id)
    }

    fn taken(&self, resource: &Resource, properties: &Map<String, Value>, except: Option<u64>) -> Result<(), Taken> {
        for field in &resource.unique {
            let Some(value) = properties.get(field).and_then(folded) else { continue };
            if let Some(id) = self.unique.get(&(field.clone(), value)).filter(|id| Some(**id) != except) {
                return Err(Taken(*id));
            }
        }
        Ok(())
    }

    fn index(&mut self, resource: &Resource, id: u64) {
        let Some(record) = self.rows.get(&id) else { return };
        for field in &resource.unique {
            if let Some(value) = record.properties.get(field).and_then(folded) {
                self.unique.entry((field.clone(), value)).or_insert(id);
            }
        }
    }

    fn unindex(&mut self, resource: &Resource, id: u64) {
        let Some(record) = self.rows.get(&id) else { return };
        for field in &resource.unique {
            if let Some(value) = record.properties.get(field).and_then(folded) {
                let key = (field.clone(), value);
                if self.unique.get(&key) == Some(&id) {
                    self.unique.remove(&key);
                }
            }
        }
    }
}

impl Records {
    pub(super) fn new(first_id: u64) -> Self {
        Self { next_id: first_id, first_id, collections: HashMap::new() }
    }

    pub(super) fn collection(&mut self, account: usize, resource: &str) -> &mut Collection {
        self.collections.entry((account, resource.to_owned())).or_default()
    }

    pub(super) fn create(
        &mut self,
        account: usize,
        (name, resource): (&str, &Resource),
        properties: Map<String, Value>,
        now: Timestamp,
        enforce: bool,
    ) -> Result<Record, Taken> {
        let id = self.next_id;
        let collection = self.collection(account, name);
        if enforce {
            collection.taken(resource, &properties, None)?;
        }
        let record = Record { id, properties, created_at: now, updated_at: now, links: Vec::new(), archived_at: None };
        collection.rows.insert(id, record.clone());
        collection.index(resource, id);
        self.next_id += 1;
        Ok(record)
    }

    /// Changes a record that exists.
    pub(super) fn update(
        &mut self,
        account: usize,
        (name, resource): (&str, &Resource),
        id: u64,
        properties: Map<String, Value>,
        now: Timestamp,
        enforce: bool,
    ) -> Result<Option<Record>, Taken> {
        let collection = self.collection(account, name);
        if !collection.rows.contains_key(&id) {
            return Ok(None);
        }
        if enforce {
            collection.taken(resource, &properties, Some(id))?;
        }
        collection.unindex(resource, id);
        let changed = collection.rows.get_mut(&id).map(|record| {
            record.properties.extend(properties);
            record.updated_at = now;
            record.clone()
        });
        collection.index(resource, id);
        Ok(changed)
    }

    pub(super) fn delete(&mut self, account: usize, (name, resource): (&str, &Resource), id: u64, now: Timestamp) {
        let collection = self.collection(account, name);
        collection.unindex(resource, id);
        if let Some(record) = collection.rows.remove(&id) {
            collection.archived.insert(id, Record { archived_at: Some(now), ..record });
        }
    }

    /// Whether an account has this record in a resource, or in one of the kinds that share a resource.
    pub(super) fn holds(&self, account: usize, name: Option<&str>, id: u64) -> bool {
        self.find(account, name, id).is_some()
    }

    fn find(&self, account: usize, name: Option<&str>, id: u64) -> Option<(usize, String)> {
        let named =
            |one: &str| name.is_none_or(|name| one == name || one.split_once('/').is_some_and(|it| it.1 == name));
        let found = self
            .collections
            .iter()
            .find(|((held, one), rows)| *held == account && named(one) && rows.rows.contains_key(&id));
        found.map(|(key, _)| key.clone())
    }

    /// Links two records of an account, both ways; once is enough.
    pub(super) fn link(&mut self, account: usize, ids: [u64; 2]) {
        for [from, to] in [ids, [ids[1], ids[0]]] {
            let key = self.find(account, None, from);
            let record = key.and_then(|key| self.collections.get_mut(&key)?.rows.get_mut(&from));
            if let Some(record) = record.filter(|record| !record.links.contains(&to)) {
                record.links.push(to);
            }
        }
    }

    /// Takes two records apart.
    pub(super) fn unlink(&mut self, account: usize, ids: [u64; 2]) {
        for [from, to] in [ids, [ids[1], ids[0]]] {
            let key = self.find(account, None, from);
            let record = key.and_then(|key| self.collections.get_mut(&key)?.rows.get_mut(&from));
            if let Some(record) = record {
                record.links.retain(|link| *link != to);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.collections.clear();
        self.next_id = self.first_id;
    }

    /// How many records a resource has in all accounts.
    pub(super) fn count(&self, resource: &str) -> usize {
        self.collections.iter().filter(|((_, name), _)| is_of(name, resource)).map(|(_, one)| one.rows.len()).sum()
    }

    /// The newest records of a resource over all accounts, with their account.
    pub(super) fn newest(&self, resource: &str, limit: usize) -> Vec<(usize, &Record)> {
        let mut found: Vec<_> = self
            .collections
            .iter()
            .filter(|((_, name), _)| is_of(name, resource))
            .flat_map(|((account, _), one)| one.rows.values().rev().take(limit).map(|record| (*account, record)))
            .collect();
        found.sort_unstable_by_key(|(_, record)| std::cmp::Reverse(record.id));
        found.truncate(limit);
        found
    }
}
