//! `linchpin doctor`: looks at an installation without changing it, and says what to do.

mod data;
mod projects;

use std::fmt;
use std::sync::Arc;

use linchpin_connectors::{HostPort, Registry};
use linchpin_domain::Clock;
use secrecy::ExposeSecret;
use serde::Serialize;

use crate::config::Config;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// As it should be.
    Good,
    /// Works, and is worth a look.
    Warning,
    /// Does not work, or is dangerous.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Stable name of the check.
    pub check: &'static str,
    /// What was found.
    pub message: String,
    /// What to do about it; empty when it is good.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.level {
            Level::Good => "ok     ",
            Level::Warning => "warning",
            Level::Fault => "FAULT  ",
        };
        write!(f, "{mark}  {}", self.message)?;
        if !self.remedy.is_empty() {
            write!(f, "\n         → {}", self.remedy)?;
        }
        Ok(())
    }
}

/// What was found so far.
#[derive(Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub fn good(&mut self, check: &'static str, message: impl Into<String>) {
        self.0.push(Finding { level: Level::Good, check, message: message.into(), remedy: String::new() });
    }

    pub fn warning(&mut self, check: &'static str, message: impl Into<String>, remedy: impl Into<String>) {
        self.0.push(Finding { level: Level::Warning, check, message: message.into(), remedy: remedy.into() });
    }

    pub fn fault(&mut self, check: &'static str, message: impl Into<String>, remedy: impl Into<String>) {
        self.0.push(Finding { level: Level::Fault, check, message: message.into(), remedy: remedy.into() });
    }
}

/// Looks at everything.
pub async fn examine(config: &Config, clock: Arc<dyn Clock>, registry: &Registry) -> Vec<Finding> {
    let mut findings = Findings::default();
    addresses(config, &mut findings);
    egress(config, &mut findings);
    mail(config, &mut findings);
    if let Some(store) = data::examine(config, &clock, &mut findings).await {
        if let Err(error) = projects::examine(&store, config, registry, &mut findings).await {
            findings.fault(
                "database",
                format!("the database could not be read: {error}"),
                "look at the log of the database, or restore a backup",
            );
        }
        store.close().await;
    }
    findings.0
}

/// The effective configuration, secrets hidden.
pub fn effective(config: &Config) -> Vec<(&'static str, String)> {
    let hidden = |set: bool| if set { "[secret]".to_owned() } else { String::new() };
    let database = match &config.database_url {
        None => format!("SQLite, {}", config.database_file().display()),
        // User and password stand before the last @.
        Some(url) => url.expose_secret().rsplit_once('@').map_or_else(
            || url.expose_secret().to_owned(),
            |(before, host)| format!("{}://[secret]@{host}", before.split("://").next().unwrap_or_default()),
        ),
    };
    vec![
        ("listen", config.listen.to_string()),
        ("data", config.data.display().to_string()),
        ("public_url", config.public_base()),
        ("database_url", database),
        ("master_key", hidden(config.master_key.is_some())),
        ("egress_allow", config.egress_allow.join(", ")),
        ("egress_allow_steps", config.egress_allow_steps.join(", ")),
        ("log", config.log.clone()),
        ("log_format", format!("{:?}", config.log_format).to_lowercase()),
        ("shutdown_grace", format!("{:?}", config.shutdown_grace)),
        ("retention", format!("{:?}", config.retention)),
        ("metrics", config.metrics.to_string()),
        ("limits.body", format!("{} bytes", config.limits.body)),
        ("limits.calls", config.limits.calls.to_string()),
        ("limits.calls_per_account", config.limits.calls_per_account.to_string()),
        ("mail.host", config.mail.host.clone()),
        ("mail.port", config.mail.port.to_string()),
        ("mail.security", format!("{:?}", config.mail.security).to_lowercase()),
        ("mail.username", config.mail.username.clone()),
        ("mail.password", hidden(config.mail.password.is_some())),
        ("mail.from", config.mail.from.clone()),
        ("mail.gather", format!("{:?}", config.mail.gather)),
    ]
}

fn addresses(config: &Config, findings: &mut Findings) {
    let host = config.public_url.host_str().unwrap_or_default();
    let loopback = is_loopback(host);
    if host.contains("proxy") {
        findings.warning(
            "public-url",
            format!("the public URL's host name {host} contains the word `proxy`"),
            "the client SDK reads answers from such addresses differently and signing in fails: use another name",
        );
    }
    if config.public_url.scheme() == "http" && !loopback {
        findings.fault(
            "public-url",
            format!("the public URL {} is not encrypted", config.public_base()),
            "browsers and providers need https: put a reverse proxy with a certificate in front and set public_url to its address",
        );
    } else if loopback {
        findings.warning(
            "public-url",
            format!("the public URL {} is this machine's own", config.public_base()),
            "fine for trying out; for customers set public_url to the address that their browsers reach",
        );
    } else {
        findings.good("public-url", format!("the public URL is {}", config.public_base()));
    }
    if !config.listen.ip().is_loopback() && config.public_url.scheme() == "http" {
        findings.warning(
            "listen",
            format!("the server listens on {} without encryption", config.listen),
            "listen on 127.0.0.1 behind a reverse proxy, or keep the network private",
        );
    }
}

fn egress(config: &Config, findings: &mut Findings) {
    for exception in &config.egress_allow {
        match exception.parse::<HostPort>() {
            Ok(_) => findings.warning(
                "egress",
                format!("outgoing calls may reach {exception}, although it may be an inner address"),
                "right for a simulator or a mock; remove it from egress_allow otherwise",
            ),
            Err(error) => findings.fault(
                "egress",
                format!("egress_allow: {error}"),
                "write host:port or host:*, for example 127.0.0.1:4801",
            ),
        }
    }
    for exception in &config.egress_allow_steps {
        match exception.parse::<HostPort>() {
            Ok(_) => findings.warning(
                "egress",
                format!("whoever edits a workflow may call {exception}, although it may be an inner address"),
                "remove it from egress_allow_steps when no step needs it",
            ),
            Err(error) => findings.fault(
                "egress",
                format!("egress_allow_steps: {error}"),
                "write host:port or host:*, for example 127.0.0.1:4801",
            ),
        }
    }
}

fn mail(config: &Config, findings: &mut Findings) {
    let server = match config.mail.server(config.public_url.host_str().unwrap_or("localhost")) {
        Ok(server) => server,
        Err(problem) => {
            findings.fault("mail", problem, "the server does not start like this: correct the section [mail]");
            return;
        }
    };
    let Some(server) = server else { return };
    if let Err(error) = linchpin_connectors::mail::Mailer::new(&server) {
        findings.fault(
            "mail",
            format!("mail.{error}"),
            "the server does not start like this: correct the section [mail]",
        );
    } else if server.security == linchpin_connectors::mail::Security::None && !is_loopback(&server.host) {
        findings.warning(
            "mail",
            format!("e-mail goes to {} without encryption", server.host),
            "set mail.security to \"starttls\" or \"tls\"",
        );
    } else {
        findings.good("mail", format!("e-mail goes through {}:{}", server.host, server.port));
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
