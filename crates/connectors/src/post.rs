//! A message posted to an address that an administrator set (webhooks of event destinations) or a user
//! (subscriptions).

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

use crate::client::{Call, Client, Failure};

/// As much of the answer is read; what comes after it does not matter.
const BEGINNING: usize = 16 * 1024;

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The status.
    pub status: u16,
    /// The beginning of the body.
    pub answer: Bytes,
}

/// Why nothing was answered, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotPosted(String);

impl fmt::Display for NotPosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotPosted {}

impl Client {
    /// Posts a body to an address that an administrator set. Redirects are answers like any other.
    pub async fn post(&self, url: &Url, headers: HeaderMap, body: Bytes) -> Result<Posted, NotPosted> {
        let call =
            Call { method: Method::POST, url: url.clone(), set_by_administrator: true, headers, body: Some(body) };
        match self.send_for_beginning(call, BEGINNING).await {
            Ok(answer) => Ok(Posted { status: answer.status, answer: answer.body }),
            Err(Failure::Refused(message) | Failure::NoAnswer { message, .. }) => Err(NotPosted(message)),
        }
    }

    /// Posts a body to an address that a user said: the exceptions for administrators do not serve it, those for
    /// steps do, and without one it is https alone.
    pub async fn post_for_user(&self, url: &Url, headers: HeaderMap, body: Bytes) -> Result<Posted, NotPosted> {
        self.may_post_for_user(url)?;
        let call =
            Call { method: Method::POST, url: url.clone(), set_by_administrator: false, headers, body: Some(body) };
        match self.send_step_for_beginning(call, BEGINNING).await {
            Ok(answer) => Ok(Posted { status: answer.status, answer: answer.body }),
            Err(Failure::Refused(message) | Failure::NoAnswer { message, .. }) => Err(NotPosted(message)),
        }
    }

    /// Whether [`Client::post_for_user`] would call an address, as far as its text tells.
    pub fn may_post_for_user(&self, url: &Url) -> Result<(), NotPosted> {
        self.check_for_user(url).map_err(NotPosted)
    }

    /// Whether [`Client::post`] would call an address, as far as its text tells. What its name leads to is looked
    /// at with every call.
    pub fn may_post(&self, url: &Url) -> Result<(), NotPosted> {
        self.check(url).map_err(NotPosted)
    }
}
