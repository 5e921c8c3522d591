//! An HTTP request that a step says itself: what it holds, and how its pages are collected.
//!
//! Nothing is sent here. The engine fills a [`RequestSpec`] in, has it performed through
//! [`crate::Connector::request`], and hands each answer to [`Pages`] until that says it was the last.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::Timestamp;
use crate::condition::{Compiled, Conditions};
use crate::id::{CredentialId, ProjectId};
use crate::template::{Context, Template, TemplateError};

/// The methods that a request may have.
pub const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Pages that are fetched where the step says no bound.
const MAX_PAGES: u32 = 100;

/// An HTTP request as a step says it. Texts may hold `{{ … }}` until it is filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestSpec {
    /// HTTP method.
    #[serde(default = "get")]
    pub method: String,
    /// A full address; for an integration request also a path below the provider's API.
    pub url: String,
    /// Query parameters; null is left out, a list repeats its name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub query: Map<String, Value>,
    /// Headers; null is left out.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// A JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// An `application/x-www-form-urlencoded` body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Map<String, Value>>,
    /// A `multipart/form-data` body. A file is `{filename, contentType, data | base64 | hex}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<Map<String, Value>>,
    /// An XML body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xml: Option<String>,
    /// A body as it stands: a text, or `{contentType, text}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Value>,
    /// How the caller proves who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<RequestAuth>,
    /// How further pages are fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paginate: Option<Paginate>,
}

fn get() -> String {
    "GET".into()
}

impl Default for RequestSpec {
    fn default() -> Self {
        Self {
            method: get(),
            url: String::new(),
            query: Map::new(),
            headers: Map::new(),
            body: None,
            form: None,
            multipart: None,
            xml: None,
            raw: None,
            auth: None,
            paginate: None,
        }
    }
}

impl RequestSpec {
    /// What is filled in before it is sent. How pages are collected is read from each answer instead.
    pub fn templates(&self) -> Value {
        let sent = Self { paginate: None, ..self.clone() };
        serde_json::to_value(sent).unwrap_or_default()
    }

    /// What is wrong with it as it is written: `(JSON pointer, message)`.
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut add = |pointer: &str, message: String| found.push((pointer.to_owned(), message));
        if self.url.trim().is_empty() {
            add("/url", "write the address, for example https://api.example.com/items".into());
        }
        if !self.method.contains("{{") && !METHODS.iter().any(|known| known.eq_ignore_ascii_case(self.method.trim())) {
            add("/method", format!("`{}` is no method; use {}", self.method, METHODS.join(", ")));
        }
        let bodies = [
            ("body", self.body.is_some()),
            ("form", self.form.is_some()),
            ("multipart", self.multipart.is_some()),
            ("xml", self.xml.is_some()),
            ("raw", self.raw.is_some()),
        ];
        let given: Vec<&str> = bodies.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect();
        if let [one, another, ..] = given[..] {
            add(&format!("/{another}"), format!("a request has one body: this has `{one}` and `{another}`"));
        }
        if let Some(paginate) = &self.paginate {
            for (field, text) in [("items", &paginate.items), ("pageToken", &paginate.page_token)] {
                if let Err(error) = expression(text) {
                    add(&format!("/paginate/{field}"), error.to_string());
                }
            }
            if paginate.max_pages == Some(0) {
                add("/paginate/maxPages", "at least one page is fetched".into());
            }
            for (pointer, message) in paginate.stop_when.iter().flat_map(Conditions::problems) {
                add(&format!("/paginate/stopWhen{pointer}"), message);
            }
        }
        found
    }

    /// True for an address of anybody's; a path goes to the integration's provider, on the account.
    pub fn has_full_address(&self) -> bool {
        let url = self.url.trim_start();
        let begins = |scheme: &str| url.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
        begins("https://") || begins("http://")
    }

    /// True for methods that change nothing (RFC 9110, safe methods).
    pub fn reads_only(&self) -> bool {
        ["GET", "HEAD", "OPTIONS"].iter().any(|method| self.method.eq_ignore_ascii_case(method))
    }

    /// True when sending it twice is the same as sending it once (RFC 9110, idempotent methods).
    pub fn repeats_safely(&self) -> bool {
        self.reads_only() || ["PUT", "DELETE"].iter().any(|method| self.method.eq_ignore_ascii_case(method))
    }
}

