//! Durations, sizes and counts as people write them.

use std::fmt;
use std::time::Duration;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// `500ms`, `20s`, `15m`, `2h`, `7d`.
pub fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text: String = serde::Deserialize::deserialize(deserializer)?;
    parse_duration(&text).ok_or_else(|| {
        D::Error::custom(format!("`{text}` is no duration; write for example \"20s\", \"15m\" or \"2h\""))
    })
}

/// `64 KiB`, `1 MiB`, or bytes.
pub fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    deserializer.deserialize_any(Count {
        parse: parse_size,
        expected: "no size; write for example \"64 KiB\", \"1 MiB\" or a number of bytes",
    })
}

/// A number above zero; the environment has it as text.
pub fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    deserializer.deserialize_any(Count {
        parse: |text| text.trim().parse().ok().filter(|number| *number > 0),
        expected: "no whole number above 0",
    })
}

/// How many a minute; 0 is no limit. The environment has it as text.
pub fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let rate = deserializer.deserialize_any(Count {
        parse: |text| text.trim().parse::<u32>().ok().map(|rate| rate as usize),
        expected: "no whole number; write how many a minute, or 0 for no limit",
    })?;
    u32::try_from(rate).map_err(|_| D::Error::custom("the number is too large"))
}

/// Reads a duration.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..unit].parse().ok()?;
    let millis = match text[unit..].trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.checked_mul(millis)?))
}

fn parse_size(text: &str) -> Option<usize> {
    let text = text.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: usize = text[..unit].parse().ok()?;
    let factor = match text[unit..].trim() {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor).filter(|bytes| *bytes > 0)
}

struct Count {
    parse: fn(&str) -> Option<usize>,
    expected: &'static str,
}

impl Visitor<'_> for Count {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a text with a unit")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<usize, E> {
        (self.parse)(text).ok_or_else(|| E::custom(format!("`{text}` is {}", self.expected)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<usize, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<usize, E> {
        self.visit_str(&number.to_string())
    }
}
