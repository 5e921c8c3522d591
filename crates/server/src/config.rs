//! Configuration: the defaults of `config.default.toml`, then a file, then `LINCHPIN_…`, then flags.
//!
//! To add a setting: its line with a comment in `config.default.toml`, its field here. Unknown keys
//! are errors that name the nearest known one.

pub mod mail;
pub mod units;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use linchpin_domain::id::{IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::source::nearest;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use url::Url;

/// The defaults with their explanations.
pub const DEFAULTS: &str = include_str!("../../../config.default.toml");

/// Variables of the environment that begin like settings and are none.
const OTHER_VARIABLES: [&str; 3] = ["LINCHPIN_API_KEY", "LINCHPIN_HOLD", "LINCHPIN_HOLD_FILE"];

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// The data directory: database, master key, lock.
    pub data: PathBuf,
    /// The address that browsers and providers use, without a trailing slash.
    #[serde(default = "unset", deserialize_with = "url_or_unset")]
    pub public_url: Url,
    /// PostgreSQL's URL; SQLite in the data directory when absent.
    #[serde(deserialize_with = "secret_or_none")]
    pub database_url: Option<SecretString>,
    /// The master key, when it does not come from the data directory.
    #[serde(deserialize_with = "secret_or_none")]
    pub master_key: Option<SecretString>,
    /// Hosts that outgoing calls may reach although they are loopback or private.
    #[serde(deserialize_with = "list")]
    pub egress_allow: Vec<String>,
    /// Such hosts that steps of workflows may name.
    #[serde(deserialize_with = "list")]
    pub egress_allow_steps: Vec<String>,
    /// What is logged.
    pub log: String,
    /// How it is written.
    pub log_format: LogFormat,
    /// How long running steps may take to finish at the end.
    #[serde(deserialize_with = "units::duration")]
    pub shutdown_grace: Duration,
    /// How long finished runs and received events are kept; zero: for ever.
    #[serde(deserialize_with = "units::duration")]
    pub retention: Duration,
    /// Whether `/metrics` is served.
    #[serde(deserialize_with = "flag")]
    pub metrics: bool,
    /// Bounds.
    pub limits: Limits,
    /// The mail server.
    pub mail: mail::Mail,
    /// Whether this process is the demo.
    #[serde(skip)]
    pub demo: bool,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people on a terminal, else JSON.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Bounds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The largest body of a request, in bytes.
    #[serde(deserialize_with = "units::size")]
    pub body: usize,
    /// Calls at once to providers.
    #[serde(deserialize_with = "units::count")]
    pub calls: usize,
    /// Calls at once on one connected account.
    #[serde(deserialize_with = "units::count")]
    pub calls_per_account: usize,
    /// Requests a minute of one connected user; 0: no limit.
    #[serde(deserialize_with = "units::rate")]
    pub requests_per_user: u32,
    /// Requests a minute of all users of a project; 0: no limit.
    #[serde(deserialize_with = "units::rate")]
    pub requests_per_project: u32,
    /// Requests a minute with the API keys of a project; 0: no limit.
    #[serde(deserialize_with = "units::rate")]
    pub api_requests_per_project: u32,
    /// How long a request waits for its workflow's Response step.
    #[serde(deserialize_with = "units::duration")]
    pub response: Duration,
    /// How often an account is asked for events that its provider does not tell.
    #[serde(deserialize_with = "units::duration")]
    pub poll_every: Duration,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is missing.
    #[error("the configuration file {} cannot be read: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A variable that looks like a misspelt setting.
    #[error("unknown setting {name} in the environment; did you mean {near}?")]
    Variable {
        /// The variable.
        name: String,
        /// The nearest known one.
        near: String,
    },
    /// A value or a key is wrong.
    #[error("{message}")]
    Value {
        /// What is wrong, where, and what would be right.
        message: String,
    },
}

