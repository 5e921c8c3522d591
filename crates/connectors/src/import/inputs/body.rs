//! Bodies: the properties of a JSON body or a form as inputs of their own.

use serde_json::{Map, Value};

use super::{Making, NotToBeHad, literal_value};
use crate::import::choose::Operation;
use crate::import::schemas;
use crate::import::spec::{Dialect, Node, is_json};

impl<'a> Making<'a, '_, '_> {
    pub(super) fn body(&mut self, operation: &Operation<'a>, parameters: &[Node<'a>]) -> Result<(), NotToBeHad> {
        let wrong = |code, message: &str| Err(NotToBeHad(code, format!("{}: {message}", operation.title())));
        let (schema, required, node) = match self.spec.dialect {
            Dialect::Swagger => {
                let fields: Vec<&Node<'a>> =
                    parameters.iter().filter(|one| one.text("in") == Some("formData")).collect();
                if !fields.is_empty() {
                    if fields.iter().any(|one| one.text("type") == Some("file")) {
                        return wrong(
                            "file",
                            "files are sent, which actions cannot; use a request step with `multipart`",
                        );
                    }
                    self.asked.form = true;
                    let mut body = Map::new();
                    for field in fields {
                        let (name, required) = (field.text("name").unwrap_or_default(), field.flag("required"));
                        if !self.full(required) {
                            let input = self.add(name, name, Some(field), Some(field), required);
                            self.asked.of_body.insert(input.clone(), name.to_owned());
                            body.insert(name.to_owned(), format!("{{{input}}}").into());
                        }
                    }
                    self.asked.body = Some(Value::Object(body));
                    return Ok(());
                }
                let Some(body) = parameters.iter().find(|one| one.text("in") == Some("body")) else { return Ok(()) };
                let kinds = operation.node.get("consumes").or_else(|| self.spec.root().get("consumes"));
                let kinds: Vec<&str> =
                    kinds.iter().flat_map(Node::items).filter_map(|kind| kind.value.as_str()).collect();
                if !kinds.is_empty() && !kinds.iter().any(|kind| is_json(kind)) {
                    return wrong(
                        "body-type",
                        &format!(
                            "the body is {}, and actions send JSON or forms; use a request step",
                            kinds.join(" or ")
                        ),
                    );
                }
                (body.get("schema"), body.flag("required"), body.clone())
            }
            Dialect::OpenApi(_) => {
                let Some(body) = operation.node.get("requestBody") else { return Ok(()) };
                let Some(body) = self.spec.resolve(&body) else {
                    return wrong(
                        "reference",
                        "what its body is stands elsewhere and could not be read; bundle the documents into one",
                    );
                };
                let content = body.get("content").map(|node| node.entries()).unwrap_or_default();
                let form = |kind: &str| kind.starts_with("application/x-www-form-urlencoded");
                let json = content.iter().find(|(kind, _)| is_json(kind));
                let Some((kind, media)) = json.or_else(|| content.iter().find(|(kind, _)| form(kind))) else {
                    if content.is_empty() {
                        return Ok(());
                    }
                    let kinds: Vec<&str> = content.iter().map(|(kind, _)| *kind).collect();
                    let code =
                        if kinds.iter().any(|kind| kind.starts_with("multipart/")) { "file" } else { "body-type" };
                    return wrong(
                        code,
                        &format!(
                            "the body is {}, and actions send JSON or forms; use a request step",
                            kinds.join(" or ")
                        ),
                    );
                };
                self.asked.form = form(kind);
                (media.get("schema"), body.flag("required"), body)
            }
        };
        if operation.method == "get" {
            self.findings.left_out(
                "body-of-get",
                &node,
                format!("{}: a GET has no body; it is sent without", operation.title()),
            );
            self.asked.form = false;
            return Ok(());
        }
        let whole = |making: &mut Self, required: bool| {
            let input = making.add("body", "body", Some(&node), None, required);
            making.asked.body = Some(format!("{{{input}}}").into());
        };
        let Some(schema) = schema else {
            whole(self, required);
            return Ok(());
        };
        let Some(found) = schemas::properties(self.spec, &schema).filter(|found| !found.all.is_empty()) else {
            if self.spec.resolve(&schema).is_none() {
                self.findings.changed(
                    "reference",
                    &schema,
                    "what this body is stands elsewhere or refers to itself; it is taken as JSON",
                );
            }
            whole(self, required);
            return Ok(());
        };
        if found.alternatives {
            self.findings.changed(
                "alternatives",
                &schema,
                "the body has several forms: the inputs of all are there, and the API tells which go together",
            );
        }
        let mut order: Vec<_> = found.all.iter().collect();
        order.sort_by_key(|(_, property)| !property.required);
        let mut body = Map::new();
        for (name, property) in order {
            let resolved = self.spec.resolve(&property.schema);
            if resolved.as_ref().is_some_and(|schema| schema.flag("readOnly")) || property.schema.flag("readOnly") {
                continue;
            }
            let needed = property.required && required_body(required, operation);
            if self.full(needed) {
                continue;
            }
            // A literal that may not be anything else is no question.
            if let Some(only) = resolved.as_ref().and_then(|schema| schema.value.get("const")) {
                body.insert(name.clone(), literal_value(only));
                continue;
            }
            let wanted = if name == "id" && self.has("id") { "id" } else { name };
            let input = if wanted == "id" && self.has("id") {
                "id".to_owned()
            } else {
                self.add(wanted, name, None, Some(&property.schema), needed)
            };
            self.asked.of_body.insert(input.clone(), name.clone());
            body.insert(name.clone(), format!("{{{input}}}").into());
        }
        self.asked.body = Some(Value::Object(body));
        Ok(())
    }
}

/// A body that may be absent asks for nothing; that of a write is there.
fn required_body(required: bool, operation: &Operation<'_>) -> bool {
    required || operation.method != "get"
}
