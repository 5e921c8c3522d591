//! `{{ … }}` in texts: expressions over the trigger, earlier steps, settings, user and secrets.
//!
//! A text that is one expression keeps its value's JSON type; within other text it is interpolated.
//! Only expressions exist: no statements, no comments, and values are never evaluated again.
//! `{{{{` stands for a literal `{{`.

mod check;
mod context;
mod split;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use minijinja::value::{Value as JinjaValue, ValueKind};
use minijinja::{Environment, ErrorKind};
use serde_json::{Map, Value};

pub use check::{has_expression, paths, problems, problems_over};
pub use context::{Context, Shared};
use context::{Field, Filling};
use split::{Piece, split};

/// The roots that an expression may name.
pub const ROOTS: [&str; 6] = ["trigger", "steps", "settings", "user", "secrets", "item"];

/// Steps of evaluation that one expression may use up.
const FUEL: u64 = 20_000;
/// Bytes of one expression. Its compiler goes one level deeper with each operator: twice as many were still well in
/// the 2 MiB of stack that a thread has, unoptimised.
const LONGEST: usize = 4_000;

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    // The `debug` feature stays off: debug output of an error would print every variable, secrets included.
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Chainable);
    environment
});

/// The names that exist where a template stands.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Keys of earlier steps.
    pub steps: &'a BTreeSet<String>,
    /// Setting ids.
    pub settings: &'a BTreeSet<String>,
    /// Secret names.
    pub secrets: &'a BTreeSet<String>,
    /// Further roots: the items of the loops around, `pageToken` in a request of several pages.
    pub items: &'a BTreeSet<String>,
}

/// Why a template could not be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("in `{{{{ {expression} }}}}`: {message}")]
pub struct TemplateError {
    /// The expression as written.
    pub expression: String,
    /// What is wrong.
    pub message: String,
}

/// A value whose texts are templates, parsed once and filled in many times.
#[derive(Debug, Clone)]
pub enum Template {
    /// No expression inside.
    Literal(Value),
    /// One expression alone: keeps the type of its value.
    Expression(Arc<Expression>),
    /// Expressions within text.
    Text(Vec<Part>),
    /// A list.
    List(Vec<Template>),
    /// An object.
    Object(Vec<(String, Template)>),
}

/// A piece of a text.
#[derive(Debug, Clone)]
pub enum Part {
    /// As it stands.
    Literal(String),
    /// To be filled in.
    Expression(Arc<Expression>),
}

/// One compiled expression.
#[derive(Debug)]
pub struct Expression {
    source: String,
    compiled: minijinja::Expression<'static, 'static>,
    /// What it is, when it is no more than `name.field.field`: most are.
    path: Option<Vec<String>>,
}

