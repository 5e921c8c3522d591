//! Workflows, their steps and their user settings in the file.

use linchpin_domain::delay::Delay;
use linchpin_domain::input::Input;
use linchpin_domain::source::nearest;
use linchpin_domain::workflow::{Function, OnError, Step, Trigger};
use serde_json::Value;

use super::PlannedWorkflow;
use super::reader::{Reader, join};

/// Widgets of user settings (SDK contract 7.7).
const WIDGETS: [&str; 17] = [
    "TEXT_NO_VARS",
    "TEXTAREA_NO_VARS",
    "NUMBER",
    "EMAIL",
    "URL",
    "PASSWORD",
    "BOOLEAN_INPUT",
    "SWITCH",
    "ENUM",
    "DYNAMIC_ENUM",
    "COMBO_INPUT",
    "DYNAMIC_COMBO_INPUT",
    "FIELD_MAPPER",
    "CUSTOM_DROPDOWN",
    "COPYABLE_BUTTON_INPUT",
    "PERMISSION",
    "FILE",
];

/// Keys of a user setting (SDK contract 7.7).
const INPUT_KEYS: [&str; 29] = [
    "id",
    "title",
    "type",
    "subtitle",
    "placeholder",
    "required",
    "defaultValue",
    "documentationLink",
    "documentationLinkLabel",
    "hidden",
    "readOnly",
    "tooltip",
    "sourceType",
    "fallbackText",
    "key",
    "keyIsDefault",
    "customDropdownOptions",
    "savedFieldMappings",
    "useDynamicMapper",
    "dynamicObjectName",
    "dynamicObjectOptions",
    "requiredScopes",
    "scopes",
    "inputType",
    "prefixLabel",
    "suffixLabel",
    "hiddenInConnect",
    "values",
    "options",
];

const TRIGGERS: [&str; 6] = ["appEvent", "request", "schedule", "integrationEnabled", "provider", "webhook"];
const LATER_STEPS: [&str; 4] = ["request", "if", "forEach", "response"];
/// The kinds of steps; a step is one of them.
const KINDS: [&str; 3] = ["action", "delay", "function"];

/// The workflows of an integration.
pub fn read(reader: &mut Reader<'_>, pointer: &str, around: Option<&[Input]>) -> Vec<PlannedWorkflow> {
    let names: Vec<String> = reader.object(pointer).map(|object| object.keys().cloned().collect()).unwrap_or_default();
    names.into_iter().filter_map(|name| workflow(reader, join(pointer, &name), name, around)).collect()
}

fn workflow(
    reader: &mut Reader<'_>,
    pointer: String,
    name: String,
    around: Option<&[Input]>,
) -> Option<PlannedWorkflow> {
    let known = ["description", "defaultEnabled", "hidden", "order", "permissions", "settings", "trigger", "steps"];
    reader.struct_of(&pointer, &known)?;
    if name.trim().is_empty() {
        reader.key_problem(&pointer, "a workflow needs a name");
    }
    reader.unsupported(&pointer, &["permissions"], "of workflows are");
    let settings = settings(reader, &join(&pointer, "settings"));
    let default_enabled: Option<bool> = reader.value(&join(&pointer, "defaultEnabled"));
    if default_enabled == Some(true) {
        let required = settings.iter().flatten().chain(around.into_iter().flatten()).find(|input| input.is_required());
        if let Some(input) = required {
            reader.problem(
                &join(&pointer, "defaultEnabled"),
                format!(
                    "a workflow with required settings cannot be on by default: nobody has filled in `{}` yet; give it `required: false` or a `defaultValue`",
                    input.id
                ),
            );
        }
    }
    Some(PlannedWorkflow {
        description: reader.text(&join(&pointer, "description")),
        default_enabled,
        hidden: reader.value(&join(&pointer, "hidden")),
        order: reader.value(&join(&pointer, "order")),
        settings,
        trigger: trigger(reader, &join(&pointer, "trigger")),
        steps: steps(reader, &join(&pointer, "steps")),
        pointer,
        name,
    })
}

fn trigger(reader: &mut Reader<'_>, pointer: &str) -> Option<Trigger> {
    let object = reader.struct_of(pointer, &TRIGGERS)?;
    let found: Vec<&String> = object.keys().filter(|key| TRIGGERS.contains(&key.as_str())).collect();
    if found.len() != 1 {
        if found.len() > 1 || object.is_empty() {
            reader.problem(pointer, "exactly one trigger is expected, for example { appEvent: Contact Created }");
        }
        return None;
    }
    if reader.unsupported(pointer, &TRIGGERS[1..], "triggers are") {
        return None;
    }
    reader.name(&join(pointer, "appEvent")).map(Trigger::AppEvent)
}

fn steps(reader: &mut Reader<'_>, pointer: &str) -> Option<Vec<Step>> {
    let list = reader.list(pointer)?;
    Some(
        list.iter().enumerate().filter_map(|(index, item)| step(reader, &format!("{pointer}/{index}"), item)).collect(),
    )
}

