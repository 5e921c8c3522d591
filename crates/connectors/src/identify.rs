//! Which account was connected.

use linchpin_domain::connector::ActionError;
use serde_json::{Map, Value, json};

use crate::access::{self, Account};
use crate::call;
use crate::classify;
use crate::client::Client;
use crate::manifest::{Manifest, Method};
use crate::shape::text_of;

/// A connected account, for the portal and for telling accounts apart.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountIdentity {
    /// The account's id at the provider.
    pub provider_id: String,
    /// What people see.
    pub label: String,
    /// Facts by the manifest's names.
    pub data: Map<String, Value>,
}

/// Finds out which account this is, and whether the provider takes it. `token_answer` is what a sign-in
/// brought besides the tokens.
pub async fn identify(
    client: &Client,
    manifest: &Manifest,
    account: Account<'_>,
    token_answer: &Map<String, Value>,
) -> Result<AccountIdentity, ActionError> {
    let rule = &manifest.account;
    let method = manifest.method(&account.access.method);
    // A token that was just given is good; a key may be anything.
    let must_be_taken = method.is_none_or(|method| method.oauth2.is_none());
    let mut about = Value::Null;
    let mut refusal = None;
    if let Some(request) = &rule.request {
        let filled = call::fill(manifest, account, request, &Map::new())?;
        match call::send(client, manifest, account, filled).await.and_then(|answer| classify::verdict(manifest, answer))
        {
            Ok(exchanged) => about = exchanged.body,
            Err(error @ ActionError::Rejected { .. }) if !must_be_taken => refusal = Some(error),
            Err(error) => return Err(error),
        }
    }
    if rule.request.is_none() {
        // Nothing is sent, but where it would go must be known.
        access::base(manifest, account.endpoint, account.access, "api")?;
    }
    let shown: Map<String, Value> = method
        .into_iter()
        .flat_map(Method::all_inputs)
        .filter(|input| !input.secret())
        .filter_map(|input| Some((input.name.clone(), account.access.inputs.get(&input.name)?.clone())))
        .collect();
    let answers = json!({"token": token_answer, "account": about, "inputs": shown});
    let data: Map<String, Value> = rule
        .data
        .iter()
        .filter_map(|(name, pointers)| {
            let value =
                pointers.iter().find_map(|pointer| answers.pointer(pointer).filter(|value| !value.is_null()))?;
            Some((name.clone(), value.clone()))
        })
        .collect();
    let Some(id) = data.get(&rule.provider_id) else {
        return Err(refusal.unwrap_or_else(|| ActionError::Invalid {
            message: format!("{} did not say which account was connected", manifest.name),
        }));
    };
    let provider_id = text_of(id).into_owned();
    let label = rule.label.fill(&data).unwrap_or_else(|| provider_id.clone());
    Ok(AccountIdentity { provider_id, label, data })
}
