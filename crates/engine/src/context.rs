//! The values that a step's templates see, and the masking of secrets in what is kept.

use linchpin_domain::connector::Exchange;
use linchpin_domain::field_mapping;
use linchpin_domain::id::WorkflowId;
use linchpin_domain::readable::read_back;
use linchpin_domain::step::Step;
use linchpin_domain::template::{Context, Shared};
use linchpin_domain::trigger::Trigger;
use linchpin_store::routing::{ConfigurationRouting, UserRouting};
use serde_json::{Map, Value, json};

use crate::active::Active;
use crate::progress::key_of;
use crate::snapshot::Project;

/// What stands in history where a secret stood.
pub const MASK: &str = "••••••";

/// The values for the step at a path: those roots alone that its templates name.
pub fn context(run: &Active, path: &str, user: &UserRouting, project: &Project) -> Context {
    let mut context = Context::default();
    let roots = run.version.roots(key_of(path));
    let names = |root: &str| roots.is_some_and(|roots| roots.contains(root));
    let settings = settings(run, user);
    if names("trigger") {
        context.share("trigger", run.trigger.get_or_init(|| Shared::new(triggered(run, &settings))));
    }
    run.passwords.get_or_init(|| {
        let values = settings.iter().filter(|(id, _)| project.passwords.contains(*id));
        values.filter_map(|(_, value)| value.as_str().map(str::to_owned)).collect()
    });
    if names("steps") {
        context.share_all("steps", run.progress.outputs(path));
    }
    for (looping, item) in run.progress.items(path) {
        let name = run.version.step(looping).map_or("item", Step::item);
        context.share(name.to_owned(), item);
    }
    if names("settings") {
        context.share("settings", &Shared::new(Value::Object(settings)));
    }
    if names("user") {
        context.share("user", &Shared::new(user_of(user)));
    }
    if run.version.uses_secrets {
        context.set("secrets", &Value::Object(project.secrets.clone()));
    }
    context
}

/// What templates see as `trigger`: the event as it came, with the user's field mapping applied where the
/// workflow has one.
fn triggered(run: &Active, settings: &Map<String, Value>) -> Value {
    let payload = read_back(&run.payload).unwrap_or_else(|error| {
        // Nothing that cannot be read is accepted; what an earlier version accepted must not go unnoticed.
        tracing::error!(
            error = &error as &dyn std::error::Error,
            run.seq = run.seq,
            "what started a run cannot be read"
        );
        Value::Null
    });
    let definition = &run.version.definition;
    let Some(mapping) = definition.field_mapping.as_ref().map(|id| settings.get(id).unwrap_or(&Value::Null)) else {
        return payload;
    };
    match &definition.trigger {
        Some(Trigger::Provider(_)) => field_mapping::to_application(&payload, mapping),
        _ => field_mapping::to_provider(&payload, mapping),
    }
}

/// Integration settings, overlaid by the workflow's own.
fn settings(run: &Active, user: &UserRouting) -> Map<String, Value> {
    let configuration = user
        .credentials
        .iter()
        .filter(|credential| credential.id == run.credential_id)
        .flat_map(|credential| &credential.configurations)
        .find(|configuration| configuration.id == run.configuration_id);
    configuration.map(|configuration| settings_of(configuration, run.version.workflow_id)).unwrap_or_default()
}

/// A configuration's settings, overlaid by those of a workflow that is on in it.
pub fn settings_of(configuration: &ConfigurationRouting, workflow_id: WorkflowId) -> Map<String, Value> {
    let mut settings = configuration.settings.clone();
    let own = configuration.enabled.iter().find(|(id, _)| *id == workflow_id);
    settings.extend(own.map(|(_, own)| own.clone()).unwrap_or_default());
    settings
}

/// What templates see as `user`.
pub fn user_of(user: &UserRouting) -> Value {
    json!({"id": user.external_id, "metadata": user.metadata})
}

/// Masks every secret in what is kept, also where a provider echoed it back.
pub struct Masker<'a> {
    secrets: Vec<&'a str>,
}

impl<'a> Masker<'a> {
    pub fn new(run: &'a Active, project: &'a Project) -> Self {
        let mut masker = if run.version.uses_secrets { Self::of(project) } else { Self { secrets: Vec::new() } };
        let passwords = run.passwords.get().into_iter().flatten().map(String::as_str);
        masker.secrets.extend(passwords.filter(|secret| secret.len() >= 4));
        masker
    }

    /// Masks the secrets of a project.
    pub fn of(project: &'a Project) -> Self {
        let secrets = project.secrets.values().filter_map(Value::as_str).filter(|secret| secret.len() >= 4);
        Self { secrets: secrets.collect() }
    }

    pub fn value(&self, value: Value) -> Value {
        if self.secrets.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.value(item)).collect()),
            Value::Object(fields) => {
                Value::Object(fields.into_iter().map(|(name, field)| (self.text(name), self.value(field))).collect())
            }
            other => other,
        }
    }

    pub fn text(&self, mut text: String) -> String {
        for secret in &self.secrets {
            if text.contains(secret) {
                text = text.replace(secret, MASK);
            }
        }
        text
    }

    pub fn exchange(&self, exchange: Option<Exchange>) -> Option<Exchange> {
        exchange.map(|exchange| Exchange {
            method: exchange.method,
            url: self.text(exchange.url),
            request_body: exchange.request_body.map(|body| self.value(body)),
            status: exchange.status,
            response_body: exchange.response_body.map(|body| self.value(body)),
            joined: exchange.joined,
        })
    }
}
