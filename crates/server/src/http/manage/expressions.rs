//! Expressions tried out over examples, by what fills them in for runs.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use linchpin_domain::template::{self, Context, Names, Template};
use linchpin_store::secrets;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::http::page::ProjectPath;
use crate::state::App;

/// What a secret is while it is not told.
const HIDDEN: &str = "••••••";

/// What is evaluated, and over what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluate {
    /// A value whose texts may hold `{{ … }}`.
    #[schema(value_type = Object)]
    template: Value,
    /// Example values by root: `trigger`, `steps`, `settings`, `user`, and the items of the loops around. Keys of
    /// steps and settings that are not here count as unknown. Secrets are always hidden.
    #[serde(default)]
    #[schema(value_type = Object)]
    values: Map<String, Value>,
}

/// What it comes to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Evaluated {
    /// Filled in; null where the examples have no such value.
    #[schema(value_type = Option<Object>)]
    value: Value,
    /// Why it could not be filled in or deployed.
    problems: Vec<String>,
}

/// Evaluate an expression over examples
///
/// With the checks of a deploy. Nothing is stored, and nobody is called.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/evaluate", tag = "workflows", operation_id = "expressions.evaluate", params(ProjectPath), request_body = Evaluate, responses((status = 200, body = Evaluated)))]
pub async fn evaluate(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<Evaluate>,
) -> Result<Json<Evaluated>, ApiError> {
    let mut conn = app.store.read().await?;
    let known: BTreeSet<String> =
        secrets::list(&mut conn, access.id()).await?.into_iter().map(|secret| secret.name).collect();
    drop(conn);
    let keys = |root: &str| -> BTreeSet<String> {
        body.values.get(root).and_then(Value::as_object).into_iter().flat_map(|of| of.keys().cloned()).collect()
    };
    let own = ["trigger", "steps", "settings", "user", "secrets"];
    let items = body.values.keys().filter(|root| !own.contains(&root.as_str())).cloned().collect();
    let (steps, settings) = (keys("steps"), keys("settings"));
    let names = Names { steps: &steps, settings: &settings, secrets: &known, items: &items };
    let mut problems: Vec<String> =
        template::problems(&body.template, &names).into_iter().map(|(_, message)| message).collect();
    let mut context = Context::default();
    for (root, value) in &body.values {
        context.set(root.clone(), value);
    }
    context.set("secrets", &json!(known.iter().map(|name| (name, HIDDEN)).collect::<BTreeMap<_, _>>()));
    let value = match Template::parse(&body.template).and_then(|template| template.fill(&context)) {
        Ok(value) => value,
        Err(error) => {
            if problems.is_empty() {
                problems.push(error.to_string());
            }
            Value::Null
        }
    };
    Ok(Json(Evaluated { value, problems }))
}
