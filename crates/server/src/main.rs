//! The `linchpin` executable.

use std::process::ExitCode;

/// Much of an event's cost is small allocations. This allocator gives what was freed last first, which is still in the
/// processor's cache, and gives back what is not used for a while (`.cargo/config.toml`).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    small_pages();
    linchpin::commands::run()
}

/// Memory in pages of the usual size. Of huge ones (2 MiB each) an idle server held 40 MB more than it used, and
/// under load, with most of its memory in small pieces that come and go, it was not faster by them.
#[cfg(target_os = "linux")]
fn small_pages() {
    // A system without them refuses, and that is as good.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(not(target_os = "linux"))]
fn small_pages() {}
