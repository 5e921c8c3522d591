//! Rust, with the crate jsonwebtoken.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

#[expect(clippy::disallowed_methods, reason = "an example has no injected clock")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let project = std::env::var("LINCHPIN_PROJECT_ID")?;
    let key = std::env::var("LINCHPIN_SIGNING_KEY")?.replace("\\n", "\n");
    let user_id = std::env::args().nth(1).ok_or("name the user")?;

    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = json!({"sub": user_id, "aud": format!("linchpin/{project}"), "iat": now, "exp": now + 3600});
    let key = EncodingKey::from_rsa_pem(key.as_bytes())?;
    println!("{}", jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key)?);
    Ok(())
}
