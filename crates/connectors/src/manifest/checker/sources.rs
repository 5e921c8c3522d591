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
            let Some(request) = &source.request else {
                if source.entries.is_empty() {
                    self.add(&at, "a list has `entries`, or a `request` that reads them");
                }
                continue;
            };
            self.request(manifest, &format!("{at}/request"), request, &names);
            if request.method != "GET" {
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
        self.lists_together(manifest);
        let answers = manifest.simulator.iter().flat_map(|simulator| simulator.data_sources.keys());
        for name in answers {
            let at = format!("/simulator/dataSources/{}", escape(name));
            self.known(&at, "data source", name, manifest.data_sources.keys().map(String::as_str));
        }
    }

    /// Lists that depend on each other name lists that exist, and the later ones have a parameter for the earlier.
    fn lists_together(&mut self, manifest: &Manifest) {
        let known = || manifest.data_sources.keys().map(String::as_str);
        let given = |name: &str| manifest.data_sources.get(name).map_or(usize::MAX, |source| source.parameters.len());
        for (name, combination) in &manifest.combinations {
            let at = format!("/combinations/{}", escape(name));
            let parts = [("main", Some(&combination.main)), ("dependent", Some(&combination.dependent))];
            let parts = parts.into_iter().chain([("variable", combination.variable.as_ref())]).enumerate();
            for (place, (key, list)) in parts {
                let Some(list) = list else { continue };
                self.known(&format!("{at}/{key}"), "data source", list, known());
                if place > 0 && given(list) == 0 {
                    self.add(&format!("{at}/{key}"), "this list has no parameter for what was chosen before");
                }
            }
        }
        for (name, mapping) in &manifest.field_mappings {
            let at = format!("/fieldMappings/{}", escape(name));
            self.known(&format!("{at}/fields"), "data source", &mapping.fields, known());
            if let Some(record) = &mapping.record {
                self.known(&format!("{at}/record"), "data source", record, known());
                if given(&mapping.fields) == 0 {
                    self.add(&format!("{at}/fields"), "this list has no parameter for the kind of record");
                }
            }
        }
    }
}