/// How a request proves who sends it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum RequestAuth {
    /// Not at all.
    None,
    /// `Authorization: Bearer …`.
    Bearer(String),
    /// `Authorization: Basic …`.
    Basic {
        /// User name.
        username: String,
        /// Password.
        #[serde(default)]
        password: String,
    },
    /// A token fetched by OAuth 2 client credentials (RFC 6749, section 4.4), kept until it expires.
    OauthClientCredentials {
        /// Where the token is fetched.
        token_url: String,
        /// Client id.
        client_id: String,
        /// Client secret.
        client_secret: String,
        /// Scopes, separated by spaces.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
    },
}

/// How further pages are fetched. The expressions see `response` (`statusCode`, `headers`, `body`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Paginate {
    /// Gives the page's list, for example `{{ response.body.results }}`.
    pub items: String,
    /// Gives what the next request sees as `pageToken`; null or empty ends it.
    pub page_token: String,
    /// Conditions over `response` that end it although there is a next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_when: Option<Conditions>,
    /// Pages at most (default 100).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pages: Option<u32>,
}

/// One request to make.
#[derive(Debug, Clone)]
pub struct RequestCall {
    /// The tenant.
    pub project_id: ProjectId,
    /// The connected account, for an integration request.
    pub credential_id: Option<CredentialId>,
    /// The connector's type; `Some` makes it an integration request: it goes to that provider with
    /// the account's token, and to nobody else.
    pub connector: Option<String>,
    /// What to send, templates already filled in. `paginate` is the engine's business.
    pub request: RequestSpec,
    /// Stable over every attempt of one step of one run.
    pub idempotency_key: String,
    /// When the intent of this call was journaled.
    pub intent_at: Timestamp,
}

/// Collects the pages of one request step.
#[derive(Debug)]
pub struct Pages {
    items: Template,
    page_token: Template,
    stop_when: Option<Compiled>,
    max_pages: u32,
    taken: u32,
    collected: Vec<Value>,
    last: Value,
    last_token: Value,
}

/// What follows a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Send the request again; its texts see this as `pageToken`.
    Next {
        /// The token of the next page.
        page_token: Value,
    },
    /// That was the last page.
    Done,
}

impl Pages {
    /// Nothing collected yet. `Err` when an expression cannot be read.
    pub fn new(paginate: &Paginate) -> Result<Self, TemplateError> {
        Ok(Self {
            items: expression(&paginate.items)?,
            page_token: expression(&paginate.page_token)?,
            stop_when: paginate.stop_when.clone().map(Conditions::compile).transpose()?,
            max_pages: paginate.max_pages.unwrap_or(MAX_PAGES).max(1),
            taken: 0,
            collected: Vec::new(),
            last: Value::Null,
            last_token: Value::Null,
        })
    }

    /// Fetches fewer pages than the step says.
    pub fn at_most(&mut self, pages: u32) {
        self.max_pages = self.max_pages.min(pages);
    }

    /// Takes one answer (`{statusCode, headers, body}`).
    pub fn take(&mut self, response: &Value) -> Result<Step, TemplateError> {
        let mut context = Context::default();
        context.set("response", response);
        let items = self.items.fill(&context)?;
        let page_token = self.page_token.fill(&context)?;
        self.taken += 1;
        self.last.clone_from(response);
        match items {
            Value::Array(items) => self.collected.extend(items),
            Value::Null => {}
            one => self.collected.push(one),
        }
        let over = match &page_token {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            _ => false,
        };
        if let Some(stop_when) = &self.stop_when {
            context.set("pageToken", &page_token);
            if stop_when.holds(&context)? {
                return Ok(Step::Done);
            }
        }
        // A provider that answers with the token it was asked with would be asked forever.
        if over || self.taken >= self.max_pages || page_token == self.last_token {
            return Ok(Step::Done);
        }
        self.last_token.clone_from(&page_token);
        Ok(Step::Next { page_token })
    }

