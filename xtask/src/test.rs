//! `cargo xtask test`: everything that is checked, in one command, on a developer's machine and in CI alike.
//!
//! All of it runs on the development profile: a release build would double the time and prove little more.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::npm::{E2E, SDK, WEB};
use crate::phases::Phases;
use crate::{api, build, generate, machine, npm, sh, tidy};

#[derive(Args)]
pub struct Options {
    /// Only this part; may be given several times
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting, lints, repository rules, Rust tests
    Rust,
    /// The dashboard and the Connect Portal: types, lints, unit tests
    Web,
    /// The HTTP API against its own description
    Api,
    /// The client SDK
    Sdk,
    /// Browser tests against the real binary and the simulator
    E2e,
}

/// Runs the parts asked for; all of them when none is named.
pub fn run(options: &Options) -> Result<()> {
    let wants = |part| options.only.is_empty() || options.only.contains(&part);
    let mut phases = Phases::default();
    machine::need_make()?;

    // First, so that nobody waits a quarter of an hour for a line to type.
    let postgresql = !wants(Part::Rust) || phases.run("PostgreSQL for the Rust tests", machine::need_postgresql);
    let mut chromium = None;
    if wants(Part::E2e) {
        phases.run("Chromium for the browser tests", || {
            chromium = Some(machine::need_chromium()?);
            Ok(())
        });
    }
    if wants(Part::Rust) {
        phases.run("repository rules", tidy::run);
        phases.run("formatting", || sh::run(sh::cargo().args(["fmt", "--all", "--", "--check"])));
    }
    // The binary embeds what the web and SDK builds make; nothing of Rust's server compiles truthfully without.
    let assets = phases.run("build of the web assets", npm::build_assets);

    if wants(Part::Sdk) {
        node_tests(&mut phases, "SDK: types", "SDK: tests", SDK);
    }
    if wants(Part::Web) {
        if WEB.has_script("lint")? {
            phases.run("web: lints", || WEB.script("lint"));
        }
        node_tests(&mut phases, "web: types", "web: unit tests", WEB);
    }
    if wants(Part::Rust) {
        rust(&mut phases, postgresql);
    }
    if wants(Part::Api) {
        if assets {
            phases.run("HTTP API against its description", api::run);
        } else {
            phases.skip("HTTP API against its description", "the web assets did not build");
        }
    }
    if wants(Part::E2e) {
        match chromium {
            Some(chromium) if assets => browser(&mut phases, &chromium),
            Some(_) => phases.skip("browser tests", "the web assets did not build"),
            None => phases.skip("browser tests", "there is no Chromium"),
        }
    }
    phases.finish()
}

fn node_tests(phases: &mut Phases, types: &'static str, tests: &'static str, package: npm::Package) {
    phases.run(types, || {
        package.install()?;
        package.script("typecheck")
    });
    phases.run(tests, || package.script("test"));
}

fn rust(phases: &mut Phases, postgresql: bool) {
    phases.run("Rust: lints", || {
        sh::run(sh::cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--quiet",
            "--",
            "--deny",
            "warnings",
        ]))
    });
    // Installing cargo-deny takes longer than all other checks together. Where it is there it is used; the rules that
    // matter most (arrows, licences, sources) are kept by `tidy` in any case.
    if sh::exists("cargo-deny") {
        phases.run("Rust: cargo deny", || sh::run(sh::cargo().args(["deny", "check", "bans", "licenses", "sources"])));
    }
    if postgresql {
        phases.run("Rust: tests", || sh::run(sh::cargo().args(["test", "--workspace", "--locked", "--no-fail-fast"])));
    } else {
        phases.skip("Rust: tests", "there is no PostgreSQL");
    }
    phases.run("Rust: kill -9 at random moments", build::crash);
    phases.run("generated files are up to date", || generate::run(true));
}

fn browser(phases: &mut Phases, chromium: &Path) {
    let mut binary = PathBuf::new();
    let ready = phases.run("build for the browser tests", || {
        E2E.install()?;
        E2E.script("typecheck")?;
        binary = build::development()?;
        Ok(())
    });
    if !ready {
        phases.skip("browser tests", "they could not be built");
        return;
    }
    phases.run("browser tests", || {
        let mut command = sh::program("npm", E2E.0);
        command.args(["run", "--silent", "test"]).env("LINCHPIN_BIN", &binary).env("CHROMIUM", chromium);
        sh::run(&mut command)
    });
}
