//! Texts of a document as people read them in a manifest, and names made of them.

/// Licences that are permissive enough, as documents write them.
const LICENCES: [(&str, &str); 12] = [
    ("apache", "Apache-2.0"),
    ("bsd-3", "BSD-3-Clause"),
    ("bsd 3", "BSD-3-Clause"),
    ("bsd-2", "BSD-2-Clause"),
    ("cc0", "CC0-1.0"),
    ("cc-by-4.0", "CC-BY-4.0"),
    ("attribution 4.0 international", "CC-BY-4.0"),
    ("attribution 3.0", "CC-BY-3.0"),
    ("isc", "ISC"),
    ("unlicense", "Unlicense"),
    ("mit license", "MIT"),
    ("/mit", "MIT"),
];
/// What narrows a licence that is permissive without it.
const NARROWED: [&str; 5] = ["noncommercial", "non-commercial", "sharealike", "-nc", "-sa"];

/// The SPDX name of a licence that is known.
pub(super) fn spdx(name: &str, url: &str) -> Option<&'static str> {
    let (name, url) = (name.trim().to_lowercase(), url.to_lowercase());
    if NARROWED.iter().any(|word| name.contains(word) || url.contains(word)) {
        return None;
    }
    if name == "mit" {
        return Some("MIT");
    }
    let in_name = LICENCES.iter().find(|(word, _)| name.contains(word) && *word != "isc" || name == *word);
    in_name.or_else(|| LICENCES.iter().find(|(word, _)| *word != "isc" && url.contains(word))).map(|(_, spdx)| *spdx)
}

/// A text on one line, without what Markdown and HTML put around it.
pub(super) fn one_line(text: &str) -> String {
    // Line breaks that were escaped once too often.
    let text = &text.replace("\\n", " ");
    let mut plain = String::with_capacity(text.len());
    let mut tag = false;
    for c in text.chars() {
        match c {
            '<' => tag = true,
            '>' if tag => {
                tag = false;
                plain.push(' ');
            }
            _ if tag => {}
            '`' | '*' | '#' | '\\' => {}
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    if tag {
        // It was no tag.
        plain = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    }
    let plain = links(&plain);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `[text](address)` as its text.
fn links(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("](") {
        let (before, after) = rest.split_at(at);
        let Some(end) = after.find(')') else { break };
        match before.rfind('[') {
            Some(open) => {
                plain.push_str(&before[..open]);
                plain.push_str(&before[open + 1..]);
            }
            None => plain.push_str(before),
        }
        rest = &after[end + 1..];
    }
    plain.push_str(rest);
    plain
}

/// The first sentence of a text, cut where it is longer than so many characters.
pub(super) fn sentence(text: &str, most: usize) -> Option<String> {
    let paragraph = text.split("\n\n").map(one_line).find(|text| !text.is_empty())?;
    let mut end = paragraph.len();
    for (at, _) in paragraph.match_indices(". ") {
        // `e.g. `, `i.e. ` and single letters end no sentence.
        let word = paragraph[..at].rsplit([' ', '(']).next().unwrap_or_default();
        if word.chars().count() > 1 && !word.contains('.') {
            end = at + 1;
            break;
        }
    }
    let first = &paragraph[..end];
    Some(cut(first, most)).filter(|text| !text.is_empty())
}

/// A text of at most so many characters, cut between words.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.trim().to_owned();
    }
    let short: String = text.chars().take(most - 1).collect();
    let short = short.rsplit_once(' ').map_or(short.as_str(), |(short, _)| short);
    format!("{}…", short.trim_end_matches([',', ';', ':', ' ', '.']))
}

/// The words of a name in any of the usual ways to write one.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = text.chars().collect();
    for (index, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = index.checked_sub(1).map(|index| chars[index]);
        let after = chars.get(index + 1);
        let begins = c.is_ascii_uppercase()
            && (before.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                || (before.is_some_and(|c| c.is_ascii_uppercase()) && after.is_some_and(char::is_ascii_lowercase)));
        if begins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// `listPets`.
pub(super) fn camel(text: &str) -> String {
    let mut name = String::new();
    for (index, word) in words(text).iter().enumerate() {
        let lower = word.to_ascii_lowercase();
        if index == 0 {
            name.push_str(&lower);
        } else {
            name.push_str(&lower[..1].to_ascii_uppercase());
            name.push_str(&lower[1..]);
        }
    }
    name
}

/// `List pets`: as a label.
pub(super) fn label(text: &str) -> String {
    let words = words(text);
    let mut label = String::new();
    for (index, word) in words.iter().enumerate() {
        // Abbreviations stay as they are.
        let kept = word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let word = match word.to_ascii_lowercase().as_str() {
            "id" | "url" | "api" | "uri" | "ip" => word.to_ascii_uppercase(),
            _ if kept => word.clone(),
            lower if index == 0 => format!("{}{}", lower[..1].to_ascii_uppercase(), &lower[1..]),
            lower => lower.to_owned(),
        };
        if index > 0 {
            label.push(' ');
        }
        label.push_str(&word);
    }
    if label.is_empty() { text.to_owned() } else { label }
}

/// What people call the connector: the title without what every title says.
pub(super) fn name_of(title: &str) -> String {
    let title = one_line(title);
    let short = title
        .trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' '))
        .trim_end_matches(" v")
        .trim_end_matches(" V")
        .trim();
    let bare = short
        .strip_suffix("REST API")
        .or_else(|| short.strip_suffix(" API"))
        .map(|name| name.trim_end_matches([' ', '-', ':']).trim())
        .filter(|name| name.chars().count() > 1);
    let name = cut(bare.unwrap_or(short), 40);
    if name.is_empty() { title } else { name }
}

