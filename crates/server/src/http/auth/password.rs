//! Passwords: argon2id, on blocking threads.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

/// The fewest characters a password may have.
pub const LEAST: usize = 10;
/// More cannot be meant, and costs time.
const MOST: usize = 1000;

/// What keeps a text from being a password.
pub fn problem(password: &SecretString) -> Option<String> {
    match password.expose_secret().chars().count() {
        0 => Some("choose a password".into()),
        length if length < LEAST => Some(format!("use at least {LEAST} characters")),
        length if length > MOST => Some(format!("use at most {MOST} characters")),
        _ => None,
    }
}

/// A password's hash as PHC text.
pub async fn hash(password: SecretString) -> String {
    tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password(password.expose_secret().as_bytes())
            .expect("argon2's default parameters are valid")
            .to_string()
    })
    .await
    .expect("hashing does not panic")
}

/// Whether the password is right. Without a hash it takes as long and says no, so that the time of an
/// answer does not tell which addresses are members'.
pub async fn verify(password: SecretString, hash: Option<String>) -> bool {
    tokio::task::spawn_blocking(move || {
        let given = password.expose_secret().as_bytes();
        match hash.as_deref().map(PasswordHash::new) {
            Some(Ok(hash)) => Argon2::default().verify_password(given, &hash).is_ok(),
            _ => {
                let _ = Argon2::default().hash_password(given);
                false
            }
        }
    })
    .await
    .expect("verifying does not panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let hash = hash(SecretString::from("correct horse")).await;
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify(SecretString::from("correct horse"), Some(hash.clone())).await);
        assert!(!verify(SecretString::from("correct hors"), Some(hash)).await);
        assert!(!verify(SecretString::from("correct horse"), None).await);
        assert!(!verify(SecretString::from("correct horse"), Some("damaged".into())).await);
    }
}
