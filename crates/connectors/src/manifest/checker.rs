//! Reads a manifest and reports what is wrong with it, each mistake where it stands.

mod auth;
mod batches;
mod simulated;
mod sources;
mod syncs;
mod triggers;

use linchpin_domain::connector::DoubtStrategy;
use linchpin_domain::source::{Document, Problem, escape, nearest};

use super::action::{ADDITIONAL_FIELDS, Action, Request};
use super::{Effect, ErrorClass, ITEMS, Manifest};

pub(crate) use auth::{ACCOUNT, whole_host};

/// Names that stand for more than one input.
pub(crate) const FIELDS: &str = "fields";
pub(crate) const FIELD_NAMES: &str = "fieldNames";

/// Reads a manifest. The file name only serves the messages.
pub fn check(file: &str, text: &str) -> Result<Manifest, Vec<Problem>> {
    let document = Document::parse(file, text).map_err(|problem| vec![problem])?;
    let mut manifest: Manifest = document.read("").map_err(|problem| vec![problem])?;
    let mut checker = Checker { document: &document, problems: Vec::new() };
    checker.manifest(&manifest);
    if checker.problems.is_empty() {
        manifest.finish();
        Ok(manifest)
    } else {
        checker.problems.sort_by_key(|problem| (problem.at.line, problem.at.column));
        Err(checker.problems)
    }
}

/// What the kinds of a project's own connectors begin with.
pub const OWN: &str = "custom.";

/// Reads the manifest of a project's own connector: its kind begins with `custom.` then.
pub fn check_own(file: &str, text: &str) -> Result<Manifest, Vec<Problem>> {
    let mut manifest = check(file, text)?;
    manifest.kind.insert_str(0, OWN);
    Ok(manifest)
}

