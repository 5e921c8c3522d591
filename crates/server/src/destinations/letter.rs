//! The text of a message: what happened, grouped, with a few examples of each group and where to look.

use std::collections::BTreeMap;
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::notice::Kind;
use linchpin_store::event_deliveries::EventDelivery;
use serde_json::Value;

/// What a burst is given to come to its end before it is told.
pub const MOMENT: Duration = Duration::from_secs(3);
/// Examples of a group.
const EXAMPLES: usize = 5;
/// Groups that are told with examples; of the rest their number is.
const GROUPS: usize = 20;

struct Group<'a> {
    title: String,
    events: Vec<&'a EventDelivery>,
}

/// Subject and text. `page` makes an address of a page of the project.
pub fn write(project: &str, deliveries: &[EventDelivery], page: impl Fn(&str) -> String) -> (String, String) {
    let mut groups: BTreeMap<(Kind, String), Group<'_>> = BTreeMap::new();
    for delivery in deliveries {
        let about = about(delivery);
        let group = groups
            .entry((delivery.kind, about.clone()))
            .or_insert_with(|| Group { title: title(delivery.kind, &about), events: Vec::new() });
        group.events.push(delivery);
    }
    let mut groups: Vec<Group<'_>> = groups.into_values().collect();
    // What happened most often first; sorting keeps the order of kinds among equals.
    groups.sort_by_key(|group| std::cmp::Reverse(group.events.len()));
    let project = line(project);
    let subject = match groups.as_slice() {
        [one] if one.events.len() == 1 => format!("{project}: {}", one.title),
        [one] => format!("{project}: {} ({} times)", one.title, one.events.len()),
        many => format!("{project}: {} events, first of all: {}", deliveries.len(), many[0].title),
    };
    let mut text = String::new();
    for group in groups.iter().take(GROUPS) {
        let times = if group.events.len() == 1 { String::new() } else { format!(" ({} times)", group.events.len()) };
        text.push_str(&format!("{}{times}\n", group.title));
        for event in group.events.iter().take(EXAMPLES) {
            text.push_str(&format!("  {}  {}\n", second(event.happened_at), detail(event)));
            if let Some(rest) = page_of(event) {
                text.push_str(&format!("    {}\n", page(&rest)));
            }
        }
        if group.events.len() > EXAMPLES {
            text.push_str(&format!("  … and {} more\n", group.events.len() - EXAMPLES));
        }
        text.push('\n');
    }
    if groups.len() > GROUPS {
        text.push_str(&format!("… and {} more kinds of events\n\n", groups.len() - GROUPS));
    }
    text.push_str(&format!(
        "You get this because an event destination of {project} sends it to you:\n{}\n",
        page("settings/event-destinations")
    ));
    (subject, text)
}

/// The page of the dashboard, below the project, that shows what happened.
pub fn page_of(delivery: &EventDelivery) -> Option<String> {
    let id = |part: &str| delivery.data[part]["id"].as_str();
    match delivery.kind {
        Kind::RunFailed | Kind::RunInDoubt => id("run").map(|id| format!("task-history/{id}")),
        Kind::CredentialInvalid
        | Kind::IntegrationConnected
        | Kind::IntegrationDisconnected
        | Kind::WorkflowEnabled
        | Kind::WorkflowDisabled
        | Kind::SyncChanged
        | Kind::SyncConflict
        | Kind::SyncFailed => id("user").map(|id| format!("users/{id}")),
        Kind::WorkflowDeployed | Kind::WorkflowUndeployed => id("workflow").map(|id| format!("workflows/{id}")),
        Kind::TriggerEvent => None,
        Kind::DestinationDisabled => Some("settings/event-destinations".into()),
    }
}

/// What a group is about: a workflow, an integration, a destination.
fn about(delivery: &EventDelivery) -> String {
    let data = &delivery.data;
    [&data["workflow"]["name"], &data["destination"]["name"], &data["sync"]["name"], &data["integration"]["type"]]
        .into_iter()
        .find_map(Value::as_str)
        .map(line)
        .unwrap_or_default()
}

