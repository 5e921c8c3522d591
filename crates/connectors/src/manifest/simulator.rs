//! What the simulator needs to answer as the provider does. All bodies are shapes: which values
//! each is given is said at the field.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::shape::{Pattern, Shape};

/// The names of the replies that every manifest must give.
pub(crate) const NEEDED: [&str; 4] = ["noToken", "notFound", "invalidBody", "serverFault"];
/// Those that one with a consent page must give besides.
pub(crate) const NEEDED_FOR_OAUTH: [&str; 5] =
    ["badClient", "badCode", "badRefreshToken", "badGrantType", "badRequest"];

/// The names of the replies that there are. What a manifest does not give is told by another one: see
/// `reply`.
pub(crate) const REPLIES: [&str; 17] = [
    "noToken",
    "expiredToken",
    "missingScope",
    "notFound",
    "noSuchPage",
    "conflict",
    "invalidBody",
    "unknownField",
    "invalidEmail",
    "noFields",
    "rateLimited",
    "serverFault",
    "badClient",
    "badCode",
    "badRefreshToken",
    "badGrantType",
    "badRequest",
];

/// The simulator's part of a manifest.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Simulator {
    /// Accounts that the consent page offers.
    pub accounts: Vec<SimulatedAccount>,
    /// Ids are numbers that count up from here.
    pub first_id: u64,
    /// Record fields that the provider sets itself.
    #[serde(default)]
    pub stamps: Option<Stamps>,
    /// Records a page holds unless the call says otherwise.
    #[serde(default = "hundred")]
    pub page_size: u32,
    /// And at most.
    #[serde(default = "hundred")]
    pub max_page_size: u32,
    /// Records a search gives at most on a page.
    #[serde(default = "hundred")]
    pub max_search_size: u32,
    /// Highest offset a search can be paged to.
    #[serde(default = "ten_thousand")]
    pub max_search_results: u32,
    /// Inputs of one call of an upsert at most.
    #[serde(default = "hundred")]
    pub max_batch: u32,
    /// Kinds of records whose answers differ from the general ones, by resource.
    #[serde(default)]
    pub resources: IndexMap<String, SimulatedResource>,
    /// Actions whose answers differ from those of their resource.
    #[serde(default)]
    pub actions: IndexMap<String, SimulatedAction>,
    /// What it answers for data sources, by name; the others it does not model.
    #[serde(default)]
    pub data_sources: IndexMap<String, serde_json::Value>,
    /// What it answers for actions that only read, by action.
    #[serde(default)]
    pub answers: IndexMap<String, FixedAnswer>,
    /// How records made with links to others say so.
    #[serde(default)]
    pub links: Option<LinkRule>,
    /// The answer of a link: `fromId`, `toId`, `now`.
    #[serde(default)]
    pub(crate) linked: Option<Shape>,
    /// A record: `id`, `number`, `properties` and each of them by its name, `createdAt`, `updatedAt` (and
    /// with `Seconds` or `Ms` at the end), `archived`, and what is known of the account.
    pub(crate) record: Shape,
    /// A page: `results`, `after`, `more`, `total`.
    pub(crate) page: Shape,
    /// A search's answer: the same; the page when absent.
    #[serde(default)]
    pub(crate) found: Option<Shape>,
    /// One upserted record: as `record`, and `new`.
    #[serde(default)]
    pub(crate) upserted: Option<Shape>,
    /// An upsert's answer: `results`, `startedAt`, `completedAt`.
    #[serde(default)]
    pub(crate) upserts: Option<Shape>,
    /// The answer to single writes in one call: `results`, `errors` and `errorCount` where some were refused,
    /// `startedAt`, `completedAt`.
    #[serde(default)]
    pub(crate) batched: Option<Shape>,
    /// Token answer: `accessToken`, `refreshToken`, `expiresIn`, `scopes` (a list), `scopeText` (as one
    /// text), and what is known of the account.
    #[serde(default)]
    pub(crate) token: Option<Shape>,
    /// Introspection of a live token: as `token`, and `clientId`, `tokenUse`, `token`.
    #[serde(default)]
    pub(crate) introspection: Option<Shape>,
    /// The account's own page: `id`, `portalId` (a number where it is one), `userId`, `name`, `domain`,
    /// `user`, and the `more` of the account.
    #[serde(default)]
    pub(crate) account: Option<Shape>,
    /// One event of a webhook: `type` (the first text of the trigger's `when`), `eventId`,
    /// `subscriptionId`, `portalId`, `occurredAt` (ms), `attempt` (from 0), `recordId`, `change`, and
    /// where a field changed `field` and `value`.
    #[serde(default)]
    pub(crate) webhook_event: Option<Shape>,
    /// Events of one webhook at most.
    #[serde(default = "hundred")]
    pub max_webhook_events: u32,
    /// Refusals by name. All may use `correlationId`; see the simulator for the rest.
    pub replies: IndexMap<String, Reply>,
}