impl Template {
    /// Parses every text in a JSON value.
    pub fn parse(value: &Value) -> Result<Self, TemplateError> {
        Ok(match value {
            Value::String(text) => Self::parse_text(text)?,
            Value::Array(items) => {
                let items = items.iter().map(Self::parse).collect::<Result<Vec<_>, _>>()?;
                if items.iter().all(|item| matches!(item, Self::Literal(_))) {
                    Self::Literal(value.clone())
                } else {
                    Self::List(items)
                }
            }
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), Self::parse(value)?)))
                    .collect::<Result<Vec<_>, _>>()?;
                if fields.iter().all(|(_, field)| matches!(field, Self::Literal(_))) {
                    Self::Literal(value.clone())
                } else {
                    Self::Object(fields)
                }
            }
            other => Self::Literal(other.clone()),
        })
    }

    fn parse_text(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        for piece in split(text)? {
            parts.push(match piece {
                Piece::Literal(literal) => Part::Literal(literal),
                Piece::Expression(source) => Part::Expression(Arc::new(Expression::compile(source)?)),
            });
        }
        Ok(match parts.as_slice() {
            [] => Self::Literal(Value::String(String::new())),
            [Part::Literal(literal)] => Self::Literal(Value::String(literal.clone())),
            [Part::Expression(expression)] => Self::Expression(Arc::clone(expression)),
            _ => Self::Text(parts),
        })
    }

    /// The roots that its expressions name, sorted.
    pub fn roots(&self) -> BTreeSet<String> {
        match self {
            Self::Literal(_) => BTreeSet::new(),
            Self::Expression(expression) => expression.roots(),
            Self::Text(parts) => parts
                .iter()
                .flat_map(|part| match part {
                    Part::Literal(_) => BTreeSet::new(),
                    Part::Expression(expression) => expression.roots(),
                })
                .collect(),
            Self::List(items) => items.iter().flat_map(Self::roots).collect(),
            Self::Object(fields) => fields.iter().flat_map(|(_, field)| field.roots()).collect(),
        }
    }

    /// Fills in a value. A field that the event does not have is null.
    pub fn fill(&self, context: &Context) -> Result<Value, TemplateError> {
        self.fill_with(&Filling::of(context))
    }

    /// One field's template, in an object of templates.
    pub fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, template)| template),
            _ => None,
        }
    }

    /// Fills in an address: within other text a value is percent-encoded, so that it cannot become
    /// syntax; one that begins the address (a base URL) stands as it is.
    pub fn fill_url(&self, context: &Context) -> Result<String, TemplateError> {
        let context = Filling::of(context);
        let Self::Text(parts) = self else {
            return Ok(match self.fill_with(&context)? {
                Value::Null => String::new(),
                Value::String(text) => text,
                other => other.to_string(),
            });
        };
        let mut url = String::new();
        for part in parts {
            match part {
                Part::Literal(literal) => url.push_str(literal),
                Part::Expression(expression) => {
                    let text = match expression.evaluate(&context)? {
                        Value::Null => String::new(),
                        Value::String(text) => text,
                        other => other.to_string(),
                    };
                    if url.is_empty() { url.push_str(&text) } else { url.extend(percent_encode(&text)) }
                }
            }
        }
        Ok(url)
    }

    fn fill_with(&self, context: &Filling<'_>) -> Result<Value, TemplateError> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Expression(expression) => expression.evaluate(context)?,
            Self::Text(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Literal(literal) => text.push_str(literal),
                        Part::Expression(expression) => match expression.evaluate(context)? {
                            Value::Null => {}
                            Value::String(value) => text.push_str(&value),
                            other => text.push_str(&other.to_string()),
                        },
                    }
                }
                Value::String(text)
            }
            Self::List(items) => {
                Value::Array(items.iter().map(|item| item.fill_with(context)).collect::<Result<_, _>>()?)
            }
            Self::Object(fields) => {
                let mut object = Map::new();
                for (name, field) in fields {
                    object.insert(name.clone(), field.fill_with(context)?);
                }
                Value::Object(object)
            }
        })
    }
}

/// Everything but the unreserved characters of RFC 3986, section 2.3.
fn percent_encode(text: &str) -> impl Iterator<Item = char> + '_ {
    text.bytes().flat_map(|byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let hex = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase();
        let escaped = [Some('%'), Some(hex(byte >> 4)), Some(hex(byte & 15))];
        if plain { [Some(char::from(byte)), None, None] } else { escaped }.into_iter().flatten()
    })
}

impl Expression {
    fn compile(source: String) -> Result<Self, TemplateError> {
        if source.len() > LONGEST {
            let message = format!("it is longer than {LONGEST} bytes; a function step has room for more");
            return Err(TemplateError { message, expression: source.chars().take(60).collect() });
        }
        match ENVIRONMENT.compile_expression_owned(source.clone()) {
            Ok(compiled) => Ok(Self { path: path_of(&source), source, compiled }),
            Err(error) => Err(TemplateError { message: describe(&error), expression: source }),
        }
    }

    /// The roots that it names, sorted.
    pub fn roots(&self) -> BTreeSet<String> {
        self.compiled.undeclared_variables(false).into_iter().collect()
    }

    fn evaluate(&self, context: &Filling<'_>) -> Result<Value, TemplateError> {
        if let Some(path) = &self.path {
            match context.field(path) {
                Field::Found(value) => return Ok(value.clone()),
                Field::Missing => return Ok(Value::Null),
                Field::Unknown => {}
            }
        }
        let failed =
            |error: &minijinja::Error| TemplateError { expression: self.source.clone(), message: describe(error) };
        let value = self.compiled.eval(context.ready()).map_err(|error| failed(&error))?;
        if value.is_undefined() {
            return Ok(Value::Null);
        }
        serde_json::to_value(&value)
            .map_err(|_| TemplateError { expression: self.source.clone(), message: "the result is not JSON".into() })
    }
}

