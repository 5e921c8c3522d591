//! Reads a manifest and reports what is wrong with it, each mistake where it stands.

mod sources;
mod triggers;

use linchpin_domain::connector::DoubtStrategy;
use linchpin_domain::source::{Document, Problem, escape, nearest};
use url::Url;

use super::action::{ADDITIONAL_FIELDS, Action, Request};
use super::simulator::REPLIES;
use super::{Effect, ErrorClass, Manifest};
use crate::shape::Pattern;

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
        if !manifest.base_urls.contains_key("api") {
            self.add("/baseUrls", "a base URL named `api` is needed");
        }
        for (name, url) in &manifest.base_urls {
            let fits = Url::parse(url).is_ok_and(|url| {
                url.scheme() == "https" && url.path() == "/" && url.query().is_none() && url.username().is_empty()
            });
            if !fits || url.ends_with('/') {
                self.add(
                    &format!("/baseUrls/{}", escape(name)),
                    "a base URL is `https://` and a host, without path and without `/` at the end",
                );
            }
        }
        self.versions(manifest);
        for (index, scope) in manifest.default_scopes.iter().enumerate() {
            let known = manifest.scopes.keys().map(String::as_str);
            self.known(&format!("/defaultScopes/{index}"), "scope", scope, known);
        }
        self.quotas(manifest);
        self.errors(manifest);
        self.auth(manifest);
        self.account(manifest);
        self.resources(manifest);
        for (name, action) in &manifest.actions {
            self.action(manifest, name, action);
        }
        self.sources(manifest);
        self.triggers(manifest);
        if let Some(simulator) = &manifest.simulator {
            for reply in REPLIES {
                if !simulator.replies.contains_key(reply) {
                    self.add("/simulator/replies", format!("the reply `{reply}` is missing"));
                }
            }
            for name in simulator.replies.keys() {
                self.known(&format!("/simulator/replies/{}", escape(name)), "reply", name, REPLIES.iter().copied());
            }
            for name in simulator.answers.keys() {
                let at = format!("/simulator/answers/{}", escape(name));
                self.known(&at, "action", name, manifest.actions.keys().map(String::as_str));
            }
            if simulator.accounts.is_empty() {
                self.add("/simulator/accounts", "at least one account is needed");
            }
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
        }
    }

    fn auth(&mut self, manifest: &Manifest) {
        let bases = manifest.base_urls.keys().map(String::as_str);
        self.known("/auth/authorizeBase", "base URL", &manifest.auth.authorize_base, bases);
        if !manifest.auth.authorize_path.starts_with('/') {
            self.add("/auth/authorizePath", "a path begins with `/`");
        }
        let paths = [
            ("tokenPath", Some(&manifest.auth.token_path)),
            ("revokePath", manifest.auth.revoke_path.as_ref()),
            ("introspectPath", manifest.auth.introspect_path.as_ref()),
        ];
        for (key, pattern) in paths {
            for name in pattern.into_iter().flat_map(Pattern::names) {
                self.path_name(manifest, &format!("/auth/{key}"), name);
            }
        }
        if manifest.auth.refresh_ahead_seconds >= manifest.auth.token_lifetime_seconds {
            self.add(
                "/auth/refreshAheadSeconds",
                "a token cannot be renewed before it is given: choose less than its lifetime",
            );
        }
    }

    fn path_name(&mut self, manifest: &Manifest, at: &str, name: &str) {
        match name.strip_prefix("paths.") {
            Some(path) => self.known(at, "path", path, manifest.versions.paths.keys().map(String::as_str)),
            None => self.add(at, format!("only `{{paths.<name>}}` may stand here, not `{{{name}}}`")),
        }
    }

    fn account(&mut self, manifest: &Manifest) {
        let account = &manifest.account;
        let data = account.data.keys().map(String::as_str);
        self.known("/account/providerId", "fact", &account.provider_id, data.clone());
        for name in account.label.names() {
            self.known("/account/label", "fact", name, data.clone());
        }
        for (name, pointers) in &account.data {
            for (index, pointer) in pointers.iter().enumerate() {
                if !pointer.starts_with("/token/") && !pointer.starts_with("/account/") {
                    self.add(
                        &format!("/account/data/{}/{index}", escape(name)),
                        "a pointer into the answers begins with `/token/` or `/account/`",
                    );
                }
            }
        }
        if let Some(request) = &account.request {
            self.request(manifest, "/account/request", request, &[]);
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
        if action.effect == Effect::Link {
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
        self.request(manifest, &format!("{at}/request"), &action.request, &names);
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
                self.known(&format!("{at}/path"), "input", name, names.iter().copied());
            }
        }
        for (part, patterns) in [("query", &request.query), ("headers", &request.headers)] {
            for (key, pattern) in patterns {
                for name in pattern.names() {
                    self.known(&format!("{at}/{part}/{}", escape(key)), "input", name, names.iter().copied());
                }
            }
        }
        for name in request.body.iter().flat_map(|body| body.names()) {
            self.known(&format!("{at}/body"), "input", name, names.iter().copied());
        }
        if request.method == "GET" && request.body.is_some() {
            self.add(&format!("{at}/body"), "a GET has no body");
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
