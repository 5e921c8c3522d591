//! The words of Linchpin and the rules between them.
//!
//! This crate does no IO: it cannot wait, talk, read the clock or open a file. Everything here is
//! data, pure functions over data, and the traits ([`Clock`], [`Connector`]) through which the
//! outer crates reach the world.
//!
//! To add a word: give it a module of its own, use the same noun in SQL, JSON, TypeScript and on
//! screen, and add it to the glossary in `docs/architecture.md`.

#[cfg(test)]
mod any_input;
mod check;
pub mod clock;
pub mod condition;
pub mod connector;
pub mod delay;
pub mod direct;
pub mod field_mapping;
pub mod file;
mod hints;
pub mod http_request;
pub mod id;
pub mod input;
pub mod journal;
pub mod mac;
pub mod notice;
pub mod permission;
pub mod provider_trigger;
pub mod readable;
pub mod request_trigger;
pub mod rollout;
pub mod run;
pub mod schedule;
pub mod source;
pub mod step;
pub mod sync;
pub mod template;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
pub mod trigger;
pub mod webhook_trigger;
pub mod workflow;

pub use clock::{Clock, Timestamp};
pub use connector::Connector;
