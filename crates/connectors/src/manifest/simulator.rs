//! What the simulator needs to answer as the provider does. All bodies are shapes: which values
//! each is given is said at the field.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::shape::Shape;

/// The names of the replies that a manifest must give.
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
    pub stamps: Stamps,
    /// Records a page holds unless the call says otherwise, and at most.
    pub page_size: u32,
    /// See `page_size`.
    pub max_page_size: u32,
    /// Records a search gives at most on a page.
    pub max_search_size: u32,
    /// Highest offset a search can be paged to.
    pub max_search_results: u32,
    /// Inputs of one call of an upsert at most.
    pub max_batch: u32,
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
    /// A record: `id`, `properties`, `createdAt`, `updatedAt`, `archived`.
    pub(crate) record: Shape,
    /// A page: `results`, `after`.
    pub(crate) page: Shape,
    /// A search's answer: `total`, `results`, `after`.
    pub(crate) found: Shape,
    /// One upserted record: as `record`, and `new`.
    pub(crate) upserted: Shape,
    /// An upsert's answer: `results`, `startedAt`, `completedAt`.
    pub(crate) upserts: Shape,
    /// Token answer: `accessToken`, `refreshToken`, `expiresIn`, `scopes`, `portalId`, `userId`.
    pub(crate) token: Shape,
    /// Introspection of a live token: as `token`, and `clientId`, `user`, `domain`, `tokenUse`, `token`.
    pub(crate) introspection: Shape,
    /// The account's own page: `portalId`, `name`, `domain`.
    pub(crate) account: Shape,
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