fn hundred() -> u32 {
    100
}

fn ten_thousand() -> u32 {
    10_000
}

/// How one kind of record is answered. What is absent is as for all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimulatedResource {
    /// What ids look like: `{number}` within a text, and `{seconds}` of the time of creation.
    #[serde(default)]
    pub(crate) id: Option<Pattern>,
    /// A record.
    #[serde(default)]
    pub(crate) record: Option<Shape>,
    /// A page.
    #[serde(default)]
    pub(crate) page: Option<Shape>,
}

/// How one action is answered. What is absent is as for its resource.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimulatedAction {
    /// HTTP status.
    #[serde(default)]
    pub status: Option<u16>,
    /// Body: `record` or what a page has, the action's inputs by name, `now` (and with `Seconds`, `Ms`).
    #[serde(default)]
    pub(crate) body: Option<Shape>,
    /// The input that leaves out what is older.
    #[serde(default)]
    pub since: Option<Since>,
    /// Inputs that say what is done rather than what a record holds.
    #[serde(default)]
    pub aside: Vec<String>,
    /// The newest records come first.
    #[serde(default)]
    pub newest_first: bool,
    /// The input that says at which place the list begins, the first one being 1.
    #[serde(default)]
    pub from_place: Option<String>,
    /// The list has no more records than this.
    #[serde(default)]
    pub most: Option<usize>,
}

/// Which records an input leaves out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Since {
    /// The input: seconds or milliseconds since 1970, or RFC 3339.
    pub input: String,
    /// Whether the time of the last change counts, not that of creation.
    #[serde(default)]
    pub modified: bool,
    /// Whether the input is a number of minutes before now.
    #[serde(default)]
    pub minutes_ago: bool,
}

/// A list that no action changes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FixedAnswer {
    /// What is in the list. Inputs of the same name leave out what differs; `query` is looked for in all.
    pub entries: Vec<serde_json::Value>,
    /// The answer: `entries`, `total`, and `entry`, the first one, without which nothing is found.
    pub(crate) answer: Shape,
}

/// How records made with links to others say so.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkRule {
    /// The input that holds the list of links.
    pub input: String,
    /// JSON pointer within one to the other record's id.
    pub id: String,
}

/// One refusal.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub(crate) body: Shape,
}

/// An account of the simulated provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimulatedAccount {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its domain.
    pub domain: String,
    /// The person who signs in.
    pub user: String,
    /// What is entered to connect it where no consent page is: the inputs by name.
    #[serde(default)]
    pub inputs: IndexMap<String, String>,
    /// Further values for the bodies of answers.
    #[serde(default)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// Names of the record fields that the provider sets itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stamps {
    /// The record's id.
    pub id: String,
    /// Time of creation.
    pub created: String,
    /// Time of the last change.
    pub modified: String,
    /// Further names of it.
    #[serde(default)]
    pub also_modified: Vec<String>,
}
