//! What is asked of a user who connects an account, as the client SDK reads it (contract 7.2, 7.6).

use linchpin_connectors::Manifest;
use linchpin_connectors::manifest::{AccountInput, AccountInputKind, Method, Scheme};
use serde_json::{Map, Value, json};

/// What is asked, and where the SDK looks for it.
pub(super) struct Asking {
    /// `oauth`, `basic` or `oauth_client_credential`.
    pub(super) scheme: &'static str,
    /// Something is asked before anything else happens.
    pub(super) first: bool,
    /// The ways to choose among, where there are several.
    pub(super) account_types: Vec<Value>,
    /// Before the consent page.
    pub(super) before_sign_in: Vec<Value>,
    /// Instead of a consent page; the SDK's headless flow looks here for what precedes one, too.
    pub(super) form: Vec<Value>,
    /// After the consent page.
    pub(super) later: Vec<Value>,
    /// What is asked once the account is there, by the way it was connected in; also where a form connects.
    pub(super) later_by_way: Map<String, Value>,
    /// The form of a project's own connector, which the SDK looks for elsewhere.
    pub(super) custom: Vec<Value>,
}

impl Asking {
    pub(super) fn of(manifest: Option<&Manifest>, own: bool) -> Self {
        let nothing = Method::default();
        let method = manifest.map_or(&nothing, |manifest| &manifest.auth);
        let oauth = manifest.is_none() || method.scheme() == Scheme::Oauth;
        let inputs: Vec<Value> = method.inputs.iter().map(input).collect();
        let several = manifest.filter(|manifest| !manifest.also_auth.is_empty());
        Self {
            scheme: if oauth { Scheme::Oauth.as_str() } else { method.scheme().as_str() },
            first: !oauth || !inputs.is_empty() || several.is_some(),
            account_types: several.into_iter().flat_map(Manifest::methods).map(account_type).collect(),
            before_sign_in: if oauth { inputs.clone() } else { Vec::new() },
            form: if own { Vec::new() } else { inputs.clone() },
            // The headless flow of the SDK cannot end where a form is followed by another one.
            later: if oauth { method.later_inputs.iter().map(input).collect() } else { Vec::new() },
            later_by_way: manifest.into_iter().flat_map(Manifest::methods).filter_map(later_of).collect(),
            custom: inputs,
        }
    }
}

fn later_of((name, method): (&str, &Method)) -> Option<(String, Value)> {
    let inputs: Vec<Value> = method.later_inputs.iter().map(input).collect();
    (!inputs.is_empty()).then(|| (name.to_owned(), inputs.into()))
}

fn account_type((name, method): (&str, &Method)) -> Value {
    let inputs: Vec<Value> = method.inputs.iter().map(input).collect();
    json!({
        "id": name,
        "scheme": method.scheme().as_str(),
        "accountDescription": method.title,
        "description": method.description,
        "oauthParameters": [],
        "endUserSuppliedValues": inputs,
        "skipPostOAuthInputs": method.scheme() != Scheme::Oauth || method.later_inputs.is_empty(),
    })
}

/// Contract 7.7.
fn input(input: &AccountInput) -> Value {
    let kind = match input.kind {
        AccountInputKind::Text
        | AccountInputKind::Subdomain
        | AccountInputKind::Host
        | AccountInputKind::Address
        | AccountInputKind::Header => "TEXT_NO_VARS",
        AccountInputKind::Secret => "PASSWORD",
        AccountInputKind::Email => "EMAIL",
        AccountInputKind::Enum => "ENUM",
    };
    let mut shape = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            shape.insert(name.to_owned(), value);
        }
    };
    let text = |text: &Option<String>| text.clone().map(Value::String);
    put("id", Some(input.name.clone().into()));
    put("title", Some(input.title.clone().into()));
    put("type", Some(kind.into()));
    put("required", Some((!input.optional).into()));
    put("placeholder", text(&input.placeholder));
    put("subtitle", text(&input.help));
    put("suffixLabel", text(&input.suffix));
    let options: Vec<Value> =
        input.options.iter().map(|option| json!({"value": option.value, "label": option.label})).collect();
    put("values", (!options.is_empty()).then(|| options.into()));
    Value::Object(shape)
}
