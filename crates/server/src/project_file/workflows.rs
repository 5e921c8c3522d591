//! Workflows and their user settings in the file.

use linchpin_connectors::Manifest;
use linchpin_domain::condition::Conditions;
use linchpin_domain::input::{Input, WIDGETS};
use linchpin_domain::permission;
use linchpin_domain::source::nearest;

use super::PlannedWorkflow;
use super::reader::{Reader, join};
use super::{conditions, steps, trigger};

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

/// The workflows of an integration.
pub fn read(
    reader: &mut Reader<'_>,
    pointer: &str,
    around: Option<&[Input]>,
    manifest: &Manifest,
) -> Vec<PlannedWorkflow> {
    let names: Vec<String> = reader.object(pointer).map(|object| object.keys().cloned().collect()).unwrap_or_default();
    names.into_iter().filter_map(|name| workflow(reader, join(pointer, &name), name, around, manifest)).collect()
}

fn workflow(
    reader: &mut Reader<'_>,
    pointer: String,
    name: String,
    around: Option<&[Input]>,
    manifest: &Manifest,
) -> Option<PlannedWorkflow> {
    let known = [
        "description",
        "defaultEnabled",
        "hidden",
        "order",
        "permissions",
        "settings",
        "trigger",
        "fieldMapping",
        "steps",
    ];
    reader.struct_of(&pointer, &known)?;
    if name.trim().is_empty() {
        reader.key_problem(&pointer, "a workflow needs a name");
    }
    let settings = settings(reader, &join(&pointer, "settings"), manifest);
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
        permissions: permissions(reader, &join(&pointer, "permissions")),
        settings,
        trigger: trigger::read(reader, &join(&pointer, "trigger")),
        field_mapping: reader.text(&join(&pointer, "fieldMapping")),
        steps: steps::read(reader, &join(&pointer, "steps")),
        pointer,
        name,
    })
}

/// Which users may have the workflow; `Some(None)` is written `null`, and is everybody.
#[expect(clippy::option_option, reason = "not mentioned, null, and conditions are three things")]
fn permissions(reader: &mut Reader<'_>, pointer: &str) -> Option<Option<Conditions>> {
    if reader.doc.value().pointer(pointer)?.is_null() {
        return Some(None);
    }
    let conditions = conditions::read(reader, pointer)?;
    for (below, message) in permission::problems(&conditions) {
        reader.problem(&format!("{pointer}{below}"), message);
    }
    Some(Some(conditions))
}

/// User settings of an integration or a workflow.
pub fn settings(reader: &mut Reader<'_>, pointer: &str, manifest: &Manifest) -> Option<Vec<Input>> {
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
        if let Some(message) = wrong_source(&input, manifest) {
            reader.problem(&join(&at, "sourceType"), message);
        }
        if inputs.iter().any(|other| other.id == input.id) {
            reader.problem(&join(&at, "id"), format!("two settings have the id `{}`", input.id));
        }
        inputs.push(input);
    }
    Some(inputs)
}

/// Why a setting cannot offer what its `sourceType` names.
fn wrong_source(input: &Input, manifest: &Manifest) -> Option<String> {
    let (what, known): (_, Vec<&str>) = match input.kind.as_str() {
        "DYNAMIC_ENUM" => ("list", manifest.data_sources.keys().map(String::as_str).collect()),
        "COMBO_INPUT" | "DYNAMIC_COMBO_INPUT" => {
            ("pair of lists", manifest.combinations.keys().map(String::as_str).collect())
        }
        "FIELD_MAPPER" => ("field mapping", manifest.field_mappings.keys().map(String::as_str).collect()),
        _ => return None,
    };
    // A mapping whose fields come from the host application needs none.
    let source = match (input.kind.as_str(), input.more.get("sourceType")) {
        ("FIELD_MAPPER", None) if input.more.get("useDynamicMapper") == Some(&true.into()) => return None,
        (_, source) => source.cloned().unwrap_or_default(),
    };
    if source.as_str().is_some_and(|source| known.contains(&source)) {
        return None;
    }
    Some(format!("{} has no {what} {source}; it has {}", manifest.name, known.join(", ")))
}
