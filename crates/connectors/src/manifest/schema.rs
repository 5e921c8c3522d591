//! The JSON Schema of a manifest, for editors: `linchpin schema connector`.
//!
//! One line a struct: its fields with their types, those that must be there with a `!`. A test holds the
//! lines to the structs. What no schema can say (names that must exist, pointers) is for the checker.

use serde_json::{Map, Value, json};

/// A struct and its fields. `[x]` is a list, `{x}` a map of names, `a|b` one of some words.
const STRUCTS: &[(&str, &str)] = &[
    (
        "Manifest",
        "kind! text, name! text, brandColor! text, description! text, categories [text], source! text, licence! text, overview text, baseUrls! {text}, hosts [text], headers {text}, versions! Versions, auth! Method, alsoAuth {Method}, defaultScopes [text], scopes {text}, quotas [Quota], batches Batches, errors! Errors, account! AccountRule, resources {Resource}, actions! {Action}, dataSources {DataSource}, combinations {Combination}, fieldMappings {MappingSource}, webhooks Webhooks, triggers {Trigger}, syncs {Sync}, simulator Simulator",
    ),
    ("Versions", "default! text, paths {text}, offered! {Version}"),
    ("Version", "paths {text}"),
    ("Quota", "name! text, max! number, perMs! number, policy text, only [text], except [text], headers QuotaHeaders"),
    ("QuotaHeaders", "max! text, remaining! text, intervalMs! text"),
    (
        "Method",
        "title text, description text, inputs [AccountInput], laterInputs [AccountInput], oauth2 OAuth2, clientCredentials ClientCredentials, apiKey ApiKey, basic Basic, headers {text}, open flag",
    ),
    (
        "AccountInput",
        "name! text, title! text, type text|secret|email|subdomain|host|address|header|enum, optional flag, placeholder text, help text, suffix text, options [Choice]",
    ),
    ("ApiKey", "input! text, header text, query text, prefix text"),
    ("Basic", "username! text, password text"),
    (
        "OAuth2",
        "authorizeBase! text, authorizePath! text, authorizeParameters {text}, tokenBase text, tokenPath! text, alsoTokenPaths [text], revokePath text, introspectPath text, scopeSeparator text, optionalScopeParameter text, clientAuthentication body|basic, tokenBody form|json, pkce flag, grantedScopes text, tokenLifetimeSeconds number, refreshAheadSeconds number, deadGrant {text}, rotation kept|rotates, userApp flag, tokenHeader text, tokenPrefix text",
    ),
    (
        "ClientCredentials",
        "tokenBase text, tokenPath! text, clientAuthentication body|basic, tokenBody form|json, scopes [text], parameters {text}, tokenLifetimeSeconds! number, tokenHeader text, tokenPrefix text",
    ),
    ("AccountRule", "request Request, untried flag, data! {[text]}, providerId! text, timeZone text, label! text"),
    ("Errors", "message! [text], items [Items], classes! [Class]"),
    ("Items", "list! text, inText flag, message! text, field [text]"),
    (
        "Class",
        "statuses! [number], when {text}, without [text], class! rate-limited|reauthorize|rejected|unreachable, code text, details [text], detailsTitle text, wait Wait",
    ),
    ("Wait", "by text, waits {any}, otherwise! any"),
    ("Resource", "title! text, fields! [Field], also [text], unique [text], kindFrom text, columns [text]"),
    (
        "Field",
        "name! text, title! text, type text|textarea|email|number|boolean|enum|list|time|json, required flag, placeholder text, help text, options [Choice], source text",
    ),
    ("Choice", "value! text, label! text"),
    (
        "Action",
        "title! text, description! text, group! text, effect! create|update|upsert|delete|get|list|search|read|link|unlink|call, resource! text, record text, required [text], atLeastOne [text], inputs [Field], additionalFields flag, scopes [text], request! Request, batch Batch, each Each, output text, wholeAnswer flag, doubt! Doubt, example any",
    ),
    (
        "Request",
        "method! text, base text, path! text, pathFrom text, query {text}, queryFrom text, lists commas|repeated, headers {text}, headersFrom text, body any, bodyFrom text, bodyKind json|form",
    ),
    ("Batches", "most! number, results! BatchResults, errors BatchErrors"),
    ("BatchResults", "list! text, trace text, ordered flag"),
    ("BatchErrors", "list! text, trace! text, by! text, statuses! {number}, otherwise! number"),
    ("Each", "action! text, input! text, item any"),
    ("Batch", "request! Request, item! any, alike [text], distinct text"),
    ("Doubt", "strategy! idempotency-key|natural-key|safe|ask, key text, enforced flag, lookup Lookup, header text"),
    ("Lookup", "request! Request, record! RecordRule"),
    ("RecordRule", "created! text, fields! text"),
    (
        "DataSource",
        "title! text, scopes [text], parameters [text], entries [Choice], request Request, list text, value text, label [text], subtitle text, nextPage text",
    ),
    ("Combination", "title! text, main! text, dependent! text, variable text"),
    ("MappingSource", "title! text, record text, fields! text"),
    (
        "Trigger",
        "title! text, description! text, group! text, scopes [text], inputs [Field], webhook WebhookRule, poll Poll, hook HookRule, example any",
    ),
    ("WebhookRule", "when! {text}, without [text], matches {text}, payload any, simulate Simulate"),
    ("Simulate", "resource! text, on! created|field-changed|deleted, event any"),
    (
        "Poll",
        "action! text, inputs! any, items! text, nextPage text, nextFromLast text, more text, cursor text, places Places, key [text], overlapSeconds number",
    ),
    (
        "HookRule",
        "signature Signature, token text, secretInBase64 flag, register! any, secret HookSecret, expires text, renew any, simulate SimulatedHook",
    ),
    ("HookSecret", "request! any, at! text"),
    (
        "SimulatedHook",
        "resource! text, on! [created|field-changed|deleted], id text, status number, made! any, one any, list any, secret any, renewed any, lifetimeSeconds number, body any, headers {text}",
    ),
    ("Places", "first! number, names Names, payload! any"),
    ("Names", "action! text, inputs! any, list! text"),
    (
        "Sync",
        "title! text, description! text, resource! text, scopes [text], fields! text, key text, load! Poll, changes! Poll, deleted Poll, write SyncWrite",
    ),
    ("SyncWrite", "get text, create! text, update! text, delete text"),
    (
        "Webhooks",
        "setup! text, signature! Signature, handshake Handshake, headers [text], list text, account! text, type! text, key! [text], payload! any",
    ),
    (
        "Signature",
        "header! text, algorithm! text, encoding! text, prefix text, secret client-secret|project-secret, secretName text, parts SignatureParts, signed! text, timestamp TimestampRule, decodedInUrl [text]",
    ),
    ("Handshake", "when! {text}, answer! any"),
    ("SignatureParts", "signature! text, timestamp! text"),
    ("TimestampRule", "header text, unit milliseconds|seconds|iso, maxAgeSeconds! number"),
    (
        "Simulator",
        "accounts! [SimulatedAccount], firstId! number, stamps Stamps, pageSize number, maxPageSize number, maxSearchSize number, maxSearchResults number, maxBatch number, resources {SimulatedResource}, actions {SimulatedAction}, dataSources {any}, answers {FixedAnswer}, links LinkRule, linked any, record! any, page! any, found any, upserted any, upserts any, batched any, token any, introspection any, account any, webhookEvent any, maxWebhookEvents number, replies! {Reply}",
    ),
    ("FixedAnswer", "entries! [any], answer! any"),
    ("LinkRule", "input! text, id! text"),
    ("Reply", "status! number, body! any"),
    ("SimulatedAccount", "id! text, name! text, domain! text, user! text, inputs {text}, more {any}"),
    ("SimulatedResource", "id text, record any, page any"),
    (
        "SimulatedAction",
        "status number, body any, since Since, aside [text], newestFirst flag, fromPlace text, most number",
    ),
    ("Since", "input! text, modified flag, minutesAgo flag"),
    ("Stamps", "id! text, created! text, modified! text, alsoModified [text]"),
];

