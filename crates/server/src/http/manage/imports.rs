//! Accounts that move in from another system.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Json, Query};
use crate::http::page::ProjectPath;
use crate::http::sdk::body;
use crate::project_file::import::{self, Format, Imported, MAX_FILE};
use crate::project_file::{ApplyError, Change, Problems};
use crate::state::App;

/// How to import.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Change nothing; answer what would change.
    #[serde(default)]
    dry_run: bool,
}

/// What an import did, or would do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Import)]
pub struct ImportView {
    dry_run: bool,
    /// Accounts that are new.
    added: usize,
    /// Accounts whose tokens, settings or workflows were replaced.
    changed: usize,
    /// Accounts that were so already.
    unchanged: usize,
    /// Users that are new.
    users_added: usize,
    /// Each difference, in the order of the file: `{action, what, name, fields?}`.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Change>,
}

/// An account that moves in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportedAccount)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
pub struct AccountRecord {
    /// The user's id in the host application.
    user_id: String,
    /// The integration's type.
    integration: String,
    access_token: String,
    refresh_token: Option<String>,
    /// When the access token expires: an RFC 3339 time, or seconds or milliseconds since 1970.
    expires_at: Option<String>,
    /// Your label of the account; needed where a user has several of one integration.
    external_id: Option<String>,
    /// The account's id at the provider, such as HubSpot's portal id.
    provider_id: Option<String>,
    /// Scopes that were granted.
    scopes: Option<Vec<String>>,
    /// The user's metadata.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Value>,
    /// Values of the integration's settings.
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    /// By the workflow's name: `true`, `false`, or `{enabled, settings}`. Workflows that are on by default are on when
    /// it is absent.
    #[schema(value_type = Option<Object>)]
    workflows: Option<Value>,
}

/// Import accounts with their tokens
///
/// JSON, a list of accounts; or CSV (`Content-Type: text/csv`), whose first line names the same fields. All or nothing:
/// what is wrong is named with its line in `meta.problems`, and no value is repeated. The same file twice changes
/// nothing, and an account that the user has connected again since keeps its newer tokens. Up to 10,000 accounts and
/// 16 MiB a call.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/credentials/import", tag = "users", operation_id = "credentials.import", params(ProjectPath, ImportQuery), request_body(content((Vec<AccountRecord> = "application/json"), (String = "text/csv"))), responses((status = 200, body = ImportView)))]
pub async fn import(
    State(app): State<App>,
    access: ProjectAccess,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ImportView>, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let format = match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "text/csv" => Format::Csv,
        "application/json" | "" => Format::Json,
        _ => {
            return Err(ApiError::status(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "accounts come as `text/csv` or `application/json`",
            ));
        }
    };
    let bytes = body::read(&headers, body, MAX_FILE).await?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| ApiError::bad_request("body_invalid", "the file is not UTF-8; save it as UTF-8"))?;
    let plan = import::read("accounts", text, format).map_err(wrong)?;
    let registry = app.connections.registry_of(access.id()).await?;
    let imported = import::import(&app.store, &registry, &plan, access.id(), query.dry_run).await;
    let Imported { added, changed, unchanged, users_added, changes } = match imported {
        Ok(imported) => imported,
        Err(ApplyError::Problems(problems)) => return Err(wrong(problems)),
        Err(ApplyError::OtherProject { .. } | ApplyError::ReadOnly { .. }) => {
            return Err(ApiError::not_found("project"));
        }
        Err(ApplyError::Store(error)) => return Err(error.into()),
    };
    Ok(Json(ImportView { dry_run: query.dry_run, added, changed, unchanged, users_added, changes }))
}

/// Every problem with its line.
fn wrong(problems: Problems) -> ApiError {
    let details: Vec<Value> = problems
        .0
        .iter()
        .map(|problem| {
            json!({
                "line": problem.at.line,
                "column": problem.at.column,
                "field": problem.field,
                "message": problem.message,
            })
        })
        .collect();
    ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "import_wrong", problems.to_string())
        .with("problems", Value::Array(details))
}
