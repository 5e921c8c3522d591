//! Durable runs: accept, decide, perform, resume.
//!
//! This crate names no provider, no route and no SQL word. An accepted event is durable before it is
//! answered; a step's outcome is written before the next step starts; what comes next is decided by a
//! pure function of version and journal.

mod intake;

use std::sync::Arc;

use linchpin_domain::Connector;
use linchpin_store::Store;

pub use intake::{AcceptError, Accepted, AppEvent, Target};

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) connector: Arc<dyn Connector>,
}