struct Checker<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn add(&mut self, pointer: &str, message: impl Into<String>) {
        self.problems.push(self.document.problem(pointer, message));
    }

    fn add_key(&mut self, pointer: &str, message: impl Into<String>) {
        self.problems.push(self.document.key_problem(pointer, message));
    }

    /// A name that must be one of some: the message names the nearest.
    fn known<'n>(&mut self, pointer: &str, what: &str, name: &str, known: impl Iterator<Item = &'n str> + Clone) {
        if known.clone().any(|one| one == name) {
            return;
        }
        let hint = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let names: Vec<_> = known.map(|one| format!("`{one}`")).collect();
                if names.is_empty() { "there are none".into() } else { format!("there are {}", names.join(", ")) }
            }
        };
        self.add(pointer, format!("there is no {what} `{name}`; {hint}"));
    }

    fn json_pointer(&mut self, at: &str, pointer: &str) {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            self.add(at, format!("`{pointer}` is no JSON pointer; write `/{}`", pointer.replace('.', "/")));
        }
    }

    fn manifest(&mut self, manifest: &Manifest) {
        if !is_kind(&manifest.kind) {
            self.add("/kind", "a kind has lower-case letters, digits and `-`, and begins with a letter");
        }
        if !is_color(&manifest.brand_color) {
            self.add("/brandColor", "a colour is written as `#rrggbb`");
        }
        self.base_urls(manifest);
        self.versions(manifest);
        for (index, scope) in manifest.default_scopes.iter().enumerate() {
            let known = manifest.scopes.keys().map(String::as_str);
            self.known(&format!("/defaultScopes/{index}"), "scope", scope, known);
        }
        self.quotas(manifest);
        self.batches(manifest);
        self.errors(manifest);
        self.auth(manifest);
        self.account(manifest);
        self.resources(manifest);
        for (name, action) in &manifest.actions {
            self.action(manifest, name, action);
        }
        self.sources(manifest);
        self.triggers(manifest);
        self.syncs(manifest);
        if let Some(simulator) = &manifest.simulator {
            self.simulator(manifest, simulator);
        }
    }

    fn versions(&mut self, manifest: &Manifest) {
        let versions = &manifest.versions;
        let offered = versions.offered.keys().map(String::as_str);
        self.known("/versions/default", "offered version", &versions.default, offered);
        let general = versions.paths.iter().map(|(name, path)| (format!("/versions/paths/{}", escape(name)), path));
        let own = versions.offered.iter().flat_map(|(version, own)| {
            own.paths.iter().map(move |(name, path)| {
                (format!("/versions/offered/{}/paths/{}", escape(version), escape(name)), path)
            })
        });
        for (at, path) in general.chain(own) {
            if !path.starts_with('/') || path.ends_with('/') {
                self.add(&at, "a path begins with `/` and does not end with it");
            }
        }
        for (version, own) in &versions.offered {
            for name in own.paths.keys() {
                let at = format!("/versions/offered/{}/paths/{}", escape(version), escape(name));
                self.known(&at, "general path", name, versions.paths.keys().map(String::as_str));
            }
        }
    }

    fn quotas(&mut self, manifest: &Manifest) {
        for (index, quota) in manifest.quotas.iter().enumerate() {
            let at = format!("/quotas/{index}");
            if quota.max == 0 || quota.per_ms == 0 {
                self.add(&at, "`max` and `perMs` are above zero");
            }
            for (list, names) in [("only", &quota.only), ("except", &quota.except)] {
                for (place, name) in names.iter().enumerate() {
                    let known = manifest.actions.keys().map(String::as_str);
                    self.known(&format!("{at}/{list}/{place}"), "action", name, known);
                }
            }
        }
    }

    fn errors(&mut self, manifest: &Manifest) {
        for (index, pointer) in manifest.errors.message.iter().enumerate() {
            self.json_pointer(&format!("/errors/message/{index}"), pointer);
        }
        for (index, class) in manifest.errors.classes.iter().enumerate() {
            let at = format!("/errors/classes/{index}");
            if class.statuses.is_empty() {
                self.add(&at, "name at least one status");
            }
            for (place, status) in class.statuses.iter().enumerate() {
                if !(200..=599).contains(status) {
                    self.add(&format!("{at}/statuses/{place}"), format!("{status} is no HTTP status"));
                }
            }
            match class.class {
                ErrorClass::Rejected if class.code.is_none() => {
                    self.add(&at, "a rejection needs a `code`, for example `validation`");
                }
                ErrorClass::RateLimited if class.wait.is_none() => {
                    self.add(&at, "say how long to `wait` when the answer has no `Retry-After`");
                }
                _ => {}
            }
            for pointer in class.when.keys() {
                self.json_pointer(&format!("{at}/when/{}", escape(pointer)), pointer);
            }
            for (place, pointer) in class.without.iter().enumerate() {
                self.json_pointer(&format!("{at}/without/{place}"), pointer);
            }
        }
    }

    fn resources(&mut self, manifest: &Manifest) {
        for (name, resource) in &manifest.resources {
            let at = format!("/resources/{}", escape(name));
            for (index, field) in resource.fields.iter().enumerate() {
                if resource.fields[..index].iter().any(|earlier| earlier.name == field.name) {
                    self.add(
                        &format!("{at}/fields/{index}/name"),
                        format!("two fields have the name `{}`", field.name),
                    );
                }
                if field.name == ADDITIONAL_FIELDS {
                    self.add(&format!("{at}/fields/{index}/name"), "this name is taken by the additional fields");
                }
            }
            let known = resource.fields.iter().map(|field| &field.name).chain(&resource.also).map(String::as_str);
            for (index, unique) in resource.unique.iter().enumerate() {
                self.known(&format!("{at}/unique/{index}"), "field", unique, known.clone());
            }
        }
    }

    fn action(&mut self, manifest: &Manifest, name: &str, action: &Action) {
        let at = format!("/actions/{}", escape(name));
        if name.split_once('.').is_none_or(|(resource, verb)| resource.is_empty() || verb.is_empty()) {
            self.add_key(&at, format!("an action is named `<resource>.<verb>`, not `{name}`"));
        }
        let resources = manifest.resources.keys().map(String::as_str);
        self.known(&format!("{at}/resource"), "resource", &action.resource, resources.clone());
        if let Some(record) = &action.record {
            self.known(&format!("{at}/record"), "resource", record, resources);
        }
        if action.additional_fields && action.record.is_none() {
            self.add(&format!("{at}/additionalFields"), "additional fields need a `record` to be merged into");
        }
        let record = action.record.as_ref().and_then(|record| manifest.resources.get(record));
        let fields: Vec<&str> = record.iter().flat_map(|one| one.fields.iter()).map(|one| one.name.as_str()).collect();
        for (key, names) in [("required", &action.required), ("atLeastOne", &action.at_least_one)] {
            for (index, name) in names.iter().enumerate() {
                self.known(&format!("{at}/{key}/{index}"), "record field", name, fields.iter().copied());
            }
        }
        for (index, scope) in action.scopes.iter().enumerate() {
            self.known(&format!("{at}/scopes/{index}"), "scope", scope, manifest.scopes.keys().map(String::as_str));
        }
        if matches!(action.effect, Effect::Link | Effect::Unlink) {
            for end in LINK_ENDS {
                let inputs = action.inputs.iter().map(|input| input.name.as_str());
                self.known(&format!("{at}/effect"), "input", end, inputs);
            }
        }
        let mut names: Vec<&str> = action.inputs.iter().map(|input| input.name.as_str()).collect();
        names.extend(&fields);
        if record.is_some() {
            names.extend([FIELDS, FIELD_NAMES]);
        }
        let of_request: Vec<&str> = names.iter().copied().chain(action.each.as_ref().map(|_| ITEMS)).collect();
        self.request(manifest, &format!("{at}/request"), &action.request, &of_request);
        self.each(manifest, &at, action);
        if action.whole_answer && action.output.is_some() {
            self.add(
                &format!("{at}/output"),
                "of a whole answer no part is picked: leave `output` or `wholeAnswer` out",
            );
        }
        self.batch(manifest, &at, action, &names);
        if let Some(output) = &action.output {
            self.json_pointer(&format!("{at}/output"), output);
        }
        self.doubt(manifest, &at, action, &names);
    }

    fn doubt(&mut self, manifest: &Manifest, at: &str, action: &Action, names: &[&str]) {
        let doubt = &action.doubt;
        let at = format!("{at}/doubt");
        if let Some(key) = &doubt.key {
            self.known(&format!("{at}/key"), "input", key, names.iter().copied());
        }
        match doubt.strategy {
            DoubtStrategy::NaturalKey => {
                if doubt.key.is_none() {
                    self.add(&at, "a natural key needs a `key`: the input that tells records apart");
                }
                match &doubt.lookup {
                    None => self.add(&at, "a natural key needs a `lookup`: the request that finds the record"),
                    Some(lookup) => {
                        self.request(manifest, &format!("{at}/lookup/request"), &lookup.request, names);
                        self.json_pointer(&format!("{at}/lookup/record/created"), &lookup.record.created);
                        self.json_pointer(&format!("{at}/lookup/record/fields"), &lookup.record.fields);
                    }
                }
            }
            DoubtStrategy::IdempotencyKey if doubt.header.is_none() => {
                self.add(&at, "an idempotency key needs a `header` that carries it");
            }
            _ => {}
        }
    }

    fn request(&mut self, manifest: &Manifest, at: &str, request: &Request, names: &[&str]) {
        if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&request.method.as_str()) {
            self.add(
                &format!("{at}/method"),
                format!("`{}` is no method; use GET, POST, PUT, PATCH or DELETE", request.method),
            );
        }
        self.known(&format!("{at}/base"), "base URL", &request.base, manifest.base_urls.keys().map(String::as_str));
        for name in request.path.names() {
            if let Some(path) = name.strip_prefix("paths.") {
                let known = manifest.versions.paths.keys().map(String::as_str);
                self.known(&format!("{at}/path"), "path", path, known);
            } else {
                self.value_name(manifest, &format!("{at}/path"), name, names);
            }
        }
        for (part, patterns) in [("query", &request.query), ("headers", &request.headers)] {
            for (key, pattern) in patterns {
                for name in pattern.names() {
                    self.value_name(manifest, &format!("{at}/{part}/{}", escape(key)), name, names);
                }
            }
        }
        for name in request.body.iter().flat_map(|body| body.names()) {
            self.value_name(manifest, &format!("{at}/body"), name, names);
        }
        for (key, input) in request.free() {
            if let Some(input) = input {
                self.known(&format!("{at}/{key}"), "input", input, names.iter().copied());
            }
        }
        if request.body.is_some() && request.body_from.is_some() {
            self.add(&format!("{at}/bodyFrom"), "the body is said by `body` or taken from an input: give one of them");
        }
        if request.method == "GET" && (request.body.is_some() || request.body_from.is_some()) {
            self.add(&format!("{at}/body"), "a GET has no body");
        }
    }
}

impl Checker<'_> {
    /// A placeholder of a request: an input, or a value of the account.
    fn value_name(&mut self, manifest: &Manifest, at: &str, name: &str, names: &[&str]) {
        if name.starts_with(ACCOUNT) {
            self.account_name(manifest, at, name);
        } else {
            self.known(at, "input", name, names.iter().copied());
        }
    }
}

/// The inputs that say what a link joins.
const LINK_ENDS: [&str; 4] = ["fromType", "fromId", "toType", "toId"];

fn is_kind(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.chars().all(|c| c.is_ascii_hexdigit()))
}