fn step(reader: &mut Reader<'_>, pointer: &str, item: &Value) -> Option<Step> {
    let example =
        "a step is one key with its parts below it, for example `- create_contact: { action: contacts.create }`";
    let key = match item.as_object() {
        Some(object) if object.contains_key("action") || object.contains_key("inputs") => {
            reader.problem(pointer, format!("this step has no key; {example}"));
            return None;
        }
        Some(object) if object.len() == 1 => object.keys().next().expect("it has one").clone(),
        Some(object) if object.len() > 1 => {
            reader.problem(
                pointer,
                format!(
                    "this step has {} keys ({}): indent its parts below its key; {example}",
                    object.len(),
                    object.keys().cloned().collect::<Vec<_>>().join(", ")
                ),
            );
            return None;
        }
        _ => {
            reader.problem(pointer, example);
            return None;
        }
    };
    let at = join(pointer, &key);
    let known = [
        "title",
        "action",
        "inputs",
        "onError",
        "retry",
        "request",
        "function",
        "if",
        "then",
        "else",
        "forEach",
        "as",
        "steps",
        "concurrency",
        "delay",
        "response",
    ];
    let object = reader.struct_of(&at, &known)?;
    if reader.unsupported(&at, &LATER_STEPS, "steps are") {
        return None;
    }
    reader.unsupported(&at, &["then", "else", "as", "steps", "concurrency"], "of steps is");
    let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| object.contains_key(*kind)).collect();
    let kind = match kinds[..] {
        [kind] => kind,
        [] => {
            reader.problem(&at, "`action` is missing, for example `action: contacts.create`");
            return None;
        }
        [one, another, ..] => {
            reader.problem(&at, format!("a step is one thing: this has `{one}` and `{another}`; make two steps of it"));
            return None;
        }
    };
    let delay = if kind == "delay" { Some(delay(reader, &join(&at, "delay"))?) } else { None };
    let function = if kind == "function" { Some(function(reader, &join(&at, "function"))?) } else { None };
    let on_error = match reader.text(&join(&at, "onError")).as_deref() {
        None | Some("stop") => OnError::Stop,
        Some("continue") => OnError::Continue,
        Some(other) => {
            reader.problem(&join(&at, "onError"), format!("`{other}` is not known here; there are stop and continue"));
            OnError::Stop
        }
    };
    Some(Step {
        key,
        title: reader.text(&join(&at, "title")),
        action: if kind == "action" { Some(reader.name(&join(&at, "action"))?) } else { None },
        connector: None,
        inputs: reader.object(&join(&at, "inputs")).cloned().unwrap_or_default(),
        delay,
        function,
        on_error,
        retry: reader.value(&join(&at, "retry")).unwrap_or(true),
    })
}

fn delay(reader: &mut Reader<'_>, pointer: &str) -> Option<Delay> {
    let object = reader.struct_of(pointer, &["amount", "unit"])?;
    let Some(amount) = object.get("amount").cloned() else {
        reader.problem(pointer, "`amount` is missing, for example { amount: 5, unit: minutes }");
        return None;
    };
    let unit = reader.value(&join(pointer, "unit")).unwrap_or_default();
    Some(Delay { amount, unit })
}

fn function(reader: &mut Reader<'_>, pointer: &str) -> Option<Function> {
    reader.struct_of(pointer, &["code", "parameters"])?;
    let at = join(pointer, "parameters");
    let parameters = reader.object(&at).cloned().unwrap_or_default();
    let Some(code) = reader.text(&join(pointer, "code")) else {
        reader.problem(pointer, "`code` is missing, for example { code: \"return parameters.email.toLowerCase()\" }");
        return None;
    };
    Some(Function { code, parameters })
}

/// User settings of an integration or a workflow.
pub fn settings(reader: &mut Reader<'_>, pointer: &str) -> Option<Vec<Input>> {
    let count = reader.list(pointer)?.len();
    let mut inputs: Vec<Input> = Vec::new();
    for index in 0..count {
        let at = format!("{pointer}/{index}");
        if reader.struct_of(&at, &INPUT_KEYS).is_none() {
            continue;
        }
        let Some(input) = reader.value::<Input>(&at) else { continue };
        if !WIDGETS.contains(&input.kind.as_str()) {
            let hint = nearest(&input.kind, WIDGETS.into_iter())
                .map_or_else(|| format!("there are {}", WIDGETS.join(", ")), |near| format!("did you mean `{near}`?"));
            reader.problem(&join(&at, "type"), format!("`{}` is no type of a setting; {hint}", input.kind));
        }
        if inputs.iter().any(|other| other.id == input.id) {
            reader.problem(&join(&at, "id"), format!("two settings have the id `{}`", input.id));
        }
        inputs.push(input);
    }
    Some(inputs)
}
