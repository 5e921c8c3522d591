//! Samples for the test button: as real ones are, of nobody.

use linchpin_domain::notice::Kind;
use serde_json::{Value, json};

/// The facts of a made-up event.
pub fn data(kind: Kind) -> Value {
    let id = |n: u8| format!("00000000-0000-7000-8000-0000000000{n:02}");
    let workflow = json!({"id": id(2), "name": "Sync contacts", "version": 3});
    let integration = json!({"id": id(3), "type": "hubspot"});
    let user = json!({"id": id(4), "userId": "user-1"});
    let account = |more: Value| {
        let mut account = json!({"id": id(5), "externalId": null, "label": "Acme GmbH"});
        if let (Some(account), Value::Object(more)) = (account.as_object_mut(), more) {
            account.extend(more);
        }
        json!({"integration": integration, "user": user, "credential": account})
    };
    match kind {
        Kind::RunFailed | Kind::RunInDoubt => {
            let (state, code, message) = match kind {
                Kind::RunFailed => ("failed", "unreachable", "HubSpot answered 500 at every one of 6 attempts"),
                _ => ("in_doubt", "in_doubt", "HubSpot did not answer; the contact may have been created"),
            };
            json!({
                "run": {"id": id(1), "state": state, "replayOf": null},
                "workflow": workflow,
                "integration": integration,
                "user": user,
                "error": {"code": code, "message": message, "step": "create_contact"},
            })
        }
        Kind::CredentialInvalid => account(json!({"status": "INVALID", "reason": "HubSpot took the grant back"})),
        Kind::IntegrationConnected => account(json!({"status": "VALID", "again": false})),
        Kind::IntegrationDisconnected => account(json!({})),
        Kind::WorkflowEnabled | Kind::WorkflowDisabled => json!({"workflow": workflow, "user": user}),
        Kind::WorkflowDeployed | Kind::WorkflowUndeployed => json!({"workflow": workflow}),
        Kind::TriggerEvent => json!({"user": user}),
        Kind::SyncChanged | Kind::SyncConflict | Kind::SyncFailed => {
            let mut data = account(json!({}));
            data["sync"] = json!({"id": id(7), "name": "Contacts", "object": "contacts"});
            let (name, more) = match kind {
                Kind::SyncChanged => ("changes", json!({"created": 1, "updated": 2, "deleted": 0, "cursor": "41"})),
                Kind::SyncConflict => (
                    "conflict",
                    json!({"recordId": id(8), "providerId": "101", "fields": ["phone"], "winner": "provider", "app": {"phone": "1"}, "provider": {"phone": "2"}}),
                ),
                _ => ("error", json!({"code": "missing_scope", "message": "HubSpot rejected the request (403)"})),
            };
            data[name] = more;
            data
        }
        Kind::DestinationDisabled => json!({
            "destination": {
                "id": id(6), "name": "Alerts", "dropped": 2,
                "reason": "20 attempts in a row failed; the last one: it answered 500",
            },
        }),
    }
}
