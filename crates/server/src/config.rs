//! Configuration: defaults from `config.default.toml`, then a file, then `LINCHPIN_…`, then flags.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The data directory: database, master key, lock.
    pub data: PathBuf,
    /// The address that browsers and providers use, without a trailing slash.
    pub public_url: Url,
}
