//! The connectors against the real simulator over HTTP on loopback, and what the crate refuses.

mod actions;
mod any_input;
mod batches;
mod cases;
mod connectors;
mod differential;
mod door;
mod egress;
mod errors;
mod imports;
mod joined;
mod manifests;
mod oauth;
mod proxy;
mod request;
mod rest;
mod settle;
mod simulated;
mod stand_in;
mod ways;
mod webhooks;
