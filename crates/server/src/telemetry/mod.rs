//! Logs and metrics. Logs go to standard error: text for people on a terminal, one JSON object a line
//! otherwise. Fields have dotted names (`run.id`, `project.id`); tokens, query strings, payloads and
//! e-mail addresses are never logged.

mod json_lines;

use std::io::IsTerminal;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{Config, LogFormat};

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Buckets of durations, in seconds: from a fast acknowledgement to a step that waits for a provider.
const BUCKETS: [f64; 14] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Starts logging. A second call changes nothing, so that tests may call it.
pub fn init(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::builder()
        .parse(&config.log)
        .map_err(|error| format!("log: `{}` is neither a level nor directives: {error}", config.log))?;
    let json = match config.log_format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        // Whoever read the log may be gone; complaining to the same closed pipe would panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let _ = if json {
        builder.json().event_format(json_lines::JsonLines).try_init()
    } else {
        builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init()
    };
    Ok(())
}

/// Installs the recorder of metrics, once in a process, and gives access to what it holds.
pub fn metrics() -> PrometheusHandle {
    RECORDER
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)
                .expect("the buckets are not empty")
                .install_recorder()
                .expect("no other recorder is installed in this process")
        })
        .clone()
}
