//! The data directory: lock, master key, database.
//!
//! The key file is complete and synced, with its directory, before any value is sealed with it; it is
//! never replaced by a new one while a database exists that was sealed with another.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::Clock;
use linchpin_store::serving::Serving;
use linchpin_store::vault::MasterKey;
use linchpin_store::{Store, projects};
use secrecy::ExposeSecret;

use crate::config::Config;

/// The master key's file in the data directory.
pub const KEY_FILE: &str = "master.key";

/// A rotation's new key, until the database is sealed by it.
pub const NEXT_KEY_FILE: &str = "master.key.next";

/// How often a database that another server uses is claimed again.
const CLAIMS: u32 = 10;
/// Between two claims.
const CLAIM_AGAIN: Duration = Duration::from_millis(500);

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file or the directory cannot be used.
    #[error("{what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Another server runs on it.
    #[error("another `linchpin serve` is using the data directory {}; stop it, or give this one another directory with --data", path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// Another server serves the database.
    #[error(
        "another `linchpin serve` is using the database {database}; one server runs on a database. Stop the other one, or give this one another database with LINCHPIN_DATABASE_URL. (`linchpin apply` works beside a running server)"
    )]
    Served {
        /// The database, without its password.
        database: String,
    },
    /// The key is no key.
    #[error("{place} is no master key: 64 hexadecimal digits are expected")]
    BadKey {
        /// Where it came from.
        place: String,
    },
    /// A database without its key.
    #[error(
        "the database {} exists, but its master key {} is missing; put the key file back (a backup has it), or set LINCHPIN_MASTER_KEY. Without it the stored credentials cannot be opened",
        database.display(),
        key.display()
    )]
    KeyMissing {
        /// The database.
        database: PathBuf,
        /// The missing file.
        key: PathBuf,
    },
    /// Nothing is there to work on.
    #[error("there is no Linchpin data in {}; name the directory with --data, or start a server there first", path.display())]
    Absent {
        /// The directory.
        path: PathBuf,
    },
    /// The database.
    #[error("the database cannot be used")]
    Store(#[from] linchpin_store::Error),
}

/// Held as long as the server runs.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Makes the data directory where it is missing, for its owner alone.
pub fn create(path: &Path) -> Result<(), DataError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(io_error("cannot make the data directory", path))
}

/// Takes the lock that lets one server alone run on the directory.
pub fn lock(path: &Path) -> Result<Lock, DataError> {
    let file_path = path.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&file_path)
        .map_err(io_error("cannot open", &file_path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(DataError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io_error("cannot lock", &file_path)(source)),
    }
}

/// Claims the database for one server. One that is about to stop is waited for a little.
pub async fn claim(config: &Config) -> Result<Serving, DataError> {
    let url = config.database();
    for attempt in 0.. {
        if let Some(serving) = Serving::claim(&url).await? {
            return Ok(serving);
        }
        if attempt == 0 {
            tracing::warn!("another server is using the database; waiting for it to stop");
        } else if attempt >= CLAIMS {
            break;
        }
        tokio::time::sleep(CLAIM_AGAIN).await;
    }
    // Everything behind the user and the password.
    let database = url.rsplit_once('@').map_or(url.as_str(), |(_, place)| place);
    Err(DataError::Served { database: database.split('?').next().unwrap_or_default().to_owned() })
}

/// The master key: from the configuration, else from its file, which is made for a new database.
pub fn master_key(config: &Config) -> Result<MasterKey, DataError> {
    if let Some(text) = &config.master_key {
        return MasterKey::parse(text.expose_secret())
            .ok_or_else(|| DataError::BadKey { place: "the setting master_key (LINCHPIN_MASTER_KEY)".into() });
    }
    let path = config.data.join(KEY_FILE);
    if let Some(key) = read_key(&path)? {
        return Ok(key);
    }
    if config.is_sqlite() && config.database_file().exists() {
        return Err(DataError::KeyMissing { database: config.database_file(), key: path });
    }
    // Two processes may start at once: the link decides, and both use the key that is there then.
    write_new(&path, &MasterKey::generate().to_text())?;
    read_key(&path)?.ok_or_else(|| io_error("cannot read", &path)(io::ErrorKind::NotFound.into()))
}

