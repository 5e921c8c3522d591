//! What a setting offers: a data source of the manifest, read from the customer's account.

use std::borrow::Cow;

use linchpin_domain::connector::ActionError;
use linchpin_domain::source::nearest;
use serde_json::{Map, Value};

use crate::access::Account;
use crate::call;
use crate::classify;
use crate::client::Client;
use crate::manifest::{DataSource, Manifest, Request};
use crate::shape::{Values, text_of};

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// What was chosen before.
    pub parameters: &'a Map<String, Value>,
    /// Where the last page ended.
    pub page: Option<&'a str>,
    /// What was typed.
    pub search: Option<&'a str>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What people read.
    pub label: String,
    /// A second line.
    pub subtitle: Option<String>,
}

/// A page of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// The entries, in the provider's order.
    pub entries: Vec<Choice>,
    /// Where the next page begins, when there is one.
    pub next: Option<String>,
}

impl Values for Wanted<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, Value>> {
        let text = |text: Option<&str>| text.map(|text| Cow::Owned(Value::String(text.to_owned())));
        match name {
            "page" => text(self.page),
            "search" => text(self.search),
            name => self.parameters.value(name),
        }
    }
}

/// Reads a page of a data source. A 401 is `Reauthorize`: the caller refreshes and repeats once.
pub async fn options(
    client: &Client,
    manifest: &Manifest,
    account: Account<'_>,
    source: &str,
    wanted: Wanted<'_>,
) -> Result<Choices, ActionError> {
    let source = manifest.data_sources.get(source).ok_or_else(|| {
        let hint = nearest(source, manifest.data_sources.keys().map(String::as_str))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        ActionError::Invalid { message: format!("{} has no data source `{source}`{hint}", manifest.name) }
    })?;
    let Some(request) = &source.request else {
        return Ok(Choices { entries: source.fixed(wanted.search), next: None });
    };
    let filled = call::fill(manifest, account, request, &wanted)?;
    let exchanged = classify::verdict(manifest, call::send(client, manifest, account, filled).await?)?;
    if exchanged.not_json {
        return Err(call::unreadable(manifest, exchanged.exchange));
    }
    let mut choices = source.read(&exchanged.body, request, wanted.search);
    if wanted.page.is_none() {
        choices.entries.splice(0..0, source.fixed(wanted.search));
    }
    Ok(choices)
}

/// Whether a choice holds what was typed.
fn fits(choice: &Choice, search: Option<&str>) -> bool {
    let Some(needle) = search.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty()) else {
        return true;
    };
    choice.label.to_lowercase().contains(&needle)
        || choice.subtitle.as_ref().is_some_and(|line| line.to_lowercase().contains(&needle))
}

impl DataSource {
    /// The entries that every account has.
    fn fixed(&self, search: Option<&str>) -> Vec<Choice> {
        let entries = self.entries.iter().map(|entry| Choice {
            value: entry.value.clone(),
            label: entry.label.clone(),
            subtitle: None,
        });
        entries.filter(|choice| fits(choice, search)).collect()
    }

    /// The entries of an answer. Where the provider cannot search, the page is searched here.
    fn read(&self, body: &Value, request: &Request, search: Option<&str>) -> Choices {
        let searched = request.query.values().any(|pattern| pattern.names().any(|name| name == "search"));
        let search = search.filter(|_| !searched);
        let items = body.pointer(&self.list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let text = |item: &Value, pointer: &str| {
            item.pointer(pointer).filter(|value| !value.is_null()).map(|value| text_of(value).trim().to_owned())
        };
        let entries = items.iter().filter_map(|item| {
            let value = text(item, &self.value).filter(|value| !value.is_empty())?;
            let subtitle =
                self.subtitle.as_ref().and_then(|pointer| text(item, pointer)).filter(|text| !text.is_empty());
            let words: Vec<_> =
                self.label.iter().filter_map(|pointer| text(item, pointer)).filter(|word| !word.is_empty()).collect();
            let (label, subtitle) = if words.is_empty() {
                // Somebody without a name is known by the second line.
                (subtitle.unwrap_or_else(|| value.clone()), None)
            } else {
                (words.join(" "), subtitle)
            };
            Some(Choice { value, label, subtitle })
        });
        let next = self.next_page.as_ref().and_then(|pointer| text(body, pointer)).filter(|page| !page.is_empty());
        Choices { entries: entries.filter(|choice| fits(choice, search)).collect(), next }
    }
}
