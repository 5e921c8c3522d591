//! What starts a run of a workflow, as data.

use serde::{Deserialize, Serialize};

pub use crate::provider_trigger::ProviderTrigger;
use crate::request_trigger::RequestTrigger;
use crate::schedule::Schedule;
pub use crate::webhook_trigger::WebhookTrigger;
use crate::workflow::{ActionCatalog, Surroundings, names_that_exist};

/// What starts a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trigger {
    /// An App Event of this name.
    AppEvent(String),
    /// A request to the workflow's own address.
    Request(RequestTrigger),
    /// The time, once for each configuration that has the workflow on.
    Schedule(Schedule),
    /// An account was connected and its required settings are filled in: once for each configuration.
    IntegrationEnabled {},
    /// Something happened at the integration's provider.
    Provider(ProviderTrigger),
    /// A webhook that the project declares itself.
    Webhook(Box<WebhookTrigger>),
}

/// The kind of a trigger, as it is stored with what started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// An App Event.
    AppEvent,
    /// A request.
    Request,
    /// The time.
    Schedule,
    /// A connected account.
    IntegrationEnabled,
    /// The integration's provider.
    Provider,
    /// A webhook of the project's own.
    Webhook,
    /// A tool was called: an action without a workflow.
    Tool,
    /// A request was passed on to the provider.
    Proxy,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::AppEvent,
        Self::Request,
        Self::Schedule,
        Self::IntegrationEnabled,
        Self::Provider,
        Self::Webhook,
        Self::Tool,
        Self::Proxy,
    ];

    /// Those that no workflow waits for: see [`direct`](crate::direct).
    pub const DIRECT: [Self; 2] = [Self::Tool, Self::Proxy];

    /// Whether no workflow waits for it.
    pub fn is_direct(self) -> bool {
        Self::DIRECT.contains(&self)
    }

    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppEvent => "appEvent",
            Self::Request => "request",
            Self::Schedule => "schedule",
            Self::IntegrationEnabled => "integrationEnabled",
            Self::Provider => "provider",
            Self::Webhook => "webhook",
            Self::Tool => "tool",
            Self::Proxy => "proxy",
        }
    }

    /// Reads what [`Kind::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Trigger {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::AppEvent(_) => Kind::AppEvent,
            Self::Request(_) => Kind::Request,
            Self::Schedule(_) => Kind::Schedule,
            Self::IntegrationEnabled {} => Kind::IntegrationEnabled,
            Self::Provider(_) => Kind::Provider,
            Self::Webhook(_) => Kind::Webhook,
        }
    }

    /// The event of its provider that it waits for, if it is one.
    pub fn provider(&self) -> Option<&ProviderTrigger> {
        if let Self::Provider(provider) = self { Some(provider) } else { None }
    }

    /// The App Event that it waits for, if it is one.
    pub fn app_event(&self) -> Option<&str> {
        if let Self::AppEvent(name) = self { Some(name) } else { None }
    }

    /// What keeps a workflow with this trigger from being deployed: `(JSON pointer below the trigger, message)`.
    pub fn problems(&self, around: &Surroundings, catalog: &dyn ActionCatalog) -> Vec<(String, String)> {
        let below = |at: &'static str, found: Vec<(String, String)>| {
            found.into_iter().map(|(pointer, message)| (format!("{at}{pointer}"), message)).collect()
        };
        match self {
            Self::AppEvent(name) if !around.app_events.contains(name) => vec![(
                String::new(),
                format!("there is no App Event `{name}`; {}", names_that_exist(&around.app_events)),
            )],
            Self::AppEvent(_) | Self::IntegrationEnabled {} => Vec::new(),
            Self::Request(request) => below("/request", request.problems()),
            Self::Schedule(schedule) => below("/schedule", schedule.problems()),
            Self::Provider(provider) => below("/provider", provider.problems(around, catalog)),
            Self::Webhook(webhook) => below("/webhook", webhook.problems(around)),
        }
    }

    /// Whether somebody waits for an answer of the run.
    pub fn has_caller(&self) -> bool {
        matches!(self, Self::Request(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_reads_what_it_writes_and_has_the_name_of_its_key() {
        for text in [
            json!({"appEvent": "Contact Created"}),
            json!({"request": {}}),
            json!({"request": {"validate": {"body": {"email": {"type": "string", "required": true}}}}}),
            json!({"schedule": {"cron": "0 0 9 * * *", "timeZone": "Europe/Berlin"}}),
            json!({"integrationEnabled": {}}),
            json!({"provider": {"event": "contacts.created", "inputs": {}}}),
            json!({"webhook": {"name": "orders"}}),
        ] {
            let trigger: Trigger = serde_json::from_value(text.clone()).expect("readable");
            assert_eq!(serde_json::to_value(&trigger).expect("writes"), text);
            let key = text.as_object().expect("an object").keys().next().expect("one key");
            assert_eq!(trigger.kind().as_str(), key);
            assert_eq!(Kind::parse(key), Some(trigger.kind()));
        }
        assert_eq!(Kind::parse("cron"), None);
    }
}
