//! The audit log: who did what, when. Written by the layer in `http/audit.rs`.

use std::collections::HashMap;

use axum::extract::State;
use linchpin_domain::Timestamp;
use linchpin_domain::id::AuditEntryId;
use linchpin_store::audit_log::{self, Entry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::audit;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Json, Query};
use crate::http::page::{Items, Page, ProjectPath};
use crate::state::App;

/// Which lines.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Those of one member or API key, by its id.
    actor_id: Option<String>,
    /// Those of one operation, such as `workflows.deploy`.
    operation: Option<String>,
    /// Those about one thing, by its id (a secret: by its name).
    subject_id: Option<String>,
}

/// A line of the audit log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub struct EntryView {
    #[schema(value_type = Uuid)]
    id: AuditEntryId,
    actor: AuditActor,
    /// The operation's id in this description.
    operation: String,
    /// The same for people.
    title: String,
    subject: Option<AuditSubject>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Who did it.
#[derive(Serialize, ToSchema)]
pub struct AuditActor {
    /// `member` or `apiKey`.
    kind: String,
    id: String,
    /// As it was then.
    name: String,
}

/// What it was done to.
#[derive(Serialize, ToSchema)]
pub struct AuditSubject {
    id: String,
    /// As far as it was known.
    name: Option<String>,
}

/// Read the audit log
///
/// Newest first. Every call that changed something in the project, by people and by API keys; drafts that save
/// themselves make one line in ten minutes. Lines can be neither changed nor removed.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/audit-log", tag = "audit log", operation_id = "auditLog.list", params(ProjectPath, Filter, Page), responses((status = 200, body = Items<EntryView>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Query(filter): Query<Filter>,
    Query(page): Query<Page>,
) -> Result<Json<Items<EntryView>>, ApiError> {
    let limit = page.limit()?;
    let before = page
        .cursor
        .as_deref()
        .map(|cursor| cursor.parse().map_err(|_| ApiError::bad_request("wrong_query", "cursor: unknown cursor")))
        .transpose()?;
    let filter =
        audit_log::Filter { actor_id: filter.actor_id, operation: filter.operation, subject_id: filter.subject_id };
    let mut conn = app.store.read().await?;
    let mut found = audit_log::list(&mut conn, access.id(), &filter, before, limit + 1).await?;
    let next_cursor = Page::cut(&mut found, limit).map(|last| last.id.to_string());
    let titles: HashMap<&str, &str> =
        audit::operations().values().map(|operation| (operation.id.as_str(), operation.title.as_str())).collect();
    let items = found
        .into_iter()
        .map(|entry| {
            let title = titles.get(entry.operation.as_str()).map_or(entry.operation.clone(), |title| (*title).into());
            view(entry, title)
        })
        .collect();
    Ok(Json(Items { items, next_cursor }))
}

fn view(entry: Entry, title: String) -> EntryView {
    let name = Some(entry.subject_name).filter(|name| !name.is_empty());
    EntryView {
        id: entry.id,
        actor: AuditActor { kind: entry.actor_kind, id: entry.actor_id, name: entry.actor_name },
        operation: entry.operation,
        title,
        subject: (!entry.subject_id.is_empty()).then_some(AuditSubject { id: entry.subject_id, name }),
        at: entry.at,
    }
}
