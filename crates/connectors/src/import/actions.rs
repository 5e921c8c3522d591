//! Actions of operations.

use indexmap::IndexMap;
use linchpin_domain::source::Problem;
use serde_json::{Map, Value, json};

use super::auth::Auth;
use super::choose::Operation;
use super::inputs::{self, Asked, NotToBeHad};
use super::names::{Names, Shape};
use super::report::Findings;
use super::schemas::{self, What};
use super::servers::{Place, Servers};
use super::spec::{Node, Spec};
use super::text::{cut, label, one_line, sentence};
use super::{doubt, object, some};

/// Where answers have what is wrong, the most usual first.
const MESSAGES: [&str; 10] = [
    "/message",
    "/error/message",
    "/error_description",
    "/error",
    "/detail",
    "/errors/0/message",
    "/errors/0/detail",
    "/errors/0",
    "/title",
    "/description",
];
/// Failures that are looked at for how the API words them.
const LOOKED_AT: usize = 200;

/// An action, and what is known of it besides.
pub(super) struct Made {
    pub name: String,
    title: String,
    description: String,
    group: String,
    pub effect: &'static str,
    pub resource: String,
    pub method: &'static str,
    /// As the document writes it.
    pub path: String,
    /// Where the operation stands.
    pub at: String,
    place: Place,
    pub asked: Asked,
    pub scopes: Vec<String>,
    doubt: Value,
    /// Whether it asks for any proof at all.
    pub secured: bool,
    /// Where the schema of its answer stands.
    pub success: Option<String>,
    pub status: Option<u16>,
    example: Option<Value>,
}

