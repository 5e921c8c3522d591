//! What can be wrong with how writes are joined.

use linchpin_domain::connector::DoubtStrategy;

use super::{Checker, FIELDS};
use crate::manifest::{Action, Batch, Each, ITEMS, Manifest, TRACE};

impl Checker<'_> {
    pub(super) fn batches(&mut self, manifest: &Manifest) {
        let Some(batches) = &manifest.batches else { return };
        if batches.most < 2 {
            self.add("/batches/most", "a batch takes at least two");
        }
        self.json_pointer("/batches/results/list", &batches.results.list);
        if batches.results.trace.is_none() && !batches.results.ordered {
            self.add(
                "/batches/results",
                "say how a result is told apart: by its `trace`, or because all are `ordered`",
            );
        }
        if let Some(trace) = &batches.results.trace {
            self.json_pointer("/batches/results/trace", trace);
        }
        if let Some(errors) = &batches.errors {
            for (name, pointer) in [("list", &errors.list), ("trace", &errors.trace), ("by", &errors.by)] {
                self.json_pointer(&format!("/batches/errors/{name}"), pointer);
            }
        }
    }

    /// Several records in one call, as an action of its own.
    pub(super) fn each(&mut self, manifest: &Manifest, at: &str, action: &Action) {
        let Some(Each { action: single, input, item, .. }) = &action.each else { return };
        let at = format!("{at}/each");
        if manifest.batches.is_none() {
            self.add(&at, "say in `batches`, beside `actions`, how many records go into one call");
        }
        self.known(&format!("{at}/input"), "input", input, action.inputs.iter().map(|input| input.name.as_str()));
        if !action.request.body.as_ref().is_some_and(|body| body.names().contains(&ITEMS)) {
            self.add(&at, "the request's body has no place for the records; put `{items}` into it");
        }
        let singles = manifest.actions.iter().filter(|(_, one)| one.each.is_none()).map(|(name, _)| name.as_str());
        self.known(&format!("{at}/action"), "action for a single record", single, singles);
        let Some(one) = manifest.actions.get(single) else { return };
        match item {
            None if one.batch.is_none() => {
                self.add(&at, format!("say in `item` what a record puts into the request: `{single}` has no `batch`"));
            }
            None => {}
            Some(item) => {
                let record = one.record.as_ref().and_then(|record| manifest.resources.get(record));
                let fields = record.iter().flat_map(|one| &one.fields).chain(&one.inputs);
                let mut names: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
                names.extend([TRACE, FIELDS]);
                for name in item.names() {
                    self.value_name(manifest, &format!("{at}/item"), name, &names);
                }
            }
        }
    }

    pub(super) fn batch(&mut self, manifest: &Manifest, at: &str, action: &Action, names: &[&str]) {
        let Some(Batch { request, item, alike, distinct }) = &action.batch else { return };
        let at = format!("{at}/batch");
        let Some(batches) = &manifest.batches else {
            self.add(&at, "say in `batches`, beside `actions`, what the answers to batches look like");
            return;
        };
        if action.effect.reads_only() {
            self.add(&at, "only writes are sent together");
        }
        if action.doubt.strategy == DoubtStrategy::IdempotencyKey {
            self.add(&at, "each of these writes has an idempotency key of its own, so they cannot be one call");
        }
        let with = |more: &'static str| names.iter().copied().chain([more]).collect::<Vec<_>>();
        self.request(manifest, &format!("{at}/request"), request, &with(ITEMS));
        if !request.body.as_ref().is_some_and(|body| body.names().contains(&ITEMS)) {
            self.add(&format!("{at}/request"), "the body has no place for the writes; put `{items}` into it");
        }
        for name in item.names() {
            self.value_name(manifest, &format!("{at}/item"), name, &with(TRACE));
        }
        if batches.results.trace.is_some() && !item.names().contains(&TRACE) {
            self.add(&format!("{at}/item"), "results are told apart by a name; put `{trace}` where it is given");
        }
        for (index, name) in alike.iter().enumerate() {
            self.known(&format!("{at}/alike/{index}"), "input", name, names.iter().copied());
        }
        if let Some(name) = distinct {
            self.known(&format!("{at}/distinct"), "input", name, names.iter().copied());
        }
    }
}
