//! `linchpin serve`: the server.

use anyhow::Result;

use crate::config::{Config, Flags};
use crate::server::Server;
use crate::telemetry;

/// Run the server
#[derive(clap::Args)]
pub struct Options {
    /// Where to listen, for example 127.0.0.1:4800
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The address that browsers and providers use, for example https://integrations.example.com
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

impl Options {
    /// These flags, laid over the common ones.
    pub fn over(self, flags: Flags) -> Flags {
        Flags { listen: self.listen, public_url: self.public_url, ..flags }
    }
}

/// Serves until a signal ends it.
pub async fn run(config: Config) -> Result<()> {
    telemetry::init(&config).map_err(anyhow::Error::msg)?;
    if config.public_url.host_str().is_some_and(|host| host.contains("proxy")) {
        tracing::warn!(
            "the public URL's host name contains the word `proxy`: the client SDK reads answers from such addresses differently, and signing in fails; use another name"
        );
    }
    let server = Server::start(config).await?;
    let signals = tokio::spawn(server.app.lifecycle.clone().watch_signals());
    let base = server.app.config.public_base();
    say(&format!("Linchpin is ready at {base}"));
    // The link is a secret: on the terminal, never in the log.
    if let Some(link) = crate::http::auth::setup::link(&server.app.store, &base).await? {
        say(&format!("Nobody can sign in yet. Set up the first member, once, at {link}"));
    }
    let outcome = server.run().await;
    signals.abort();
    outcome
}

/// Prints a line. Whoever read the output may be gone; that must not end the server.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}
