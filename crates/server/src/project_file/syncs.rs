//! Syncs in the file, below their integration: `syncs: { Contacts: { object: contacts, direction: both } }`.

use linchpin_connectors::Manifest;
use linchpin_domain::id::{ProjectId, SyncId};
use linchpin_domain::sync::{Direction, Rule};
use linchpin_store::integrations::Integration;
use linchpin_store::sync_accounts;
use linchpin_store::syncs::{self, Sync};
use serde_json::{Map, Value, json};

use super::apply::{Done, Work, set};
use super::export::put;
use super::reader::{Reader, join};
use crate::http::manage::syncs::{CHECK_HOURS, EVERY_MINUTES, no_object, problems, usual_fields};

/// A sync of the file. `None` is "not mentioned".
#[derive(Debug)]
pub struct PlannedSync {
    pub pointer: String,
    pub name: String,
    object: Option<String>,
    direction: Option<Direction>,
    fields: Option<Vec<String>>,
    conflict: Option<Rule>,
    every_minutes: Option<i64>,
    check_hours: Option<i64>,
    enabled: Option<bool>,
}

const KEYS: [&str; 7] = ["object", "direction", "fields", "conflict", "everyMinutes", "checkHours", "enabled"];

/// The syncs of an integration.
pub fn read(reader: &mut Reader<'_>, pointer: &str, manifest: &Manifest) -> Vec<PlannedSync> {
    let names: Vec<String> = reader.object(pointer).map(|object| object.keys().cloned().collect()).unwrap_or_default();
    names.into_iter().filter_map(|name| one(reader, join(pointer, &name), name, manifest)).collect()
}

fn one(reader: &mut Reader<'_>, pointer: String, name: String, manifest: &Manifest) -> Option<PlannedSync> {
    reader.struct_of(&pointer, &KEYS)?;
    if name.trim().is_empty() {
        reader.key_problem(&pointer, "a sync needs a name");
    }
    let at = |key: &str| join(&pointer, key);
    let object = reader.name(&at("object"));
    if let Some(object) = object.as_ref().filter(|object| !manifest.syncs.contains_key(*object)) {
        reader.problem(&at("object"), no_object(manifest, object));
    }
    Some(PlannedSync {
        object,
        direction: reader.value(&at("direction")),
        fields: reader.texts(&at("fields")),
        conflict: reader.value(&at("conflict")),
        every_minutes: reader.value(&at("everyMinutes")),
        check_hours: reader.value(&at("checkHours")),
        enabled: reader.value(&at("enabled")),
        pointer,
        name,
    })
}