/// What the command line says; it outranks file and environment.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// A configuration file (default: linchpin.toml in the data directory)
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The data directory: database, master key, lock
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// What is logged: error, warn, info, debug, trace, or directives
    #[arg(long, value_name = "LEVEL", global = true)]
    pub log: Option<String>,
    /// Where to listen, for example 127.0.0.1:4800
    #[arg(skip)]
    pub listen: Option<String>,
    /// The address that browsers and providers use
    #[arg(skip)]
    pub public_url: Option<String>,
}

impl Config {
    /// The defaults alone, on a data directory: for tests and as a start.
    pub fn defaults(data: &Path) -> Self {
        let flags = Flags { data: Some(data.to_owned()), ..Flags::default() };
        Self::load_with(&flags, std::iter::empty()).expect("the compiled-in defaults are valid")
    }

    /// Defaults, file, environment and flags together.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        Self::load_with(flags, std::env::vars())
    }

    fn load_with(flags: &Flags, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let defaults = Figment::from(Toml::string(DEFAULTS));
        let environment = variables(environment, &known_keys(&defaults))?;
        let mut over = Dict::new();
        for (key, value) in [
            ("data", flags.data.as_ref().map(|path| path.display().to_string())),
            ("log", flags.log.clone()),
            ("listen", flags.listen.clone()),
            ("public_url", flags.public_url.clone()),
        ] {
            if let Some(value) = value {
                over.insert(key.to_owned(), Value::from(value));
            }
        }
        let environment = Serialized::from(environment, "default");
        let flagged = Serialized::from(over, "default");
        let file = match &flags.config {
            Some(path) => Some(path.clone()),
            None => {
                let data: PathBuf = defaults
                    .clone()
                    .merge(environment.clone())
                    .merge(flagged.clone())
                    .extract_inner("data")
                    .map_err(|error| ConfigError::Value { message: error.to_string() })?;
                Some(data.join("linchpin.toml")).filter(|path| path.exists())
            }
        };
        let mut figment = defaults;
        if let Some(path) = file {
            std::fs::metadata(&path).map_err(|source| ConfigError::File { path: path.clone(), source })?;
            figment = figment.merge(Toml::file_exact(&path));
        }
        let mut config: Self = figment
            .merge(environment)
            .merge(flagged)
            .extract()
            .map_err(|error| ConfigError::Value { message: readable(error) })?;
        if config.public_url == unset() {
            let host =
                if config.listen.ip().is_unspecified() { "127.0.0.1".into() } else { config.listen.ip().to_string() };
            let host = if host.contains(':') { format!("[{host}]") } else { host };
            config.public_url = Url::parse(&format!("http://{host}:{}", config.listen.port()))
                .expect("an IP address and a port make a URL");
        }
        if !matches!(config.public_url.scheme(), "http" | "https") || config.public_url.host_str().is_none() {
            return Err(ConfigError::Value {
                message: format!(
                    "public_url: `{}` is no web address; use for example https://integrations.example.com",
                    config.public_url
                ),
            });
        }
        Ok(config)
    }

    /// The public URL as text without a trailing slash.
    pub fn public_base(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// Where providers send users back to; to be entered at the provider.
    pub fn redirect_url(&self) -> String {
        format!("{}/oauth", self.public_base())
    }

    /// Where a provider sends its webhooks; to be entered at the provider.
    pub fn webhook_url(&self, project_id: ProjectId, integration_id: IntegrationId) -> String {
        format!("{}/hooks/{project_id}/{integration_id}", self.public_base())
    }

    /// Where a workflow's own webhook is called; a query names the account.
    pub fn custom_webhook_url(
        &self,
        project_id: ProjectId,
        integration_id: IntegrationId,
        workflow_id: WorkflowId,
    ) -> String {
        format!("{}/triggers/connect/{project_id}/{integration_id}/custom-triggers/{workflow_id}", self.public_base())
    }

    /// Where an app's own webhook of this name is called.
    pub fn app_webhook_url(&self, project_id: ProjectId, integration_id: IntegrationId, name: &str) -> String {
        let mut url = self.public_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["triggers", "connect"]);
            path.extend([project_id.to_string(), integration_id.to_string()]);
            path.extend(["app-triggers", name]);
        }
        url.into()
    }

    /// The database's URL.
    pub fn database(&self) -> String {
        match &self.database_url {
            Some(url) => url.expose_secret().to_owned(),
            None => format!("sqlite://{}?mode=rwc", self.database_file().display()),
        }
    }

    /// Where SQLite keeps its file.
    pub fn database_file(&self) -> PathBuf {
        self.data.join("linchpin.db")
    }

    /// Whether the database is a file in the data directory.
    pub fn is_sqlite(&self) -> bool {
        self.database_url.as_ref().is_none_or(|url| url.expose_secret().starts_with("sqlite:"))
    }
}

