//! What can be wrong with the simulator's part of a manifest.

use linchpin_domain::source::escape;

use super::Checker;
use crate::manifest::simulator::{NEEDED, NEEDED_FOR_OAUTH, REPLIES};
use crate::manifest::{Effect, Manifest, Simulator};

impl Checker<'_> {
    pub(super) fn simulator(&mut self, manifest: &Manifest, simulator: &Simulator) {
        let oauth = manifest.methods().any(|(_, method)| method.oauth2.is_some());
        let needed = NEEDED.iter().chain(NEEDED_FOR_OAUTH.iter().filter(|_| oauth));
        for reply in needed.filter(|reply| !simulator.replies.contains_key(**reply)) {
            self.add("/simulator/replies", format!("the reply `{reply}` is missing"));
        }
        for name in simulator.replies.keys() {
            self.known(&format!("/simulator/replies/{}", escape(name)), "reply", name, REPLIES.iter().copied());
        }
        if oauth && simulator.token.is_none() {
            self.add("/simulator", "a `token` says what the token endpoint answers");
        }
        let actions = || manifest.actions.keys().map(String::as_str);
        for name in simulator.answers.keys() {
            self.known(&format!("/simulator/answers/{}", escape(name)), "action", name, actions());
        }
        for (name, action) in &simulator.actions {
            let at = format!("/simulator/actions/{}", escape(name));
            self.known(&at, "action", name, actions());
            let Some(known) = manifest.actions.get(name) else { continue };
            let inputs = || known.inputs.iter().map(|input| input.name.as_str());
            if let Some(since) = &action.since {
                self.known(&format!("{at}/since/input"), "input", &since.input, inputs());
            }
            if let Some(input) = &action.from_place {
                self.known(&format!("{at}/fromPlace"), "input", input, inputs());
            }
            for (index, name) in action.aside.iter().enumerate() {
                self.known(&format!("{at}/aside/{index}"), "input", name, inputs());
            }
        }
        for (name, action) in &manifest.actions {
            if action.effect == Effect::Read && action.example.is_null() && !simulator.answers.contains_key(name) {
                self.add("/simulator/answers", format!("say what `{name}` answers, or give the action an `example`"));
            }
        }
        for name in simulator.resources.keys() {
            let known = manifest.resources.keys().map(String::as_str);
            self.known(&format!("/simulator/resources/{}", escape(name)), "resource", name, known);
        }
        if simulator.accounts.is_empty() {
            self.add("/simulator/accounts", "at least one account is needed");
        }
        let keyed = manifest.methods().filter(|(_, method)| method.oauth2.is_none());
        let asked: Vec<&str> = keyed.flat_map(|(_, method)| &method.inputs).map(|input| input.name.as_str()).collect();
        for (index, account) in simulator.accounts.iter().enumerate() {
            for name in account.inputs.keys() {
                let at = format!("/simulator/accounts/{index}/inputs/{}", escape(name));
                self.known(&at, "input", name, asked.iter().copied());
            }
        }
    }
}
