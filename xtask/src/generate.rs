//! What is generated and committed: `openapi.json` from the handlers, the dashboard's types from it, the client SDK's
//! reference from its doc comments.
//!
//! The files are committed so that a reader and a reviewer see what a change does to the API; `--check`, run by
//! `cargo xtask test`, keeps them true.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{build, npm, sh};

const OPENAPI: &str = "openapi.json";
const TYPES: &str = "web/src/api/generated.ts";
const REFERENCE: &str = "docs/sdk/reference.md";

/// Writes the generated files, or compares them.
pub fn run(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    let mut openapi = sh::output(sh::program(build::development()?, ".").arg("openapi"))?;
    if !openapi.ends_with('\n') {
        openapi.push('\n');
    }
    settle(OPENAPI, &openapi, check, &mut stale)?;

    npm::WEB.install()?;
    let made = sh::target_directory()?.join("generated.ts");
    sh::run(
        sh::program("npm", npm::WEB.0)
            .args(["exec", "--no", "--", "openapi-typescript", "../openapi.json", "-o"])
            .arg(&made)
            .stdout(std::process::Stdio::null()),
    )?;
    let types = fs::read_to_string(&made)?;
    settle(TYPES, &types, check, &mut stale)?;

    npm::SDK.install()?;
    let reference = sh::output(sh::program("npm", npm::SDK.0).args(["run", "--silent", "reference"]))?;
    settle(REFERENCE, &reference, check, &mut stale)?;

    if !stale.is_empty() {
        bail!("out of date: {}; run `cargo xtask generate` and commit", stale.join(", "));
    }
    Ok(())
}

fn settle(name: &'static str, text: &str, check: bool, stale: &mut Vec<&'static str>) -> Result<()> {
    let path = sh::root().join(name);
    if fs::read_to_string(&path).is_ok_and(|have| have == text) {
        return Ok(());
    }
    if check {
        stale.push(name);
        return Ok(());
    }
    fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
    fs::write(&path, text).with_context(|| format!("cannot write {name}"))?;
    eprintln!("wrote {name}");
    Ok(())
}