/// Stands for "not set" until the listening address is known.
fn unset() -> Url {
    Url::parse("unset:").expect("a constant URL")
}

fn known_keys(defaults: &Figment) -> Vec<String> {
    fn collect(prefix: &str, dict: &Dict, keys: &mut Vec<String>) {
        for (name, value) in dict {
            match value.as_dict() {
                Some(inner) => collect(&format!("{prefix}{name}."), inner, keys),
                None => keys.push(format!("{prefix}{name}")),
            }
        }
    }
    let dict: Dict = defaults.extract().expect("the compiled-in defaults are valid");
    let mut keys = Vec::new();
    collect("", &dict, &mut keys);
    keys
}

/// The settings in the environment, as texts. A variable that is close to a setting's name is an
/// error; any other is somebody else's (Kubernetes sets `LINCHPIN_PORT` for a service of that name).
fn variables(environment: impl Iterator<Item = (String, String)>, known: &[String]) -> Result<Dict, ConfigError> {
    let names: Vec<(String, &String)> =
        known.iter().map(|key| (format!("LINCHPIN_{}", key.replace('.', "__").to_uppercase()), key)).collect();
    let mut dict = Dict::new();
    for (variable, text) in environment {
        if !variable.starts_with("LINCHPIN_") || OTHER_VARIABLES.contains(&variable.as_str()) {
            continue;
        }
        let Some((_, key)) = names.iter().find(|(name, _)| *name == variable) else {
            let suffix = &variable["LINCHPIN_".len()..];
            let near = nearest(suffix, names.iter().map(|(name, _)| &name["LINCHPIN_".len()..]))
                .filter(|near| near.len() > 4 && strsim::damerau_levenshtein(suffix, near) <= 2);
            match near {
                Some(near) => {
                    let near = format!("LINCHPIN_{near}");
                    return Err(ConfigError::Variable { name: variable, near });
                }
                None => continue,
            }
        };
        match key.split_once('.') {
            None => {
                dict.insert((*key).clone(), Value::from(text));
            }
            Some((section, name)) => {
                let entry = dict.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
                if let Value::Dict(_, inner) = entry {
                    inner.insert(name.to_owned(), Value::from(text));
                }
            }
        }
    }
    Ok(dict)
}

/// figment's error in the words of this command line: key, source, what would be right.
fn readable(error: figment::Error) -> String {
    use figment::error::Kind;
    let mut lines = Vec::new();
    for error in error {
        let key = error.path.join(".");
        let place = error
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.source.as_ref())
            .and_then(|source| source.file_path())
            .map(|path| format!("{}: ", path.display()))
            .unwrap_or_default();
        let what = match &error.kind {
            Kind::UnknownField(field, known) => linchpin_domain::source::unknown_key_message(field, known),
            kind => kind.to_string(),
        };
        lines.push(if key.is_empty() { format!("{place}{what}") } else { format!("{place}{key}: {what}") });
    }
    lines.join("\n")
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        serde::de::Error::custom(format!(
            "`{text}` is no address and port to listen on; write for example \"127.0.0.1:4800\" or \"[::1]:4800\""
        ))
    })
}