/// The names of `name.field.field`; `None` for anything else, which the expression engine evaluates.
fn path_of(source: &str) -> Option<Vec<String>> {
    const LITERALS: [&str; 7] = ["true", "True", "false", "False", "none", "None", "self"];
    let is_name = |name: &&str| {
        let mut characters = name.chars();
        characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let names: Vec<&str> = source.split('.').collect();
    (names.iter().all(is_name) && !LITERALS.contains(&names[0])).then(|| names.into_iter().map(str::to_owned).collect())
}

fn describe(error: &minijinja::Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => "this expression takes too long".into(),
        ErrorKind::UndefinedError => "a name in it does not exist".into(),
        kind => error.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")),
    }
}

/// The kind of a value for people, as the variable menu shows it.
pub fn kind_name(value: &Value) -> &'static str {
    match JinjaValue::from(minijinja::value::Serde(value)).kind() {
        ValueKind::String => "text",
        ValueKind::Number => "number",
        ValueKind::Bool => "yes/no",
        ValueKind::Seq => "list",
        ValueKind::Map => "object",
        _ => "empty",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(template: Value) -> Value {
        let mut context = Context::default();
        context.set("trigger", &json!({"email": "a@b.c", "n": 9_007_199_254_740_993_i64, "f": 1.5, "no": null, "list": [1, {"x": "y"}], "First Name": "Ann", "evil": "{{ secrets.KEY }}"}));
        context.set("secrets", &json!({"KEY": "s3cret"}));
        Template::parse(&template).expect("parses").fill(&context).expect("fills")
    }

    #[test]
    fn one_expression_keeps_its_type() {
        assert_eq!(fill(json!("{{ trigger.n }}")), json!(9_007_199_254_740_993_i64));
        assert_eq!(fill(json!("{{trigger.f}}")), json!(1.5));
        assert_eq!(fill(json!("{{ trigger.no }}")), Value::Null);
        assert_eq!(fill(json!("{{ trigger.missing }}")), Value::Null);
        assert_eq!(fill(json!("{{ trigger.missing.deeper }}")), Value::Null);
        assert_eq!(fill(json!("{{ trigger.list }}")), json!([1, {"x": "y"}]));
        assert_eq!(fill(json!("{{ trigger[\"First Name\"] }}")), json!("Ann"));
        assert_eq!(fill(json!({"a": ["{{ trigger.list[1].x }}", 1]})), json!({"a": ["y", 1]}));
    }

    #[test]
    fn within_text_values_are_interpolated_as_json_and_null_is_empty() {
        assert_eq!(
            fill(json!("<{{ trigger.email }}> {{ trigger.no }}{{ trigger.missing }}{{ trigger.f == 1.5 }}")),
            json!("<a@b.c> true")
        );
    }

    #[test]
    fn a_path_gives_what_the_expression_engine_gives() {
        let values = json!({"a": {"b": {"c": [1, {"d": 2}]}, "n": null, "t": "text", "f": 1.0, "big": u64::MAX, "items": 3,
            "minus": i64::MIN, "no": false, "o": {"z": 1, "a": 2}}, "list": [{"x": 1}], "": 1});
        for path in [
            "trigger",
            "trigger.a",
            "trigger.a.b",
            "trigger.a.b.c",
            "trigger.a.b.c.d",
            "trigger.a.n",
            "trigger.a.n.x",
            "trigger.a.t",
            "trigger.a.t.x",
            "trigger.a.f",
            "trigger.a.f.x",
            "trigger.a.big",
            "trigger.a.minus",
            "trigger.a.items",
            "trigger.list",
            "trigger.list.x",
            "trigger.nothing",
            "trigger.nothing.x.y",
            "trigger.a.no",
            "trigger.a.o",
            "steps",
            "steps.one",
            "steps.one.b",
            "steps.two",
            "steps.two.x",
            "nowhere",
            "nowhere.x",
        ] {
            let mut context = Context::default();
            context.set("trigger", &values);
            context.share_all("steps", [("one", Shared::new(values["a"].clone()))].into_iter());
            let fill = |text: String| Template::parse(&json!(text)).expect("parses").fill(&context).expect("fills");
            // In brackets it is no path any more.
            assert_eq!(fill(format!("{{{{ {path} }}}}")), fill(format!("{{{{ ({path}) }}}}")), "{path}");
            assert_eq!(fill(format!("<{{{{ {path} }}}}>")), fill(format!("<{{{{ ({path}) }}}}>")), "{path}");
        }
        assert_eq!(path_of("trigger.email"), Some(vec!["trigger".to_owned(), "email".to_owned()]));
        for other in ["true", "none", "trigger.list[0]", "a.0", "a.", ".a", "", "a b", "a|length", "-a", "a.b()", "1"] {
            assert_eq!(path_of(other), None, "{other}");
        }
    }

    #[test]
    fn values_are_never_evaluated_again() {
        assert_eq!(fill(json!("x {{ trigger.evil }}")), json!("x {{ secrets.KEY }}"));
        assert_eq!(fill(json!("{% if 1 %}{# c #}")), json!("{% if 1 %}{# c #}"));
        assert_eq!(fill(json!("{{{{ not }} one")), json!("{{ not }} one"));
    }

    #[test]
    fn quotes_and_braces_inside_an_expression_do_not_end_it() {
        assert_eq!(fill(json!("{{ '}}' }}")), json!("}}"));
        assert_eq!(fill(json!("{{ {'a': {'b': 2}}.a.b }}")), json!(2));
    }

    #[test]
    fn an_endless_expression_runs_out_of_fuel() {
        let error = Template::parse(&json!(
            "{{ range(9999)|list|map('string')|list|length + range(9999)|map('string')|list|length }}"
        ))
        .and_then(|template| template.fill(&Context::default()));
        assert!(error.is_ok() || error.is_err_and(|error| error.message.contains("too long")));
    }

    fn check(text: &str, expected: &[&str]) {
        let steps = ["find".to_owned()].into();
        let settings = ["list".to_owned()].into();
        let secrets = BTreeSet::new();
        let found = problems(
            &json!({"a": text}),
            &Names { steps: &steps, settings: &settings, secrets: &secrets, items: &BTreeSet::new() },
        );
        assert_eq!(found.iter().map(|(_, message)| message.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn wrong_names_say_which_exist() {
        check("{{ trigger.whatever }} {{ steps.find.id }} {{ settings.list }} {{ user.metadata.Name }}", &[]);
        check("{{ steps.fnd.id }}", &["in `{{ steps.fnd.id }}`: there is no earlier step `fnd`; there are `find`"]);
        check("{{ secrets.KEY }}", &["in `{{ secrets.KEY }}`: there is no secret `KEY`; there are none yet"]);
        check(
            "{{ event.email }}",
            &[
                "in `{{ event.email }}`: there is no `event`; expressions begin with `trigger`, `steps`, `settings`, `user`, `secrets`",
            ],
        );
        check(
            "{{ trigger.email",
            &["in `{{ trigger.email }}`: `{{` is not closed: add `}}`, or write `{{{{` for a literal `{{`"],
        );
    }

    #[test]
    fn the_examples_of_the_documentation_are_true() {
        let page = include_str!("../../../docs/expressions.md");
        let values: Value = page
            .lines()
            .find(|line| line.starts_with("{\"trigger\""))
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .expect("the page has values");
        let mut context = Context::default();
        context.set("trigger", &values["trigger"]);
        context.set("steps", &values["steps"]);
        let mut seen = 0;
        for (template, expected) in page.lines().filter_map(|line| line.split_once(" → ")) {
            let expected: Value = serde_json::from_str(expected).unwrap_or_else(|error| panic!("{template}: {error}"));
            let filled = Template::parse(&json!(template)).and_then(|template| template.fill(&context));
            assert_eq!(filled, Ok(expected), "{template}");
            seen += 1;
        }
        assert!(seen >= 20, "{seen} examples were found");
    }
}
