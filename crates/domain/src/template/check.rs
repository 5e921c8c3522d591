//! What keeps templates from being filled in, before anything runs.

use serde_json::Value;

use super::split::{Piece, split};
use super::{Expression, Names, ROOTS};
use crate::workflow::names_that_exist;

/// The problems of every template in a value: `(JSON pointer, message)`, naming the names that exist.
pub fn problems(value: &Value, names: &Names<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(value, &mut String::new(), &mut |pointer, text| {
        let pieces = match split(text) {
            Ok(pieces) => pieces,
            Err(error) => return found.push((pointer.to_owned(), error.to_string())),
        };
        for piece in pieces {
            let Piece::Expression(source) = piece else { continue };
            match Expression::compile(source) {
                Err(error) => found.push((pointer.to_owned(), error.to_string())),
                Ok(expression) => {
                    for message in unknown_names(&expression, names) {
                        found.push((pointer.to_owned(), format!("in `{{{{ {} }}}}`: {message}", expression.source)));
                    }
                }
            }
        }
    });
    found
}

/// The same where expressions may name a few roots alone, and whatever they like below them.
pub fn problems_over(value: &Value, roots: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(value, &mut String::new(), &mut |pointer, text| {
        let pieces = match split(text) {
            Ok(pieces) => pieces,
            Err(error) => return found.push((pointer.to_owned(), error.to_string())),
        };
        for piece in pieces {
            let Piece::Expression(source) = piece else { continue };
            let expression = match Expression::compile(source) {
                Ok(expression) => expression,
                Err(error) => {
                    found.push((pointer.to_owned(), error.to_string()));
                    continue;
                }
            };
            let mut named: Vec<_> = expression.compiled.undeclared_variables(false).into_iter().collect();
            named.sort();
            for name in named.iter().filter(|name| !roots.contains(&name.as_str())) {
                let known: Vec<String> = roots.iter().map(|root| format!("`{root}`")).collect();
                let known = known.join(", ");
                let message = format!(
                    "in `{{{{ {} }}}}`: there is no `{name}` here; expressions begin with {known}",
                    expression.source
                );
                found.push((pointer.to_owned(), message));
            }
        }
    });
    found
}

/// The dotted paths that the expressions of a value read, `(JSON pointer, path)`; what cannot be read is left out.
pub fn paths(value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(value, &mut String::new(), &mut |pointer, text| {
        for piece in split(text).unwrap_or_default() {
            let Piece::Expression(source) = piece else { continue };
            let Ok(expression) = Expression::compile(source) else { continue };
            let mut paths: Vec<_> = expression.compiled.undeclared_variables(true).into_iter().collect();
            paths.sort();
            found.extend(paths.into_iter().map(|path| (pointer.to_owned(), path)));
        }
    });
    found
}

fn unknown_names(expression: &Expression, names: &Names<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut paths: Vec<_> = expression.compiled.undeclared_variables(true).into_iter().collect();
    paths.sort();
    for path in paths {
        let mut parts = path.split('.');
        let root = parts.next().unwrap_or_default();
        if names.items.contains(root) {
            continue;
        }
        if !ROOTS[..5].contains(&root) {
            let known = ROOTS[..5].iter().copied().chain(names.items.iter().map(String::as_str));
            found.push(format!(
                "there is no `{root}`; expressions begin with {}",
                known.map(|root| format!("`{root}`")).collect::<Vec<_>>().join(", ")
            ));
            continue;
        }
        let Some(name) = parts.next() else { continue };
        let (kind, known) = match root {
            "steps" => ("earlier step", names.steps),
            "settings" => ("setting", names.settings),
            "secrets" => ("secret", names.secrets),
            _ => continue,
        };
        if !known.contains(name) {
            found.push(format!("there is no {kind} `{name}`; {}", names_that_exist(known)));
        }
    }
    found
}

fn walk(value: &Value, pointer: &mut String, visit: &mut impl FnMut(&str, &str)) {
    let length = pointer.len();
    match value {
        Value::String(text) => visit(pointer, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                walk(item, pointer, visit);
                pointer.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                pointer.push('/');
                pointer.push_str(&crate::source::escape(name));
                walk(field, pointer, visit);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// Whether a value holds an expression anywhere: used to tell constants from templates.
pub fn has_expression(value: &Value) -> bool {
    let mut found = false;
    walk(value, &mut String::new(), &mut |_, text| found |= text.contains("{{"));
    found
}