fn url_or_unset<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(unset());
    }
    Url::parse(&text).map_err(|error| {
        serde::de::Error::custom(format!(
            "`{text}` is no web address ({error}); use for example https://integrations.example.com"
        ))
    })
}

fn secret_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok((!text.is_empty()).then(|| SecretString::from(text)))
}

/// A list, or a text with commas as the environment has it.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        List(Vec<String>),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Text(text) => {
            text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
        }
        Either::List(list) => list,
    })
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Flag(bool),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Flag(flag) => Ok(flag),
        Either::Text(text) => match text.to_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(serde::de::Error::custom(format!("`{text}` is neither true nor false"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Config, String> {
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(directory.path().join("linchpin.toml"), file).expect("written");
        let flags = Flags { data: Some(directory.path().to_owned()), ..flags };
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load_with(&flags, environment)
            .map_err(|error| error.to_string().replace(&directory.path().display().to_string(), "DATA"))
    }

    #[test]
    fn file_environment_and_flags_outrank_each_other_in_this_order() {
        let file = "listen = \"127.0.0.1:1\"\nlog = \"warn\"\n[limits]\nbody = \"2 MiB\"\n";
        let environment = [
            ("LINCHPIN_LOG", "debug"),
            ("LINCHPIN_LIMITS__CALLS", "7"),
            ("LINCHPIN_EGRESS_ALLOW", "127.0.0.1:4801, localhost:*"),
            ("LINCHPIN_MASTER_KEY", "0000000000000000000000000000000000000000000000000000000000000001"),
            ("LINCHPIN_PORT", "tcp://10.0.0.1:80"),
        ];
        let flags = Flags { listen: Some("127.0.0.1:3".into()), ..Flags::default() };
        let config = load(file, &environment, flags).expect("valid");
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.log, "debug");
        assert_eq!(config.limits.body, 2 << 20);
        assert_eq!(config.limits.calls, 7);
        assert_eq!(config.egress_allow, ["127.0.0.1:4801", "localhost:*"]);
        assert_eq!(config.public_base(), "http://127.0.0.1:3");
        assert_eq!(config.master_key.expect("set").expose_secret().len(), 64);
    }

    #[test]
    fn wrong_settings_say_what_would_be_right() {
        let check = |file: &str, environment: &[(&str, &str)], expected: &str| {
            assert_eq!(load(file, environment, Flags::default()).expect_err("must fail"), expected);
        };
        check("listne = \"x\"\n", &[], "DATA/linchpin.toml: listne: unknown key `listne`; did you mean `listen`?");
        check(
            "",
            &[("LINCHPIN_LISTNE", "x")],
            "unknown setting LINCHPIN_LISTNE in the environment; did you mean LINCHPIN_LISTEN?",
        );
        check(
            "listen = \"localhost\"\n",
            &[],
            "DATA/linchpin.toml: listen: `localhost` is no address and port to listen on; write for example \"127.0.0.1:4800\" or \"[::1]:4800\"",
        );
        let message = load("", &[("LINCHPIN_LISTEN", "80")], Flags::default()).expect_err("must fail");
        assert!(message.starts_with("listen: `80` is no address"), "{message}");
        check(
            "shutdown_grace = \"20\"\n",
            &[],
            "DATA/linchpin.toml: shutdown_grace: `20` is no duration; write for example \"20s\", \"15m\" or \"2h\"",
        );
        check(
            "[limits]\nbody = \"1 cup\"\n",
            &[],
            "DATA/linchpin.toml: limits.body: `1 cup` is no size; write for example \"64 KiB\", \"1 MiB\" or a number of bytes",
        );
        check(
            "public_url = \"acme\"\n",
            &[],
            "DATA/linchpin.toml: public_url: `acme` is no web address (relative URL without a base); use for example https://integrations.example.com",
        );
    }
}