/// Makes the actions. The error says that none could be made.
pub(super) fn make(
    spec: &Spec<'_>,
    chosen: &[Operation<'_>],
    names: &Names,
    auth: &Auth,
    servers: &mut Servers,
    findings: &mut Findings<'_>,
) -> Result<Vec<Made>, Problem> {
    let carriers = auth.carriers();
    let mut made = Vec::new();
    let mut shapes: IndexMap<String, Vec<Shape>> = IndexMap::new();
    for operation in chosen {
        let (name, shape) = names.find(operation);
        let success = spec.success(&operation.node);
        if let (Some(kind), None) = (&success.other, &success.schema) {
            findings.left_out(
                "answer-type",
                &operation.node,
                format!("{}: the answer is {kind}, and actions read JSON; use a request step", operation.title()),
            );
            continue;
        }
        let asked = match inputs::read(spec, operation, shape, &carriers, findings) {
            Ok(asked) => asked,
            Err(NotToBeHad(code, message)) => {
                findings.left_out(code, &operation.node, message);
                continue;
            }
        };
        if operation.node.get("callbacks").is_some() {
            findings.left_out(
                "callback",
                &operation.node,
                format!(
                    "{}: its callbacks are not carried over; begin a workflow with a webhook of its own",
                    operation.title()
                ),
            );
        }
        let own = operation.node.get("servers").or_else(|| operation.item.get("servers"));
        let place = servers.place(spec, own, findings);
        let resource = name.split_once('.').map_or("root", |(resource, _)| resource).to_owned();
        shapes.entry(resource.clone()).or_default().push(shape);
        let schema = success.schema.as_ref().and_then(|schema| spec.resolve(schema));
        if let (Some(told), None) = (&success.schema, &schema) {
            findings.left_out(
                "reference",
                told,
                "what is answered stands elsewhere and could not be read; bundle the documents into one",
            );
        }
        let example = schema
            .as_ref()
            .map(|schema| schemas::sample(spec, schema))
            .filter(|value| !value.is_null() && *value != json!({}));
        let repeatable = matches!(operation.method, "get" | "put" | "delete") || shape == Shape::Update;
        made.push(Made {
            title: title(operation, &name),
            description: description(operation),
            group: group(operation, &resource),
            effect: "",
            method: operation.method,
            path: operation.path.to_owned(),
            at: operation.node.at.clone(),
            scopes: auth.scopes_of(spec, operation),
            doubt: match &asked.idempotency {
                Some(header) => doubt("idempotency-key", Some(header)),
                None if repeatable => doubt("safe", None),
                None => doubt("ask", None),
            },
            secured: secured(spec, operation),
            success: schema.map(|schema| schema.at),
            status: success.status,
            place,
            resource,
            name,
            asked,
            example,
        });
        let last = made.last_mut().expect("just pushed");
        // Until it is known what else is done to the resource.
        last.effect = match (shape, operation.method) {
            (Shape::Create, _) => "create",
            (Shape::List, _) => "list",
            (Shape::Get, _) => "get",
            (Shape::Update, _) => "update",
            (Shape::Delete, _) => "delete",
            (Shape::Call, "get") => "read",
            (Shape::Call, _) => "call",
        };
    }
    if made.is_empty() {
        return Err(spec.document.problem(
            "/paths",
            "no action could be made of the operations: actions send and read JSON, and none of these does",
        ));
    }
    for one in &mut made {
        // What nothing makes the simulator cannot hold: it gives the example.
        let held = shapes.get(&one.resource).is_some_and(|shapes| shapes.contains(&Shape::Create));
        if !held {
            one.effect = match one.effect {
                "list" | "get" => "read",
                "update" | "delete" => "call",
                other => other,
            };
        }
    }
    Ok(made)
}

fn secured(spec: &Spec<'_>, operation: &Operation<'_>) -> bool {
    let told = operation.node.get("security").or_else(|| spec.root().get("security"));
    told.is_none_or(|list| !list.items().is_empty())
}

fn title(operation: &Operation<'_>, name: &str) -> String {
    let summary = operation.node.text("summary").map(one_line).map(|text| text.trim_end_matches('.').to_owned());
    let summary = summary.filter(|text| !text.is_empty() && text.chars().count() <= 70);
    let id = operation.id.map(label).filter(|text| text.chars().count() <= 60);
    summary.or(id).unwrap_or_else(|| label(&name.replace('.', " ")))
}

fn description(operation: &Operation<'_>) -> String {
    let told = ["description", "summary"].into_iter().find_map(|key| sentence(operation.node.text(key)?, 200));
    told.unwrap_or_else(|| format!("Calls {}.", operation.title()))
}

fn group(operation: &Operation<'_>, resource: &str) -> String {
    operation
        .tags
        .first()
        .map(|tag| cut(&one_line(tag), 40))
        .filter(|tag| !tag.is_empty())
        .unwrap_or_else(|| label(resource))
}

impl Made {
    fn path_written(&self) -> String {
        let path = format!("{}{}", self.place.before, self.asked.path);
        if path.is_empty() { "/".into() } else { path }
    }

    fn request(&self) -> Map<String, Value> {
        let Asked { query, headers, body, form, repeated, .. } = &self.asked;
        object([
            ("method", Some(self.method.to_ascii_uppercase().into())),
            ("base", (self.place.base != "api").then(|| self.place.base.clone().into())),
            ("path", Some(self.path_written().into())),
            ("query", (!query.is_empty()).then(|| Value::Object(query.clone()))),
            ("lists", repeated.then(|| "repeated".into())),
            ("headers", (!headers.is_empty()).then(|| Value::Object(headers.clone()))),
            ("bodyKind", form.then(|| "form".into())),
            ("body", body.clone()),
        ])
    }

    /// The call without anything that is asked for.
    pub(super) fn bare_request(&self) -> Value {
        let mut request = self.request();
        if let Some(Value::Object(query)) = request.get_mut("query") {
            query.retain(|_, value| value.as_str().is_some_and(|text| !text.contains('{')));
        }
        request.retain(|_, value| value.as_object().is_none_or(|object| !object.is_empty()));
        request.remove("lists");
        Value::Object(request)
    }

    /// As the manifest has it.
    pub(super) fn written(&self) -> Value {
        let inputs: Vec<Value> = self.asked.inputs.iter().map(|input| input.written.clone()).collect();
        let scopes: Vec<Value> = self.scopes.iter().map(|scope| scope.as_str().into()).collect();
        Value::Object(object([
            ("title", Some(self.title.clone().into())),
            ("description", Some(self.description.clone().into())),
            ("group", Some(self.group.clone().into())),
            ("effect", Some(self.effect.into())),
            ("resource", Some(self.resource.clone().into())),
            ("inputs", some(inputs)),
            ("scopes", some(scopes)),
            ("request", Some(Value::Object(self.request()))),
            ("doubt", Some(self.doubt.clone())),
            ("example", self.example.clone()),
        ]))
    }

    /// A sample of the answer.
    pub(super) fn example(&self) -> Option<&Value> {
        self.example.as_ref()
    }
}

/// A resource's name in the singular, for people.
pub(super) fn singular(resource: &str) -> String {
    let label = label(resource).to_lowercase();
    match (label.strip_suffix("ies"), label.strip_suffix("sses"), label.strip_suffix('s')) {
        (Some(start), _, _) if !start.is_empty() => format!("{start}y"),
        (_, Some(start), _) => format!("{start}ss"),
        (_, _, Some(start)) if start.len() > 1 && !start.ends_with('s') => start.to_owned(),
        _ => label,
    }
}

/// The kinds of records that the actions are about.
pub(super) fn resources(made: &[Made]) -> Value {
    let mut resources = Map::new();
    for one in made {
        if resources.contains_key(&one.resource) {
            continue;
        }
        let create = made.iter().find(|other| other.effect == "create" && other.resource == one.resource);
        let columns: Vec<Value> = create
            .map(|create| create.asked.of_body.keys().take(4).map(|name| name.as_str().into()).collect())
            .unwrap_or_default();
        let written = object([
            ("title", Some(singular(&one.resource).into())),
            ("fields", Some(json!([]))),
            ("columns", some(columns)),
        ]);
        resources.insert(one.resource.clone(), Value::Object(written));
    }
    Value::Object(resources)
}

/// Where the answers of the API say what is wrong.
pub(super) fn messages(spec: &Spec<'_>, chosen: &[Operation<'_>]) -> Vec<&'static str> {
    let mut counts = [0_usize; MESSAGES.len()];
    for schema in chosen.iter().flat_map(|operation| spec.failures(&operation.node)).take(LOOKED_AT) {
        for (index, pointer) in MESSAGES.iter().enumerate() {
            counts[index] += usize::from(is_there(spec, &schema, pointer));
        }
    }
    let mut order: Vec<usize> = (0..MESSAGES.len()).filter(|index| counts[*index] > 0).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(counts[*index]), *index));
    let found: Vec<&str> = order.into_iter().take(3).map(|index| MESSAGES[index]).collect();
    if found.is_empty() { MESSAGES[..2].to_vec() } else { found }
}

