//! Sealing of secrets: AES-256-GCM with a data key per project, itself sealed by the master key.
//!
//! The row's identity is bound in as associated data, so that a sealed value moved to another row,
//! column or project cannot be opened. Sealed values are `v1.` + base64 of nonce, ciphertext, tag.

use std::collections::HashMap;
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use linchpin_domain::id::ProjectId;
use parking_lot::RwLock;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

const KEY_BYTES: usize = 32;
const PREFIX: &str = "v1.";

/// The key that seals the projects' data keys: 32 bytes, as 64 hexadecimal digits.
pub struct MasterKey(Zeroizing<[u8; KEY_BYTES]>);

impl MasterKey {
    /// A new random key.
    pub fn generate() -> Self {
        Self(random_key())
    }

    /// Reads 64 hexadecimal digits; white space around them is ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        hex::decode_to_slice(text.trim(), key.as_mut()).ok()?;
        Some(Self(key))
    }

    /// The key as text, for the key file.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_ref()))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Which value is sealed: table, row and column. Bound in as associated data.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// `table.column`.
    pub column: &'a str,
    /// The row's key.
    pub row: &'a str,
}

/// Seals and opens values of projects whose data keys it has been given.
pub struct Vault {
    master: LessSafeKey,
    projects: RwLock<HashMap<ProjectId, LessSafeKey>>,
}

impl Vault {
    pub(crate) fn new(master: MasterKey) -> Self {
        Self { master: key(&master.0), projects: RwLock::default() }
    }

    /// Makes a data key for a new project; returns it sealed, for the project's row.
    pub fn add_project(&self, project: ProjectId) -> String {
        let data_key = random_key();
        let sealed = seal(&self.master, &project_aad(project), data_key.as_ref());
        self.projects.write().insert(project, key(&data_key));
        sealed
    }

    /// Takes a project's sealed data key from its row. Cheap when it is known already.
    pub fn open_project(&self, project: ProjectId, sealed: &str) -> Result<()> {
        if self.projects.read().contains_key(&project) {
            return Ok(());
        }
        let data_key = open(&self.master, &project_aad(project), sealed)?;
        let data_key: Zeroizing<[u8; KEY_BYTES]> =
            Zeroizing::new(data_key.as_slice().try_into().map_err(|_| Error::Seal)?);
        self.projects.write().insert(project, key(&data_key));
        Ok(())
    }

    /// The same data key, sealed by another master key.
    pub fn reseal(&self, project: ProjectId, sealed: &str, new: &MasterKey) -> Result<String> {
        let data_key = open(&self.master, &project_aad(project), sealed)?;
        Ok(seal(&key(&new.0), &project_aad(project), &data_key))
    }

    /// Whether the project's data key is known.
    pub fn knows(&self, project: ProjectId) -> bool {
        self.projects.read().contains_key(&project)
    }

    /// Seals a value for one place. The project must have been opened.
    pub fn seal(&self, project: ProjectId, place: Place<'_>, value: &str) -> Result<String> {
        let projects = self.projects.read();
        let key = projects.get(&project).ok_or(Error::Seal)?;
        Ok(seal(key, &aad(project, place), value.as_bytes()))
    }

    /// Opens a value sealed for the same place. The project must have been opened.
    pub fn open(&self, project: ProjectId, place: Place<'_>, sealed: &str) -> Result<SecretString> {
        let projects = self.projects.read();
        let key = projects.get(&project).ok_or(Error::Seal)?;
        let plain = open(key, &aad(project, place), sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| Error::Seal)?;
        Ok(SecretString::from(text.to_owned()))
    }
}

fn random_key() -> Zeroizing<[u8; KEY_BYTES]> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    SystemRandom::new().fill(bytes.as_mut()).expect("the system gives random bytes");
    bytes
}

fn key(bytes: &[u8; KEY_BYTES]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).expect("the key has the right length"))
}

fn project_aad(project: ProjectId) -> Vec<u8> {
    format!("projects.sealed_data_key/{project}").into_bytes()
}

fn aad(project: ProjectId, place: Place<'_>) -> Vec<u8> {
    format!("{project}/{}/{}", place.column, place.row).into_bytes()
}

fn seal(key: &LessSafeKey, aad: &[u8], plain: &[u8]) -> String {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).expect("the system gives random bytes");
    let mut text = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut text)
        .expect("a value of this size can be sealed");
    let mut bytes = nonce.to_vec();
    bytes.extend_from_slice(&text);
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

fn open(key: &LessSafeKey, aad: &[u8], sealed: &str) -> Result<Zeroizing<Vec<u8>>> {
    let bytes = sealed.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok()).ok_or(Error::Seal)?;
    let (nonce, text) = bytes.split_at_checked(NONCE_LEN).ok_or(Error::Seal)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::Seal)?;
    let mut text = Zeroizing::new(text.to_vec());
    let length = key.open_in_place(nonce, Aad::from(aad), &mut text).map_err(|_| Error::Seal)?.len();
    text.truncate(length);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn project(n: u128) -> ProjectId {
        ProjectId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_sealed_value_opens_only_where_it_was_sealed() {
        let master = MasterKey::generate();
        let copy = MasterKey::parse(&master.to_text()).expect("reads what it writes");
        let vault = Vault::new(master);
        let data_key = vault.add_project(project(1));
        vault.add_project(project(2));
        let place = Place { column: "credentials.sealed_tokens", row: "a" };
        let sealed = vault.seal(project(1), place, "token").expect("seals");
        assert!(!sealed.contains("token"));
        assert_eq!(vault.open(project(1), place, &sealed).expect("opens").expose_secret(), "token");
        assert!(vault.open(project(2), place, &sealed).is_err());
        assert!(vault.open(project(1), Place { row: "b", ..place }, &sealed).is_err());
        assert!(vault.open(project(1), place, &sealed.replace("v1.", "v1.AAAA")).is_err());

        let restarted = Vault::new(copy);
        assert!(restarted.open(project(1), place, &sealed).is_err());
        restarted.open_project(project(1), &data_key).expect("the same master key opens it");
        assert_eq!(restarted.open(project(1), place, &sealed).expect("opens").expose_secret(), "token");
        assert!(Vault::new(MasterKey::generate()).open_project(project(1), &data_key).is_err());
    }
}
