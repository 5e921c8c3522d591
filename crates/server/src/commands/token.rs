//! `linchpin token`: signs a one-off user token. The token alone goes to standard output.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use linchpin_domain::Clock;
use linchpin_domain::id::ProjectId;
use secrecy::SecretString;

use super::Usage;
use crate::clock::SystemClock;
use crate::config::units;
use crate::signing_key::{self, Claims};

/// Sign a one-off user token, for testing
#[derive(clap::Args)]
pub struct Options {
    /// The private signing key: PEM, PKCS#8 or PKCS#1
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The project's id
    #[arg(long, value_name = "ID")]
    project: ProjectId,
    /// Your user's id in your own product
    #[arg(long, value_name = "USER")]
    sub: String,
    /// How long the token is valid, for example 15m, 1h, 7d
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = ttl)]
    ttl: Duration,
}

/// Signs and prints.
pub fn run(options: &Options) -> Result<ExitCode> {
    if options.sub.trim().is_empty() {
        return Err(Usage("--sub is empty; give your user's id, for example --sub user-1".into()).into());
    }
    let pem = std::fs::read_to_string(&options.key)
        .with_context(|| format!("cannot read the key file {}", options.key.display()))?;
    let now = SystemClock.now().as_millis() / 1_000;
    let claims = Claims {
        sub: options.sub.clone(),
        aud: format!("linchpin/{}", options.project),
        iat: now,
        exp: now.saturating_add(i64::try_from(options.ttl.as_secs()).unwrap_or(i64::MAX)),
    };
    let token = signing_key::sign(&SecretString::from(pem), &claims)
        .with_context(|| format!("the key file {} cannot be used", options.key.display()))?;
    say!("{token}");
    Ok(ExitCode::SUCCESS)
}

fn ttl(text: &str) -> Result<Duration, String> {
    units::parse_duration(text)
        .filter(|ttl| ttl.as_secs() > 0)
        .ok_or_else(|| "write a duration such as 15m, 1h or 7d".to_owned())
}
