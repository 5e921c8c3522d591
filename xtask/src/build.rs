//! The release binary, and the demo that runs it.

use std::path::PathBuf;

use anyhow::Result;

use crate::{npm, sh};

/// Builds the web assets and the release binary around them.
pub fn release() -> Result<()> {
    let binary = build()?;
    let size = std::fs::metadata(&binary)?.len();
    eprintln!("built {} ({:.1} MB)", binary.display(), size as f64 / 1e6);
    Ok(())
}

/// Builds everything and runs `linchpin demo` until it is stopped.
pub fn demo(args: &[String]) -> Result<()> {
    let binary = build()?;
    let mut command = sh::program(&binary, ".");
    command.arg("demo").args(args);
    // The demo gets Ctrl-C itself, from the terminal, and ends in order; this task waits for it.
    sh::run(&mut command)
}

/// Builds the release binary and the benchmark, and runs it. The figures go to `bench.json` in the target directory.
pub fn bench(args: &[String]) -> Result<()> {
    let binary = build()?;
    sh::run(sh::cargo().args(["build", "--release", "--package", "linchpin-bench", "--locked"]))?;
    let target = sh::target_directory()?;
    // The data lies in the target directory, because a memory file system would make every fsync free.
    sh::run(
        sh::program(target.join("release/linchpin-bench"), ".")
            .arg("run")
            .arg("--linchpin")
            .arg(binary)
            .arg("--scratch")
            .arg(target.join("bench"))
            .arg("--json")
            .arg(target.join("bench.json"))
            .args(args),
    )
}

/// The release binary alone, for the benchmark too.
pub fn build() -> Result<PathBuf> {
    npm::build_assets()?;
    sh::run(sh::cargo().args(["build", "--release", "--package", "linchpin", "--locked"]))?;
    Ok(sh::target_directory()?.join("release/linchpin"))
}
