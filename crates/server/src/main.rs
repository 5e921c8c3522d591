//! The `linchpin` executable.

use std::process::ExitCode;

/// Much of an event's cost is small allocations on several threads; the system's allocator took a sixth more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    linchpin::commands::run()
}
