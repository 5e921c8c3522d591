//! The connectors that come with the binary.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;
use linchpin_domain::source::{Position, Problem};
use linchpin_domain::workflow::ActionCatalog;
use rust_embed::RustEmbed;
use serde_json::{Map, Value};

use crate::inputs;
use crate::manifest::{Manifest, check};

#[derive(RustEmbed)]
#[folder = "../../connectors"]
struct Files;

/// All connectors of the binary, by kind.
#[derive(Debug, Clone)]
pub struct Registry {
    manifests: IndexMap<String, Arc<Manifest>>,
}

impl Registry {
    /// Reads every embedded manifest. The first mistake is the error.
    pub fn builtin() -> Result<Self, Problem> {
        let mut paths: Vec<_> = Files::iter().filter(|path| path.ends_with("connector.yaml")).collect();
        paths.sort();
        let mut manifests = IndexMap::new();
        for path in paths {
            let problem = |message: String| Problem {
                file: format!("connectors/{path}"),
                at: Position { line: 1, column: 1 },
                field: "kind".into(),
                message,
            };
            let bytes = Files::get(&path).expect("the path was listed").data;
            let text = std::str::from_utf8(&bytes).map_err(|_| problem("this is not UTF-8".into()))?;
            let manifest = check(&format!("connectors/{path}"), text)
                .map_err(|problems| problems.into_iter().next().expect("an error has a problem"))?;
            let folder = path.trim_end_matches("/connector.yaml");
            if manifest.kind != folder {
                return Err(problem(format!("`{}` must be the folder's name, `{folder}`", manifest.kind)));
            }
            manifests.insert(manifest.kind.clone(), Arc::new(manifest));
        }
        Ok(Self { manifests })
    }

    /// These and a project's own ones.
    #[must_use]
    pub fn with(&self, own: impl IntoIterator<Item = Arc<Manifest>>) -> Self {
        let mut manifests = self.manifests.clone();
        manifests.extend(own.into_iter().map(|manifest| (manifest.kind.clone(), manifest)));
        Self { manifests }
    }

    /// How many connectors, actions and triggers there are.
    pub fn counts(&self) -> [usize; 3] {
        let all = || self.manifests.values();
        [
            all().count(),
            all().map(|manifest| manifest.actions.len()).sum(),
            all().map(|manifest| manifest.triggers.len()).sum(),
        ]
    }

    /// The connector of a kind.
    pub fn find(&self, kind: &str) -> Option<&Arc<Manifest>> {
        self.manifests.get(kind)
    }

    /// All connectors, by kind.
    pub fn list(&self) -> impl Iterator<Item = &Arc<Manifest>> {
        self.manifests.values()
    }

    /// A connector's icon, as SVG.
    pub fn icon(&self, kind: &str) -> Option<Cow<'static, [u8]>> {
        self.manifests.contains_key(kind).then(|| Files::get(&format!("{kind}/icon.svg")))?.map(|file| file.data)
    }
}

/// What workflows are checked against: the actions of all connectors, and the one meant where a
/// step names none.
#[derive(Debug, Clone)]
pub struct Catalog<'a> {
    /// The connectors.
    pub registry: &'a Registry,
    /// The workflow's own integration.
    pub default_connector: &'a str,
}

impl Catalog<'_> {
    fn manifest(&self, connector: Option<&str>) -> Option<&Arc<Manifest>> {
        self.registry.find(connector.unwrap_or(self.default_connector))
    }
}

impl ActionCatalog for Catalog<'_> {
    fn input_problems(
        &self,
        connector: Option<&str>,
        action: &str,
        inputs: &Map<String, Value>,
    ) -> Option<Vec<(String, String)>> {
        let action = self.manifest(connector)?.actions.get(action)?;
        Some(inputs::problems(action, inputs))
    }

    fn action_names(&self, connector: Option<&str>) -> Vec<String> {
        self.manifest(connector).map(|manifest| manifest.actions.keys().cloned().collect()).unwrap_or_default()
    }

    fn event_problems(&self, event: &str, inputs: &Map<String, Value>) -> Option<Vec<(String, String)>> {
        Some(self.manifest(None)?.triggers.get(event)?.input_problems(inputs))
    }

    fn event_names(&self) -> Vec<String> {
        self.manifest(None).map(|manifest| manifest.triggers.keys().cloned().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_embedded_manifest_is_valid_and_has_an_icon() {
        let registry = Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"));
        assert!(registry.list().count() > 0);
        for manifest in registry.list() {
            let icon = registry.icon(&manifest.kind).expect("an icon");
            assert!(icon.starts_with(b"<svg"), "{}", manifest.kind);
        }
        assert_eq!(registry.icon("../hubspot"), None);
    }

    #[test]
    fn wrong_inputs_are_found_before_deploying() {
        let registry = Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"));
        let catalog = Catalog { registry: &registry, default_connector: "hubspot" };
        let problems = |action: &str, inputs: Value| {
            catalog.input_problems(None, action, inputs.as_object().expect("object")).map(|found| {
                found.into_iter().map(|(name, message)| format!("{name}: {message}")).collect::<Vec<_>>().join(" | ")
            })
        };
        for (action, inputs, expected) in [
            ("contacts.create", json!({"email": "{{ trigger.email }}", "jobtitle": 7}), ""),
            (
                "contacts.create",
                json!({"email": "a@b.c", "first_name": "A"}),
                "first_name: there is no field `first_name`; did you mean `firstname`?",
            ),
            (
                "contacts.create",
                json!({"jobtitle": "Dog"}),
                "email: at least one of `email`, `firstname`, `lastname` is needed",
            ),
            ("contacts.upsert", json!({"firstname": "A"}), "email: `email` is needed"),
            ("contacts.get", json!({"id": ""}), "id: `id` is needed"),
            (
                "contacts.search",
                json!({"limit": "many", "filterGroups": "[{"}),
                "limit: `limit` takes a number, not `many` | filterGroups: `filterGroups` is not valid JSON: EOF while parsing an object at line 1 column 2",
            ),
            (
                "contacts.create",
                json!({"email": "a@b.c", "additionalFields": "[]"}),
                "additionalFields: `additionalFields` takes a JSON object, for example {\"favorite_color\": \"blue\"}",
            ),
        ] {
            assert_eq!(problems(action, inputs).as_deref(), Some(expected), "{action}");
        }
        assert_eq!(problems("contact.create", json!({})), None);
        assert_eq!(catalog.input_problems(Some("nothing"), "contacts.create", &Map::new()), None);
    }
}
