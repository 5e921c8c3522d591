//! How deep a YAML document may go. Its reader takes more of the stack with each level, and so does all that walks
//! through a value; the levels are counted before anything is built. (How much aliases repeat, the reader limits.)

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};

use super::Position;

/// Lists and objects in each other: as many as `serde_json` reads, since what is read here is stored as JSON.
const DEEPEST: usize = 127;

/// A list or object that has not ended.
struct Open {
    anchor: usize,
    /// Levels in it so far.
    depth: usize,
}

/// The first place at which a text is too deep. What is no YAML is for the reader to say.
pub(super) fn too_deep(text: &str) -> Option<(Position, String)> {
    let mut parser = Parser::new_from_str(text);
    let mut open = Vec::<Open>::new();
    // What an anchor names, and its levels.
    let mut named = HashMap::new();
    while let Some(Ok((event, span))) = parser.next_event() {
        let inner = match event {
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                open.push(Open { anchor, depth: 0 });
                0
            }
            Event::Alias(anchor) => named.get(&anchor).copied().unwrap_or(0),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(ended) = open.pop() else { continue };
                named.insert(ended.anchor, ended.depth + 1);
                ended.depth + 1
            }
            _ => continue,
        };
        if let Some(around) = open.last_mut() {
            around.depth = around.depth.max(inner);
        }
        if open.len() + inner > DEEPEST {
            let at = Position { line: span.start.line().max(1), column: span.start.col() + 1 };
            return Some((at, format!("this is more than {DEEPEST} lists and objects deep")));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::Document;

    /// Anchors, each of them a list of aliases of the one before.
    fn repeated(levels: usize, each: usize) -> String {
        (1..=levels).fold("a0: &a0 ha\n".to_owned(), |all, n| {
            format!("{all}a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); each].join(", "))
        })
    }

    #[test]
    fn what_is_too_deep_has_a_place_and_what_is_not_can_be_stored() {
        let nested = |lists: usize| format!("a: {}{}", "[".repeat(lists), "]".repeat(lists));
        for text in [nested(126), repeated(126, 1)] {
            let document = Document::parse("a", &text).expect("not too deep");
            serde_json::from_str::<serde_json::Value>(&document.value().to_string()).expect("readable again");
        }
        let problem = Document::parse("a", &nested(127)).expect_err("too deep");
        assert_eq!((problem.at.line, problem.at.column), (1, 130), "{problem}");
        // Aliases deepen as well.
        let problem = Document::parse("a", &repeated(127, 1)).expect_err("too deep");
        assert_eq!((problem.at.line, problem.message.contains("deep")), (128, true), "{problem}");
        assert!(Document::parse("a", &repeated(20, 9)).expect_err("too much").message.contains("budget"));
        // A name that is used before it means anything is not followed.
        assert!(Document::parse("a", "a: &a [*a, *b]").is_err());
    }
}
