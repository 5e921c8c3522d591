//! What can be wrong with a kind of records that is kept the same.

use linchpin_domain::source::escape;

use super::Checker;
use crate::manifest::Manifest;

impl Checker<'_> {
    pub(super) fn syncs(&mut self, manifest: &Manifest) {
        for (name, sync) in &manifest.syncs {
            let at = format!("/syncs/{}", escape(name));
            let resources = manifest.resources.keys().map(String::as_str);
            self.known(&format!("{at}/resource"), "resource", &sync.resource, resources);
            for (index, scope) in sync.scopes.iter().enumerate() {
                self.known(&format!("{at}/scopes/{index}"), "scope", scope, manifest.scopes.keys().map(String::as_str));
            }
            self.json_pointer(&format!("{at}/fields"), &sync.fields);
            for (key, poll) in
                [("load", Some(&sync.load)), ("changes", Some(&sync.changes)), ("deleted", sync.deleted.as_ref())]
            {
                if let Some(poll) = poll {
                    let at = format!("{at}/{key}");
                    self.asking(manifest, &at, &["fields"], poll);
                    if poll.places.is_some() {
                        self.add(&format!("{at}/places"), "records that are kept the same are told apart by a time");
                    }
                }
            }
            let fields = manifest.resources.get(&sync.resource).into_iter().flat_map(|one| &one.fields);
            if let Some(key) = &sync.key {
                self.known(&format!("{at}/key"), "field", key, fields.map(|field| field.name.as_str()));
            }
            let Some(write) = &sync.write else { continue };
            let actions = [
                ("get", write.get.as_ref()),
                ("create", Some(&write.create)),
                ("update", Some(&write.update)),
                ("delete", write.delete.as_ref()),
            ];
            for (key, action) in actions {
                let Some(action) = action else { continue };
                let known = manifest.actions.keys().map(String::as_str);
                self.known(&format!("{at}/write/{key}"), "action", action, known);
            }
        }
    }
}
