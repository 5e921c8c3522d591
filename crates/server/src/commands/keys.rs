//! `linchpin keys`: signing keys for user tokens, and the master key.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use linchpin_store::projects;
use linchpin_store::vault::MasterKey;
use secrecy::ExposeSecret;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::{data_dir, signing_key};

/// Signing keys and the master key
#[derive(clap::Subcommand)]
pub enum Options {
    /// Make a signing key: the private and the public half as PEM files
    Generate {
        /// Where to put private.pem and public.pem
        #[arg(long, value_name = "DIR", default_value = ".")]
        out: PathBuf,
        /// Another beginning of the files' names
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Seal all data by a new master key (the server must be stopped)
    Rotate {
        /// Where to write the new key when the present one comes from LINCHPIN_MASTER_KEY
        #[arg(long, value_name = "FILE")]
        new_key_file: Option<PathBuf>,
    },
}

/// Makes a pair of files; existing ones stay.
pub fn generate(out: &std::path::Path, name: Option<&str>) -> Result<ExitCode> {
    let prefix = name.map(|name| format!("{name}-")).unwrap_or_default();
    let (private, public) = (out.join(format!("{prefix}private.pem")), out.join(format!("{prefix}public.pem")));
    for path in [&private, &public] {
        if path.exists() {
            bail!("{} exists already; choose another directory with --out or another name with --name", path.display());
        }
    }
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let pair = signing_key::generate();
    for (path, text) in [(&private, pair.private_pem.expose_secret()), (&public, pair.public.pem.as_str())] {
        if !data_dir::write_new(path, text.trim_end())? {
            bail!("{} was made by somebody else just now", path.display());
        }
    }
    say!("{}", private.display());
    say!("{}", public.display());
    eprintln!(
        "The private key signs your users' tokens: keep it where your backend's secrets are.\nGive the public key to the project (Settings, Signing Keys, or `signingKeys` in the project file). kid: {}",
        pair.public.kid
    );
    Ok(ExitCode::SUCCESS)
}

/// Seals every project's data key by a new master key.
pub async fn rotate(config: Config, new_key_file: Option<PathBuf>) -> Result<()> {
    let lock = data_dir::lock(&config.data)?;
    let store = data_dir::open_existing(&config, Arc::new(SystemClock)).await?;
    let new = MasterKey::generate();
    let from_environment = config.master_key.is_some();
    let target = match (from_environment, new_key_file) {
        (true, Some(path)) => path,
        (true, None) => {
            bail!("the master key comes from LINCHPIN_MASTER_KEY; say with --new-key-file where to write the new one")
        }
        (false, _) => config.data.join(data_dir::NEXT_KEY_FILE),
    };
    if !data_dir::write_new(&target, &new.to_text())? {
        bail!(
            "{} exists already; it belongs to a rotation that was cut short: start the server once, or move the file away",
            target.display()
        );
    }
    let mut tx = store.begin().await?;
    let count = match projects::reseal(&mut tx, &new).await {
        Ok(count) => count,
        Err(error) => {
            // Nothing was sealed by it.
            let _ = std::fs::remove_file(&target);
            return Err(error).context("the present master key does not open every project; nothing was changed");
        }
    };
    tx.commit().await?;
    store.close().await;
    if from_environment {
        say!(
            "{count} projects are sealed by the new master key in {}; set LINCHPIN_MASTER_KEY to it before the next start",
            target.display()
        );
    } else {
        let kept = data_dir::adopt_next_key(&config.data)?;
        say!(
            "{count} projects are sealed by the new master key; the old one is kept as {} for older backups",
            kept.display()
        );
    }
    drop(lock);
    Ok(())
}
