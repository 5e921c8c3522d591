//! A request step: its templates filled in page by page, its pages collected.

use std::time::Duration;

use linchpin_domain::connector::{ActionError, ActionOutput, DoubtStrategy};
use linchpin_domain::http_request::{RequestCall, RequestSpec, Step as PageStep};
use linchpin_domain::template::{Context, Template};
use linchpin_domain::{Clock, Connector};
use serde_json::{Value, json};

use crate::flight::Requesting;

/// How often a further page that the provider holds back is asked for again.
const HELD_BACK: u32 = 5;
/// The longest wait for a further page. What takes longer ends the collection with what there is.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What the requests of further pages are made of.
pub struct Source {
    /// The request as it is written, without its pagination.
    pub template: Template,
    /// The values that it is filled in with.
    pub context: Context,
}

impl Source {
    /// The request for a page; `null` for the first.
    pub fn page(&mut self, token: &Value) -> Result<RequestSpec, String> {
        self.context.set("pageToken", token);
        self.context.set("self", &json!({ "pageToken": token }));
        spec(&self.template, &self.context)
    }
}

/// A request filled in.
pub fn spec(template: &Template, context: &Context) -> Result<RequestSpec, String> {
    let mut filled = template.fill(context).map_err(|error| error.to_string())?;
    if let Some(url) = template.field("url") {
        filled["url"] = url.fill_url(context).map_err(|error| error.to_string())?.into();
    }
    serde_json::from_value(filled).map_err(|error| format!("the filled-in request cannot be sent: {error}"))
}

/// How a doubt about a request is settled: nobody but its sender knows how to look for what it made.
pub fn strategy(request: &RequestSpec) -> DoubtStrategy {
    if request.repeats_safely() { DoubtStrategy::Safe } else { DoubtStrategy::Ask }
}

/// Makes the request, and those of its further pages.
pub async fn perform(
    requesting: &mut Requesting,
    connector: &dyn Connector,
    clock: &dyn Clock,
) -> Result<ActionOutput, ActionError> {
    let Requesting { call, pages } = requesting;
    let Some((mut pages, mut source)) = pages.take() else { return connector.request(call).await };
    // A failure of the first page is the step's: it is retried, or the run waits. A later one keeps what
    // came before it.
    let mut answer = connector.request(call).await?;
    loop {
        let token = match pages.take(&answer.output["response"]) {
            Ok(PageStep::Done) => return Ok(ActionOutput { output: pages.output(), exchange: answer.exchange }),
            Ok(PageStep::Next { page_token }) => page_token,
            Err(error) => return Err(ActionError::Invalid { message: error.to_string() }),
        };
        let next = match source.page(&token) {
            Ok(request) => {
                call.request = request;
                patiently(connector, clock, call).await
            }
            Err(message) => Err(ActionError::Invalid { message }),
        };
        match next {
            Ok(page) => answer = page,
            Err(error) => {
                return Ok(ActionOutput { output: pages.partial(&error.to_string()), exchange: answer.exchange });
            }
        }
    }
}

/// A page that is held back is asked for again, later and later. What a request of another method than
/// GET did cannot be known after a lost answer, so that is not repeated.
async fn patiently(
    connector: &dyn Connector,
    clock: &dyn Clock,
    call: &RequestCall,
) -> Result<ActionOutput, ActionError> {
    let mut tries = 0;
    loop {
        let wait = match connector.request(call).await {
            Err(ActionError::RateLimited { retry_after, .. }) if tries < HELD_BACK && retry_after <= LONGEST_WAIT => {
                retry_after
            }
            Err(ActionError::Unreachable { .. }) if tries < HELD_BACK && call.request.reads_only() => {
                Duration::from_millis(500)
            }
            answered => return answered,
        };
        let backoff = Duration::from_millis(250) * 2_u32.pow(tries);
        let jitter = Duration::from_millis(u64::try_from(clock.random() % 250).unwrap_or(0));
        tokio::time::sleep(wait.max(backoff) + jitter).await;
        tries += 1;
    }
}
