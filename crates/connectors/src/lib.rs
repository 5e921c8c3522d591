//! Every call to a third party: manifests, their interpreter, OAuth 2, the HTTP client with its
//! limits, and the simulator that stands in for a provider.
//!
//! No provider is known here. What is odd about one is said in its manifest, a file under
//! `connectors/<kind>/connector.yaml` that is embedded in the binary; where the manifest lacks a
//! word for it, the word is added here for everybody. This crate never sees a database and never
//! reads the clock except through [`linchpin_domain::Clock`].
//!
//! To add a connector: 1. make `connectors/<kind>/` with `connector.yaml` and `icon.svg`;
//! 2. run `linchpin connector check` until it is content; 3. add recorded cases under `cases/`.
//! No Rust changes.

pub mod client;
pub mod document;
pub mod egress;
pub mod import;
pub mod mail;
pub mod manifest;
pub mod oauth2;
pub mod simulator;
pub mod trial;
pub mod webhook;

mod access;
mod answers;
mod call;
mod classify;
mod each;
mod form;
mod free;
mod identify;
mod inputs;
mod joined;
mod options;
mod pace;
mod perform;
mod poll;
mod post;
mod raw;
mod registry;
mod request;
mod settle;
mod shape;

pub use access::{Access, Account};
pub use answers::{Asked, Misfit, Why, answers};
pub use call::Endpoint;
pub use client::Client;
pub use egress::{EgressPolicy, HostPort};
pub use identify::{AccountIdentity, identify};
pub use joined::{Alike, Outcome, alike, blames_a_record, perform_joined};
pub use manifest::{Manifest, check, check_own};
pub use options::{Choice, Choices, Wanted, options};
pub use pace::{Pace, Room, Urgency, Used};
pub use perform::{perform, perform_seen, plan};
pub use poll::{Found, Page, time as read_time};
pub use post::{NotPosted, Posted};
pub use raw::{RawRequest, RawResponse, raw};
pub use registry::{Catalog, Registry};
pub use request::{ClientTokens, Prepared as PreparedRequest, from_account, prepare as prepare_request, request};
pub use settle::settle;
