//! One way to connect, of a security scheme or as the one who imports says.

use std::str::FromStr;

use serde_json::{Map, Value, json};

use crate::import::object;
use crate::import::report::Findings;
use crate::import::servers::Servers;
use crate::import::some;
use crate::import::spec::Node;
use crate::import::text::{camel, cut, label, literal, sentence};

/// How long a token of client credentials is good where nobody says.
const TOKEN_LIFETIME: u64 = 3600;

/// A way that the one who imports says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A token in `Authorization`.
    Bearer,
    /// A name and a password.
    Basic,
    /// A key in this header.
    Header(String),
    /// A key in this query parameter.
    Query(String),
    /// Nothing: anybody may call.
    Open,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.split_once(':')) {
            ("bearer", _) => Ok(Self::Bearer),
            ("basic", _) => Ok(Self::Basic),
            ("open", _) => Ok(Self::Open),
            (_, Some(("header", name))) if http::HeaderName::try_from(name).is_ok() => {
                Ok(Self::Header(name.to_owned()))
            }
            (_, Some(("query", name))) if !name.is_empty() => Ok(Self::Query(name.to_owned())),
            _ => Err(format!(
                "`{text}` is no way to prove who calls; write bearer, basic, header:NAME, query:NAME or open"
            )),
        }
    }
}

/// One way.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// Its name where it is one of several.
    pub name: String,
    pub title: String,
    pub description: Option<String>,
    pub inputs: Vec<Value>,
    /// The key and value that say how.
    pub how: (&'static str, Value),
    /// Sample inputs for the simulator.
    pub samples: Map<String, Value>,
    /// Parameters and headers that carry what proves it.
    pub carriers: Vec<String>,
    /// The names of its schemes.
    pub schemes: Vec<String>,
    pub scopes: Vec<(String, String)>,
}

fn input(name: &str, title: &str, secret: bool, help: Option<String>) -> Value {
    Value::Object(object([
        ("name", Some(name.into())),
        ("title", Some(title.into())),
        ("type", secret.then(|| "secret".into())),
        ("help", help.map(Value::from)),
    ]))
}

/// The way that the one who imports says.
pub(super) fn said(wanted: &Wanted) -> Way {
    let (name, title, inputs, how, carrier) = match wanted {
        Wanted::Bearer => (
            "token",
            "Access token",
            vec![input("token", "Access token", true, None)],
            ("apiKey", json!({"input": "token", "header": "Authorization", "prefix": "Bearer "})),
            None,
        ),
        Wanted::Basic => return basic("basic", None),
        Wanted::Header(header) => (
            "key",
            "API key",
            vec![input("key", "API key", true, None)],
            ("apiKey", json!({"input": "key", "header": header})),
            Some(header.clone()),
        ),
        Wanted::Query(parameter) => (
            "key",
            "API key",
            vec![input("key", "API key", true, None)],
            ("apiKey", json!({"input": "key", "query": parameter})),
            Some(parameter.clone()),
        ),
        Wanted::Open => ("open", "Without a key", Vec::new(), ("open", json!(true)), None),
    };
    let samples =
        inputs.iter().filter_map(|one| Some((one["name"].as_str()?.to_owned(), "simulated-key".into()))).collect();
    Way {
        name: name.into(),
        title: title.into(),
        description: None,
        inputs,
        how,
        samples,
        carriers: carrier.into_iter().collect(),
        schemes: Vec::new(),
        scopes: Vec::new(),
    }
}

fn basic(name: &str, description: Option<String>) -> Way {
    Way {
        name: camel(name),
        title: "User name and password".into(),
        description,
        inputs: vec![input("username", "User name", false, None), input("password", "Password", true, None)],
        how: ("basic", json!({"username": "{username}", "password": "{password}"})),
        samples: Map::from_iter([
            ("username".to_owned(), "ann".into()),
            ("password".to_owned(), "simulated-key".into()),
        ]),
        carriers: Vec::new(),
        schemes: vec![name.to_owned()],
        scopes: Vec::new(),
    }
}

/// The header that a scheme stands in, with what stands before its key.
fn in_header(scheme: &Node<'_>) -> Option<(String, &'static str)> {
    match (scheme.text("type")?, scheme.text("in")) {
        ("apiKey", Some("header")) => {
            let name = scheme.text("name")?;
            http::HeaderName::try_from(name).is_ok().then(|| (name.to_owned(), ""))
        }
        ("http", _) if scheme.text("scheme")?.eq_ignore_ascii_case("bearer") => {
            Some(("Authorization".into(), "Bearer "))
        }
        _ => None,
    }
}

