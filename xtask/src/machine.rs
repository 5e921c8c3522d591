//! What the machine must have beyond Rust and Node: `make`, with which the allocator is built, and for the tests a
//! Chromium and a PostgreSQL. Neither is ever skipped: without them the tests would say less than they seem to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::sh;

/// A Debian package and how to tell that it is there.
struct Need {
    package: &'static str,
    what_for: &'static str,
    found: fn() -> bool,
}

const CHROMIUM: Need = Need { package: "chromium", what_for: "the browser tests", found: || chromium().is_some() };
const POSTGRESQL: Need =
    Need { package: "postgresql", what_for: "the store's tests on PostgreSQL", found: || postgres().is_some() };

const MAKE: Need = Need { package: "make", what_for: "building Linchpin", found: || on_path("make").is_some() };

/// Sees to it that Linchpin can be built.
pub fn need_make() -> Result<()> {
    need(&MAKE)
}

/// Sees to it that PostgreSQL's server programs are there.
pub fn need_postgresql() -> Result<()> {
    need(&POSTGRESQL)
}

/// Sees to it that a Chromium is there and says where.
pub fn need_chromium() -> Result<PathBuf> {
    need(&CHROMIUM)?;
    Ok(chromium().expect("found a moment ago"))
}

/// The browser: `CHROMIUM`, else where distributions put it.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    named.into_iter().chain(usual.into_iter().map(PathBuf::from)).find(|path| path.is_file())
}

/// The folder of PostgreSQL's server programs (`initdb`, `postgres`): the newest that Debian keeps, else the path.
fn postgres() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").is_file())
        .collect();
    versions.sort();
    versions.pop().or_else(|| on_path("initdb"))
}

/// The folder of the path that has this program.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|bin| bin.join(program).is_file())
}

fn need(need: &Need) -> Result<()> {
    if (need.found)() {
        return Ok(());
    }
    let line = format!("apt-get update && apt-get install -y {}", need.package);
    if !Path::new("/usr/bin/apt-get").is_file() {
        bail!("{} is needed for {}: install it with your package manager", need.package, need.what_for);
    }
    if !is_root()? {
        bail!("{} is needed for {}; type:\n\n    sudo sh -c '{line}'\n", need.package, need.what_for);
    }
    eprintln!("{} is missing: {line}", need.package);
    // Debian starts a cluster of its own when it installs PostgreSQL; the tests start a private one and do not want it.
    let installed = sh::run(Command::new("sh").args(["-c", &line]).env("DEBIAN_FRONTEND", "noninteractive"));
    if let Err(error) = installed {
        bail!(
            "{} is needed for {} and could not be installed ({error}); type:\n\n    {line}\n",
            need.package,
            need.what_for
        );
    }
    if !(need.found)() {
        bail!("{} was installed and is still not found; {} need it", need.package, need.what_for);
    }
    Ok(())
}

fn is_root() -> Result<bool> {
    Ok(sh::output(Command::new("id").arg("-u"))?.trim() == "0")
}
