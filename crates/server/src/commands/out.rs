//! What commands print. A reader that has seen enough (`| head`) is no fault: the rest is left unsaid.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Prints a line.
pub(super) fn line(line: Arguments<'_>) {
    text(format_args!("{line}\n"));
}

/// Prints a text as it is.
pub(super) fn text(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    match out.write_fmt(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("error: standard output cannot be written: {error}");
            std::process::exit(1);
        }
        _ => {}
    }
}
