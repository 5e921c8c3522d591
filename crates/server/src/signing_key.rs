//! RSA signing keys as people handle them: PEM texts in and out, their `kid`, one-off user tokens.
//!
//! The server keeps public halves only. Whoever pastes a private key where a public one belongs is
//! told so, and nothing is stored.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// The shortest modulus that is accepted, in bits.
const MIN_BITS: usize = 2048;

/// Why a text is not the key that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A private key where a public one belongs.
    #[error("this is a private key; give the public one (BEGIN PUBLIC KEY). It has not been stored: keep it secret")]
    Private,
    /// A public key where the private one belongs.
    #[error("this is a public key; tokens are signed with the private one (BEGIN PRIVATE KEY)")]
    Public,
    /// Not PEM, or not RSA.
    #[error("this is no RSA key in PEM form; it should begin with -----BEGIN {0} KEY-----")]
    Unreadable(&'static str),
    /// Too short to be safe.
    #[error("this RSA key has {bits} bits; at least {MIN_BITS} are needed")]
    Short {
        /// What it has.
        bits: usize,
    },
}

/// A public key that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// SPKI PEM.
    pub pem: String,
    /// RFC 7638 thumbprint (SHA-256).
    pub kid: String,
}

/// A new pair of keys.
pub struct NewPair {
    /// PKCS#8 PEM. Shown or written once, never stored by the server.
    pub private_pem: SecretString,
    /// The public half.
    pub public: PublicKey,
}

/// What a one-off token says.
#[derive(Debug, Clone, Serialize)]
pub struct Claims {
    /// The connected user.
    pub sub: String,
    /// For which project.
    pub aud: String,
    /// From when, in seconds.
    pub iat: i64,
    /// Until when, in seconds.
    pub exp: i64,
}

/// Reads a public key; line breaks may be written as `\n`, as environment variables have them.
pub fn public(text: &str) -> Result<PublicKey, KeyError> {
    let pem = unescape(text);
    if pem.contains("PRIVATE KEY") {
        return Err(KeyError::Private);
    }
    let key = DecodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| KeyError::Unreadable("PUBLIC"))?;
    let jwk = Jwk::from_decoding_key(&key, Some(Algorithm::RS256)).map_err(|_| KeyError::Unreadable("PUBLIC"))?;
    let (modulus, exponent) = components(&jwk).ok_or(KeyError::Unreadable("PUBLIC"))?;
    let kid = kid(&jwk, modulus.len())?;
    Ok(PublicKey { pem: spki_pem(&modulus, &exponent), kid })
}

/// Makes a pair of keys of 2048 bits.
pub fn generate() -> NewPair {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("the system can make an RSA key");
    let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("a fresh key can be written");
    let public_der = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).expect("a fresh key can be written");
    let public = public(&pem("PUBLIC KEY", public_der.as_ref())).expect("a fresh key is valid");
    NewPair { private_pem: SecretString::from(pem("PRIVATE KEY", private.as_ref())), public }
}

/// Signs a user token (RS256) with a private key in PKCS#8 or PKCS#1 PEM.
pub fn sign(private_pem: &SecretString, claims: &Claims) -> Result<String, KeyError> {
    let pem = unescape(private_pem.expose_secret());
    if !pem.contains("PRIVATE KEY") {
        return Err(if pem.contains("PUBLIC KEY") { KeyError::Public } else { KeyError::Unreadable("PRIVATE") });
    }
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| KeyError::Unreadable("PRIVATE"))?;
    let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(|_| KeyError::Unreadable("PRIVATE"))?;
    let (modulus, _) = components(&jwk).ok_or(KeyError::Unreadable("PRIVATE"))?;
    let header = Header { kid: Some(kid(&jwk, modulus.len())?), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, claims, &key).map_err(|_| KeyError::Unreadable("PRIVATE"))
}

fn kid(jwk: &Jwk, modulus_bytes: usize) -> Result<String, KeyError> {
    if modulus_bytes * 8 < MIN_BITS {
        return Err(KeyError::Short { bits: modulus_bytes * 8 });
    }
    jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| KeyError::Unreadable("PUBLIC"))
}

