//! What can be wrong with the ways to connect, with base URLs, and with how an account is identified.

use http::HeaderName;
use linchpin_domain::source::escape;
use url::Url;

use super::Checker;
use crate::manifest::{AccountInput, AccountInputKind, ApiKey, ClientCredentials, Manifest, Method, OAuth2};
use crate::shape::{Part, Pattern};

/// What placeholders that stand for the account begin with.
pub(crate) const ACCOUNT: &str = "account.";
/// What an app of the user's own is made of.
const APP: [&str; 2] = ["clientId", "clientSecret"];

impl Checker<'_> {
    pub(super) fn base_urls(&mut self, manifest: &Manifest) {
        if !manifest.base_urls.contains_key("api") {
            self.add("/baseUrls", "a base URL named `api` is needed");
        }
        for (name, url) in &manifest.base_urls {
            let at = format!("/baseUrls/{}", escape(name));
            let pattern = match Pattern::parse(url) {
                Ok(pattern) => pattern,
                Err(message) => {
                    self.add(&at, message);
                    continue;
                }
            };
            for name in pattern.names() {
                self.account_name(manifest, &at, name);
            }
            if let Some(name) = pattern.single() {
                self.whole_address(manifest, &at, name);
                continue;
            }
            let sample: String = pattern
                .parts()
                .iter()
                .map(|part| match part {
                    Part::Text(text) => text.as_str(),
                    Part::Name(_) => "sample",
                })
                .collect();
            let fits = Url::parse(&sample).is_ok_and(|url| {
                url.scheme() == "https" && url.path() == "/" && url.query().is_none() && url.username().is_empty()
            });
            if !fits || sample.ends_with('/') {
                self.add(&at, "a base URL is `https://` and a host, without path and without `/` at the end");
            }
            if whole_host(&pattern) && manifest.hosts.is_empty() {
                self.add(&at, "a whole host is told by the account: say by `hosts` which ones are taken");
            }
            let open = matches!(pattern.parts(), [_, Part::Name(_), Part::Text(rest), ..] if !rest.starts_with('.'));
            if open {
                self.add(&at, "a `.` follows a placeholder, so that its value cannot change the host's end");
            }
        }
        for (index, host) in manifest.hosts.iter().enumerate() {
            let bare = host.strip_prefix("*.").unwrap_or(host);
            let fits =
                host == "*" || Url::parse(&format!("https://{bare}")).is_ok_and(|url| url.host_str() == Some(bare));
            if !fits {
                self.add(
                    &format!("/hosts/{index}"),
                    "a host is written as `api.example.com`, `*.example.com`, or `*` for any",
                );
            }
        }
        for (name, pattern) in &manifest.headers {
            let at = format!("/headers/{}", escape(name));
            if HeaderName::try_from(name.as_str()).is_err() {
                self.add_key(&at, format!("`{name}` is no header name"));
            }
            for one in pattern.names().filter(|one| *one != "version") {
                self.add(&at, format!("only `{{version}}` may stand here, not `{{{one}}}`"));
            }
        }
    }

    /// A base URL that the account says whole: only what is asked for as an address is read as one.
    fn whole_address(&mut self, manifest: &Manifest, at: &str, name: &str) {
        let bare = name.strip_prefix(ACCOUNT).unwrap_or(name);
        let mut asked = manifest.methods().flat_map(|(_, method)| method.all_inputs()).filter(|one| one.name == bare);
        if asked.any(|input| input.kind != AccountInputKind::Address) || manifest.account.data.contains_key(bare) {
            self.add(at, format!("`{bare}` is a whole base address: ask for it with the type `address`"));
        }
        if manifest.hosts.is_empty() {
            self.add(at, "a whole address is asked for: say by `hosts` which hosts are taken");
        }
    }

    /// A placeholder `{account.<name>}`: something that was asked and is no secret, or a fact.
    pub(super) fn account_name(&mut self, manifest: &Manifest, at: &str, name: &str) {
        let Some(bare) = name.strip_prefix(ACCOUNT) else {
            self.add(at, format!("only `{{account.<name>}}` may stand here, not `{{{name}}}`"));
            return;
        };
        let inputs = || manifest.methods().flat_map(|(_, method)| method.all_inputs());
        if inputs().any(|input| input.name == bare && input.secret()) {
            self.add(at, format!("`{bare}` is a secret, which may only stand where it proves who calls"));
            return;
        }
        let known: Vec<&str> =
            inputs().map(|input| input.name.as_str()).chain(manifest.account.data.keys().map(String::as_str)).collect();
        self.known(at, "account value", bare, known.into_iter());
    }

    pub(super) fn auth(&mut self, manifest: &Manifest) {
        for (name, method) in manifest.methods() {
            let at = if name == crate::manifest::DEFAULT_METHOD {
                "/auth".to_owned()
            } else {
                format!("/alsoAuth/{}", escape(name))
            };
            self.method(manifest, &at, method);
            if !manifest.also_auth.is_empty() && method.title.is_none() {
                self.add(&at, "there are several ways to connect: give each a `title`");
            }
        }
        if manifest.also_auth.contains_key(crate::manifest::DEFAULT_METHOD) {
            self.add_key("/alsoAuth/default", "`default` is the name of the way under `auth`");
        }
    }

    fn method(&mut self, manifest: &Manifest, at: &str, method: &Method) {
        match method.kinds().as_slice() {
            [_] => {}
            [] => self.add(at, "say how: one of `oauth2`, `clientCredentials`, `apiKey`, `basic`, `headers`, `open`"),
            several => {
                self.add(at, format!("one way has one of {}; put the others under `alsoAuth`", several.join(", ")));
            }
        }
        let names: Vec<&str> = method.inputs.iter().map(|input| input.name.as_str()).collect();
        for (key, inputs) in [("inputs", &method.inputs), ("laterInputs", &method.later_inputs)] {
            for (index, input) in inputs.iter().enumerate() {
                self.account_input(manifest, &format!("{at}/{key}/{index}"), method, input);
            }
        }
        if let Some(oauth2) = &method.oauth2 {
            self.oauth2(manifest, &format!("{at}/oauth2"), oauth2, &names);
        }
        if let Some(grant) = &method.client_credentials {
            self.client_credentials(manifest, &format!("{at}/clientCredentials"), grant, &names);
        }
        if let Some(key) = &method.api_key {
            let at = format!("{at}/apiKey");
            self.known(&format!("{at}/input"), "input", &key.input, names.iter().copied());
            self.key_names(&at, method, key);
            match (&key.header, &key.query) {
                (Some(_), None) => {}
                (None, Some(_)) if key.prefix.parts().is_empty() => {}
                (None, Some(_)) => self.add(&format!("{at}/prefix"), "only a header has a prefix"),
                _ => self.add(&at, "a key travels in a `header` or in the `query`: give one of them"),
            }
        }
        if let Some(basic) = &method.basic {
            for (key, pattern) in [("username", &basic.username), ("password", &basic.password)] {
                for name in pattern.names() {
                    self.known(&format!("{at}/basic/{key}"), "input", name, names.iter().copied());
                }
            }
        }
        for (header, pattern) in &method.headers {
            let at = format!("{at}/headers/{}", escape(header));
            self.header(&at, header);
            for name in pattern.names() {
                self.known(&at, "input", name, names.iter().copied());
            }
        }
    }

    /// What a key's place is called: said by the manifest, or asked for.
    fn key_names(&mut self, at: &str, method: &Method, key: &ApiKey) {
        if let Some(header) = key.header.as_ref().and_then(Pattern::literal) {
            self.header(&format!("{at}/header"), &header);
        }
        for (part, pattern) in
            [("header", key.header.as_ref()), ("query", key.query.as_ref()), ("prefix", Some(&key.prefix))]
        {
            for name in pattern.into_iter().flat_map(Pattern::names) {
                let plain = method.inputs.iter().filter(|input| !input.secret()).map(|input| input.name.as_str());
                self.known(&format!("{at}/{part}"), "input", name, plain);
                let header = method.inputs.iter().any(|one| one.name == name && one.kind == AccountInputKind::Header);
                if part == "header" && !header {
                    let message = format!("`{name}` names a header: ask for it with the type `header`");
                    self.add(&format!("{at}/header"), message);
                }
            }
        }
    }

    fn account_input(&mut self, manifest: &Manifest, at: &str, method: &Method, input: &AccountInput) {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if input.name.is_empty() || !input.name.chars().all(plain) {
            self.add(&format!("{at}/name"), "a name has letters, digits, `_` and `-`");
        }
        if method.all_inputs().filter(|other| other.name == input.name).count() > 1 {
            self.add(&format!("{at}/name"), format!("two inputs have the name `{}`", input.name));
        }
        if manifest.account.data.contains_key(&input.name) {
            let message = format!("`{}` is a fact about the account already", input.name);
            self.add(&format!("{at}/name"), message);
        }
        if (input.kind == AccountInputKind::Enum) == input.options.is_empty() {
            self.add(at, "`options` and the type `enum` go together");
        }
        if matches!(input.kind, AccountInputKind::Host | AccountInputKind::Address) && manifest.hosts.is_empty() {
            self.add(at, "a whole host is asked for: say by `hosts` which ones are taken");
        }
    }

    fn oauth2(&mut self, manifest: &Manifest, at: &str, oauth2: &OAuth2, inputs: &[&str]) {
        let bases = || manifest.base_urls.keys().map(String::as_str);
        self.known(&format!("{at}/authorizeBase"), "base URL", &oauth2.authorize_base, bases());
        self.known(&format!("{at}/tokenBase"), "base URL", &oauth2.token_base, bases());
        if !oauth2.authorize_path.starts_with('/') {
            self.add(&format!("{at}/authorizePath"), "a path begins with `/`");
        }
        let paths = [
            ("tokenPath", Some(&oauth2.token_path)),
            ("revokePath", oauth2.revoke_path.as_ref()),
            ("introspectPath", oauth2.introspect_path.as_ref()),
        ];
        for (key, pattern) in paths {
            for name in pattern.into_iter().flat_map(Pattern::names) {
                self.path_name(manifest, &format!("{at}/{key}"), name);
            }
        }
        if oauth2.token_lifetime_seconds.is_some_and(|lifetime| oauth2.refresh_ahead_seconds >= lifetime) {
            self.add(
                &format!("{at}/refreshAheadSeconds"),
                "a token cannot be renewed before it is given: choose less than its lifetime",
            );
        }
        self.header(&format!("{at}/tokenHeader"), &oauth2.token_header);
        if oauth2.user_app {
            self.user_app(at, inputs);
        }
    }

    fn client_credentials(&mut self, manifest: &Manifest, at: &str, grant: &ClientCredentials, inputs: &[&str]) {
        let bases = manifest.base_urls.keys().map(String::as_str);
        self.known(&format!("{at}/tokenBase"), "base URL", &grant.token_base, bases);
        for name in grant.token_path.names() {
            self.path_name(manifest, &format!("{at}/tokenPath"), name);
        }
        for (key, pattern) in &grant.parameters {
            for name in pattern.names() {
                self.known(&format!("{at}/parameters/{}", escape(key)), "input", name, inputs.iter().copied());
            }
        }
        self.header(&format!("{at}/tokenHeader"), &grant.token_header);
        self.user_app(at, inputs);
    }

    fn user_app(&mut self, at: &str, inputs: &[&str]) {
        for name in APP.into_iter().filter(|name| !inputs.contains(name)) {
            self.add(at, format!("the user's own app needs an input `{name}`"));
        }
    }

    fn path_name(&mut self, manifest: &Manifest, at: &str, name: &str) {
        match name.strip_prefix("paths.") {
            Some(path) => self.known(at, "path", path, manifest.versions.paths.keys().map(String::as_str)),
            None => self.add(at, format!("only `{{paths.<name>}}` may stand here, not `{{{name}}}`")),
        }
    }

    pub(super) fn account(&mut self, manifest: &Manifest) {
        let account = &manifest.account;
        let data = account.data.keys().map(String::as_str);
        self.known("/account/providerId", "fact", &account.provider_id, data.clone());
        if let Some(zone) = &account.time_zone {
            self.known("/account/timeZone", "fact", zone, data.clone());
        }
        for name in account.label.names() {
            self.known("/account/label", "fact", name, data.clone());
        }
        for (name, pointers) in &account.data {
            for (index, pointer) in pointers.iter().enumerate() {
                let at = format!("/account/data/{}/{index}", escape(name));
                match pointer.strip_prefix("/inputs/") {
                    Some(input) => self.account_name(manifest, &at, &format!("{ACCOUNT}{input}")),
                    None if pointer.starts_with("/token/") || pointer.starts_with("/account/") => {}
                    None => self.add(&at, "a pointer begins with `/token/`, `/account/` or `/inputs/`"),
                }
            }
        }
        match &account.request {
            Some(_) if account.untried => {
                self.add("/account/untried", "an account that a `request` is sent for is tried");
            }
            Some(request) => self.request(manifest, "/account/request", request, &[]),
            None if account.untried => {}
            None if manifest.methods().any(|(_, method)| method.oauth2.is_none()) && manifest.hosts != ["*"] => {
                self.add("/account", "give a `request` that is sent when an account is connected, so that a wrong key is refused at once; where no call needs nothing but a key, write `untried: true`");
            }
            None => {}
        }
    }
}

/// Whether a placeholder stands for all of a host.
pub(crate) fn whole_host(pattern: &Pattern) -> bool {
    matches!(pattern.parts(), [Part::Text(scheme), Part::Name(_)] if scheme == "https://")
}
