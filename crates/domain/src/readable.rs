//! JSON texts that are kept: whether one can be read later, and reading it then.
//!
//! `serde_json` skips what nobody asks for without looking closely: half of a surrogate pair, a number that no number
//! type holds and any depth pass as a `RawValue`, and fail when they are read as a value.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Lists and objects in each other, in what a caller sends. `serde_json`, and many another reader, takes 127, and
/// there is something around a payload wherever it is shown.
pub const DEEPEST: usize = 100;

/// Reads a text that we wrote. It may be deeper than what anybody may send: a step's inputs hold answers, which hold
/// what was sent, each within what its own reader allows.
pub fn read_back<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(json);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Checks that a JSON text can be read as a value and is not too deep. Nothing is built.
pub fn check(json: &str) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(json);
    Walk { room: DEEPEST }.deserialize(&mut reader)?;
    reader.end()
}

/// Looks at a value and all in it.
#[derive(Clone, Copy)]
struct Walk {
    /// Levels that it may still have.
    room: usize,
}

impl Walk {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let room = self.room.checked_sub(1);
        room.map(|room| Self { room }).ok_or_else(|| E::custom(format!("more than {DEEPEST} lists and objects deep")))
    }
}

impl<'de> DeserializeSeed<'de> for Walk {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while fields.next_key_seed(inner)?.is_some() {
            fields.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::testkit::nearly;

    #[test]
    fn what_could_not_be_read_later_is_found() {
        for (json, said) in [
            (r#"{"a": "\ud800"}"#, "hex escape"),
            (r#"{"\udc00": 1}"#, "surrogate"),
            (r#"{"a": [1e999]}"#, "out of range"),
            (r#"{"a": 1} x"#, "trailing"),
            (&format!("{}{}", "[".repeat(101), "]".repeat(101)), "more than 100 lists and objects deep"),
            (&"[".repeat(100_000), "deep"),
        ] {
            let error = check(json).expect_err(json).to_string();
            assert!(error.contains(said), "{error}");
        }
        check(&format!("{}{}", "[".repeat(100), "]".repeat(100))).expect("not too deep");
    }

    proptest! {
        #[test]
        fn what_is_found_readable_is(json in nearly(vec![
            r#"{"email":"ann@example.com","tags":["a",{"b":null}],"amount":-12.5e3,"text":"\u00e9\n\ud83d\ude00","big":18446744073709551616,"ok":true}"#.into(),
        ])) {
            match (check(&json), serde_json::from_str::<Value>(&json)) {
                (Ok(()), Err(error)) => prop_assert!(false, "{error}"),
                (Err(error), Ok(_)) => prop_assert!(error.to_string().contains("deep"), "{error}"),
                _ => {}
            }
        }
    }
}