/// A kind: lower-case letters, digits and `-`.
pub(super) fn kind_of(name: &str) -> String {
    let kind = words(name).join("-").to_ascii_lowercase();
    let kind: String = kind.chars().take(40).collect();
    let kind = kind.trim_matches('-');
    if kind.starts_with(|c: char| c.is_ascii_lowercase()) {
        kind.to_owned()
    } else {
        format!("api-{kind}").trim_end_matches('-').to_owned()
    }
}

/// A text in which braces stand for themselves.
pub(super) fn literal(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_readable() {
        for (text, camel_case, as_label) in [
            ("listPets", "listPets", "List pets"),
            ("repos/list-for-org", "reposListForOrg", "Repos list for org"),
            ("pet_id", "petId", "Pet ID"),
            ("HTTPServer2", "httpServer2", "HTTP server2"),
            ("$top", "top", "Top"),
        ] {
            assert_eq!((camel(text).as_str(), label(text).as_str()), (camel_case, as_label), "{text}");
        }
        for (title, name, kind) in [
            ("Swagger Petstore - OpenAPI 3.0", "Swagger Petstore - OpenAPI", "swagger-petstore-open-api"),
            ("Acme REST API v2", "Acme", "acme"),
            ("API", "API", "api"),
            ("1Password Events API", "1Password Events", "api-1-password-events"),
            ("世界", "世界", "api"),
        ] {
            assert_eq!((name_of(title).as_str(), kind_of(&name_of(title)).as_str()), (name, kind), "{title}");
        }
    }

    #[test]
    fn sentences_lose_their_marks() {
        assert_eq!(
            sentence("Gets **one** [pet](https://x.example), e.g. a dog. More.\n\nEnd", 80).as_deref(),
            Some("Gets one pet, e.g. a dog.")
        );
        assert_eq!(sentence("<p>Makes a pet</p>", 80).as_deref(), Some("Makes a pet"));
        assert_eq!(sentence("a < b and so on", 80).as_deref(), Some("a < b and so on"));
        assert_eq!(sentence("one two three four", 10).as_deref(), Some("one two…"));
        assert_eq!(sentence(" \n", 10), None);
    }

    #[test]
    fn licences_are_known_by_name_or_address() {
        for (name, url, expected) in [
            ("Apache 2.0", "", Some("Apache-2.0")),
            ("MIT", "", Some("MIT")),
            ("See file", "https://opensource.org/licenses/MIT", Some("MIT")),
            ("CC BY-NC 4.0", "https://creativecommons.org/licenses/by-nc/4.0/", None),
            ("Terms of Use", "https://x.example/terms", None),
            ("Creative Commons Attribution 4.0 International", "", Some("CC-BY-4.0")),
            ("", "", None),
        ] {
            assert_eq!(spdx(name, url), expected, "{name} {url}");
        }
    }
}
