//! Connected users and imported credentials in the file.

use linchpin_domain::Timestamp;
use serde_json::Value;

use super::reader::{Reader, join};
use super::{PlannedCredential, PlannedEnablement, PlannedUser};

/// The connected users of the file.
pub fn read(reader: &mut Reader<'_>) -> Vec<PlannedUser> {
    let ids: Vec<String> =
        reader.object("/connectedUsers").map(|object| object.keys().cloned().collect()).unwrap_or_default();
    ids.into_iter().filter_map(|id| user(reader, &join("/connectedUsers", &id), id)).collect()
}

fn user(reader: &mut Reader<'_>, pointer: &str, external_id: String) -> Option<PlannedUser> {
    reader.struct_of(pointer, &["metadata", "credentials"])?;
    if external_id.trim().is_empty() {
        reader.key_problem(pointer, "a connected user needs an id: the `sub` of its tokens");
    }
    let all = join(pointer, "credentials");
    let kinds: Vec<String> = reader.object(&all).map(|object| object.keys().cloned().collect()).unwrap_or_default();
    let mut credentials = Vec::new();
    for kind in kinds {
        let at = join(&all, &kind);
        let places = match reader.doc.value().pointer(&at) {
            Some(Value::Array(list)) => (0..list.len()).map(|index| format!("{at}/{index}")).collect(),
            _ => vec![at.clone()],
        };
        let many = places.len() > 1;
        for place in places {
            let Some(credential) = credential(reader, place, &kind) else { continue };
            if many && credential.external_id.is_none() {
                reader.problem(&credential.pointer, "several accounts of one integration need an `externalId` each");
            }
            let same = |other: &PlannedCredential| {
                other.integration == credential.integration && other.external_id == credential.external_id
            };
            if many && credential.external_id.is_some() && credentials.iter().any(same) {
                reader.problem(&join(&credential.pointer, "externalId"), "two accounts have this `externalId`");
            }
            credentials.push(credential);
        }
    }
    Some(PlannedUser { external_id, metadata: reader.object(&join(pointer, "metadata")).cloned(), credentials })
}

fn credential(reader: &mut Reader<'_>, pointer: String, kind: &str) -> Option<PlannedCredential> {
    let known = [
        "externalId",
        "accessToken",
        "refreshToken",
        "expiresAt",
        "accountType",
        "inputs",
        "providerId",
        "scopes",
        "settings",
        "workflows",
    ];
    let object = reader.struct_of(&pointer, &known)?;
    if !object.contains_key("accessToken") && !object.contains_key("inputs") {
        reader.problem(
            &pointer,
            "`accessToken` is missing: an imported account needs one, or `inputs` where it is connected by a key",
        );
    }
    let inputs_at = join(&pointer, "inputs");
    let names: Vec<String> =
        reader.object(&inputs_at).map(|object| object.keys().cloned().collect()).unwrap_or_default();
    let inputs = names
        .into_iter()
        .filter_map(|name| {
            let value = reader.secret(&join(&inputs_at, &name))?;
            Some((name, value))
        })
        .collect();
    let names: Option<Vec<String>> =
        reader.object(&join(&pointer, "workflows")).map(|object| object.keys().cloned().collect());
    let workflows = names.map(|names| {
        names
            .into_iter()
            .filter_map(|name| {
                let at = join(&join(&pointer, "workflows"), &name);
                reader.struct_of(&at, &["enabled", "settings"])?;
                Some(PlannedEnablement {
                    enabled: reader.value(&join(&at, "enabled")).unwrap_or(true),
                    settings: reader.object(&join(&at, "settings")).cloned(),
                    workflow: name,
                    pointer: at,
                })
            })
            .collect()
    });
    let expires_at: Option<Timestamp> = reader.value(&join(&pointer, "expiresAt"));
    Some(PlannedCredential {
        integration: kind.to_owned(),
        external_id: reader.name(&join(&pointer, "externalId")),
        refresh_token: reader.secret(&join(&pointer, "refreshToken")),
        expires_at,
        provider_id: reader.plain(&join(&pointer, "providerId")),
        scopes: reader.texts(&join(&pointer, "scopes")),
        settings: reader.object(&join(&pointer, "settings")).cloned(),
        workflows,
        account_type: reader.name(&join(&pointer, "accountType")),
        inputs,
        access_token: reader.secret(&join(&pointer, "accessToken")),
        pointer,
    })
}
