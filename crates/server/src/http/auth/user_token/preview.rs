//! The token by which a member of the team acts as a connected user for a while: the portal in the dashboard
//! calls the same doors as the host application's page, and each of them sees one user and nothing else.
//!
//! It has the shape of a JWT, so that the SDK reads its end, but its third part is sealed with the project's
//! data key: only this installation can make one, and no signing key of the host application is needed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{MemberId, ProjectId};
use linchpin_store::vault::{Place, Vault};
use serde_json::{Map, Value, json};

use super::claims::{self, Claims};
use super::keys::{header, wrong};
use crate::http::error::ApiError;

/// What stands in a header in the place of an algorithm.
const ALGORITHM: &str = "linchpin-preview";
const COLUMN: &str = "user_tokens.preview";

/// Makes one. The project's data key must have been opened.
pub(super) fn make(
    vault: &Vault,
    project_id: ProjectId,
    member: MemberId,
    subject: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> linchpin_store::Result<String> {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "sub": subject,
        "iat": now.as_millis() / 1000,
        "exp": expires_at.as_millis() / 1000,
        "aud": format!("linchpin/{project_id}"),
        "act": { "sub": member.to_string() },
    });
    let said = format!("{}.{}", part(json!({ "alg": ALGORITHM, "typ": "JWT" })), part(claims));
    let seal = vault.seal(project_id, Place { column: COLUMN, row: &said }, "")?;
    Ok(format!("{said}.{}", URL_SAFE_NO_PAD.encode(seal)))
}

/// Reads one; `None` when the token is of another kind.
pub(super) fn read(
    vault: &Vault,
    project_id: ProjectId,
    token: &str,
    now: Timestamp,
) -> Result<Option<Claims>, ApiError> {
    if header(token)?.get("alg").and_then(Value::as_str) != Some(ALGORITHM) {
        return Ok(None);
    }
    let foreign = || wrong("this preview token was not made here, or was changed afterwards");
    let (said, seal) = token.rsplit_once('.').ok_or_else(foreign)?;
    let seal = URL_SAFE_NO_PAD.decode(seal).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(foreign)?;
    vault.open(project_id, Place { column: COLUMN, row: said }, &seal).map_err(|_| foreign())?;
    let payload = said.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let payload: Map<String, Value> =
        payload.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(foreign)?;
    claims::read(&payload, project_id, None, now).map(Some)
}
