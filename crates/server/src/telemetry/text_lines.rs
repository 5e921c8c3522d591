//! Lines for people on a terminal.

use std::fmt::{self, Write};

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{Format, FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::Request;

/// Formats events so: as usual, with the request that they are about at the end.
pub struct TextLines(Format);

impl TextLines {
    pub fn new(ansi: bool) -> Self {
        Self(Format::default().with_target(false).with_ansi(ansi))
    }
}

impl<S, N> FormatEvent<S, N> for TextLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(ctx, Writer::new(&mut line), event)?;
        let mut said = Ok(());
        Request::meanwhile(|request| {
            line.truncate(line.trim_end().len());
            said = writeln!(
                line,
                " request.id={} http.method={} http.path={}",
                request.id,
                request.method,
                request.path()
            );
        });
        said?;
        to.write_str(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::super::during;
    use super::super::json_lines::tests::Kept;
    use super::*;

    #[tokio::test]
    async fn a_line_says_which_request_it_is_about() {
        let kept = Kept::default();
        let to = kept.clone();
        let subscriber =
            tracing_subscriber::fmt().with_writer(move || to.clone()).event_format(TextLines::new(false)).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let request = Request {
            id: "r7".into(),
            method: "GET".parse().expect("a method"),
            uri: "/a?token=t".parse().expect("an address"),
        };
        during(request, async { tracing::warn!(times = 2, "within") }).await;
        tracing::warn!("alone");
        let text = kept.text();
        let (first, second) = text.split_once('\n').expect("two lines");
        assert!(first.ends_with("WARN within times=2 request.id=r7 http.method=GET http.path=/a"), "{first}");
        assert!(second.ends_with("WARN alone\n"), "{second}");
    }
}
