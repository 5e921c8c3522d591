//! How a provider's answers are classified.

use std::time::Duration;

use indexmap::IndexMap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The rules. Statuses that no class names: 401 reauthorizes, 429 is rate limited, 5xx and 408 are
/// unreachable, other 4xx and 3xx are rejected.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Errors {
    /// JSON pointers to a readable message; the first that holds a text counts.
    pub message: Vec<String>,
    /// Single faults within an answer, for the message.
    #[serde(default)]
    pub items: Vec<Items>,
    /// Classes, the first that fits counts.
    pub classes: Vec<Class>,
}

/// A list of single faults.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Items {
    /// JSON pointer to the list; with `inText` to a text that ends in a JSON list.
    pub list: String,
    /// The list stands as JSON at the end of a text.
    #[serde(default)]
    pub in_text: bool,
    /// JSON pointer within an item to its message.
    pub message: String,
    /// JSON pointers within an item to the field it is about.
    #[serde(default)]
    pub field: Vec<String>,
}

/// One class of answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Class {
    /// HTTP statuses.
    pub statuses: Vec<u16>,
    /// JSON pointers and the texts they must hold.
    #[serde(default)]
    pub when: IndexMap<String, String>,
    /// JSON pointers that must hold nothing.
    #[serde(default)]
    pub without: Vec<String>,
    /// What it means.
    pub class: ErrorClass,
    /// Stable code of a rejection.
    #[serde(default)]
    pub code: Option<String>,
    /// JSON pointers to a list of texts that belong in the message.
    #[serde(default)]
    pub details: Vec<String>,
    /// What stands before them.
    #[serde(default)]
    pub details_title: Option<String>,
    /// How long to wait when the answer has no `Retry-After`.
    #[serde(default)]
    pub wait: Option<Wait>,
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// Wait and repeat.
    RateLimited,
    /// The token is not taken.
    Reauthorize,
    /// Refused for good.
    Rejected,
    /// No usable answer; a write is in doubt.
    Unreachable,
}

/// A wait that may depend on the answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wait {
    /// JSON pointer to the text that decides.
    #[serde(default)]
    pub by: Option<String>,
    /// Waits by that text.
    #[serde(default)]
    pub waits: IndexMap<String, WaitTime>,
    /// Otherwise.
    pub otherwise: WaitTime,
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitTime {
    /// This long.
    For(Duration),
    /// Until the day's quota is given anew, at midnight UTC.
    UntilMidnightUtc,
    /// The same at midnight where the account is, as far as its time zone is known.
    UntilMidnight,
}

impl<'de> Deserialize<'de> for WaitTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match &value {
            Value::String(text) if text == "until-midnight-utc" => Ok(Self::UntilMidnightUtc),
            Value::String(text) if text == "until-midnight" => Ok(Self::UntilMidnight),
            Value::Number(number) => number
                .as_f64()
                .filter(|seconds| (0.0..=86_400.0).contains(seconds))
                .map(|seconds| Self::For(Duration::from_secs_f64(seconds)))
                .ok_or_else(|| D::Error::custom("a wait is between 0 and 86400 seconds")),
            _ => {
                let words = "a number of seconds, `until-midnight` or `until-midnight-utc`";
                Err(D::Error::custom(format!("{value} is no wait; give {words}")))
            }
        }
    }
}
