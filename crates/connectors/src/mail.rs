//! E-mail through the server that the operator set. No other server is ever spoken to: addresses say who gets
//! a message, never where a connection goes.

use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

/// Time for each command.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How the connection is kept from others' eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// It begins in the clear and is encrypted before anything is said (port 587).
    Starttls,
    /// It is encrypted from the start (port 465).
    Tls,
    /// It is not: for a server on the same machine.
    None,
}

/// The operator's mail server.
#[derive(Debug, Clone)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub security: Security,
    /// The name to sign in with, where it asks for one.
    pub username: Option<String>,
    /// The password that belongs to it.
    pub password: Option<SecretString>,
    /// Who messages are from: `Linchpin <linchpin@example.com>`.
    pub from: String,
    /// What this machine calls itself.
    pub hello: String,
}

/// Sends messages. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a message was not taken, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSent(String);

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotSent {}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from.to_string()).finish_non_exhaustive()
    }
}

/// A message.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// Who gets it.
    pub to: &'a [String],
    /// Its subject.
    pub subject: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The same when it is sent again, so that mail programs show it once.
    pub id: &'a str,
}

impl Mailer {
    /// A mailer; what is wrong with the settings names the setting.
    pub fn new(server: &MailServer) -> Result<Self, NotSent> {
        let from = server
            .from
            .parse::<Mailbox>()
            .map_err(|error| NotSent(format!("from: `{}` is no e-mail address ({error})", server.from)))?;
        let tls = || {
            TlsParameters::new(server.host.clone())
                .map_err(|error| NotSent(format!("host: no encrypted connection to `{}`: {error}", server.host)))
        };
        let tls = match server.security {
            Security::Starttls => Tls::Required(tls()?),
            Security::Tls => Tls::Wrapper(tls()?),
            Security::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(tls)
            .hello_name(ClientId::Domain(server.hello.clone()))
            .timeout(Some(TIMEOUT));
        if let (Some(name), Some(password)) = (&server.username, &server.password) {
            transport = transport.credentials(Credentials::new(name.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: transport.build(), from })
    }

    /// Hands a message over. The answer is what the mail server said.
    pub async fn send(&self, letter: Letter<'_>) -> Result<String, NotSent> {
        let host = self.from.email.domain().to_owned();
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(letter.subject)
            .message_id(Some(format!("<{}@{host}>", letter.id)))
            .header(ContentType::TEXT_PLAIN);
        for address in letter.to {
            let address =
                address.parse::<Mailbox>().map_err(|_| NotSent(format!("`{address}` is no e-mail address")))?;
            message = message.to(address);
        }
        let message = message
            .body(letter.text.to_owned())
            .map_err(|error| NotSent(format!("the message could not be written: {error}")))?;
        let response = self.transport.send(message).await.map_err(|error| NotSent(readable(&error)))?;
        Ok(format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" ")))
    }
}

/// Whether a text is an address that a message can be sent to.
pub fn is_address(text: &str) -> bool {
    // A bare address: a name beside it would be one more place for somebody else's text.
    text.parse::<lettre::Address>().is_ok()
}

/// The error with its cause: what the mail server said, or why there was no connection.
fn readable(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bare_address() {
        for good in ["ops@acme.com", "first.last+x@mail.acme.example"] {
            assert!(is_address(good), "{good}");
        }
        for wrong in
            ["", "ops", "ops@", "@acme.com", "Ops <ops@acme.com>", "ops@acme.com\r\nBcc: x@y.z", "a b@acme.com"]
        {
            assert!(!is_address(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let server = MailServer {
            host: "localhost".into(),
            port: 25,
            security: Security::None,
            username: None,
            password: None,
            from: "nobody".into(),
            hello: "localhost".into(),
        };
        let error = Mailer::new(&server).expect_err("no address").to_string();
        assert!(error.starts_with("from: `nobody` is no e-mail address"), "{error}");
    }
}