fn title(kind: Kind, about: &str) -> String {
    match kind {
        Kind::RunFailed => format!("{about} failed"),
        Kind::RunInDoubt => format!("{about} needs a decision: a write may or may not have happened"),
        Kind::CredentialInvalid => format!("a {about} account must be connected again"),
        Kind::IntegrationConnected => format!("{about} was connected"),
        Kind::IntegrationDisconnected => format!("{about} was disconnected"),
        Kind::WorkflowEnabled => format!("{about} was switched on for a user"),
        Kind::WorkflowDisabled => format!("{about} was switched off for a user"),
        Kind::WorkflowDeployed => format!("{about} was deployed"),
        Kind::WorkflowUndeployed => format!("{about} was undeployed"),
        Kind::TriggerEvent => "something happened in an account".to_owned(),
        Kind::SyncChanged => format!("records of the sync {about} changed"),
        Kind::SyncConflict => format!("both sides changed a record of the sync {about}"),
        Kind::SyncFailed => format!("the sync {about} failed"),
        Kind::DestinationDisabled => format!("the event destination {about} was disabled"),
    }
}

fn detail(delivery: &EventDelivery) -> String {
    let data = &delivery.data;
    let mut parts = Vec::new();
    if let Some(user) = data["user"]["userId"].as_str() {
        parts.push(format!("user {}", line(user)));
    }
    if let Some(version) = data["workflow"]["version"].as_i64() {
        parts.push(format!("version {version}"));
    }
    for reason in [&data["error"]["message"], &data["credential"]["reason"], &data["destination"]["reason"]] {
        if let Some(reason) = reason.as_str() {
            parts.push(line(reason));
        }
    }
    parts.join(", ")
}

/// One line of somebody else's text.
fn line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

fn second(at: Timestamp) -> String {
    let text = at.to_string();
    text.split_once('.').map_or(text.clone(), |(whole, _)| format!("{whole}Z").replace('T', " ").replace('Z', " UTC"))
}

#[cfg(test)]
mod tests {
    use linchpin_store::event_deliveries::State;
    use serde_json::json;

    use super::*;

    fn delivery(kind: Kind, data: Value) -> EventDelivery {
        EventDelivery {
            seq: 1,
            project_id: "0192a0c0-0000-7000-8000-000000000000".parse().expect("an id"),
            destination_id: "0192a0c0-0000-7000-8000-000000000001".parse().expect("an id"),
            event_id: "e".into(),
            kind,
            data,
            happened_at: Timestamp::from_millis(1_795_600_000_000),
            state: State::Pending,
            attempts: 0,
            due_at: None,
            last: None,
        }
    }

    #[test]
    fn a_thousand_failures_are_one_short_text() {
        let failed = |n: usize| {
            let data = json!({
                "run": {"id": format!("r{n}")},
                "workflow": {"name": "Sync\r\nBcc: x@y.z", "version": 3},
                "user": {"userId": "ann"},
                "error": {"message": "HubSpot answered 500"},
            });
            delivery(Kind::RunFailed, data)
        };
        let mut all: Vec<_> = (0..1000).map(failed).collect();
        all.push(delivery(Kind::WorkflowDeployed, json!({"workflow": {"id": "w", "name": "Other", "version": 4}})));
        let (subject, text) = write("Acme", &all, |rest| format!("https://x/{rest}"));
        assert_eq!(subject, "Acme: 1001 events, first of all: Sync  Bcc: x@y.z failed");
        assert_eq!(text.matches("HubSpot answered 500").count(), EXAMPLES);
        assert!(text.contains("(1000 times)") && text.contains("… and 995 more"), "{text}");
        assert!(text.contains("https://x/task-history/r0"), "{text}");
        assert!(
            text.contains("Other was deployed\n  2026-11-25 09:46:40 UTC  version 4\n    https://x/workflows/w"),
            "{text}"
        );
        assert!(text.len() < 2_500, "{}", text.len());
    }
}
