//! The values that expressions are evaluated over.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use minijinja::value::Value as JinjaValue;
use serde_json::Value;

/// A value that expressions see; a clone costs nothing. A field of a field is found in it as it is; the
/// expression engine's own form is made once, when an expression needs it.
#[derive(Debug, Clone)]
pub struct Shared(Arc<Held>);

#[derive(Debug)]
struct Held {
    value: Value,
    ready: OnceLock<JinjaValue>,
}

impl Shared {
    /// Shares a value.
    pub fn new(value: Value) -> Self {
        Self(Arc::new(Held { value, ready: OnceLock::new() }))
    }

    /// The value itself.
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// Whether this field of an object is this text.
    pub fn says(&self, field: &str, text: &str) -> bool {
        self.0.value.get(field).and_then(Value::as_str) == Some(text)
    }

    fn ready(&self) -> JinjaValue {
        self.0.ready.get_or_init(|| JinjaValue::from(minijinja::value::Serde(&self.0.value))).clone()
    }
}

/// The values that expressions are evaluated over.
#[derive(Debug, Clone, Default)]
pub struct Context {
    roots: BTreeMap<Cow<'static, str>, Root>,
}

#[derive(Debug, Clone)]
enum Root {
    Value(Shared),
    /// An object of values.
    Fields(BTreeMap<String, Shared>),
}

impl Context {
    /// Sets one root to a value.
    pub fn set(&mut self, root: impl Into<Cow<'static, str>>, value: &Value) {
        self.share(root, &Shared::new(value.clone()));
    }

    /// Sets one root to a value that is shared.
    pub fn share(&mut self, root: impl Into<Cow<'static, str>>, value: &Shared) {
        self.roots.insert(root.into(), Root::Value(value.clone()));
    }

    /// Sets one root to an object of values that are shared.
    pub fn share_all<'a>(&mut self, root: &'static str, fields: impl Iterator<Item = (&'a str, Shared)>) {
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).collect();
        self.roots.insert(root.into(), Root::Fields(fields));
    }
}

/// What stands at a path.
pub(super) enum Field<'a> {
    /// This.
    Found(&'a Value),
    /// Nothing.
    Missing,
    /// Only the expression engine can tell.
    Unknown,
}

/// A context while a template is filled in.
pub(super) struct Filling<'a> {
    context: &'a Context,
    ready: OnceCell<JinjaValue>,
}

impl<'a> Filling<'a> {
    pub fn of(context: &'a Context) -> Self {
        Self { context, ready: OnceCell::new() }
    }

    /// What stands at a path.
    pub fn field(&self, path: &[String]) -> Field<'a> {
        let Some((root, fields)) = path.split_first() else { return Field::Unknown };
        let (mut found, fields) = match self.context.roots.get(root.as_str()) {
            None => return Field::Missing,
            Some(Root::Value(value)) => (&value.0.value, fields),
            Some(Root::Fields(values)) => {
                let Some((name, fields)) = fields.split_first() else { return Field::Unknown };
                let Some(value) = values.get(name) else { return Field::Missing };
                (&value.0.value, fields)
            }
        };
        for name in fields {
            match found.as_object().and_then(|object| object.get(name)) {
                Some(field) => found = field,
                None => return Field::Missing,
            }
        }
        Field::Found(found)
    }

    /// All values in the expression engine's form.
    pub fn ready(&self) -> JinjaValue {
        let make = || {
            let roots: BTreeMap<Cow<'static, str>, JinjaValue> = self
                .context
                .roots
                .iter()
                .map(|(name, root)| {
                    let value = match root {
                        Root::Value(value) => value.ready(),
                        Root::Fields(fields) => {
                            let fields: BTreeMap<String, JinjaValue> =
                                fields.iter().map(|(name, value)| (name.clone(), value.ready())).collect();
                            JinjaValue::from(fields)
                        }
                    };
                    (name.clone(), value)
                })
                .collect();
            JinjaValue::from(roots)
        };
        self.ready.get_or_init(make).clone()
    }
}
