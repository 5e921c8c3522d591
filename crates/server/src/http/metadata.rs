//! What the metadata of a connected user may be, whoever sets it.

use serde_json::{Map, Value};

use super::error::ApiError;

/// The largest metadata of one user, in bytes of JSON.
pub const MAX_METADATA: usize = 64 * 1024;

/// 422 when metadata is larger than one user's may be. `field` is what the caller calls it.
pub fn metadata_fits(field: &str, metadata: &Map<String, Value>) -> Result<(), ApiError> {
    if serde_json::to_string(metadata).map_or(0, |text| text.len()) > MAX_METADATA {
        return Err(ApiError::invalid([(field, "the metadata of one user may have 64 KiB in all")]));
    }
    Ok(())
}
