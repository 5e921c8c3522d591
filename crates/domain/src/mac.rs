//! Message authentication codes, as data: how a webhook proves that its sender knows a secret.

use serde::{Deserialize, Serialize};

/// How a code is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    #[default]
    #[serde(rename = "hmac-sha256", alias = "sha256")]
    Sha256,
    /// HMAC with SHA-512.
    #[serde(rename = "hmac-sha512", alias = "sha512")]
    Sha512,
    /// HMAC with SHA-1, which some providers have not left yet.
    #[serde(rename = "hmac-sha1", alias = "sha1")]
    Sha1,
}

/// How a code is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Base64 with padding.
    Base64,
    /// Hexadecimal.
    #[default]
    Hex,
}
