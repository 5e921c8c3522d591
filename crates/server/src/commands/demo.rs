//! `linchpin demo`: the whole tutorial on one machine, offline.

use std::path::PathBuf;

use anyhow::Result;

use crate::config::{Config, Flags};
use crate::demo::{self, Demo};
use crate::telemetry;

/// Run the demo: Linchpin, a simulated HubSpot and a small host application
#[derive(clap::Args)]
pub struct Options {
    /// The first of three ports
    #[arg(long, value_name = "PORT", default_value_t = 4800)]
    port: u16,
    /// Print addresses and accounts as one line of JSON first
    #[arg(long)]
    json: bool,
}

/// Runs until a signal ends it.
pub async fn run(flags: Flags, options: Options) -> Result<()> {
    let quiet = flags.log.is_none();
    let flags = Flags { data: Some(flags.data.unwrap_or_else(|| PathBuf::from(".linchpin/demo"))), ..flags };
    let mut config = demo::configure(Config::load(&flags)?, options.port)?;
    if quiet {
        // What people should read is where to click.
        config.log = "warn".into();
    }
    telemetry::init(&config).map_err(anyhow::Error::msg)?;
    let data = config.data.clone();
    demo::run(config, move |demo| {
        if options.json {
            say!("{}", serde_json::to_string(demo).expect("the demo can be written"));
        } else {
            say!("{}", guide(demo, &data));
        }
    })
    .await
}

fn guide(demo: &Demo, data: &std::path::Path) -> String {
    let Demo { url, simulator_url, host_app_url, dashboard, .. } = demo;
    format!(
        "\
The demo is ready. Click in this order:

  1. {host_app_url}
     Acme CRM, your product in this story. Open Integrations and choose Connect HubSpot,
     allow access in the simulated HubSpot, and switch `Sync contacts` on.
  2. Still in Acme CRM: add a lead. That sends the App Event `Contact Created`.
  3. {simulator_url}
     The simulated HubSpot: the lead is a contact now.
  4. {url}
     The dashboard of Linchpin: Task History shows what happened; change the workflow and deploy it.
     Sign in as {} with the password {}

Everything is kept in {}. Stop with Ctrl-C.",
        dashboard.email,
        dashboard.password,
        data.display()
    )
}
