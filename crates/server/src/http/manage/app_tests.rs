//! Whether the provider knows the project's app: client id and secret, tried without a user.

use axum::extract::State;
use linchpin_connectors::oauth2::{self, TokenError, Verdict, Way};
use linchpin_domain::id::IntegrationId;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Map;
use utoipa::ToSchema;

use super::integrations::non_empty_secret;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, MaybeJson};
use crate::http::page::ItemPath;
use crate::state::App;

/// What is tried; what is stored where something is absent. Nothing is stored.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestCredentials {
    client_id: Option<String>,
    #[schema(value_type = Option<String>, write_only)]
    client_secret: Option<SecretString>,
}

/// What the provider said.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TestedCredentials)]
pub struct Tested {
    outcome: TestOutcome,
    /// What was done to find out.
    checked: String,
    /// What only a user who connects will show.
    not_checked: String,
    /// The provider's answer, in its words; what went wrong where there was none.
    answer: String,
}

/// What follows from the provider's answer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TestOutcome {
    /// It knows client id and secret.
    Known,
    /// It does not know the client id, or the secret is another.
    Unknown,
    /// It knows them and does not take the redirect URL.
    RedirectUrl,
    /// Its answer does not say.
    Unclear,
    /// It gave no answer.
    Unreachable,
}

/// Test an integration's client id and secret
///
/// The provider's token endpoint is asked with a code that nobody was given. A provider that knows the app refuses
/// the code; one that does not refuses the app. No account is connected.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/integrations/{id}/test-credentials", tag = "integrations", operation_id = "integrations.testCredentials", params(ItemPath), request_body = TestCredentials, responses((status = 200, body = Tested)))]
pub async fn test(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
    MaybeJson(body): MaybeJson<TestCredentials>,
) -> Result<Json<Tested>, ApiError> {
    let setup = app.connections.setup(access.id(), id).await?.ok_or_else(|| ApiError::not_found("integration"))?;
    let provider = &setup.manifest.name;
    let own =
        |method: &linchpin_connectors::manifest::Method| method.oauth2.as_ref().is_some_and(|oauth2| !oauth2.user_app);
    let Some((name, _)) = setup.manifest.methods().find(|(_, method)| own(method)) else {
        return Err(ApiError::conflict(
            "nothing_to_test",
            format!("{provider} is connected with what each user enters; the project has no client id there"),
        ));
    };
    let inputs = Map::new();
    let way = Way::of(&setup.manifest, name, &setup.endpoint, &inputs)
        .ok_or_else(|| ApiError::not_found("way to connect"))?;
    let stored = setup.app.as_ref();
    let client_id = body.client_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    let client_id = client_id.or_else(|| stored.map(|app| app.client_id.clone()));
    let secret = non_empty_secret(body.client_secret).or_else(|| stored.map(|app| app.client_secret.clone()));
    let (client_id, client_secret) = match (client_id, secret) {
        (Some(client_id), Some(secret)) => (client_id, secret),
        (None, _) => return Err(ApiError::invalid([("clientId", "enter the client id first")])),
        (_, None) => return Err(ApiError::invalid([("clientSecret", "enter the client secret first")])),
    };
    let asked = oauth2::App { client_id, client_secret, scopes: Vec::new(), optional_scopes: Vec::new() };
    let redirect = app.config.redirect_url();
    let answer = oauth2::probe(app.connections.client(), way, &asked, &redirect, &*app.clock).await;
    let not_checked =
        "whether the app has the redirect URL and the scopes: that shows when somebody connects".to_owned();
    Ok(Json(match answer {
        Ok(probe) => Tested {
            outcome: match probe.verdict {
                Verdict::Known => TestOutcome::Known,
                Verdict::Unknown => TestOutcome::Unknown,
                Verdict::Redirect => TestOutcome::RedirectUrl,
                Verdict::Unclear => TestOutcome::Unclear,
            },
            checked: format!("{provider} was asked at {} to redeem a code that nobody was given", probe.url),
            not_checked,
            answer: format!("{} ({})", probe.message, probe.status),
        },
        Err(TokenError::Rejected { message } | TokenError::Revoked { message }) => Tested {
            outcome: TestOutcome::Unreachable,
            checked: format!("{provider} could not be asked"),
            not_checked,
            answer: message,
        },
        Err(TokenError::Unavailable { message, .. }) => Tested {
            outcome: TestOutcome::Unreachable,
            checked: format!("{provider} was asked, and gave no answer"),
            not_checked,
            answer: message,
        },
    }))
}
