//! A server from start to end: open the data directory, start the engine, serve, stop in order.
//! `linchpin serve` and `linchpin demo` run it; tests do too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use linchpin_connectors::Registry;
use linchpin_domain::{Clock, Connector};
use linchpin_engine::{Engine, Limits};
use linchpin_store::Store;
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::data_dir::{self, Lock};
use crate::lifecycle::Lifecycle;
use crate::state::App;

/// How often the database is asked whether another process (`linchpin apply`) changed something.
const CATCH_UP: Duration = Duration::from_millis(500);

/// A server that has its data directory and its address, and does not serve yet.
pub struct Server {
    /// What the handlers reach.
    pub app: App,
    listener: TcpListener,
    _lock: Lock,
}

impl Server {
    /// Locks the data directory, opens the database, starts the engine, takes the address.
    pub async fn start(config: Config) -> Result<Self> {
        data_dir::create(&config.data)?;
        let lock = data_dir::lock(&config.data)?;
        let listener = TcpListener::bind(config.listen).await.with_context(|| {
            format!(
                "cannot listen on {}: is another program using the port? Choose another with --listen",
                config.listen
            )
        })?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = data_dir::open(&config, Arc::clone(&clock)).await?;
        crate::telemetry::metrics();
        let app = build(config, store, clock).await?;
        Ok(Self { app, listener, _lock: lock })
    }

    /// Serves until `lifecycle` says stop, then ends in order.
    pub async fn run(self) -> Result<()> {
        let Self { app, listener, _lock } = self;
        let lifecycle = app.lifecycle.clone();
        let follow = tokio::spawn(follow_other_processes(app.store.clone(), lifecycle.clone()));
        lifecycle.ready();
        let serve =
            axum::serve(listener, crate::http::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>())
                .with_graceful_shutdown(stop_signal(lifecycle.clone()))
                .into_future();
        // A client that holds its connection open must not hold the process.
        let outcome = tokio::select! {
            outcome = serve => outcome.context("the listener failed"),
            () = patience(lifecycle, Duration::from_secs(5)) => Ok(()),
        };
        app.engine.stop(app.config.shutdown_grace).await;
        follow.abort();
        app.store.close().await;
        tracing::info!("stopped");
        outcome
    }
}

/// Everything that handlers reach, on an open store. The engine is started.
pub async fn build(config: Config, store: Store, clock: Arc<dyn Clock>) -> Result<App> {
    let registry = Registry::builtin().map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let limits =
        Limits { total: config.limits.calls, per_credential: config.limits.calls_per_account, ..Limits::default() };
    let engine = Engine::start(store.clone(), connector(), limits).await?;
    Ok(App {
        store,
        engine,
        config: Arc::new(config),
        clock,
        lifecycle: Lifecycle::default(),
        registry: Arc::new(registry),
        login_limit: Arc::default(),
    })
}

async fn stop_signal(lifecycle: Lifecycle) {
    lifecycle.stopped().await;
}

async fn patience(lifecycle: Lifecycle, time: Duration) {
    lifecycle.stopped().await;
    tokio::time::sleep(time).await;
}

/// `linchpin apply` beside this server writes to the same database: what is held in memory follows.
async fn follow_other_processes(store: Store, lifecycle: Lifecycle) {
    let mut ticks = tokio::time::interval(CATCH_UP);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = lifecycle.stopped() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = store.catch_up().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the database did not say whether something changed"
            );
        }
    }
}

/// Performs actions. No connector is linked yet, and each call says so.
fn connector() -> Arc<dyn Connector> {
    Arc::new(NoConnectors)
}

struct NoConnectors;

impl NoConnectors {
    fn refuse(call: &linchpin_domain::connector::ActionCall) -> linchpin_domain::connector::ActionError {
        linchpin_domain::connector::ActionError::Invalid {
            message: format!("there is no connector `{}`", call.connector),
        }
    }
}

#[async_trait::async_trait]
impl Connector for NoConnectors {
    fn plan(
        &self,
        call: &linchpin_domain::connector::ActionCall,
    ) -> Result<linchpin_domain::connector::ActionPlan, linchpin_domain::connector::ActionError> {
        Err(Self::refuse(call))
    }

    async fn perform(
        &self,
        call: &linchpin_domain::connector::ActionCall,
    ) -> Result<linchpin_domain::connector::ActionOutput, linchpin_domain::connector::ActionError> {
        Err(Self::refuse(call))
    }

    async fn settle(
        &self,
        call: &linchpin_domain::connector::ActionCall,
    ) -> Result<linchpin_domain::connector::Settled, linchpin_domain::connector::ActionError> {
        Err(Self::refuse(call))
    }
}
