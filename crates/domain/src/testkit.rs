//! Inputs that nobody would write, for the tests of everything that reads what others wrote.
//!
//! They are good inputs with a few edits, because a parser gives up early on mere noise: what is deep inside is
//! reached by what is nearly right. `PROPTEST_CASES=100000` tries more of them than the usual 256.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Number, Value};

/// What is put between other text: syntax of the languages that we read, and what lies at the edge of types.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{ ",
    " }}",
    "{%",
    "%}",
    "{#",
    "|",
    "||",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "`",
    "\\",
    "\\u",
    "\\ud800",
    ":",
    ": ",
    ",",
    ", ",
    "\n",
    "\n  - ",
    "\n    ",
    "\t",
    "\r",
    "- ",
    "? ",
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "---\n",
    "%YAML",
    "|\n",
    ">\n",
    "#",
    "$",
    "$ref: ",
    "~",
    "~1",
    "~0",
    "/",
    "//",
    "../",
    "%00",
    "%2e%2e",
    "?",
    "&",
    "=",
    "@",
    ";",
    "*",
    "*/",
    "*/0",
    "0",
    "-1",
    "-",
    "1e999",
    "-1e-999",
    "9007199254740993",
    "18446744073709551616",
    "0.1",
    "NaN",
    "1_000",
    "0x7f",
    "null",
    "true",
    "false",
    "\u{0}",
    "\u{1}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{301}",
    "\u{202e}",
    "\u{feff}",
    "\u{fffd}",
    "\u{1f468}\u{200d}\u{1f469}",
    "ß",
    "İ",
    "trigger",
    "trigger.",
    "loop",
    "range(100000)",
    "**",
    "~ 'x' * 99",
    "Bearer ",
    "eyJ",
    "..",
    ".",
    "T",
    "Z",
    "+24:00",
];

/// One change of a text.
#[derive(Debug, Clone)]
enum Edit {
    /// What lies between two places goes.
    Remove(Index, Index),
    /// What lies between two places stands there several times.
    Repeat(Index, Index, usize),
    /// Something is put in.
    Put(Index, &'static str),
    /// Something is put in very often: depth.
    Pile(Index, &'static str),
    /// What lies between two places goes to a third.
    Move(Index, Index, Index),
    /// The rest goes.
    Cut(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), at()).prop_map(|(a, b)| Edit::Remove(a, b)),
        2 => (at(), at(), 2..4_usize).prop_map(|(a, b, times)| Edit::Repeat(a, b, times)),
        8 => (at(), select(PIECES)).prop_map(|(a, piece)| Edit::Put(a, piece)),
        1 => (at(), select(PIECES)).prop_map(|(a, piece)| Edit::Pile(a, piece)),
        2 => (at(), at(), at()).prop_map(|(a, b, c)| Edit::Move(a, b, c)),
        1 => at().prop_map(Edit::Cut),
    ]
}

/// The nearest place at or before an index at which a character begins.
fn place(text: &str, index: Index) -> usize {
    let mut at = index.index(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Two places that are near each other, in order: what goes away is a word or a line more often than half the text.
fn range(text: &str, from: Index, length: Index) -> std::ops::Range<usize> {
    let start = place(text, from);
    let mut end = (start + length.index(80)).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

impl Edit {
    fn make(&self, text: &mut String) {
        match self {
            Self::Remove(a, b) => text.replace_range(range(text, *a, *b), ""),
            Self::Repeat(a, b, times) => {
                let range = range(text, *a, *b);
                let repeated = text[range.clone()].repeat(*times);
                text.replace_range(range, &repeated);
            }
            Self::Put(a, piece) => text.insert_str(place(text, *a), piece),
            Self::Pile(a, piece) => text.insert_str(place(text, *a), &piece.repeat(2_000)),
            Self::Move(a, b, c) => {
                let range = range(text, *a, *b);
                let moved = text[range.clone()].to_owned();
                text.replace_range(range, "");
                text.insert_str(place(text, *c), &moved);
            }
            Self::Cut(a) => text.truncate(place(text, *a)),
        }
    }
}

/// One of several good texts, with up to six edits.
///
/// # Panics
/// When there is no text.
pub fn nearly(good: Vec<String>) -> impl Strategy<Value = String> {
    assert!(!good.is_empty(), "edits need a text to be made in");
    (select(good), prop::collection::vec(edit(), 0..=6)).prop_map(|(mut text, edits)| {
        for edit in &edits {
            edit.make(&mut text);
        }
        text
    })
}

/// The same as bytes, some of which are no text.
pub fn nearly_bytes(good: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    (nearly(good), prop::collection::vec((any::<Index>(), any::<u8>()), 0..3)).prop_map(|(text, bytes)| {
        let mut all = text.into_bytes();
        for (at, byte) in bytes {
            all.insert(at.index(all.len() + 1), byte);
        }
        all
    })
}

/// Any text, in which a piece of some language is likely.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::collection::vec(select(PIECES), 0..6).prop_map(|pieces| pieces.concat()),
        4 => "[ -~]{0,24}",
        1 => any::<String>(),
    ]
}

/// Any JSON, as deep as four.
pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
        (-20..20_i64).prop_map(Value::from),
        text().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}
