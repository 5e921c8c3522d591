//! A server from start to end: open the data directory, start the engine, serve, stop in order.
//! `linchpin serve` and `linchpin demo` run it; tests do too.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use linchpin_connectors::{Client, EgressPolicy, HostPort, Registry};
use linchpin_domain::Clock;
use linchpin_engine::{Engine, Limits};
use linchpin_store::Store;
use linchpin_store::serving::Serving;
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::credentials::Connections;
use crate::data_dir::{self, Lock};
use crate::destinations::Destinations;
use crate::hooks;
use crate::http::auth::UserTokens;
use crate::http::listen::{Patience, serve};
use crate::http::portal::Beginnings;
use crate::http::rate_limit::RateLimits;
use crate::lifecycle::Lifecycle;
use crate::retention;
use crate::simulators::Simulators;
use crate::state::{App, Parts};
use crate::sync;

/// How often the database is asked whether another process (`linchpin apply`) changed something.
const CATCH_UP: Duration = Duration::from_millis(500);

/// How often it is made sure that the claim on the database holds.
const HOLD: Duration = Duration::from_secs(5);

/// A server that has its data directory and its address, and does not serve yet.
pub struct Server {
    /// What the handlers reach.
    pub app: App,
    listener: TcpListener,
    serving: Serving,
    _lock: Lock,
}

impl Server {
    /// Locks the data directory, opens the database, starts the engine, takes the address.
    pub async fn start(mut config: Config) -> Result<Self> {
        more_files();
        data_dir::create(&config.data)?;
        let lock = data_dir::lock(&config.data)?;
        let listener = TcpListener::bind(config.listen).await.with_context(|| {
            format!(
                "cannot listen on {}: is another program using the port? Choose another with --listen",
                config.listen
            )
        })?;
        if config.listen.port() == 0 {
            // The system has chosen a port.
            config.listen = listener.local_addr()?;
            if config.public_url.port() == Some(0) {
                let _ = config.public_url.set_port(Some(config.listen.port()));
            }
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        // Before tables are brought up to date: another server may be working on them.
        let serving = data_dir::claim(&config).await?;
        let store = data_dir::open(&config, Arc::clone(&clock)).await?;
        crate::telemetry::metrics();
        let app = build(config, store, clock).await?;
        Ok(Self { app, listener, serving, _lock: lock })
    }

    /// Serves until `lifecycle` says stop, then ends in order.
    pub async fn run(self) -> Result<()> {
        let Self { app, listener, serving, _lock } = self;
        let lifecycle = app.lifecycle.clone();
        let follow = tokio::spawn(follow_other_processes(app.store.clone(), lifecycle.clone()));
        let age = tokio::spawn(retention::run(app.store.clone(), app.config.retention, lifecycle.clone()));
        let claim = tokio::spawn(hold(serving, lifecycle.clone()));
        lifecycle.ready();
        let serve = serve(listener, crate::http::router(app.clone()), lifecycle.token(), Patience::default());
        // A client that holds its connection open must not hold the process.
        tokio::select! {
            () = serve => {}
            () = patience(lifecycle, Duration::from_secs(5)) => {}
        }
        app.engine.stop(app.config.shutdown_grace).await;
        app.connections.stop(Duration::from_secs(5)).await;
        follow.abort();
        age.abort();
        app.store.close().await;
        // The last thing: nobody else begins before all is written.
        claim.abort();
        tracing::info!("stopped");
        Ok(())
    }
}

/// Takes as many open files as the system gives: each connection is one, and the usual limit is 1,024.
fn more_files() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "open files"),
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the limit of open files stays"),
    }
}

/// Everything that handlers reach, on an open store. The engine is started.
pub async fn build(config: Config, store: Store, clock: Arc<dyn Clock>) -> Result<App> {
    let registry = Arc::new(Registry::builtin().map_err(|problem| anyhow::anyhow!("{problem}"))?);
    let limits =
        Limits { total: config.limits.calls, per_credential: config.limits.calls_per_account, ..Limits::default() };
    let exceptions = |name: &str, list: &[String]| -> Result<Vec<HostPort>> {
        list.iter().map(|text| text.parse().map_err(|error| anyhow::anyhow!("{name}: {error}"))).collect()
    };
    let policy = EgressPolicy::new(exceptions("egress_allow", &config.egress_allow)?)
        .with_steps(exceptions("egress_allow_steps", &config.egress_allow_steps)?);
    let client = Client::new(policy);
    let connections = Connections::new(store.clone(), Arc::clone(&registry), client);
    // No other process serves this database: the directory's lock says so, or the claim on it.
    connections.take_over().await?;
    let tokens = UserTokens::new(store.clone(), connections.client().clone());
    let engine = Engine::start(store.clone(), Arc::new(connections.clone()), limits).await?;
    let lifecycle = Lifecycle::default();
    let wakes = hooks::Wakes::default();
    hooks::poll::start(hooks::poll::Poller {
        store: store.clone(),
        engine: engine.clone(),
        connections: connections.clone(),
        clock: Arc::clone(&clock),
        every: config.limits.poll_every,
        wakes: wakes.clone(),
        stop: lifecycle.token(),
    });
    sync::start(sync::Syncer {
        store: store.clone(),
        engine: engine.clone(),
        connections: connections.clone(),
        clock: Arc::clone(&clock),
        look: config.limits.poll_every.clamp(Duration::from_millis(50), Duration::from_millis(500)),
        stop: lifecycle.token(),
    });
    let rate_limits = RateLimits::new(&config.limits);
    let config = Arc::new(config);
    hooks::registrar::start(hooks::registrar::Registrar {
        store: store.clone(),
        engine: engine.clone(),
        connections: connections.clone(),
        clock: Arc::clone(&clock),
        config: Arc::clone(&config),
        stop: lifecycle.token(),
    });
    let destinations = Destinations::new(store.clone(), Arc::clone(&clock), connections.client(), Arc::clone(&config))?;
    destinations.start(lifecycle.token());
    Ok(App::from(Parts {
        simulators: Simulators::new(connections.client().clone(), Arc::clone(&clock)),
        store,
        engine,
        config,
        clock,
        connections,
        destinations,
        wakes,
        tokens,
        rate_limits,
        beginnings: Beginnings::default(),
        lifecycle,
        registry,
        login_limit: Arc::default(),
    }))
}

/// Holds the claim on the database until it is aborted. A server whose database another one has taken over stops.
async fn hold(mut serving: Serving, lifecycle: Lifecycle) {
    loop {
        tokio::time::sleep(HOLD).await;
        match serving.hold().await {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!(
                    "another server has taken the database over while it could not be reached; this one stops"
                );
                lifecycle.stop();
                // What is still held is given to nobody.
                std::future::pending::<()>().await;
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the claim on the database cannot be checked");
            }
        }
    }
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