    /// Pages taken so far.
    pub fn taken(&self) -> u32 {
        self.taken
    }

    /// The step's output: the last answer and every page's items.
    pub fn output(self) -> Value {
        json!({ "response": self.last, "output": self.collected })
    }

    /// The output after a page failed: what came before it, and why it ended.
    pub fn partial(self, message: &str) -> Value {
        json!({ "response": self.last, "output": self.collected, "error": { "message": message } })
    }
}

/// An expression, in braces or bare.
fn expression(text: &str) -> Result<Template, TemplateError> {
    let text = text.trim();
    let braced = if text.contains("{{") || text.is_empty() { text.to_owned() } else { format!("{{{{ {text} }}}}") };
    Template::parse(&Value::String(braced))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paginate() -> Paginate {
        serde_json::from_value(json!({
            "items": "{{ response.body.results }}",
            "pageToken": "response.body.paging.next.after",
        }))
        .expect("valid")
    }

    fn page(items: &Value, after: &Value) -> Value {
        json!({"statusCode": 200, "headers": {}, "body": {"results": items, "paging": {"next": {"after": after}}}})
    }

    #[test]
    fn three_pages_are_one_list() {
        let mut pages = Pages::new(&paginate()).expect("valid");
        let next = |token: &str| Step::Next { page_token: token.into() };
        assert_eq!(pages.take(&page(&json!([1, 2]), &json!("a"))), Ok(next("a")));
        assert_eq!(pages.take(&page(&json!([3]), &json!("b"))), Ok(next("b")));
        let last = json!({"statusCode": 200, "headers": {}, "body": {"results": [4]}});
        assert_eq!(pages.take(&last), Ok(Step::Done));
        assert_eq!(pages.taken(), 3);
        assert_eq!(pages.output(), json!({"response": last, "output": [1, 2, 3, 4]}));
    }

    #[test]
    fn a_failure_in_the_middle_keeps_what_came_before() {
        let mut pages = Pages::new(&paginate()).expect("valid");
        let first = page(&json!([1, 2]), &json!("a"));
        pages.take(&first).expect("taken");
        assert_eq!(
            pages.partial("the provider is down"),
            json!({"response": first, "output": [1, 2], "error": {"message": "the provider is down"}})
        );
    }

    #[test]
    fn pages_end_at_their_bound_and_at_a_token_that_does_not_move() {
        let mut pages = Pages::new(&Paginate { max_pages: Some(2), ..paginate() }).expect("valid");
        assert_ne!(pages.take(&page(&json!([1]), &json!("a"))), Ok(Step::Done));
        assert_eq!(pages.take(&page(&json!([2]), &json!("b"))), Ok(Step::Done));
        let mut pages = Pages::new(&paginate()).expect("valid");
        assert_ne!(pages.take(&page(&json!([1]), &json!("a"))), Ok(Step::Done));
        assert_eq!(pages.take(&page(&json!([2]), &json!("a"))), Ok(Step::Done));
        assert!(Pages::new(&Paginate { items: "{{ response. }}".into(), ..paginate() }).is_err());
    }

    #[test]
    fn a_request_reads_as_it_is_written() {
        let spec: RequestSpec = serde_json::from_value(json!({
            "url": "https://example.com",
            "auth": {"oauthClientCredentials": {"tokenUrl": "https://example.com/t", "clientId": "c", "clientSecret": "s"}},
        }))
        .expect("valid");
        assert_eq!(spec.method, "GET");
        assert!(spec.reads_only());
        for (auth, expected) in [
            (json!("none"), RequestAuth::None),
            (json!({"bearer": "t"}), RequestAuth::Bearer("t".into())),
            (
                json!({"basic": {"username": "u", "password": "p"}}),
                RequestAuth::Basic { username: "u".into(), password: "p".into() },
            ),
        ] {
            assert_eq!(serde_json::from_value::<RequestAuth>(auth).expect("valid"), expected);
        }
        assert!(serde_json::from_value::<RequestSpec>(json!({"url": "x", "bodi": 1})).is_err());
    }
}
