//! Long texts, kept compressed: zstd in base64, behind a mark that no JSON text begins with.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Result};

/// Texts up to this many bytes are kept as they are.
pub const PLAIN: usize = 64 * 1024;
const MARK: &str = "zstd:";
/// The library's default: fast, and most of what can be had.
const LEVEL: i32 = 3;

/// A text as it is kept.
pub fn pack(text: &str) -> Cow<'_, str> {
    if text.len() <= PLAIN {
        return Cow::Borrowed(text);
    }
    match zstd::encode_all(text.as_bytes(), LEVEL) {
        Ok(bytes) => {
            let packed = format!("{MARK}{}", STANDARD.encode(bytes));
            if packed.len() < text.len() { Cow::Owned(packed) } else { Cow::Borrowed(text) }
        }
        // Compressing in memory fails when there is no memory: as it is, it can still be kept.
        Err(_) => Cow::Borrowed(text),
    }
}

/// A text that was kept.
pub fn unpack(kept: String, column: &'static str) -> Result<String> {
    let Some(packed) = kept.strip_prefix(MARK) else { return Ok(kept) };
    let bytes = STANDARD.decode(packed).map_err(|error| Error::corrupt(column, error))?;
    let text = zstd::decode_all(bytes.as_slice()).map_err(|error| Error::corrupt(column, error))?;
    String::from_utf8(text).map_err(|error| Error::corrupt(column, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_kept_short_and_comes_back_as_it_was() {
        for text in [String::new(), "{}".into(), "x".repeat(PLAIN)] {
            assert_eq!(pack(&text), text, "short texts stay as they are");
        }
        let long = format!("{{\"a\":\"{}\\u0000ü\"}}", "abc ".repeat(50_000));
        let packed = pack(&long).into_owned();
        assert!(packed.len() < long.len() / 20, "{}", packed.len());
        assert_eq!(unpack(packed.clone(), "test").expect("whole"), long);
        assert!(unpack(packed[..packed.len() - 8].to_owned(), "test").is_err(), "a damaged text is noticed");
    }
}
