//! A release: the workflows, integrations and App Events of one project as a file for another one.
//!
//! What belongs to where a project runs stays there: secrets, keys, app credentials, base URLs, whether an
//! integration is switched on, allowed origins, event destinations, connected users. What the source no longer has
//! goes from the target too, but never an integration.

use linchpin_connectors::Registry;
use linchpin_domain::id::ProjectId;
use linchpin_store::projects::Project;
use linchpin_store::{Conn, Store, Tx};
use serde_json::{Map, Value};

use super::apply::{ApplyError, Work};
use super::{Outcome, Plan, Problems, Resolver, export, parse};

/// Keys of the file that are released.
const RELEASED: [&str; 2] = ["appEvents", "integrations"];
/// What of an integration stays where it is.
const KEPT: [&str; 2] = ["active", "baseUrls"];
/// What of an integration's app stays where it is.
const KEPT_OF_APP: [&str; 2] = ["clientId", "clientSecret"];

/// What would be released from a project into one of another name; `None` when there is no such project.
pub async fn file(conn: &mut Conn, source: ProjectId, target: &str) -> linchpin_store::Result<Option<Value>> {
    let Some(mut file) = export::file(conn, source).await? else { return Ok(None) };
    file.retain(|key, _| RELEASED.contains(&key.as_str()));
    if let Some(Value::Object(integrations)) = file.get_mut("integrations") {
        for integration in integrations.values_mut().filter_map(Value::as_object_mut) {
            integration.retain(|key, _| !KEPT.contains(&key.as_str()));
            if let Some(Value::Object(app)) = integration.get_mut("app") {
                app.retain(|key, _| !KEPT_OF_APP.contains(&key.as_str()));
            }
        }
    }
    let mut whole = Map::new();
    whole.insert("project".into(), target.into());
    whole.extend(file);
    Ok(Some(Value::Object(whole)))
}

/// Reads a released file again.
pub fn read(file: &str, registry: &Registry) -> Result<Plan, Problems> {
    parse("release", file, &Resolver::none(), registry)
}

/// Applies a released file to its target and answers what changed. Nothing is committed: the caller notes the release
/// in the same transaction, or drops it.
pub async fn release(
    store: &Store,
    registry: &Registry,
    plan: &Plan,
    target: &Project,
    by: &str,
    note: &str,
) -> Result<(Tx, Outcome), ApplyError> {
    let registry = plan.registry(registry);
    let mut work = Work::begin(store, &registry, plan).await?;
    (work.deployed_by, work.note) = (by.to_owned(), note.to_owned());
    work.app_events(target.id).await?;
    work.integrations(target.id).await?;
    work.prune_released(target.id).await?;
    let outcome = work.checked(target.id).await?;
    Ok((work.tx, outcome))
}