/// Modulus and exponent, without leading zeros.
fn components(jwk: &Jwk) -> Option<(Vec<u8>, Vec<u8>)> {
    let AlgorithmParameters::RSA(parameters) = &jwk.algorithm else { return None };
    let read = |text: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        Some(bytes[zeros..].to_vec())
    };
    Some((read(&parameters.n)?, read(&parameters.e)?))
}

fn unescape(text: &str) -> String {
    text.trim().replace("\\r", "").replace("\\n", "\n")
}

/// SPKI, also for a key that came as PKCS#1, so that what is stored has one form.
fn spki_pem(modulus: &[u8], exponent: &[u8]) -> String {
    const RSA_ENCRYPTION: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let integers = [der(0x02, &positive(modulus)), der(0x02, &positive(exponent))].concat();
    let bits = [vec![0], der(0x30, &integers)].concat();
    let spki = der(0x30, &[RSA_ENCRYPTION.to_vec(), der(0x03, &bits)].concat());
    pem("PUBLIC KEY", &spki)
}

fn positive(bytes: &[u8]) -> Vec<u8> {
    let mut integer = bytes.to_vec();
    if integer.first().is_none_or(|byte| byte & 0x80 != 0) {
        integer.insert(0, 0);
    }
    integer
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        out.push(0x80 | (bytes.len() - zeros) as u8);
        out.extend_from_slice(&bytes[zeros..]);
    }
    out.extend_from_slice(content);
    out
}

fn pem(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64 is ASCII")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_signed_with_the_private_half_is_checked_with_the_public_one() {
        let pair = generate();
        let claims = Claims { sub: "user-1".into(), aud: "linchpin/p".into(), iat: 1, exp: 4_000_000_000 };
        // As an environment variable would have it.
        let escaped = SecretString::from(pair.private_pem.expose_secret().replace('\n', "\\n"));
        let token = sign(&escaped, &claims).expect("signs");
        let key = DecodingKey::from_rsa_pem(pair.public.pem.as_bytes()).expect("readable");
        let mut validation = jsonwebtoken::Validation::new(Algorithm::RS256);
        validation.set_audience(&["linchpin/p"]);
        let read = jsonwebtoken::decode::<serde_json::Value>(&token, &key, &validation).expect("valid");
        assert_eq!(read.header.kid.as_deref(), Some(pair.public.kid.as_str()));
        assert_eq!(read.claims["sub"], "user-1");
        let other = DecodingKey::from_rsa_pem(generate().public.pem.as_bytes()).expect("readable");
        assert!(jsonwebtoken::decode::<serde_json::Value>(&token, &other, &validation).is_err());
    }

    #[test]
    fn a_public_key_is_stored_in_the_form_openssl_writes() {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("generates");
        let x509 = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).expect("writes");
        let spki = public(&pem("PUBLIC KEY", x509.as_ref())).expect("SPKI is read");
        let pkcs1 = public(&pem("RSA PUBLIC KEY", pair.public_key().as_ref())).expect("PKCS#1 is read");
        assert_eq!(spki, pkcs1);
        assert_eq!(spki.pem, pem("PUBLIC KEY", x509.as_ref()));
    }

    #[test]
    fn wrong_keys_are_refused_with_what_would_be_right() {
        let pair = generate();
        assert_eq!(public(pair.private_pem.expose_secret()), Err(KeyError::Private));
        assert_eq!(public("hello"), Err(KeyError::Unreadable("PUBLIC")));
        let claims = Claims { sub: "u".into(), aud: "a".into(), iat: 1, exp: 2 };
        assert_eq!(sign(&SecretString::from(pair.public.pem), &claims), Err(KeyError::Public));
        let short = "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRn8LBIPMrfdcK8g4CKDERfVED\nXmvzV4TXZeHUHJN2dZ6ziuoUlpwiP4fmlSfYgrszH6TFTs4mZg8Px+SaSRhgOUOm\nz3QbI3dFdRiCY6OIqKdfiIevqSrOX4ynp+x/UcvOS8TPIPUENTp0JXlEeAT4Di8m\nQ4OsWlUzWZ8ZySOaVwIDAQAB\n-----END PUBLIC KEY-----\n";
        assert!(
            matches!(public(short), Err(KeyError::Short { bits: 1024 } | KeyError::Unreadable(_))),
            "{:?}",
            public(short)
        );
    }
}
