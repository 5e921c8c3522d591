//! The first member: while nobody can sign in, a one-time link lets whoever sees the server's output
//! become it.

use linchpin_domain::id::{MemberId, secret_text};
use linchpin_store::members::{self, Member};
use linchpin_store::memberships::{self, Role};
use linchpin_store::{Store, installation, projects};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::password;

const TOKEN_HASH: &str = "setup_token_hash";

/// Why nobody was set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody can sign in already.
    #[error("this installation is set up already; sign in")]
    Done,
    /// A wrong or used link.
    #[error("this set-up link is not valid any more; the newest one is in the server's output")]
    Token,
    /// The database did not answer.
    #[error("the member could not be added")]
    Store(#[from] linchpin_store::Error),
}

/// Who becomes a member.
pub struct Person {
    /// Shown to others.
    pub name: String,
    /// Signs in with it.
    pub email: String,
    /// And with this.
    pub password: SecretString,
}

/// A fresh one-time link while no member exists; links made before stop working. For `serve` to print.
pub async fn link(store: &Store, public_base: &str) -> linchpin_store::Result<Option<String>> {
    let token = secret_text(&**store.clock());
    let mut tx = store.begin().await?;
    if members::any(&mut tx).await? {
        return Ok(None);
    }
    installation::set(&mut tx, TOKEN_HASH, &hash(&token)).await?;
    tx.commit().await?;
    Ok(Some(format!("{public_base}/app/setup?token={token}")))
}

/// Uses the link: adds the first member, who owns every project that exists.
pub async fn first_member(store: &Store, token: &str, person: Person) -> Result<Member, Error> {
    let mut conn = store.read().await?;
    check(&mut conn, token).await?;
    drop(conn);
    let password_hash = password::hash(person.password).await;
    let mut tx = store.begin().await?;
    // Again, now that nobody else can write.
    check(&mut tx, token).await?;
    let member = add(&mut tx, store, person.name, person.email, password_hash).await?;
    installation::remove(&mut tx, TOKEN_HASH).await?;
    tx.commit().await?;
    Ok(member)
}

/// Adds a member without a link, for installations that are seeded (the demo).
pub async fn add_member(store: &Store, person: Person) -> linchpin_store::Result<Member> {
    let password_hash = password::hash(person.password).await;
    let mut tx = store.begin().await?;
    let member = add(&mut tx, store, person.name, person.email, password_hash).await?;
    tx.commit().await?;
    Ok(member)
}

async fn add(
    tx: &mut linchpin_store::Tx,
    store: &Store,
    name: String,
    email: String,
    password_hash: String,
) -> linchpin_store::Result<Member> {
    let clock = store.clock();
    let member = Member {
        id: MemberId::fresh(&**clock),
        email: email.trim().to_lowercase(),
        name,
        password_hash,
        created_at: clock.now(),
    };
    members::add(tx, &member).await?;
    for project in projects::list(tx).await? {
        memberships::set(tx, project.id, member.id, Role::Admin).await?;
    }
    Ok(member)
}

async fn check(conn: &mut linchpin_store::Conn, token: &str) -> Result<(), Error> {
    if members::any(conn).await? {
        return Err(Error::Done);
    }
    let expected = installation::find(conn, TOKEN_HASH).await?.ok_or(Error::Token)?;
    if hash(token).as_bytes().ct_eq(expected.as_bytes()).into() { Ok(()) } else { Err(Error::Token) }
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
