//! Every dependency is under a permissive licence and comes from the package index. `deny.toml` says the same to
//! `cargo deny`, which takes too long to install to be asked of everybody.

use serde_json::Value;

use super::Findings;

const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "bzip2-1.0.6",
];

pub fn check(metadata: &Value, findings: &mut Findings) {
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = format!(
            "{} {}",
            package["name"].as_str().unwrap_or_default(),
            package["version"].as_str().unwrap_or_default()
        );
        match package["license"].as_str() {
            Some(licence) if is_permissive(licence) => {}
            Some(licence) => findings.fault(format!("{name} is under {licence}, which is not on our list")),
            None => findings.fault(format!("{name} states no licence")),
        }
        // `source` is absent for members of the workspace.
        if let Some(source) = package["source"].as_str()
            && !source.starts_with("registry+")
        {
            findings.fault(format!("{name} comes from {source}, not from a package index"));
        }
    }
}

/// Reads a licence expression: one side of an `OR` is enough, every part of an `AND` counts.
fn is_permissive(expression: &str) -> bool {
    // Older packages write `MIT/Apache-2.0` and mean `OR`.
    let tokens = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = tokens.split_whitespace().collect();
    let mut at = 0;
    let answer = any(&tokens, &mut at);
    answer && at == tokens.len()
}

fn any(tokens: &[&str], at: &mut usize) -> bool {
    let mut answer = all(tokens, at);
    while tokens.get(*at) == Some(&"OR") {
        *at += 1;
        answer |= all(tokens, at);
    }
    answer
}

fn all(tokens: &[&str], at: &mut usize) -> bool {
    let mut answer = one(tokens, at);
    while tokens.get(*at) == Some(&"AND") {
        *at += 1;
        answer &= one(tokens, at);
    }
    answer
}

fn one(tokens: &[&str], at: &mut usize) -> bool {
    let Some(token) = tokens.get(*at) else { return false };
    *at += 1;
    if *token == "(" {
        let answer = any(tokens, at);
        *at += 1;
        return answer;
    }
    let mut licence = (*token).to_owned();
    if tokens.get(*at) == Some(&"WITH") {
        licence = format!("{token} WITH {}", tokens.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    PERMISSIVE.contains(&licence.as_str())
}

#[cfg(test)]
mod tests {
    use super::is_permissive;

    #[track_caller]
    fn check(expression: &str, expected: bool) {
        assert_eq!(is_permissive(expression), expected, "{expression}");
    }

    #[test]
    fn expressions_are_read_as_they_are_meant() {
        check("MIT", true);
        check("MIT/Apache-2.0", true);
        check("Apache-2.0 WITH LLVM-exception OR MIT", true);
        check("GPL-3.0", false);
        check("GPL-3.0 OR MIT", true);
        check("GPL-3.0 AND MIT", false);
        check("(MIT OR GPL-3.0) AND Unicode-3.0", true);
        check("ISC AND (Apache-2.0 OR ISC) AND OpenSSL", true);
        check("MIT AND (GPL-3.0 OR AGPL-3.0)", false);
        check("", false);
        check("MIT MIT", false);
    }
}
