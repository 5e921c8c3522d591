//! What is the account's own in a tool's inputs: its fields, and the choices of its fields. It is read from
//! the provider, and remembered for some minutes, so that listing tools costs the account next to nothing.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use linchpin_connectors::{Choice, Wanted};
use linchpin_domain::id::CredentialId;
use linchpin_domain::source;
use linchpin_store::credentials::Credential;
use moka::future::Cache;
use serde_json::{Map, Value};

use super::catalogue::{Tool, Trouble};
use super::schema::ADDITIONAL_FIELDS;
use crate::http::auth::ConnectedUser;
use crate::state::App;

/// How long a list is remembered.
const KEPT: Duration = Duration::from_mins(5);
/// How long is waited for one.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pages of a list that are read.
const PAGES: usize = 3;
/// Entries of a list.
const MOST: usize = 500;

/// A list of an account.
type List = Arc<Vec<Choice>>;
/// The account, the list, and what the list depends on.
type Place = (CredentialId, String, String);

static LISTS: LazyLock<Cache<Place, List>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_live(KEPT).build());

/// What is the account's own.
#[derive(Default)]
pub struct Own {
    /// Fields of the record.
    pub fields: Vec<Choice>,
    /// Choices by field.
    pub choices: HashMap<String, Vec<Choice>>,
}

/// Reads what is the account's own in a tool, as far as it can be read, and says what could not.
pub async fn of(app: &App, user: &ConnectedUser, tool: &Tool<'_>) -> (Own, Vec<Trouble>) {
    let (mut own, mut troubles) = (Own::default(), Vec::new());
    let Some(account) = tool.account else { return (own, troubles) };
    let lists = Lists { app, user, tool, account };
    if tool.action.fields.contains_key(ADDITIONAL_FIELDS)
        && let Some((source, parameters)) = fields_of(tool)
    {
        match lists.read(source, &parameters).await {
            Ok(list) => own.fields = list.to_vec(),
            Err(trouble) => troubles.extend(trouble),
        }
    }
    for field in tool.action.fields.values() {
        let Some(source) = &field.source else { continue };
        // What depends on another choice cannot be listed before that is made.
        if tool.manifest.data_sources.get(source).is_none_or(|one| !one.parameters.is_empty()) {
            continue;
        }
        match lists.read(source, &Map::new()).await {
            Ok(list) => {
                own.choices.insert(field.name.clone(), list.to_vec());
            }
            Err(trouble) => troubles.extend(trouble),
        }
    }
    (own, troubles)
}

/// The list of a record's fields, which field mappings use as well.
fn fields_of<'a>(tool: &Tool<'a>) -> Option<(&'a str, Map<String, Value>)> {
    let resource = tool.manifest.resources.get(tool.action.record.as_ref()?)?;
    // The kind of record is not known before it is called.
    if resource.kind_from.is_some() {
        return None;
    }
    let mappings = &tool.manifest.field_mappings;
    if let Some(mapping) = mappings.get(&tool.action.resource) {
        return Some((&mapping.fields, Map::new()));
    }
    let mapping = mappings.values().find(|mapping| mapping.record.is_some())?;
    let parameter = tool.manifest.data_sources.get(&mapping.fields)?.parameters.first()?;
    Some((&mapping.fields, Map::from_iter([(parameter.clone(), tool.action.resource.clone().into())])))
}

struct Lists<'a> {
    app: &'a App,
    user: &'a ConnectedUser,
    tool: &'a Tool<'a>,
    account: &'a Credential,
}

impl Lists<'_> {
    /// The list; or why it could not be read, unless nobody expects it: the account has not granted it.
    async fn read(&self, source: &str, parameters: &Map<String, Value>) -> Result<List, Option<Trouble>> {
        let needed = self.tool.manifest.data_sources.get(source).map(|one| one.scopes.as_slice()).unwrap_or_default();
        if !self.account.scopes.is_empty() && needed.iter().any(|scope| !self.account.scopes.contains(scope)) {
            return Err(None);
        }
        let place = (self.account.id, source.to_owned(), Value::Object(parameters.clone()).to_string());
        if let Some(list) = LISTS.get(&place).await {
            return Ok(list);
        }
        let read = tokio::time::timeout(PATIENCE, self.fetch(source, parameters)).await;
        let list = read.unwrap_or_else(|_| Err("the provider did not answer in time".into()));
        let list = list.map(Arc::new).map_err(|message| Trouble {
            integration: self.tool.kind.to_owned(),
            code: "fields_unknown",
            message: format!("the account's own {source} could not be read, and are not in the schemas: {message}"),
        })?;
        LISTS.insert(place, Arc::clone(&list)).await;
        Ok(list)
    }

    async fn fetch(&self, source: &str, parameters: &Map<String, Value>) -> Result<Vec<Choice>, String> {
        let (mut list, mut page): (Vec<Choice>, Option<String>) = (Vec::new(), None);
        for _ in 0..PAGES {
            let wanted = Wanted { parameters, page: page.as_deref(), search: None };
            let read = self.app.connections.options(self.user.project_id, self.account.id, source, wanted).await;
            let choices = read.map_err(|error| error.to_string())?;
            list.extend(choices.entries);
            page = choices.next;
            if page.is_none() || list.len() >= MOST {
                break;
            }
        }
        list.truncate(MOST);
        Ok(list)
    }
}

/// A hint for a misspelt name.
pub fn nearest(wanted: &str, names: &[String]) -> String {
    source::nearest(&wanted.to_uppercase(), names.iter().map(String::as_str))
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
