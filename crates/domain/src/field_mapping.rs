//! Field mappings: which field of the application goes to which field of the customer's records. The
//! customer chooses in the Connect Portal; a workflow applies the choice to what started it.

use serde_json::{Map, Value, json};

/// The application's fields with the field that each is mapped to, from a stored value of either kind:
/// `fieldMappings` (a fixed list) or `dynamicMappings` (fields of the host application's).
pub fn pairs(mapping: &Value) -> Vec<(&str, &str)> {
    let text = |value: &'_ Value| value.as_str().is_some_and(|text| !text.is_empty());
    let fixed = mapping.get("fieldMappings").and_then(Value::as_object).into_iter().flatten();
    let fixed = fixed.filter(|(_, to)| text(to)).map(|(from, to)| (from.as_str(), to.as_str().unwrap_or_default()));
    let dynamic = mapping.get("dynamicMappings").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let dynamic = dynamic.filter_map(|pair| {
        let part = |name: &str| pair.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        Some((part("applicationField")?, part("integrationField")?))
    });
    fixed.chain(dynamic).collect()
}

/// What the application sent, with the record that the customer's mapping makes of it: the fields of
/// `payload` stay, `originalPayload` holds them as they came, and `mappedIntegrationObject` holds the kind
/// of record and its fields. Fields that the payload does not have are left out.
pub fn to_provider(payload: &Value, mapping: &Value) -> Value {
    let fields: Map<String, Value> = pairs(mapping)
        .into_iter()
        .filter_map(|(from, to)| Some((to.to_owned(), payload.get(from).filter(|value| !value.is_null())?.clone())))
        .collect();
    joined(payload, "mappedIntegrationObject", mapping, fields)
}

/// The other way: what the provider sent, with `mappedApplicationObject`. Its fields are looked for in
/// `properties`, where providers put them, and then beside it.
pub fn to_application(payload: &Value, mapping: &Value) -> Value {
    let find = |name: &str| payload.get("properties").and_then(|inner| inner.get(name)).or_else(|| payload.get(name));
    let fields: Map<String, Value> = pairs(mapping)
        .into_iter()
        .filter_map(|(to, from)| Some((to.to_owned(), find(from).filter(|value| !value.is_null())?.clone())))
        .collect();
    joined(payload, "mappedApplicationObject", mapping, fields)
}

fn joined(payload: &Value, name: &str, mapping: &Value, fields: Map<String, Value>) -> Value {
    let mut all = payload.as_object().cloned().unwrap_or_default();
    all.insert("originalPayload".to_owned(), payload.clone());
    let object = mapping.get("objectMapping").cloned().unwrap_or(Value::Null);
    all.insert(name.to_owned(), json!({"objectType": object, "fields": fields}));
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_mapping_makes_the_record_that_the_customer_chose() {
        let mapping =
            json!({"objectMapping": "contacts", "fieldMappings": {"Email": "email", "Title": "", "Gone": "x"}});
        let sent = json!({"Email": "ann@acme.com", "Title": "Boss"});
        assert_eq!(
            to_provider(&sent, &mapping),
            json!({
                "Email": "ann@acme.com", "Title": "Boss", "originalPayload": sent,
                "mappedIntegrationObject": {"objectType": "contacts", "fields": {"email": "ann@acme.com"}},
            })
        );
    }

    #[test]
    fn a_dynamic_mapping_works_both_ways() {
        let mapping = json!({"dynamicMappings": {"k": {"applicationField": "mail", "integrationField": "email"}}});
        let there = to_provider(&json!({"mail": "a@b.org"}), &mapping);
        assert_eq!(there["mappedIntegrationObject"]["fields"], json!({"email": "a@b.org"}));
        let back = to_application(&json!({"properties": {"email": "a@b.org"}}), &mapping);
        assert_eq!(back["mappedApplicationObject"]["fields"], json!({"mail": "a@b.org"}));
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        for mapping in [Value::Null, json!("x"), json!({"fieldMappings": 1}), json!({"dynamicMappings": {"a": 1}})] {
            assert!(pairs(&mapping).is_empty(), "{mapping}");
        }
    }
}
