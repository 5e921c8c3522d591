//! Passwords among the values of user settings: sealed where they are stored, opened where they are read.
//! A sealed value is an object with one key, which no setting's own value has.

use linchpin_domain::id::ProjectId;
use linchpin_domain::input::Input;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::conn::{Conn, Tx};
use crate::error::Result;
use crate::projects;
use crate::vault::Place;

/// What marks a sealed value.
const MARK: &str = "$sealed";

/// The values as they are stored. `row` is the stored row's identity: a sealed value opens nowhere else.
pub(crate) async fn seal(
    tx: &mut Tx,
    project_id: ProjectId,
    row: &str,
    inputs: &[Input],
    values: &Map<String, Value>,
) -> Result<Map<String, Value>> {
    let mut stored = values.clone();
    // Nobody else may make up a value that would be opened.
    stored.retain(|_, value| !is_sealed(value));
    for input in inputs.iter().filter(|input| input.is_secret()) {
        let Some(value) = stored.get_mut(&input.id).filter(|value| !input.is_empty(value)) else { continue };
        let Some(text) = value.as_str() else { continue };
        projects::open(tx, project_id).await?;
        let sealed = tx.inner.vault.seal(project_id, place(row), text)?;
        *value = json!({MARK: sealed});
    }
    Ok(stored)
}

/// Opens what is sealed among stored values.
pub(crate) async fn open(
    conn: &mut Conn,
    project_id: ProjectId,
    row: &str,
    values: &mut Map<String, Value>,
) -> Result<()> {
    for value in values.values_mut().filter(|value| is_sealed(value)) {
        projects::open(conn, project_id).await?;
        let sealed = value.get(MARK).and_then(Value::as_str).unwrap_or_default();
        let text = conn.inner.vault.open(project_id, place(row), sealed)?;
        *value = Value::String(text.expose_secret().to_owned());
    }
    Ok(())
}

fn is_sealed(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.len() == 1 && object.get(MARK).is_some_and(Value::is_string))
}

fn place(row: &str) -> Place<'_> {
    Place { column: "settings", row }
}
