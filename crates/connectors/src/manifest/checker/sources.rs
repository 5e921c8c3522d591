//! Data sources: that what they name is there.

use linchpin_domain::source::escape;

use super::Checker;
use crate::manifest::Manifest;

impl Checker<'_> {
    pub(super) fn sources(&mut self, manifest: &Manifest) {
        for (name, source) in &manifest.data_sources {
            let at = format!("/dataSources/{}", escape(name));
            for (index, scope) in source.scopes.iter().enumerate() {
                self.known(&format!("{at}/scopes/{index}"), "scope", scope, manifest.scopes.keys().map(String::as_str));
            }
            let mut names: Vec<&str> = source.parameters.iter().map(String::as_str).collect();
            names.extend(["page", "search"]);
            self.request(manifest, &format!("{at}/request"), &source.request, &names);
            if source.request.method != "GET" {
                self.add(&format!("{at}/request/method"), "a list is read with GET");
            }
            let pointers = [("list", Some(&source.list)), ("value", Some(&source.value))]
                .into_iter()
                .chain([("subtitle", source.subtitle.as_ref()), ("nextPage", source.next_page.as_ref())]);
            for (key, pointer) in pointers {
                if let Some(pointer) = pointer {
                    self.json_pointer(&format!("{at}/{key}"), pointer);
                }
            }
            for (index, pointer) in source.label.iter().enumerate() {
                self.json_pointer(&format!("{at}/label/{index}"), pointer);
            }
            if source.label.is_empty() {
                self.add(&at, "a `label` says what people read");
            }
        }
        let records = manifest
            .resources
            .iter()
            .map(|(name, resource)| (format!("/resources/{}/fields", escape(name)), &resource.fields));
        let inputs =
            manifest.actions.iter().map(|(name, action)| (format!("/actions/{}/inputs", escape(name)), &action.inputs));
        for (place, fields) in records.chain(inputs) {
            for (index, field) in fields.iter().enumerate() {
                let Some(source) = &field.source else { continue };
                let at = format!("{place}/{index}/source");
                self.known(&at, "data source", source, manifest.data_sources.keys().map(String::as_str));
            }
        }
        let answers = manifest.simulator.iter().flat_map(|simulator| simulator.data_sources.keys());
        for name in answers {
            let at = format!("/simulator/dataSources/{}", escape(name));
            self.known(&at, "data source", name, manifest.data_sources.keys().map(String::as_str));
        }
    }
}
