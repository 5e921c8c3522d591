//! `linchpin backup`, `restore`, `migrate`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use linchpin_store::maintenance;

use super::Usage;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::data_dir;

/// Copy the database into a file, also while a server runs
#[derive(clap::Args)]
pub struct Backup {
    /// The file to write; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also write the master key, as FILE.master.key
    #[arg(long)]
    with_master_key: bool,
}

/// Put a backup into a data directory (the server must be stopped)
#[derive(clap::Args)]
pub struct Restore {
    /// The file that `linchpin backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace the database that is there
    #[arg(long)]
    force: bool,
}

/// Copies the database.
pub async fn backup(config: Config, options: Backup) -> Result<()> {
    only_sqlite(&config, "pg_dump --format=custom --file=linchpin.dump \"$LINCHPIN_DATABASE_URL\"")?;
    let store = data_dir::open_as_it_is(&config, Arc::new(SystemClock)).await?;
    let directory = options.file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = options.file.file_name().context("name a file to write")?.to_string_lossy().into_owned();
    let temporary = directory.join(format!(".{name}.part"));
    if options.file.exists() {
        bail!("{} exists already; choose another name", options.file.display());
    }
    let _ = std::fs::remove_file(&temporary);
    let mut conn = store.read().await?;
    maintenance::copy_into(&mut conn, &temporary)
        .await
        .with_context(|| format!("cannot write the backup {}", options.file.display()))?;
    drop(conn);
    store.close().await;
    private(&temporary)?;
    std::fs::File::open(&temporary)?.sync_all()?;
    std::fs::rename(&temporary, &options.file)?;
    say!("{}", options.file.display());
    let key = key_beside(&options.file);
    if options.with_master_key {
        let text = data_dir::master_key(&config)?.to_text();
        if !data_dir::write_new(&key, &text)? {
            bail!("{} exists already; the database was copied, the master key was not", key.display());
        }
        say!("{}", key.display());
        eprintln!("The backup holds the master key: whoever has both files can read every stored credential.");
    } else {
        eprintln!(
            "The backup does not hold the master key, and is of no use without it. Keep {} in another safe place, or use --with-master-key.",
            match config.master_key {
                Some(_) => "LINCHPIN_MASTER_KEY".to_owned(),
                None => config.data.join(data_dir::KEY_FILE).display().to_string(),
            }
        );
    }
    Ok(())
}

/// Puts a backup in place.
pub async fn restore(config: Config, options: Restore) -> Result<()> {
    only_sqlite(&config, "pg_restore --clean --if-exists --dbname=\"$LINCHPIN_DATABASE_URL\" linchpin.dump")?;
    if !options.file.is_file() {
        bail!("there is no backup {}", options.file.display());
    }
    data_dir::create(&config.data)?;
    let lock = data_dir::lock(&config.data)?;
    let database = config.database_file();
    if database.exists() && !options.force {
        bail!(
            "{} holds a database already; use --force to replace it, or another directory with --data",
            config.data.display()
        );
    }
    let key = key_beside(&options.file);
    let own_key = config.data.join(data_dir::KEY_FILE);
    if config.master_key.is_none() && !own_key.exists() {
        match data_dir::read_key(&key)? {
            Some(found) => {
                data_dir::write_new(&own_key, &found.to_text())?;
            }
            None => bail!(
                "the master key is missing: put it at {} (or set LINCHPIN_MASTER_KEY), then restore again; {} is not there either",
                own_key.display(),
                key.display()
            ),
        }
    }
    let temporary = config.data.join("linchpin.db.restore");
    std::fs::copy(&options.file, &temporary).with_context(|| format!("cannot copy {}", options.file.display()))?;
    private(&temporary)?;
    std::fs::File::open(&temporary)?.sync_all()?;
    for old in ["linchpin.db-wal", "linchpin.db-shm"] {
        let _ = std::fs::remove_file(config.data.join(old));
    }
    std::fs::rename(&temporary, &database)?;
    let store = data_dir::open(&config, Arc::new(SystemClock)).await?;
    let mut conn = store.read().await?;
    let projects = linchpin_store::projects::list(&mut conn)
        .await
        .context("the database is in place, but the master key does not open it; put the key of that time in place")?;
    let problems = maintenance::integrity_problems(&mut conn).await?;
    drop(conn);
    store.close().await;
    drop(lock);
    if let Some(problem) = problems.first() {
        bail!("the restored database is damaged: {problem}");
    }
    say!("{} projects restored into {}", projects.len(), config.data.display());
    Ok(())
}

/// Brings the tables up to date.
pub async fn migrate(config: Config) -> Result<()> {
    let store = data_dir::open(&config, Arc::new(SystemClock)).await?;
    store.close().await;
    say!("the database's tables are up to date");
    Ok(())
}

fn only_sqlite(config: &Config, instead: &str) -> Result<()> {
    if config.is_sqlite() {
        return Ok(());
    }
    Err(Usage(format!("the database is PostgreSQL: use its own tools, for example\n  {instead}\nand keep the master key in a safe place as well")).into())
}

fn key_beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(".master.key");
    file.with_file_name(name)
}

fn private(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}
