//! One JSON object a line, with the causes of an error: that a statement failed helps nobody who cannot see that the
//! disk is full.

use std::error::Error;
use std::fmt::{self, Debug};

use linchpin_domain::Clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, JsonFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::Request;
use crate::clock::SystemClock;

/// Formats events so.
pub struct JsonLines;

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, JsonFields> for JsonLines {
    fn format_event(&self, _: &FmtContext<'_, S, JsonFields>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let about = event.metadata();
        let mut line = Map::new();
        line.insert("timestamp".into(), SystemClock.now().to_string().into());
        line.insert("level".into(), about.level().as_str().into());
        event.record(&mut Fields(&mut line));
        line.insert("target".into(), about.target().into());
        Request::meanwhile(|request| {
            line.insert("request.id".into(), request.id.as_str().into());
            line.insert("http.method".into(), request.method.as_str().into());
            line.insert("http.path".into(), request.path().into());
        });
        writeln!(to, "{}", Value::Object(line))
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let causes = std::iter::successors(Some(value), |error| (*error).source());
        let texts = causes.map(ToString::to_string).fold(Vec::<String>::new(), |mut texts, text| {
            // Some errors say their cause in their own words already, or are said by it.
            match texts.last_mut() {
                Some(last) if last.contains(&text) => {}
                Some(last) if text.contains(&*last) => *last = text,
                _ => texts.push(text),
            }
            texts
        });
        self.put(field, texts.join(": "));
    }
}

#[cfg(test)]
pub mod tests {
    use std::io;
    use std::sync::Arc;

    use jiff::Timestamp;
    use parking_lot::Mutex;
    use serde_json::json;

    use super::super::during;
    use super::*;

    /// What was written to the log.
    #[derive(Clone, Default)]
    pub struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        pub fn text(&self) -> String {
            String::from_utf8(self.0.lock().clone()).expect("text")
        }
    }

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("a statement failed")]
    struct Failed {
        source: io::Error,
    }

    #[tokio::test]
    async fn a_line_has_its_fields_its_request_and_the_causes_of_an_error() {
        let kept = Kept::default();
        let to = kept.clone();
        let subscriber =
            tracing_subscriber::fmt().with_writer(move || to.clone()).json().event_format(JsonLines).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let request = Request {
            id: "r7".into(),
            method: "POST".parse().expect("a method"),
            uri: "/a?token=t".parse().expect("an address"),
        };
        let failing = async {
            let error = Failed { source: io::Error::other("the disk is full") };
            tracing::error!(error = &error as &dyn Error, run.id = %"r1", times = 2, "it could not be written");
        };
        during(request, failing).await;
        tracing::warn!("alone");
        let text = kept.text();
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        for line in &mut lines {
            let at = line.as_object_mut().expect("an object").remove("timestamp").expect("a time");
            at.as_str().expect("a text").parse::<Timestamp>().expect("a time");
        }
        let target = "linchpin::telemetry::json_lines::tests";
        assert_eq!(
            lines,
            [
                json!({
                    "level": "ERROR", "message": "it could not be written", "times": 2, "run.id": "r1",
                    "error": "a statement failed: the disk is full", "target": target,
                    "request.id": "r7", "http.method": "POST", "http.path": "/a",
                }),
                json!({"level": "WARN", "message": "alone", "target": target}),
            ]
        );
    }
}
