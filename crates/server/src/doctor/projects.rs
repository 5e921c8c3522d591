//! What keeps a project from working: credentials, keys, switched-off integrations, broken workflows.

use std::collections::BTreeMap;

use linchpin_connectors::{Catalog, HostPort, Registry};
use linchpin_domain::id::IntegrationId;
use linchpin_domain::workflow::Surroundings;
use linchpin_store::integrations::{self, Integration};
use linchpin_store::projects::Project;
use linchpin_store::{
    Conn, Result, Store, app_events, members, projects, secrets, signing_keys, workflow_versions, workflows,
};
use url::Url;

use super::{Findings, is_loopback};
use crate::config::Config;
use crate::credentials::connectors;

/// Looks at every project.
pub async fn examine(store: &Store, config: &Config, registry: &Registry, findings: &mut Findings) -> Result<()> {
    let mut conn = store.read().await?;
    if !members::any(&mut conn).await? {
        findings.warning(
            "members",
            "nobody can sign in to the dashboard yet",
            "start the server and open the set-up link that it prints",
        );
    }
    let list = projects::list(&mut conn).await?;
    if list.is_empty() {
        findings.warning("projects", "there is no project yet", "make one in the dashboard, or with `linchpin apply`");
    }
    for project in list {
        let faults = findings.0.len();
        one(&mut conn, config, registry, &project, findings).await?;
        if findings.0.len() == faults {
            findings.good("projects", format!("project {}: nothing is wrong", project.name));
        }
    }
    Ok(())
}

async fn one(
    conn: &mut Conn,
    config: &Config,
    registry: &Registry,
    project: &Project,
    findings: &mut Findings,
) -> Result<()> {
    let name = &project.name;
    if signing_keys::list(conn, project.id).await?.is_empty() {
        findings.fault(
            "signing-keys",
            format!("project {name} has no signing key, so every user token is refused"),
            "make one: Settings, Signing Keys; or `linchpin keys generate` and `signingKeys` in the project file",
        );
    }
    if project.allowed_origins.is_empty() && !is_loopback(config.public_url.host_str().unwrap_or_default()) {
        findings.warning(
            "allowed-origins",
            format!("project {name} lets any page open its Connect Portal"),
            "list your product's pages under Settings, Allowed origins",
        );
    }
    let registry = &connectors(conn, registry, project.id).await?;
    let integrations: BTreeMap<IntegrationId, Integration> =
        integrations::list(conn, project.id).await?.into_iter().map(|one| (one.id, one)).collect();
    for integration in integrations.values() {
        integration_findings(name, integration, config, registry, findings);
    }
    deployed(conn, registry, project, &integrations, findings).await
}

fn integration_findings(
    project: &str,
    integration: &Integration,
    config: &Config,
    registry: &Registry,
    findings: &mut Findings,
) {
    let kind = &integration.kind;
    let Some(manifest) = registry.find(kind) else {
        findings.fault(
            "integrations",
            format!("project {project}: this program has no connector `{kind}`"),
            "run the version that has it, or remove the integration",
        );
        return;
    };
    if manifest.needs_app() && integration.active && (integration.client_id.is_none() || !integration.has_client_secret)
    {
        findings.fault(
            "integrations",
            format!(
                "project {project}: {kind} is active but has no client id or no client secret, so nobody can connect"
            ),
            format!("enter the OAuth application's credentials: Integrations, {kind}; or `app` in the project file"),
        );
    }
    for (which, address) in &integration.base_urls {
        let Ok(url) = Url::parse(address) else { continue };
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        let excepted = [format!("{host}:{port}"), format!("{host}:*")].iter().any(|wanted| {
            let wanted = wanted.parse::<HostPort>().map(|wanted| wanted.to_string());
            config.egress_allow.iter().any(|allowed| {
                allowed
                    .parse::<HostPort>()
                    .map(|allowed| allowed.to_string())
                    .is_ok_and(|allowed| wanted.as_ref().is_ok_and(|wanted| *wanted == allowed))
            })
        });
        if is_loopback(host) && !excepted {
            findings.fault(
                "integrations",
                format!("project {project}: {kind}'s base URL {which} is {address}, which outgoing calls may not reach"),
                format!("for a simulator add {host}:{port} to egress_allow (LINCHPIN_EGRESS_ALLOW); else remove the base URL"),
            );
        }
    }
}

async fn deployed(
    conn: &mut Conn,
    registry: &Registry,
    project: &Project,
    integrations: &BTreeMap<IntegrationId, Integration>,
    findings: &mut Findings,
) -> Result<()> {
    let name = &project.name;
    let app_events = app_events::list(conn, project.id).await?.into_iter().map(|event| event.name).collect();
    let secrets = secrets::list(conn, project.id).await?.into_iter().map(|secret| secret.name).collect();
    let mut around = Surroundings { app_events, secrets, ..Surroundings::default() };
    for workflow in workflows::list(conn, project.id, None).await? {
        let Some(version) = workflow.deployed_version_id else { continue };
        let Some(integration) = integrations.get(&workflow.integration_id) else { continue };
        if !integration.active {
            findings.fault(
                "workflows",
                format!(
                    "project {name}: the workflow `{}` is deployed, but {} is not active, so it never runs",
                    workflow.name, integration.kind
                ),
                format!("switch {} on: Integrations, {}; or undeploy the workflow", integration.kind, integration.kind),
            );
        }
        let Some(version) = workflow_versions::find(conn, project.id, version).await? else { continue };
        around.settings = integration.settings.iter().chain(&workflow.settings).map(|input| input.id.clone()).collect();
        let catalog = Catalog { registry, default_connector: &integration.kind };
        for problem in version.definition.problems(&around, &catalog) {
            let step = problem.step.map(|step| format!(", step {step}")).unwrap_or_default();
            findings.fault(
                "workflows",
                format!("project {name}: the deployed workflow `{}`{step}: {}", workflow.name, problem.message),
                "mend it in the editor and deploy it again",
            );
        }
    }
    Ok(())
}
