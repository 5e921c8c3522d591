//! Which account was connected.

use linchpin_domain::connector::ActionError;
use serde_json::{Map, Value, json};

use crate::call::{self, Account};
use crate::classify;
use crate::client::Client;
use crate::manifest::Manifest;
use crate::oauth2::Tokens;
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

/// Finds out which account the tokens are for.
pub async fn identify(
    client: &Client,
    manifest: &Manifest,
    account: Account<'_>,
    tokens: &Tokens,
) -> Result<AccountIdentity, ActionError> {
    let rule = &manifest.account;
    let mut about = Value::Null;
    let mut refusal = None;
    if let Some(request) = &rule.request {
        let filled = call::fill(manifest, account.endpoint, request, &Map::new())?;
        match call::send(client, manifest, account, filled).await.and_then(|answer| classify::verdict(manifest, answer))
        {
            Ok(exchanged) => about = exchanged.body,
            Err(error @ ActionError::Rejected { .. }) => refusal = Some(error),
            Err(error) => return Err(error),
        }
    }
    let answers = json!({"token": tokens.extra, "account": about});
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
