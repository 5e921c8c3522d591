//! The binaries: released, measured, and tried in the demo.

use std::path::PathBuf;

use anyhow::Result;

use crate::{machine, npm, sh};

/// Builds the web assets and the release binary around them.
pub fn release() -> Result<()> {
    let binary = build()?;
    let size = std::fs::metadata(&binary)?.len();
    eprintln!("built {} ({:.1} MB)", binary.display(), size as f64 / 1e6);
    Ok(())
}

/// Builds everything and runs `linchpin demo` until it is stopped.
///
/// The development binary, without what the tests need: a release takes twice as long to build, and who tries the
/// demo waits for it. Cargo says meanwhile what it does.
pub fn demo(args: &[String]) -> Result<()> {
    machine::need_make()?;
    npm::build_assets()?;
    sh::run(sh::cargo().args(["build", "--package", "linchpin", "--locked"]))?;
    let mut command = sh::program(sh::target_directory()?.join("debug/linchpin"), ".");
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

/// The development binary `linchpin`, and the benchmark's beside it.
///
/// All packages are named, with their tests: cargo gives a dependency the features that the chosen packages ask for,
/// and another choice than that of the Rust tests would compile nearly everything a second time.
pub fn development() -> Result<PathBuf> {
    let what = ["--workspace", "--bin", "linchpin", "--bin", "linchpin-bench", "--test", "it"];
    sh::run(sh::cargo().arg("build").args(what).args(["--locked", "--quiet"]))?;
    Ok(sh::target_directory()?.join("debug/linchpin"))
}

/// Kills the development binary at random moments under load, for about half a minute.
pub fn crash() -> Result<()> {
    let binary = development()?;
    let target = sh::target_directory()?;
    sh::run(
        sh::program(target.join("debug/linchpin-bench"), ".")
            .args(["crash", "--kills", "20", "--callers", "8", "--longest-life-ms", "800"])
            .arg("--linchpin")
            .arg(binary)
            .arg("--scratch")
            .arg(target.join("crash")),
    )
}

/// The release binary alone, for the benchmark too.
pub fn build() -> Result<PathBuf> {
    machine::need_make()?;
    npm::build_assets()?;
    sh::run(sh::cargo().args(["build", "--release", "--package", "linchpin", "--locked"]))?;
    Ok(sh::target_directory()?.join("release/linchpin"))
}
