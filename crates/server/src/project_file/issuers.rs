//! Token issuers of a file: identity providers whose tokens are taken as user tokens.

use linchpin_domain::id::{ProjectId, TokenIssuerId};
use linchpin_store::token_issuers::{self, TokenIssuer};

use super::apply::{Done, Work};
use super::reader::{Reader, join};
use crate::token_issuer::{Addresses, Described, NAMES};

/// The issuers of the file.
pub fn read(reader: &mut Reader<'_>) -> Vec<Addresses> {
    let count = reader.list("/tokenIssuers").map_or(0, Vec::len);
    let mut issuers: Vec<Addresses> = Vec::new();
    for index in 0..count {
        let pointer = format!("/tokenIssuers/{index}");
        let before = reader.problems.len();
        let Some(object) = reader.struct_of(&pointer, &NAMES) else { continue };
        // Said by name and nearest already.
        if reader.problems.len() > before {
            continue;
        }
        let Some(described) = reader.value::<Described>(&pointer) else { continue };
        match described.addresses() {
            Ok(found) if issuers.iter().any(|other| other.issuer == found.issuer) => {
                reader.problem(&pointer, format!("the issuer `{}` stands in the list twice", found.issuer));
            }
            Ok(found) => issuers.push(found),
            Err(wrong) => {
                for (field, message) in wrong {
                    if object.contains_key(field) {
                        reader.problem(&join(&pointer, field), message);
                    } else {
                        reader.problem(&pointer, format!("`{field}`: {message}"));
                    }
                }
            }
        }
    }
    issuers
}

impl Work<'_> {
    pub(super) async fn token_issuers(&mut self, project_id: ProjectId) -> Done {
        let existing = token_issuers::list(&mut self.tx, project_id).await?;
        // In the file's order, as an export has them.
        let mut last = existing.iter().map(|known| known.id).max();
        for Addresses { issuer, audience, jwks_url } in &self.plan.token_issuers {
            let known = existing.iter().find(|known| known.issuer == *issuer);
            if let Some(known) = known {
                let mut fields = Vec::new();
                if known.audience != *audience {
                    fields.push("audience");
                }
                if known.jwks_url != *jwks_url {
                    fields.push("jwksUrl");
                }
                if fields.is_empty() {
                    continue;
                }
                token_issuers::remove(&mut self.tx, project_id, known.id).await?;
                self.changed("token issuer", issuer, fields);
            } else {
                self.added("token issuer", issuer);
            }
            let row = TokenIssuer {
                id: TokenIssuerId::fresh_after(&*self.clock, last),
                project_id,
                issuer: issuer.clone(),
                audience: audience.clone(),
                jwks_url: jwks_url.clone(),
                created_at: known.map_or(self.now, |known| known.created_at),
            };
            last = Some(row.id);
            token_issuers::add(&mut self.tx, &row).await?;
        }
        Ok(())
    }
}