/// Reads a key file; `None` when there is none.
pub fn read_key(path: &Path) -> Result<Option<MasterKey>, DataError> {
    match std::fs::read_to_string(path) {
        Ok(text) => MasterKey::parse(&text)
            .map(Some)
            .ok_or_else(|| DataError::BadKey { place: format!("the file {}", path.display()) }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(io_error("cannot read", path)(source)),
    }
}

/// Opens the database of a configuration, making directory, key and tables where they are missing.
pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Store, DataError> {
    create(&config.data)?;
    let master_key = master_key(config)?;
    if config.is_sqlite() && config.database_url.is_none() {
        private_file(&config.database_file())?;
    }
    let store =
        Store::open(linchpin_store::Options { url: config.database(), master_key, clock: Arc::clone(&clock) }).await?;
    let next = config.data.join(NEXT_KEY_FILE);
    if config.master_key.is_some() || !next.exists() || projects::list(&mut store.read().await?).await.is_ok() {
        return Ok(store);
    }
    // `keys rotate` was killed after its commit: the database is sealed by the new key already.
    store.close().await;
    let master_key = read_key(&next)?.ok_or_else(|| io_error("cannot read", &next)(io::ErrorKind::NotFound.into()))?;
    let store = Store::open(linchpin_store::Options { url: config.database(), master_key, clock }).await?;
    projects::list(&mut store.read().await?).await?;
    adopt_next_key(&config.data)?;
    Ok(store)
}

/// Makes a rotation's new key the master key; the old one is kept under the name that is returned.
pub fn adopt_next_key(data: &Path) -> Result<PathBuf, DataError> {
    let path = data.join(KEY_FILE);
    let kept = (1..10_000).map(|number| data.join(format!("{KEY_FILE}.old.{number}"))).find(|kept| !kept.exists());
    let kept = kept.expect("there is a free number");
    std::fs::hard_link(&path, &kept).map_err(io_error("cannot write", &kept))?;
    std::fs::rename(data.join(NEXT_KEY_FILE), &path).map_err(io_error("cannot write", &path))?;
    File::open(data).and_then(|directory| directory.sync_all()).map_err(io_error("cannot sync", data))?;
    Ok(kept)
}

/// Opens the database of an installation that must exist.
pub async fn open_existing(config: &Config, clock: Arc<dyn Clock>) -> Result<Store, DataError> {
    must_exist(config)?;
    open(config, clock).await
}

/// Opens it as it is, without bringing its tables up to date: a backup before an upgrade is of the old ones.
pub async fn open_as_it_is(config: &Config, clock: Arc<dyn Clock>) -> Result<Store, DataError> {
    must_exist(config)?;
    let master_key = master_key(config)?;
    Ok(Store::connect(linchpin_store::Options { url: config.database(), master_key, clock }).await?)
}

fn must_exist(config: &Config) -> Result<(), DataError> {
    if config.is_sqlite() && config.database_url.is_none() && !config.database_file().exists() {
        return Err(DataError::Absent { path: config.data.clone() });
    }
    Ok(())
}

/// Writes a file for its owner alone, whole and synced with its directory, or not at all. Leaves a
/// file that is there already as it is; answers whether it wrote.
pub fn write_new(path: &Path, text: &str) -> Result<bool, DataError> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let temporary =
        directory.join(format!(".{}.{}", path.file_name().unwrap_or_default().to_string_lossy(), std::process::id()));
    let outcome = (|| {
        let mut file = private(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        let linked = match std::fs::hard_link(&temporary, path) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error),
        };
        File::open(directory)?.sync_all()?;
        Ok(linked)
    })();
    let _ = std::fs::remove_file(&temporary);
    outcome.map_err(io_error("cannot write", path))
}

/// Makes an empty file that its owner alone can read, so that SQLite does not make an open one.
fn private_file(path: &Path) -> Result<(), DataError> {
    if path.exists() {
        return Ok(());
    }
    match private(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(io_error("cannot make", path)(source)),
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DataError {
    let path = path.to_owned();
    move |source| DataError::Io { what, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let config = Config::defaults(directory.path());
        let first = master_key(&config).expect("made").to_text();
        assert_eq!(*master_key(&config).expect("read").to_text(), *first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(directory.path().join(KEY_FILE)).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(directory.path()).expect("readable").count(), 1, "no temporary file stays");
    }

    #[test]
    fn a_database_without_its_key_gets_no_new_one() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let config = Config::defaults(directory.path());
        std::fs::write(config.database_file(), "").expect("written");
        assert!(matches!(master_key(&config), Err(DataError::KeyMissing { .. })));
        assert!(!directory.path().join(KEY_FILE).exists());
    }

    #[test]
    fn one_server_alone_holds_the_lock() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let held = lock(directory.path()).expect("free");
        let refused = lock(directory.path()).expect_err("held");
        assert!(refused.to_string().starts_with("another `linchpin serve` is using the data directory"), "{refused}");
        drop(held);
        lock(directory.path()).expect("free again");
    }
}
