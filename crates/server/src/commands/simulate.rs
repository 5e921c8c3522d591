//! `linchpin simulate`: a provider's simulator alone, in a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use linchpin_connectors::{Manifest, Registry, simulator};
use linchpin_domain::source::nearest;
use tokio::net::TcpListener;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::lifecycle::Lifecycle;
use crate::project_file::Problems;
use crate::telemetry;

/// Run the simulator of a provider, for trying out and for tests
#[derive(clap::Args)]
pub struct Options {
    /// The connector, for example hubspot, or the path of a manifest (….yaml)
    #[arg(value_name = "CONNECTOR")]
    connector: String,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4801")]
    listen: SocketAddr,
    /// Take every access token, for benchmarks and imported accounts
    #[arg(long)]
    accept_any_token: bool,
    /// Begin without the provider's quotas
    #[arg(long)]
    no_quota: bool,
}

/// A connector of the binary, or the one of a file.
fn find(connector: &str) -> Result<Arc<Manifest>> {
    // A connector's name has no dot.
    if Path::new(connector).extension().is_some() {
        let text =
            std::fs::read_to_string(connector).with_context(|| format!("cannot read the manifest {connector}"))?;
        return Ok(Arc::new(linchpin_connectors::check(connector, &text).map_err(Problems)?));
    }
    let registry = Registry::builtin().map_err(|problem| anyhow::anyhow!("{problem}"))?;
    if let Some(manifest) = registry.find(connector) {
        return Ok(Arc::clone(manifest));
    }
    let known: Vec<&str> = registry.list().map(|manifest| manifest.kind.as_str()).collect();
    let hint = nearest(connector, known.iter().copied())
        .map_or_else(|| format!("there are {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
    bail!("there is no connector `{connector}`; {hint}")
}

/// Serves until a signal ends it.
pub async fn run(config: Config, options: Options) -> Result<()> {
    telemetry::init(&config).map_err(anyhow::Error::msg)?;
    let manifest = find(&options.connector)?;
    let listener = TcpListener::bind(options.listen).await.with_context(|| {
        format!("cannot listen on {}: is another program using the port? Choose another with --listen", options.listen)
    })?;
    let address = listener.local_addr()?;
    let lifecycle = Lifecycle::default();
    let signals = tokio::spawn(lifecycle.clone().watch_signals());
    say!("The {} simulator is ready at http://{address}", manifest.name);
    let behaviour =
        simulator::Options { accept_any_token: options.accept_any_token, no_quota: options.no_quota, webhooks: None };
    let stop = async move { lifecycle.stopped().await };
    simulator::serve(manifest, listener, behaviour, Arc::new(SystemClock), stop).await?;
    signals.abort();
    Ok(())
}
