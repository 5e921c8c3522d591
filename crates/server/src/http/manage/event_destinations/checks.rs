//! What is entered for an event destination, looked at before anything is written.

use std::collections::BTreeMap;

use linchpin_connectors::mail::is_address;
use linchpin_domain::id::{ProjectId, WorkflowId};
use linchpin_domain::notice::Kind;
use linchpin_store::event_destinations::Target;
use linchpin_store::{Conn, workflows};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::destinations::payload;
use crate::http::error::ApiError;
use crate::http::manage::fields::Findings;
use crate::state::App;

/// Addresses that one destination may have.
const MOST_ADDRESSES: usize = 20;
/// The longest address of a webhook.
const LONGEST_URL: usize = 2_000;

/// Headers by the names that are stored; a value that is not given is that of before.
pub(super) fn checked_headers(
    given: BTreeMap<String, Option<SecretString>>,
    known: &BTreeMap<String, SecretString>,
    findings: &mut Findings,
) -> BTreeMap<String, SecretString> {
    let mut headers = BTreeMap::new();
    if given.len() > payload::MOST_HEADERS {
        findings.add("headers", format!("use at most {} headers", payload::MOST_HEADERS));
    }
    for (written, value) in given {
        let name = match payload::header_name(&written) {
            Ok(name) => name,
            Err(message) => {
                findings.add("headers", message);
                continue;
            }
        };
        let Some(value) = value.or_else(|| known.get(&name).cloned()) else {
            findings.add("headers", format!("give the header `{name}` a value"));
            continue;
        };
        if let Some(problem) = payload::value_problem(value.expose_secret()) {
            findings.add("headers", format!("`{name}`: {problem}"));
        }
        if headers.insert(name.clone(), value).is_some() {
            findings.add("headers", format!("the header `{name}` is there twice"));
        }
    }
    headers
}

pub(super) fn check_payload(template: Option<&Value>, kinds: &[Kind], findings: &mut Findings) {
    if let Some(problem) = template.and_then(|template| payload::problem(template, kinds)) {
        findings.add("payload", problem);
    }
}

pub(super) fn refuse_for_email(is_email: bool, has_headers: bool, has_payload: bool, findings: &mut Findings) {
    for (field, wrong) in [("headers", has_headers), ("payload", has_payload)] {
        if is_email && wrong {
            findings.add(field, "e-mail has none; only a webhook does");
        }
    }
}

pub(super) fn webhook(app: &App, text: &str, findings: &mut Findings) -> Option<Target> {
    let text = text.trim();
    let checked = match Url::parse(text) {
        _ if text.len() > LONGEST_URL => Err(format!("use at most {LONGEST_URL} characters")),
        Ok(url) => app.destinations.client().may_post(&url).map_err(|error| error.to_string()),
        Err(_) => Err("an address such as https://example.com/linchpin-events is expected".to_owned()),
    };
    match checked {
        Ok(()) => Some(Target::Webhook(text.to_owned())),
        Err(message) => {
            findings.add("url", message);
            None
        }
    }
}

pub(super) fn email(to: &[String], findings: &mut Findings) -> Option<Target> {
    let to = distinct(to.iter().map(|address| address.trim().to_owned()).collect());
    if to.is_empty() || to.len() > MOST_ADDRESSES {
        findings.add("to", format!("name 1 to {MOST_ADDRESSES} e-mail addresses"));
        return None;
    }
    if let Some(wrong) = to.iter().find(|address| !is_address(address)) {
        findings.add("to", format!("`{wrong}` is no e-mail address"));
        return None;
    }
    Some(Target::Email(to))
}

/// 409 where no mail server is set.
pub(super) fn sends_mail(app: &App) -> Result<(), ApiError> {
    if app.destinations.sends_mail() {
        return Ok(());
    }
    Err(ApiError::conflict(
        "no_mail_server",
        "this server sends no e-mail: its operator must set mail.host and mail.from first (docs/event-destinations.md)",
    ))
}

pub(super) async fn check_workflows(
    conn: &mut Conn,
    project_id: ProjectId,
    named: &[WorkflowId],
    findings: &mut Findings,
) -> Result<(), ApiError> {
    for id in named {
        if workflows::find(conn, project_id, *id).await?.is_none() {
            findings.add("workflowIds", format!("there is no workflow {id} in this project"));
        }
    }
    Ok(())
}

/// The same without repetitions, in its order.
pub(super) fn distinct<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut kept = Vec::with_capacity(all.len());
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}
