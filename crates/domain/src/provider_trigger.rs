//! A trigger that is an event of the integration's provider.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::source::{escape, nearest};
use crate::template::{self, Names, Template};
use crate::workflow::{ActionCatalog, Surroundings};

/// An event of the integration's provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderTrigger {
    /// The event, as the connector names it.
    pub event: String,
    /// Which of them. Texts may hold `{{ … }}` over settings, user and secrets.
    #[serde(default)]
    pub inputs: Map<String, Value>,
}

impl ProviderTrigger {
    /// What keeps it from being deployed: `(JSON pointer below it, message)`.
    pub fn problems(&self, around: &Surroundings, catalog: &dyn ActionCatalog) -> Vec<(String, String)> {
        let Some(found) = catalog.event_problems(&self.event, &self.inputs) else {
            let names = catalog.event_names();
            let hint = match nearest(&self.event, names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "this connector has none".into(),
                None => format!("the events are {}", names.join(", ")),
            };
            return vec![("/event".into(), format!("there is no event `{}`; {hint}", self.event))];
        };
        let mut problems: Vec<_> =
            found.into_iter().map(|(input, message)| (format!("/inputs/{}", escape(&input)), message)).collect();
        for (input, value) in &self.inputs {
            let at = format!("/inputs/{}", escape(input));
            problems.extend(expression_problems(value, around, &["settings", "user", "secrets"], &at));
        }
        problems
    }
}

/// What is wrong with expressions that are filled in before there is an event: only some roots exist.
pub(crate) fn expression_problems(
    value: &Value,
    around: &Surroundings,
    roots: &[&str],
    at: &str,
) -> Vec<(String, String)> {
    let none = std::collections::BTreeSet::new();
    let names = Names { steps: &none, settings: &around.settings, secrets: &around.secrets, items: &none };
    let mut problems: Vec<_> = template::problems(value, &names)
        .into_iter()
        .map(|(pointer, message)| (format!("{at}{pointer}"), message))
        .collect();
    if problems.is_empty()
        && let Ok(template) = Template::parse(value)
    {
        for root in template.roots().iter().filter(|root| !roots.contains(&root.as_str())) {
            let known: Vec<_> = roots.iter().map(|root| format!("`{root}`")).collect();
            let message = format!("`{root}` is not known before there is an event; there are {}", known.join(", "));
            problems.push((at.to_owned(), message));
        }
    }
    problems
}