impl Work<'_> {
    pub(super) async fn sync(
        &mut self,
        project_id: ProjectId,
        integration: &Integration,
        manifest: &Manifest,
        planned: &PlannedSync,
    ) -> Done {
        let found = syncs::list(&mut self.tx, project_id).await?.into_iter().find(|sync| sync.name == planned.name);
        if found.as_ref().is_some_and(|sync| sync.integration_id != integration.id) {
            let message = format!("a sync named `{}` belongs to another integration of this project", planned.name);
            self.problem(&planned.pointer, message);
            return Ok(());
        }
        if let (Some(found), Some(object)) = (&found, &planned.object)
            && found.object != *object
        {
            let message = format!(
                "the sync keeps `{}`; another kind of records is another sync, with another name",
                found.object
            );
            self.problem(&join(&planned.pointer, "object"), message);
            return Ok(());
        }
        let is_new = found.is_none();
        let mut sync = match (found, &planned.object) {
            (Some(found), _) => found,
            (None, Some(object)) => {
                let Some(rule) = manifest.syncs.get(object) else { return Ok(()) };
                Sync {
                    id: SyncId::fresh(&*self.clock),
                    project_id,
                    integration_id: integration.id,
                    name: planned.name.clone(),
                    object: object.clone(),
                    direction: Direction::default(),
                    fields: usual_fields(manifest, rule),
                    conflict: Rule::default(),
                    every_minutes: EVERY_MINUTES,
                    check_hours: CHECK_HOURS,
                    enabled: true,
                    created_at: self.now,
                    updated_at: self.now,
                }
            }
            (None, None) => {
                self.problem(&planned.pointer, "`object` is missing, for example `object: contacts`");
                return Ok(());
            }
        };
        let mut fields = Vec::new();
        set(&mut sync.direction, planned.direction.as_ref(), "direction", &mut fields);
        set(&mut sync.fields, planned.fields.as_ref(), "fields", &mut fields);
        set(&mut sync.conflict, planned.conflict.as_ref(), "conflict", &mut fields);
        set(&mut sync.every_minutes, planned.every_minutes.as_ref(), "everyMinutes", &mut fields);
        set(&mut sync.check_hours, planned.check_hours.as_ref(), "checkHours", &mut fields);
        set(&mut sync.enabled, planned.enabled.as_ref(), "enabled", &mut fields);
        for (field, message) in problems(manifest, &sync) {
            self.problem(&join(&planned.pointer, field), message);
        }
        if is_new {
            syncs::add(&mut self.tx, &sync).await?;
            self.added("sync", &planned.name);
        } else if !fields.is_empty() {
            sync.updated_at = self.now;
            syncs::update(&mut self.tx, &sync).await?;
            if fields.contains(&"fields") {
                sync_accounts::start_over(&mut self.tx, project_id, sync.id, self.now).await?;
            }
            self.changed("sync", &planned.name, fields);
        }
        Ok(())
    }

    /// Syncs that the file does not mention go, with the records that they hold here.
    pub(super) async fn prune_syncs(&mut self, project_id: ProjectId) -> Done {
        let plan = self.plan;
        for sync in syncs::list(&mut self.tx, project_id).await? {
            let planned = plan.integrations.iter().flat_map(|one| &one.syncs).any(|planned| planned.name == sync.name);
            if !planned {
                syncs::remove(&mut self.tx, project_id, sync.id).await?;
                self.removed("sync", &sync.name);
            }
        }
        Ok(())
    }
}

/// A sync as it is written.
pub fn write(sync: &Sync) -> Value {
    let mut entry = Map::from_iter([("object".to_owned(), sync.object.clone().into())]);
    if sync.direction != Direction::default() {
        entry.insert("direction".into(), json!(sync.direction));
    }
    put(&mut entry, "fields", json!(sync.fields));
    if sync.conflict != Rule::default() {
        entry.insert("conflict".into(), json!(sync.conflict));
    }
    if sync.every_minutes != EVERY_MINUTES {
        entry.insert("everyMinutes".into(), sync.every_minutes.into());
    }
    if sync.check_hours != CHECK_HOURS {
        entry.insert("checkHours".into(), sync.check_hours.into());
    }
    if !sync.enabled {
        entry.insert("enabled".into(), false.into());
    }
    Value::Object(entry)
}

pub fn schema(manifest: &Manifest) -> Value {
    let objects: Vec<&String> = manifest.syncs.keys().collect();
    json!({
        "type": "object", "required": ["object"], "additionalProperties": false,
        "properties": {
            "object": {"enum": objects, "description": "The kind of records"},
            "direction": {"enum": ["read", "both"], "description": "Who may change records: the provider alone, or both sides"},
            "fields": {"type": "array", "items": {"type": "string"}, "description": "The provider's names of the fields that are kept"},
            "conflict": {"enum": ["newest", "provider", "app"], "description": "Who is right when both sides changed the same field"},
            "everyMinutes": {"type": "integer", "minimum": 1, "maximum": 1440, "default": EVERY_MINUTES},
            "checkHours": {"type": "integer", "minimum": 0, "maximum": 672, "default": CHECK_HOURS, "description": "Everything is compared so often; 0 for never"},
            "enabled": {"type": "boolean"}
        }
    })
}
