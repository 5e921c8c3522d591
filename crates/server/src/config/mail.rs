//! The mail server that e-mail of event destinations goes through.

use std::time::Duration;

use linchpin_connectors::mail::{MailServer, Security};
use secrecy::SecretString;
use serde::Deserialize;

use super::{secret_or_none, units};

/// The section `[mail]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The mail server; no e-mail is sent when it is empty.
    pub host: String,
    /// Its port.
    #[serde(deserialize_with = "units::count")]
    pub port: usize,
    /// How the connection is encrypted.
    pub security: Encryption,
    /// The name to sign in with.
    pub username: String,
    /// The password that belongs to it.
    #[serde(deserialize_with = "secret_or_none")]
    pub password: Option<SecretString>,
    /// Who messages are from.
    pub from: String,
    /// For how long a destination's events are gathered after a message.
    #[serde(deserialize_with = "units::duration")]
    pub gather: Duration,
}

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// From the server's word on.
    Starttls,
    /// From the start.
    Tls,
    /// Not at all.
    None,
}

impl Mail {
    /// The server to send with; `None` when none is set. What is wrong names its setting.
    pub fn server(&self, hello: &str) -> Result<Option<MailServer>, String> {
        if self.host.is_empty() {
            return Ok(None);
        }
        let port = u16::try_from(self.port).map_err(|_| format!("mail.port: {} is no port", self.port))?;
        if self.from.is_empty() {
            return Err("mail.from: say who messages are from, for example \"Linchpin <linchpin@example.com>\"".into());
        }
        if self.username.is_empty() != self.password.is_none() {
            return Err("mail.username and mail.password belong together: set both, or neither".into());
        }
        Ok(Some(MailServer {
            host: self.host.clone(),
            port,
            security: match self.security {
                Encryption::Starttls => Security::Starttls,
                Encryption::Tls => Security::Tls,
                Encryption::None => Security::None,
            },
            username: Some(self.username.clone()).filter(|name| !name.is_empty()),
            password: self.password.clone(),
            from: self.from.clone(),
            hello: hello.to_owned(),
        }))
    }
}