/// The ways that a set of schemes makes.
pub(super) fn ways_of(set: &[(&str, Node<'_>)], servers: &mut Servers, findings: &mut Findings<'_>) -> Vec<Way> {
    match set {
        [(name, scheme)] => one(name, scheme, servers, findings),
        several => {
            let headers: Option<Vec<_>> =
                several.iter().map(|(name, scheme)| Some((name, scheme, in_header(scheme)?))).collect();
            let Some(headers) = headers else {
                let names: Vec<String> = several.iter().map(|(name, _)| format!("`{name}`")).collect();
                let message = format!(
                    "{} are asked for together: a manifest has a word for several headers together, and for nothing else. Write `auth` by hand",
                    names.join(" and ")
                );
                findings.left_out("auth", &several[0].1, message);
                return Vec::new();
            };
            let mut how = Map::new();
            let (mut inputs, mut samples) = (Vec::new(), Map::new());
            for (name, scheme, (header, prefix)) in &headers {
                let key = camel(name);
                inputs.push(input(
                    &key,
                    &cut(&label(name), 40),
                    true,
                    scheme.text("description").and_then(|text| sentence(text, 160)),
                ));
                samples.insert(key.clone(), "simulated-key".into());
                how.insert(header.clone(), format!("{}{{{key}}}", literal(prefix)).into());
            }
            vec![Way {
                name: camel(headers.first().map_or("", |(name, _, _)| name)),
                title: "Keys".into(),
                description: None,
                inputs,
                how: ("headers", Value::Object(how)),
                samples,
                carriers: headers.iter().map(|(_, _, (header, _))| header.clone()).collect(),
                schemes: several.iter().map(|(name, _)| (*name).to_owned()).collect(),
                scopes: Vec::new(),
            }]
        }
    }
}

fn one(name: &str, scheme: &Node<'_>, servers: &mut Servers, findings: &mut Findings<'_>) -> Vec<Way> {
    let help = scheme.text("description").and_then(|text| sentence(text, 160));
    let key = |title: &str, how: Value, carrier: &str| Way {
        name: camel(name),
        title: title.into(),
        description: None,
        inputs: vec![input("key", title, true, help.clone())],
        how: ("apiKey", how),
        samples: Map::from_iter([("key".to_owned(), "simulated-key".into())]),
        carriers: vec![carrier.to_owned()],
        schemes: vec![name.to_owned()],
        scopes: Vec::new(),
    };
    if let Some((header, prefix)) = in_header(scheme) {
        let title = if prefix.is_empty() { "API key" } else { "Access token" };
        let mut how = json!({"input": "key", "header": header});
        if prefix.is_empty() {
            if header.eq_ignore_ascii_case("authorization") {
                findings.guessed("auth-prefix", scheme, "the key stands in `Authorization` as it is entered: if the API wants a word before it, such as `Bearer `, write it as `prefix`");
            }
        } else {
            how["prefix"] = prefix.into();
        }
        return vec![key(title, how, &header)];
    }
    match (scheme.text("type").unwrap_or_default(), scheme.text("in"), scheme.text("name")) {
        ("apiKey", Some("query"), Some(parameter)) => {
            vec![key("API key", json!({"input": "key", "query": parameter}), parameter)]
        }
        ("apiKey", Some("cookie"), Some(cookie)) => {
            let mut way = key("Session", json!(null), cookie);
            way.how = ("headers", json!({"Cookie": format!("{}={{key}}", literal(cookie))}));
            vec![way]
        }
        ("basic", _, _) => vec![basic(name, help)],
        ("http", _, _) if scheme.text("scheme").is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic")) => {
            vec![basic(name, help)]
        }
        ("oauth2", _, _) => oauth(name, scheme, servers, findings),
        ("openIdConnect", _, _) => {
            findings.left_out("auth", scheme, format!("`{name}`: where users sign in stands in another document (openIdConnectUrl); write `oauth2` by hand with the addresses from there"));
            Vec::new()
        }
        (kind, _, _) => {
            let kind = scheme.text("scheme").unwrap_or(kind);
            findings.left_out("auth", scheme, format!("`{name}`: a manifest has no word for `{kind}`; its ways are oauth2, clientCredentials, apiKey, basic, headers and open"));
            Vec::new()
        }
    }
}

fn oauth(name: &str, scheme: &Node<'_>, servers: &mut Servers, findings: &mut Findings<'_>) -> Vec<Way> {
    let flows: Vec<(&str, Node<'_>)> = match scheme.get("flows") {
        Some(flows) => flows.entries(),
        // Swagger 2.0 has one flow, which is the scheme itself.
        None => scheme.text("flow").map(|flow| (flow, scheme.clone())).into_iter().collect(),
    };
    let mut ways = Vec::new();
    for (flow, node) in flows {
        let scopes: Vec<(String, String)> = node
            .get("scopes")
            .map(|scopes| scopes.entries())
            .unwrap_or_default()
            .into_iter()
            .map(|(scope, text)| (scope.to_owned(), text.value.as_str().unwrap_or_default().to_owned()))
            .collect();
        let address = |key: &str| node.text(key).and_then(|text| servers.resolve(text));
        let way = Way {
            name: camel(name),
            title: String::new(),
            description: None,
            inputs: Vec::new(),
            how: ("", Value::Null),
            samples: Map::new(),
            carriers: vec!["Authorization".into()],
            schemes: vec![name.to_owned()],
            scopes,
        };
        match flow {
            "authorizationCode" | "accessCode" => {
                let (Some(page), Some(token)) = (address("authorizationUrl"), address("tokenUrl")) else {
                    findings.left_out("auth", &node, format!("`{name}`: the addresses of its consent page and tokens are no addresses on the internet; write `oauth2` by hand"));
                    continue;
                };
                if let Some(refresh) = address("refreshUrl").filter(|refresh| *refresh != token) {
                    findings.changed(
                        "refresh",
                        &node,
                        format!(
                            "tokens are renewed at `{}`; a manifest renews them where they are given",
                            refresh.path()
                        ),
                    );
                }
                let parameters: Map<String, Value> =
                    page.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned().into())).collect();
                let (authorize_base, token_base) = (servers.base(&page), servers.base(&token));
                let how = object([
                    ("authorizeBase", Some(authorize_base.into())),
                    ("authorizePath", Some(page.path().into())),
                    ("authorizeParameters", (!parameters.is_empty()).then(|| Value::Object(parameters))),
                    ("tokenBase", Some(token_base.into())),
                    ("tokenPath", Some(literal(token.path()).into())),
                    ("refreshAheadSeconds", Some(60.into())),
                ]);
                findings.guessed("oauth", &node, format!("`{name}`: whether the provider takes PKCE, how long its tokens are good and how client id and secret travel does not stand in the document; look at `oauth2`"));
                ways.push(Way { title: "Sign in".into(), how: ("oauth2", Value::Object(how)), ..way });
            }
            "clientCredentials" | "application" => {
                let Some(token) = address("tokenUrl") else {
                    findings.left_out("auth", &node, format!("`{name}`: the address of its tokens is none on the internet; write `clientCredentials` by hand"));
                    continue;
                };
                let base = servers.base(&token);
                let asked: Vec<Value> = way.scopes.iter().map(|(scope, _)| scope.as_str().into()).collect();
                let how = object([
                    ("tokenBase", Some(base.into())),
                    ("tokenPath", Some(literal(token.path()).into())),
                    ("scopes", some(asked)),
                    ("tokenLifetimeSeconds", Some(TOKEN_LIFETIME.into())),
                ]);
                let inputs = vec![
                    input("clientId", "Client ID", false, None),
                    input("clientSecret", "Client secret", true, None),
                ];
                let samples = Map::from_iter([
                    ("clientId".to_owned(), "simulated-client".into()),
                    ("clientSecret".to_owned(), "simulated-key".into()),
                ]);
                let name = format!("{}Client", camel(name));
                ways.push(Way {
                    name,
                    title: "Client ID and secret".into(),
                    inputs,
                    samples,
                    how: ("clientCredentials", Value::Object(how)),
                    ..way
                });
            }
            flow => {
                findings.left_out("auth", &node, format!("`{name}`: the flow `{flow}` gives no token that can be renewed, and is not taken; use authorizationCode or clientCredentials where the provider has them"));
            }
        }
    }
    ways
}
