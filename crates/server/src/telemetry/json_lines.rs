//! One JSON object a line, with the causes of an error: that a statement failed helps nobody who cannot see that the
//! disk is full.

use std::error::Error;
use std::fmt::{self, Debug};

use linchpin_domain::Clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::clock::SystemClock;

/// Formats events so.
pub struct JsonLines;

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, JsonFields> for JsonLines {
    fn format_event(&self, ctx: &FmtContext<'_, S, JsonFields>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let about = event.metadata();
        let mut line = Map::new();
        line.insert("timestamp".into(), SystemClock.now().to_string().into());
        line.insert("level".into(), about.level().as_str().into());
        event.record(&mut Fields(&mut line));
        line.insert("target".into(), about.target().into());
        if let Some(span) = ctx.lookup_current() {
            let extensions = span.extensions();
            let written = extensions.get::<FormattedFields<JsonFields>>();
            let mut fields: Map<String, Value> =
                written.and_then(|fields| serde_json::from_str(&fields.fields).ok()).unwrap_or_default();
            fields.insert("name".into(), span.name().into());
            line.insert("span".into(), fields.into());
        }
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
            // Some errors say their cause in their own words already.
            if texts.last().is_none_or(|last| !last.contains(&text)) {
                texts.push(text);
            }
            texts
        });
        self.put(field, texts.join(": "));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use jiff::Timestamp;
    use parking_lot::Mutex;
    use serde_json::json;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

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

    #[test]
    fn a_line_has_its_fields_its_span_and_the_causes_of_an_error() {
        let kept = Kept::default();
        let to = kept.clone();
        let subscriber =
            tracing_subscriber::fmt().with_writer(move || to.clone()).json().event_format(JsonLines).finish();
        tracing::subscriber::with_default(subscriber, || {
            let _span = tracing::info_span!("request", http.path = "/a \"b\"").entered();
            let error = Failed { source: io::Error::other("the disk is full") };
            tracing::error!(error = &error as &dyn Error, run.id = %"r1", times = 2, "it could not be written");
            tracing::warn!("alone");
        });
        let text = String::from_utf8(kept.0.lock().clone()).expect("text");
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        for line in &mut lines {
            let at = line.as_object_mut().expect("an object").remove("timestamp").expect("a time");
            at.as_str().expect("a text").parse::<Timestamp>().expect("a time");
        }
        let span = json!({"http.path": "/a \"b\"", "name": "request"});
        let target = "linchpin::telemetry::json_lines::tests";
        assert_eq!(
            lines,
            [
                json!({
                    "level": "ERROR", "message": "it could not be written", "times": 2, "run.id": "r1",
                    "error": "a statement failed: the disk is full", "target": target, "span": span,
                }),
                json!({"level": "WARN", "message": "alone", "target": target, "span": span}),
            ]
        );
    }
}
