//! A webhook's body and signature, as Standard Webhooks has them: libraries that verify it exist for most
//! languages, and `docs/event-destinations.md` says how to do it without one.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use linchpin_domain::Timestamp;
use linchpin_store::event_destinations::Secrets;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// A secret from 64 random hexadecimal digits.
pub fn secret(random: &str) -> SecretString {
    let bytes = Zeroizing::new(hex::decode(random).unwrap_or_else(|_| random.as_bytes().to_vec()));
    SecretString::from(format!("{PREFIX}{}", STANDARD.encode(&bytes)))
}

/// Whether a text is a secret that can sign: what others made must be long enough.
pub fn is_secret(text: &str) -> bool {
    key(text).is_some_and(|bytes| (24..=64).contains(&bytes.len()))
}

fn key(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    STANDARD.decode(text.strip_prefix(PREFIX)?).ok().map(Zeroizing::new)
}

/// The headers of a webhook.
pub fn headers(id: &str, at: Timestamp, body: &Bytes, secrets: &Secrets) -> Option<HeaderMap> {
    let seconds = (at.as_millis() / 1000).to_string();
    let mut signatures = vec![sign(&secrets.current, id, &seconds, body)?];
    if let Some(previous) = &secrets.previous {
        signatures.extend(sign(previous, id, &seconds, body));
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("webhook-id", HeaderValue::try_from(id).ok()?);
    headers.insert("webhook-timestamp", HeaderValue::try_from(seconds).ok()?);
    headers.insert("webhook-signature", HeaderValue::try_from(signatures.join(" ")).ok()?);
    Some(headers)
}

fn sign(secret: &SecretString, id: &str, seconds: &str, body: &Bytes) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key(secret.expose_secret())?);
    let mut context = hmac::Context::with_key(&key);
    for part in [id.as_bytes(), b".", seconds.as_bytes(), b".", body] {
        context.update(part);
    }
    Some(format!("v1,{}", STANDARD.encode(context.sign())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_specification() {
        // The example of the specification's own libraries.
        let secrets = Secrets { current: SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), previous: None };
        let body = Bytes::from_static(br#"{"test": 2432232314}"#);
        let at = Timestamp::from_millis(1_614_265_330_000);
        let headers = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, &body, &secrets).expect("signs");
        assert_eq!(headers["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(headers["webhook-timestamp"], "1614265330");
    }

    #[test]
    fn both_secrets_sign_while_both_count() {
        let of = |text: &str| secret(&text.repeat(32));
        let secrets = Secrets { current: of("ab"), previous: Some(of("cd")) };
        let headers = headers("1", Timestamp::from_millis(0), &Bytes::new(), &secrets).expect("signs");
        let text = headers["webhook-signature"].to_str().expect("text");
        let parts: Vec<_> = text.split(' ').collect();
        assert_eq!(parts.len(), 2);
        assert_ne!(parts[0], parts[1]);
    }

    #[test]
    fn a_secret_is_long_enough() {
        assert!(is_secret(secret(&"0f".repeat(32)).expose_secret()));
        for wrong in ["", "whsec_", "whsec_c2hvcnQ=", "secret", "whsec_%%%"] {
            assert!(!is_secret(wrong), "{wrong}");
        }
    }
}
