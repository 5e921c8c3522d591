//! What can be wrong with a manifest's triggers and webhooks.

use http::HeaderName;
use linchpin_domain::http_request::RequestSpec;
use linchpin_domain::source::escape;
use linchpin_domain::template::problems_over;
use serde_json::Value;

use super::Checker;
use crate::manifest::{HookRule, Manifest, Places, Poll, Signature, SignatureSecret, Trigger, WebhookRule, Webhooks};

/// What a signature may be made of.
const SIGNED: [&str; 4] = ["method", "url", "body", "timestamp"];
/// What a poll's inputs may hold besides the trigger's own.
const POLLED: [&str; 7] = ["since", "sinceIso", "sinceMs", "sinceSeconds", "sinceMinutesAgo", "page", "place"];
/// What an event of a place is made of.
const PLACED: [&str; 3] = ["place", "record", "named"];

impl Checker<'_> {
    pub(super) fn triggers(&mut self, manifest: &Manifest) {
        if let Some(webhooks) = &manifest.webhooks {
            self.webhooks(webhooks);
        }
        for (name, trigger) in &manifest.triggers {
            self.trigger(manifest, name, trigger);
        }
    }

    fn webhooks(&mut self, webhooks: &Webhooks) {
        let signature = &webhooks.signature;
        self.signature("/webhooks/signature", signature);
        if (signature.secret == SignatureSecret::ProjectSecret) != signature.secret_name.is_some() {
            self.add(
                "/webhooks/signature",
                "`secret: project-secret` and `secretName`, the name of the project's secret, go together",
            );
        }
        for (index, header) in webhooks.headers.iter().enumerate() {
            self.header(&format!("/webhooks/headers/{index}"), header);
        }
        if let Some(handshake) = &webhooks.handshake {
            if handshake.when.is_empty() {
                self.add(
                    "/webhooks/handshake/when",
                    "say what tells it from events, for example { /type: url_verification }",
                );
            }
            for pointer in handshake.when.keys() {
                self.json_pointer(&format!("/webhooks/handshake/when/{}", escape(pointer)), pointer);
            }
        }
        for (key, pointer) in [("list", webhooks.list.as_ref()), ("account", Some(&webhooks.account))] {
            if let Some(pointer) = pointer {
                self.json_pointer(&format!("/webhooks/{key}"), pointer);
            }
        }
        self.json_pointer("/webhooks/type", &webhooks.kind);
        self.keys("/webhooks/key", &webhooks.key);
    }

    fn signature(&mut self, at: &str, signature: &Signature) {
        self.header(&format!("{at}/header"), &signature.header);
        for name in signature.signed.names() {
            self.known(&format!("{at}/signed"), "part of a request", name, SIGNED.into_iter());
        }
        let signs = |part: &str| signature.signed.names().any(|name| name == part);
        if !signs("body") {
            self.add(&format!("{at}/signed"), "a signature that does not cover `{body}` proves nothing");
        }
        match &signature.timestamp {
            Some(timestamp) => {
                match (&timestamp.header, &signature.parts) {
                    (Some(header), None) => self.header(&format!("{at}/timestamp/header"), header),
                    (None, Some(_)) => {}
                    _ => self.add(
                        &format!("{at}/timestamp"),
                        "say where the time stands: in a `header` of its own, or in one of the signature's `parts`",
                    ),
                }
                if timestamp.max_age_seconds == 0 {
                    self.add(&format!("{at}/timestamp/maxAgeSeconds"), "choose more than 0 seconds");
                }
                if !signs("timestamp") {
                    self.add(
                        &format!("{at}/signed"),
                        "the time is worth nothing unless `{timestamp}` is signed with the rest",
                    );
                }
            }
            None if signs("timestamp") => {
                self.add(at, "`{timestamp}` is signed: say by `timestamp` which header holds it");
            }
            None => {}
        }
        if signature.parts.is_some() && signature.timestamp.is_none() {
            self.add(&format!("{at}/parts"), "a signature of parts has a `timestamp`: say how old it may be");
        }
    }

    pub(super) fn header(&mut self, at: &str, name: &str) {
        if HeaderName::try_from(name).is_err() {
            self.add(at, format!("`{name}` is no header name"));
        }
    }

    pub(super) fn keys(&mut self, at: &str, pointers: &[String]) {
        if pointers.is_empty() {
            self.add(at, "name what tells two events apart, for example [/id]");
        }
        for (index, pointer) in pointers.iter().enumerate() {
            self.json_pointer(&format!("{at}/{index}"), pointer);
        }
    }

    fn trigger(&mut self, manifest: &Manifest, name: &str, trigger: &Trigger) {
        let at = format!("/triggers/{}", escape(name));
        if name.split_once('.').is_none_or(|(resource, event)| resource.is_empty() || event.is_empty()) {
            self.add_key(&at, format!("a trigger is named `<resource>.<what happened>`, not `{name}`"));
        }
        for (index, scope) in trigger.scopes.iter().enumerate() {
            self.known(&format!("{at}/scopes/{index}"), "scope", scope, manifest.scopes.keys().map(String::as_str));
        }
        match (&trigger.webhook, &trigger.poll) {
            (Some(rule), None) => self.webhook_rule(manifest, &format!("{at}/webhook"), trigger, rule),
            (None, Some(poll)) => self.poll(manifest, &format!("{at}/poll"), trigger, poll),
            _ => self.add_key(&at, "a trigger is told by a `webhook` or found by a `poll`: give one of them"),
        }
        if let Some(hook) = &trigger.hook {
            self.hook(manifest, &format!("{at}/hook"), trigger, hook);
        }
    }

    fn hook(&mut self, manifest: &Manifest, at: &str, trigger: &Trigger, hook: &HookRule) {
        if trigger.poll.is_none() {
            self.add(at, "a hook says that something happened, a `poll` finds what: give one too");
        }
        match (&hook.signature, &hook.token) {
            (Some(signature), None) => self.signature(&format!("{at}/signature"), signature),
            (None, Some(header)) => self.header(&format!("{at}/token"), header),
            _ => self
                .add(at, "a call is proven by a `signature` or by the secret in a header (`token`): give one of them"),
        }
        let roots = ["webhook", "inputs"];
        let mut found = hook.register.problems_over(&roots);
        for (pointer, _) in &mut found {
            pointer.insert_str(0, "/register");
        }
        let secret = hook.secret.as_ref();
        for (key, request) in [("/secret/request", secret.map(|one| &one.request)), ("/renew", hook.renew.as_ref())] {
            let filled = request.map(RequestSpec::templates).into_iter().flat_map(|text| problems_over(&text, &roots));
            found.extend(filled.map(|(pointer, message)| (format!("{key}{pointer}"), message)));
        }
        for (key, text) in [("/secret/at", secret.map(|one| &one.at)), ("/expires", hook.expires.as_ref())] {
            let text = text.map(|text| Value::String(text.clone()));
            let filled = text.iter().flat_map(|text| problems_over(text, &["response"]));
            found.extend(filled.map(|(_, message)| (key.to_owned(), message)));
        }
        for (pointer, message) in found {
            self.add(&format!("{at}{pointer}"), message);
        }
        let names: Vec<&str> = trigger.inputs.iter().map(|input| input.name.as_str()).collect();
        let written = serde_json::to_string(&hook.register.request.templates()).unwrap_or_default();
        for name in written.split("inputs.").skip(1) {
            let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            self.known(&format!("{at}/register/request"), "input", &name, names.iter().copied());
        }
        if hook.own_secret() && !written.contains("webhook.secret") {
            self.add(
                &format!("{at}/register"),
                "nothing says what calls are proven with: `secret` of the answer, a request for it, or `{{ webhook.secret }}` in the request",
            );
        }
        if secret.is_some() && hook.register.find.is_none() {
            self.add(
                &format!("{at}/register/find"),
                "where the secret is read afterwards, say how a hook is found again",
            );
        }
        if hook.renew.is_some() && hook.expires.is_none() {
            self.add(&format!("{at}/renew"), "say by `expires` until when it lives");
        }
        if let Some(simulate) = &hook.simulate {
            let resources = manifest.resources.keys().map(String::as_str);
            self.known(&format!("{at}/simulate/resource"), "resource", &simulate.resource, resources);
        }
    }

    fn webhook_rule(&mut self, manifest: &Manifest, at: &str, trigger: &Trigger, rule: &WebhookRule) {
        if manifest.webhooks.is_none() {
            self.add(at, "say by `webhooks` at the top how they are signed and read");
        }
        if rule.when.is_empty() {
            self.add(&format!("{at}/when"), "say which events are meant, for example { /type: contact.created }");
        }
        for pointer in rule.when.keys() {
            self.json_pointer(&format!("{at}/when/{}", escape(pointer)), pointer);
        }
        for (index, pointer) in rule.without.iter().enumerate() {
            self.json_pointer(&format!("{at}/without/{index}"), pointer);
        }
        let inputs = trigger.inputs.iter().map(|input| input.name.as_str());
        for (input, pointer) in &rule.matches {
            let at = format!("{at}/matches/{}", escape(input));
            self.known(&at, "input", input, inputs.clone());
            self.json_pointer(&at, pointer);
        }
        if let Some(simulate) = &rule.simulate {
            let resources = manifest.resources.keys().map(String::as_str);
            self.known(&format!("{at}/simulate/resource"), "resource", &simulate.resource, resources);
        }
    }

    /// An action that a poll asks with.
    fn reads(&mut self, manifest: &Manifest, at: &str, name: &str) {
        self.known(at, "action", name, manifest.actions.keys().map(String::as_str));
        if manifest.actions.get(name).is_some_and(|action| !action.effect.reads_only()) {
            self.add(at, format!("`{name}` changes something; a poll only reads"));
        }
    }

    fn poll(&mut self, manifest: &Manifest, at: &str, trigger: &Trigger, poll: &Poll) {
        let inputs: Vec<&str> = trigger.inputs.iter().map(|input| input.name.as_str()).collect();
        self.asking(manifest, at, &inputs, poll);
    }

    /// A question that reads records; `inputs` are the values it may hold besides times and pages.
    pub(super) fn asking(&mut self, manifest: &Manifest, at: &str, inputs: &[&str], poll: &Poll) {
        self.reads(manifest, &format!("{at}/action"), &poll.action);
        for name in poll.inputs.names() {
            self.known(&format!("{at}/inputs"), "value", name, inputs.iter().copied().chain(POLLED));
        }
        let pointers = [
            ("items", Some(&poll.items)),
            ("nextPage", poll.next_page.as_ref()),
            ("nextFromLast", poll.next_from_last.as_ref()),
            ("more", poll.more.as_ref()),
            ("cursor", poll.cursor.as_ref()),
        ];
        for (key, pointer) in pointers {
            if let Some(pointer) = pointer {
                self.json_pointer(&format!("{at}/{key}"), pointer);
            }
        }
        match (&poll.cursor, &poll.places) {
            (Some(_), None) => self.keys(&format!("{at}/key"), &poll.key),
            (None, Some(places)) => self.places(manifest, at, inputs, poll, places),
            _ => self.add(at, "records are told apart by a time (`cursor`) or by their `places`: give one of them"),
        }
    }

    fn places(&mut self, manifest: &Manifest, at: &str, inputs: &[&str], poll: &Poll, places: &Places) {
        let paged = poll.next_page.is_some() || poll.next_from_last.is_some() || poll.more.is_some();
        if paged || !poll.key.is_empty() || poll.overlap_seconds > 0 {
            self.add(at, "with `places` there are no pages, and neither `key` nor `overlapSeconds`");
        }
        if !poll.inputs.names().contains(&"place") {
            self.add(&format!("{at}/inputs"), "say where to begin: `{place}` stands nowhere in the inputs");
        }
        if places.first == 0 {
            self.add(&format!("{at}/places/first"), "places are counted from 1");
        }
        for name in places.payload.names() {
            self.known(&format!("{at}/places/payload"), "value", name, PLACED.into_iter());
        }
        let Some(names) = &places.names else { return };
        let at = format!("{at}/places/names");
        self.reads(manifest, &format!("{at}/action"), &names.action);
        self.json_pointer(&format!("{at}/list"), &names.list);
        for name in names.inputs.names() {
            self.known(&format!("{at}/inputs"), "value", name, inputs.iter().copied());
        }
    }
}