/// Whether a text stands at a place in what a schema describes.
fn is_there(spec: &Spec<'_>, schema: &Node<'_>, pointer: &str) -> bool {
    let mut node = schema.clone();
    for part in pointer.trim_start_matches('/').split('/') {
        let next = if part == "0" {
            spec.resolve(&node)
                .filter(|node| schemas::what(spec, node) == What::List)
                .and_then(|node| node.get("items"))
        } else {
            schemas::properties(spec, &node).and_then(|found| found.all.get(part).map(|one| one.schema.clone()))
        };
        let Some(next) = next else { return false };
        node = next;
    }
    schemas::what(spec, &node) == What::Text
}

/// How answers are classified: as everywhere, with the API's own place for messages.
pub(super) fn errors(spec: &Spec<'_>, chosen: &[Operation<'_>]) -> Value {
    json!({
        "message": messages(spec, chosen),
        "classes": [
            {"statuses": [401], "class": "reauthorize"},
            {"statuses": [403], "class": "rejected", "code": "forbidden"},
            {"statuses": [404], "class": "rejected", "code": "not_found"},
            {"statuses": [409], "class": "rejected", "code": "conflict"},
            {"statuses": [400, 422], "class": "rejected", "code": "validation"},
            {"statuses": [429], "class": "rate-limited", "wait": {"otherwise": 10}},
        ],
    })
}
