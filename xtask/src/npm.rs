//! The Node parts of the repository: `web`, `sdk/js`, `e2e`, `examples/*`.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::sh;

/// A folder with a `package.json`.
#[derive(Clone, Copy)]
pub struct Package(pub &'static str);

pub const WEB: Package = Package("web");
pub const SDK: Package = Package("sdk/js");
pub const E2E: Package = Package("e2e");

impl Package {
    /// Installs the package's dependencies exactly as its lock file has them, unless they are there already.
    pub fn install(self) -> Result<()> {
        need_node()?;
        let lock = self.path("package-lock.json");
        let text = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let fingerprint = format!("{:016x}", hasher.finish());
        let stamp = self.path("node_modules/.linchpin-lock");
        if fs::read_to_string(&stamp).is_ok_and(|have| have == fingerprint) {
            return Ok(());
        }
        sh::run(npm(self).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).stdout(std::io::stderr()))?;
        fs::create_dir_all(self.path("node_modules"))?;
        fs::write(&stamp, fingerprint).with_context(|| format!("cannot write {}", stamp.display()))
    }

    /// Runs a script of the package.
    pub fn script(self, name: &str) -> Result<()> {
        let mut command = npm(self);
        command.args(["run", "--silent", name]);
        if name == "build" {
            // Standard output belongs to what is built: `cargo xtask demo --json` prints its JSON there, first.
            command.stdout(std::io::stderr());
        }
        sh::run(&mut command)
    }

    /// Whether the package has a script of this name.
    pub fn has_script(self, name: &str) -> Result<bool> {
        let path = self.path("package.json");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: serde_json::Value =
            serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
        Ok(manifest["scripts"][name].is_string())
    }

    /// A path inside the package's folder.
    pub fn path(self, inside: &str) -> PathBuf {
        sh::root().join(self.0).join(inside)
    }
}

/// Builds what the binary embeds: the SDK first, for the portal speaks its protocol.
pub fn build_assets() -> Result<()> {
    SDK.install()?;
    SDK.script("build")?;
    WEB.install()?;
    WEB.script("build")
}

fn npm(package: Package) -> Command {
    let mut command = sh::program("npm", package.0);
    // No test or build of ours downloads a browser or reports to anybody.
    command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    command.env("npm_config_update_notifier", "false");
    command
}

fn need_node() -> Result<()> {
    if !sh::exists("node") || !sh::exists("npm") {
        bail!("Node.js 20.19 or later with npm is needed and not on the path; see https://nodejs.org");
    }
    let version = sh::output(Command::new("node").arg("--version"))?;
    let mut numbers = version.trim().trim_start_matches('v').split('.');
    let mut number = || numbers.next().and_then(|word| word.parse::<u32>().ok()).unwrap_or(0);
    if (number(), number()) < (20, 19) {
        bail!("Node.js 20.19 or later is needed; `node --version` says {}", version.trim());
    }
    Ok(())
}
