//! The `linchpin` executable.

use std::process::ExitCode;

fn main() -> ExitCode {
    linchpin::commands::run()
}