/// The schema of a manifest.
pub fn schema() -> Value {
    let definitions: Map<String, Value> =
        STRUCTS.iter().map(|(name, fields)| ((*name).to_owned(), object(fields))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Linchpin connector",
        "$ref": "#/$defs/Manifest",
        "$defs": definitions,
    })
}

fn object(fields: &str) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in fields.split(", ") {
        let (name, kind) = field.split_once(' ').expect("a field has a name and a type");
        let bare = name.trim_end_matches('!');
        if bare != name {
            required.push(bare);
        }
        properties.insert(bare.to_owned(), of(kind));
    }
    json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
}

fn of(kind: &str) -> Value {
    let inside = |open: char, close: char| kind.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if let Some(items) = inside('[', ']') {
        return json!({"type": "array", "items": of(items)});
    }
    if let Some(values) = inside('{', '}') {
        return json!({"type": "object", "additionalProperties": of(values)});
    }
    match kind {
        "text" => json!({"type": "string"}),
        "number" => json!({"type": "number"}),
        "flag" => json!({"type": "boolean"}),
        "any" => json!(true),
        _ if kind.starts_with(char::is_uppercase) => json!({"$ref": format!("#/$defs/{kind}")}),
        _ => json!({"enum": kind.split('|').collect::<Vec<_>>()}),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;

    use super::*;
    use crate::manifest::*;

    /// The fields of a struct, as serde names them when it meets one that is none of them.
    fn fields<T: DeserializeOwned>() -> BTreeSet<String> {
        let Err(error) = serde_json::from_str::<T>(r#"{"?": 0}"#) else { panic!("it takes unknown fields") };
        let text = error.to_string();
        let (_, expected) = text.split_once("expected").unwrap_or_else(|| panic!("{text}"));
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn every_struct_has_the_fields_that_the_schema_says() {
        let mut seen = 0;
        macro_rules! same {
            ($($name:ident),*) => {$({
                let schema = schema();
                let properties = schema["$defs"][stringify!($name)]["properties"].as_object().expect(stringify!($name));
                let said: BTreeSet<String> = properties.keys().cloned().collect();
                assert_eq!(said, fields::<$name>(), stringify!($name));
                seen += 1;
            })*};
        }
        same!(
            Manifest,
            Versions,
            Version,
            Quota,
            QuotaHeaders,
            Method,
            AccountInput,
            ApiKey,
            Basic,
            OAuth2,
            ClientCredentials,
            AccountRule,
            Errors,
            Items,
            Class,
            Wait,
            Resource,
            Field,
            Choice,
            Action,
            Request,
            Batches,
            BatchResults,
            BatchErrors,
            Batch,
            Each,
            Doubt,
            Lookup,
            RecordRule,
            DataSource,
            Combination,
            MappingSource,
            Trigger,
            WebhookRule,
            Simulate,
            Poll,
            Places,
            Names,
            HookRule,
            HookSecret,
            SimulatedHook,
            Sync,
            SyncWrite,
            Webhooks,
            Signature,
            Handshake,
            SignatureParts,
            TimestampRule,
            Simulator,
            FixedAnswer,
            LinkRule,
            Reply,
            SimulatedAccount,
            SimulatedResource,
            SimulatedAction,
            Since,
            Stamps
        );
        assert_eq!(seen, STRUCTS.len());
    }

    /// What is wrong with a value, as far as these schemas go.
    fn wrong(schema: &Value, root: &Value, value: &Value, at: &str) -> Vec<String> {
        if let Some(name) = schema["$ref"].as_str() {
            let definition = root.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name}"));
            return wrong(definition, root, value, at);
        }
        if let Some(words) = schema["enum"].as_array() {
            return if words.contains(value) {
                Vec::new()
            } else {
                vec![format!("{at}: {value} is none of {words:?}")]
            };
        }
        let fits = match schema["type"].as_str() {
            None => return Vec::new(),
            Some("string") => value.is_string(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            _ => value.is_object(),
        };
        if !fits {
            return vec![format!("{at}: {value} is no {}", schema["type"])];
        }
        let mut all = Vec::new();
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            all.extend(wrong(&schema["items"], root, item, &format!("{at}/{index}")));
        }
        for (name, inner) in value.as_object().into_iter().flatten() {
            let known = schema["properties"].get(name).unwrap_or(&schema["additionalProperties"]);
            if *known == json!(false) {
                all.push(format!("{at}: `{name}` is unknown"));
            } else {
                all.extend(wrong(known, root, inner, &format!("{at}/{name}")));
            }
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(name).is_none() {
                all.push(format!("{at}: `{name}` is missing"));
            }
        }
        all
    }

    #[test]
    fn the_built_in_manifest_fits_and_a_wrong_one_does_not() {
        let text = include_str!("../../../../connectors/hubspot/connector.yaml");
        let document = linchpin_domain::source::Document::parse("connector.yaml", text).expect("YAML");
        let mut hubspot: Value = document.read("").expect("JSON");
        let schema = schema();
        assert_eq!(wrong(&schema, &schema, &hubspot, ""), Vec::<String>::new());
        hubspot["actions"]["contacts.create"]["effekt"] = json!("create");
        hubspot["auth"]["oauth2"]["rotation"] = json!("sometimes");
        assert_eq!(wrong(&schema, &schema, &hubspot, "").len(), 2);
    }
}
