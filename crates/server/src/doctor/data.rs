//! The data directory, the database and the clock.

use std::path::Path;
use std::sync::Arc;

use linchpin_domain::{Clock, Timestamp};
use linchpin_store::{Store, maintenance, projects};

use super::Findings;
use crate::config::Config;
use crate::data_dir::{self, KEY_FILE};

/// A clock before this was never set: 2026-01-01.
const BEFORE_THIS_PROGRAM: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Looks at the files and the database; gives the store when it can be read.
pub async fn examine(config: &Config, clock: &Arc<dyn Clock>, findings: &mut Findings) -> Option<Store> {
    time(clock, findings);
    if !config.data.is_dir() {
        findings.fault(
            "data",
            format!("there is no data directory {}", config.data.display()),
            "start `linchpin serve` once, or name the directory with --data",
        );
        return None;
    }
    directory(&config.data, findings);
    if config.master_key.is_none() {
        let path = config.data.join(KEY_FILE);
        if !path.exists() {
            findings.fault(
                "master-key",
                format!("the master key {} is missing", path.display()),
                "put it back from a backup, or set LINCHPIN_MASTER_KEY; without it the stored credentials cannot be opened",
            );
            return None;
        }
        private(&path, "master-key", "the master key", findings);
    }
    if config.is_sqlite() && config.database_url.is_none() {
        if !config.database_file().exists() {
            findings.fault(
                "database",
                format!("there is no database {}", config.database_file().display()),
                "start `linchpin serve` once, or restore a backup",
            );
            return None;
        }
        private(&config.database_file(), "database", "the database", findings);
    }
    database(config, clock, findings).await
}

async fn database(config: &Config, clock: &Arc<dyn Clock>, findings: &mut Findings) -> Option<Store> {
    let master_key = match data_dir::master_key(config) {
        Ok(key) => key,
        Err(error) => {
            findings.fault("master-key", error.to_string(), "put the right key back from a backup");
            return None;
        }
    };
    let options = linchpin_store::Options { url: config.database(), master_key, clock: Arc::clone(clock) };
    let looked = async {
        let store = Store::connect(options).await?;
        let mut conn = store.read().await?;
        let problems = maintenance::integrity_problems(&mut conn).await?;
        let pending = maintenance::pending_migrations(&mut conn).await?;
        drop(conn);
        Ok::<_, linchpin_store::Error>((store, problems, pending))
    };
    let (store, problems, pending) = match looked.await {
        Ok(found) => found,
        Err(error) => {
            let why = std::error::Error::source(&error).map(|source| format!(" ({source})")).unwrap_or_default();
            findings.fault(
                "database",
                format!("{error}{why}"),
                "check database_url and that the database runs; restore a backup if the file is damaged",
            );
            return None;
        }
    };
    match problems.first() {
        Some(problem) => findings.fault(
            "database",
            format!("the database is damaged: {problem}"),
            "stop the server and restore the newest backup",
        ),
        None => findings.good("database", "the database opens and is whole"),
    }
    if !pending.is_empty() {
        findings.fault(
            "migrations",
            format!("the database's tables are older than this program ({})", pending.join(", ")),
            "make a backup, then start the server or run `linchpin migrate`",
        );
        store.close().await;
        return None;
    }
    let mut conn = store.read().await.ok()?;
    match projects::list(&mut conn).await {
        Ok(list) => findings.good("master-key", format!("the master key opens all {} projects", list.len())),
        Err(error) => {
            findings.fault(
                "master-key",
                format!("the master key does not open every project: {error}"),
                "put the key back that the data was sealed with; older keys are kept as master.key.old.N",
            );
            drop(conn);
            store.close().await;
            return None;
        }
    }
    drop(conn);
    Some(store)
}

fn time(clock: &Arc<dyn Clock>, findings: &mut Findings) {
    let now = clock.now();
    if now < BEFORE_THIS_PROGRAM {
        findings.fault(
            "clock",
            format!("the clock says {now}"),
            "set it (NTP): user tokens are refused and tokens of providers look valid for too long",
        );
    } else {
        findings.good("clock", format!("the clock says {now}"));
    }
}

fn directory(path: &Path, findings: &mut Findings) {
    let probe = path.join(format!(".doctor.{}", std::process::id()));
    match std::fs::write(&probe, "") {
        Ok(()) => {
            let _ = std::fs::remove_file(&probe);
            findings.good("data", format!("the data directory {} can be written", path.display()));
        }
        Err(error) => findings.fault(
            "data",
            format!("the data directory {} cannot be written: {error}", path.display()),
            "check its owner, its permissions and the space on the disk",
        ),
    }
}

#[cfg(unix)]
fn private(path: &Path, check: &'static str, what: &str, findings: &mut Findings) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = std::fs::metadata(path) else { return };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        findings.fault(
            check,
            format!("{what} {} can be read by others (mode {mode:o})", path.display()),
            format!("chmod 600 {}", path.display()),
        );
    }
}

#[cfg(not(unix))]
fn private(_: &Path, _: &'static str, _: &str, _: &mut Findings) {}
