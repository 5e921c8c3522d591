//! The JSON Schema of the project file, for editors: `linchpin schema project`.

use linchpin_connectors::Registry;
use serde_json::{Value, json};

/// The schema, with the connectors and actions of this binary.
pub fn project(registry: &Registry) -> Value {
    let integrations: serde_json::Map<String, Value> =
        registry.list().map(|manifest| (manifest.kind.clone(), integration(manifest))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Linchpin project file",
        "type": "object",
        "required": ["project"],
        "additionalProperties": false,
        "properties": {
            "project": text("The project's name: its identity in an installation"),
            "allowedOrigins": {"type": "array", "items": {"type": "string"}, "description": "Pages that may open the Connect Portal; `*` for a subdomain or a port. Empty: any"},
            "signingKeys": {"type": "array", "items": {
                "type": "object", "required": ["name", "publicKey"], "additionalProperties": false,
                "properties": {
                    "name": text("What people call it"),
                    "publicKey": text("PEM text, or a path beside this file"),
                    "kid": text("The key's id in tokens; its RFC 7638 thumbprint unless given")
                }
            }},
            "tokenIssuers": {"type": "array", "items": {
                "type": "object", "additionalProperties": false,
                "oneOf": [{"required": ["firebaseProjectId"]}, {"required": ["auth0Domain", "audience"]}, {"required": ["issuer", "audience"]}],
                "properties": {
                    "firebaseProjectId": text("The project's id at Firebase; the rest follows from it"),
                    "auth0Domain": text("The tenant's domain at Auth0"),
                    "issuer": text("`iss` of the tokens, for any other issuer"),
                    "audience": text("What `aud` of the tokens must hold"),
                    "jwksUrl": text("Where the keys are; /.well-known/jwks.json below the issuer when absent")
                }
            }},
            "secrets": {"type": "object", "additionalProperties": secret("What workflows read as secrets.NAME")},
            "userMetadata": {"type": "object", "description": "The sample that the variable menu offers"},
            "appEvents": {"type": "object", "additionalProperties": {"type": "object"}, "description": "App Events by name, each with an example payload"},
            "integrations": {"type": "object", "additionalProperties": false, "properties": integrations, "patternProperties": {"^custom\\.[a-z0-9_-]+$": {"type": "object", "required": ["connector"]}}},
            "eventDestinations": {"type": "object", "additionalProperties": super::destinations::schema(&secret("What a webhook is signed with; one is made when absent")), "description": "Where events such as run.failed are sent, by name"},
            "connectedUsers": {"type": "object", "additionalProperties": user()}
        },
        "$defs": super::steps::definitions()
    })
}

fn integration(manifest: &linchpin_connectors::Manifest) -> Value {
    let urls: serde_json::Map<String, Value> =
        manifest.base_urls.iter().map(|(name, url)| (name.clone(), text(&format!("Instead of {url}")))).collect();
    let versions: Vec<&String> = manifest.versions.offered.keys().collect();
    json!({
        "type": ["object", "null"],
        "additionalProperties": false,
        "description": manifest.description,
        "properties": {
            "active": {"type": "boolean", "description": "Whether users can connect and workflows run"},
            "app": {"type": "object", "additionalProperties": false, "properties": {
                "clientId": secret("The OAuth application's id"),
                "clientSecret": secret("The OAuth application's secret"),
                "scopes": {"type": "array", "items": {"type": "string"}},
                "optionalScopes": {"type": "array", "items": {"type": "string"}}
            }},
            "apiVersion": {"enum": versions},
            "baseUrls": {"type": "object", "additionalProperties": false, "properties": urls},
            "portal": {"type": "object", "additionalProperties": false, "properties": {
                "description": text("One line under the name"),
                "overview": text("Markdown of the overview"),
                "accentColor": {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
                "theme": {"enum": ["system", "light", "dark"]},
                "branding": {"type": "boolean"}
            }},
            "settings": settings(),
            "syncs": {"type": "object", "additionalProperties": super::syncs::schema(manifest), "description": "Records that are kept the same, by name"},
            "workflows": {"type": "object", "additionalProperties": workflow(manifest)}
        }
    })
}

fn workflow(manifest: &linchpin_connectors::Manifest) -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "description": text("Shown in the Connect Portal"),
            "defaultEnabled": {"type": "boolean", "description": "On for accounts that are connected from now on"},
            "hidden": {"type": "boolean"},
            "order": {"type": "integer"},
            "permissions": {"oneOf": [super::conditions::schema(), {"type": "null"}]},
            "settings": settings(),
            "trigger": super::trigger::schema(),
            "fieldMapping": text("The FIELD_MAPPER setting that is applied to what started a run"),
            "steps": super::steps::schema(manifest)
        }
    })
}

fn settings() -> Value {
    json!({"type": "array", "items": {
        "type": "object", "required": ["id", "title", "type"],
        "properties": {"id": {"type": "string"}, "title": {"type": "string"}, "type": {"enum": linchpin_domain::input::WIDGETS}, "required": {"type": "boolean"}, "defaultValue": true}
    }})
}

fn user() -> Value {
    let credential = json!({
        "type": "object", "anyOf": [{"required": ["accessToken"]}, {"required": ["inputs"]}], "additionalProperties": false,
        "properties": {
            "externalId": text("Your own name of the account"),
            "accessToken": secret("The access token"),
            "refreshToken": secret("The refresh token"),
            "accountType": text("By which of the connector's ways; the default one when absent"),
            "inputs": {"type": "object", "additionalProperties": secret("What the user was asked, such as an API key")},
            "expiresAt": {"type": "string", "format": "date-time"},
            "providerId": text("The account's id at the provider"),
            "scopes": {"type": "array", "items": {"type": "string"}},
            "settings": {"type": "object"},
            "workflows": {"type": "object", "additionalProperties": {
                "type": "object", "additionalProperties": false,
                "properties": {"enabled": {"type": "boolean"}, "settings": {"type": "object"}}
            }}
        }
    });
    json!({
        "type": ["object", "null"], "additionalProperties": false,
        "properties": {
            "metadata": {"type": "object"},
            "credentials": {"type": "object", "additionalProperties": {"oneOf": [credential, {"type": "array", "items": credential}]}}
        }
    })
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn secret(description: &str) -> Value {
    json!({
        "description": description,
        "oneOf": [
            {"type": "string"},
            {"type": "object", "required": ["env"], "additionalProperties": false, "properties": {"env": text("A variable of the environment")}}
        ]
    })
}
