//! Logs and metrics. Logs go to standard error: text for people on a terminal, one JSON object a line
//! otherwise. Fields have dotted names (`run.id`, `project.id`); tokens, query strings, payloads and
//! e-mail addresses are never logged.

mod json_lines;
mod text_lines;

use std::io::IsTerminal;
use std::sync::OnceLock;

use axum::http::{Method, Uri};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

pub use self::json_lines::JsonLines;
use self::text_lines::TextLines;
use crate::config::{Config, LogFormat};

tokio::task_local! {
    static REQUEST: Request;
}

/// The request that something is said about. A span would do, but is put together for each request, also where nothing
/// is said.
pub struct Request {
    /// As the answer says it.
    pub id: String,
    /// Its method.
    pub method: Method,
    /// Its address.
    pub uri: Uri,
}

impl Request {
    /// The path alone: queries may carry tokens.
    fn path(&self) -> &str {
        self.uri.path()
    }

    /// Tells of the request that is being answered, if one is.
    fn meanwhile(tell: impl FnOnce(&Self)) {
        // Most of what is said belongs to no request.
        let _ = REQUEST.try_with(tell);
    }
}

/// What is said to the log until `answer` is there is about this request.
pub async fn during<F: Future>(request: Request, answer: F) -> F::Output {
    REQUEST.scope(request, answer).await
}

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
        builder.json().event_format(JsonLines).try_init()
    } else {
        builder.event_format(TextLines::new(std::io::stderr().is_terminal())).try_init()
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
