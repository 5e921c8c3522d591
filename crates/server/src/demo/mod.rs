//! The demo: Linchpin with a seeded project, the provider's simulator and a small host application, in
//! one process on three ports. Linchpin answers on 127.0.0.1 and the other two on localhost, so that
//! they are different sites to a browser, as they are in real life.

mod host_app;
mod seed;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use linchpin_connectors::simulator;
use linchpin_domain::Clock;
use linchpin_domain::id::ProjectId;
use linchpin_store::integrations;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::lifecycle::Lifecycle;
use crate::server::Server;
use crate::state::App;

/// What the demo consists of, for people and for programs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Demo {
    /// Where Linchpin answers.
    pub url: String,
    /// The seeded project.
    pub project_id: String,
    /// Where the simulated HubSpot answers.
    pub simulator_url: String,
    /// Where the host application answers.
    pub host_app_url: String,
    /// The private key that signs its users' tokens.
    pub signing_key_file: PathBuf,
    /// Who signs in to the dashboard.
    pub dashboard: seed::Account,
}

/// The configuration of the demo: nothing but its own simulator may be reached inside.
pub fn configure(mut config: Config, port: u16) -> Result<Config> {
    port.checked_add(2).context("--port must leave room for two more ports")?;
    config.listen = SocketAddr::from(([127, 0, 0, 1], port));
    config.public_url = Url::parse(&format!("http://127.0.0.1:{port}")).expect("a valid URL");
    config.egress_allow = vec![format!("localhost:{}", port + 1), format!("127.0.0.1:{}", port + 1)];
    config.demo = true;
    Ok(config)
}

/// Starts everything, tells `ready`, and runs until a signal ends it.
pub async fn run(config: Config, ready: impl FnOnce(&Demo)) -> Result<()> {
    let port = config.listen.port();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (simulator_port, host_port) = (bind(port + 1).await?, bind(port + 2).await?);
    let simulator_url = format!("http://localhost:{}", port + 1);
    let host_app_url = format!("http://localhost:{}", port + 2);
    let server = Server::start(config).await?;
    let app = &server.app;
    let seeded = seed::seed(app, &simulator_url).await?;
    let lifecycle = app.lifecycle.clone();

    let manifest = app.registry.find("hubspot").context("the binary has no HubSpot connector")?;
    // Tokens of an earlier start are taken, so that accounts stay connected over a restart.
    let webhooks = webhooks(app, seeded.project_id).await?;
    let options = simulator::Options { accept_any_token: true, webhooks, ..simulator::Options::default() };
    let simulator = tokio::spawn(simulator::serve(
        Arc::clone(manifest),
        simulator_port,
        options,
        Arc::clone(&clock),
        stopped(lifecycle.clone()),
    ));
    let page_config = json!({
        "linchpinUrl": app.config.public_base(),
        "projectId": seeded.project_id.to_string(),
        "simulatorUrl": simulator_url,
        "users": [{"id": "ann", "name": "Ann"}, {"id": "bob", "name": "Bob"}],
    });
    let pages = host_app::router(page_config, seeded.project_id, seeded.private_key, clock);
    let host_app =
        tokio::spawn(axum::serve(host_port, pages).with_graceful_shutdown(stopped(lifecycle.clone())).into_future());

    let signals = tokio::spawn(lifecycle.watch_signals());
    ready(&Demo {
        url: app.config.public_base(),
        project_id: seeded.project_id.to_string(),
        simulator_url,
        host_app_url,
        signing_key_file: seeded.signing_key_file,
        dashboard: seeded.account,
    });
    let outcome = server.run().await;
    signals.abort();
    simulator.abort();
    host_app.abort();
    outcome
}

/// Where the simulated app's webhooks go, and what signs them: as a developer enters it at the provider.
async fn webhooks(app: &App, project_id: ProjectId) -> Result<Option<(String, SecretString)>> {
    let mut conn = app.store.read().await?;
    let all = integrations::list(&mut conn, project_id).await?;
    let Some(hubspot) = all.into_iter().find(|integration| integration.kind == "hubspot") else { return Ok(None) };
    let secret = integrations::client_secret(&mut conn, project_id, hubspot.id).await?;
    Ok(secret.map(|secret| (app.config.webhook_url(project_id, hubspot.id), secret)))
}

async fn bind(port: u16) -> Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await.with_context(|| {
        format!("cannot listen on port {port}: the demo needs three ports in a row; choose others with --port")
    })
}

async fn stopped(lifecycle: Lifecycle) {
    lifecycle.stopped().await;
}
