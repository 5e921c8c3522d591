//! Codes and tokens.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::{Clock, Timestamp};

/// A code not redeemed within this time is void.
const CODE_LIFETIME: Duration = Duration::from_mins(10);

/// What a user agreed to.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    /// Index of the account.
    pub account: usize,
    pub client_id: String,
    pub scopes: Arc<[String]>,
}

#[derive(Debug)]
pub(super) struct Code {
    pub grant: Grant,
    pub redirect_uri: String,
    pub challenge: Option<String>,
    expires_at: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Access {
    pub grant: Grant,
    pub expires_at: Timestamp,
}

#[derive(Debug)]
struct Refresh {
    grant: Grant,
    /// The token that dies when this one is first used.
    predecessor: Option<String>,
}

/// A token answer.
#[derive(Debug)]
pub(super) struct Issued {
    pub access: String,
    pub refresh: String,
    pub grant: Grant,
}

/// All codes and tokens.
#[derive(Debug, Default)]
pub(super) struct Grants {
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    /// Since when access tokens that were taken on trust count as expired.
    trusted_expired_at: Option<Timestamp>,
    /// Whether refresh tokens that were taken on trust count as revoked.
    trusted_revoked: bool,
}

impl Grants {
    pub(super) fn add_code(
        &mut self,
        clock: &dyn Clock,
        grant: Grant,
        redirect_uri: String,
        challenge: Option<String>,
    ) -> String {
        let code = format!("sim-code-{:032x}", clock.random());
        let expires_at = clock.now().plus(CODE_LIFETIME);
        self.codes.insert(code.clone(), Code { grant, redirect_uri, challenge, expires_at });
        code
    }

    /// Takes a code away; it serves once, whatever comes of it.
    pub(super) fn redeem(&mut self, code: &str, now: Timestamp) -> Option<Code> {
        self.codes.remove(code).filter(|code| now < code.expires_at)
    }

    /// Issues tokens for a grant.
    pub(super) fn issue(&mut self, clock: &dyn Clock, grant: Grant, lifetime: Duration) -> Issued {
        let access = format!("sim-access-{:032x}", clock.random());
        let refresh = format!("sim-refresh-{:032x}", clock.random());
        self.register(access.clone(), grant.clone(), clock.now().plus(lifetime));
        self.add_refresh(refresh.clone(), grant.clone());
        Issued { access, refresh, grant }
    }

    pub(super) fn register(&mut self, access: String, grant: Grant, expires_at: Timestamp) {
        self.access.insert(access, Access { grant, expires_at });
    }

    pub(super) fn add_refresh(&mut self, refresh: String, grant: Grant) {
        self.refresh.insert(refresh, Refresh { grant, predecessor: None });
    }

    /// Whose refresh token this is.
    pub(super) fn refresh_grant(&self, token: &str) -> Option<&Grant> {
        self.refresh.get(token).map(|refresh| &refresh.grant)
    }

    /// Uses a refresh token.
    pub(super) fn renew(&mut self, clock: &dyn Clock, token: &str, lifetime: Duration, rotate: bool) -> Option<Issued> {
        let used = self.refresh.get_mut(token)?;
        let grant = used.grant.clone();
        if let Some(dead) = used.predecessor.take() {
            self.refresh.remove(&dead);
        }
        let access = format!("sim-access-{:032x}", clock.random());
        self.register(access.clone(), grant.clone(), clock.now().plus(lifetime));
        let refresh = if rotate {
            let next = format!("sim-refresh-{:032x}", clock.random());
            let predecessor = Some(token.to_owned());
            self.refresh.insert(next.clone(), Refresh { grant: grant.clone(), predecessor });
            next
        } else {
            token.to_owned()
        };
        Some(Issued { access, refresh, grant })
    }

    pub(super) fn access(&self, token: &str) -> Option<&Access> {
        self.access.get(token)
    }

    /// Forgets a refresh token; access tokens already given live on.
    pub(super) fn revoke(&mut self, token: &str) {
        self.refresh.remove(token);
    }

    /// Since when an access token that was never given out here counts as expired, where such are taken on trust.
    pub(super) fn trusted_expired_at(&self) -> Option<Timestamp> {
        self.trusted_expired_at
    }

    /// Whether a refresh token that was never given out here counts as revoked, where such are taken on trust.
    pub(super) fn trusted_revoked(&self) -> bool {
        self.trusted_revoked
    }

    pub(super) fn expire_access(&mut self, now: Timestamp) {
        self.trusted_expired_at = Some(now);
        for access in self.access.values_mut() {
            access.expires_at = access.expires_at.min(now);
        }
    }

    /// Takes what was never given out here on trust again.
    pub(super) fn trust(&mut self) {
        self.trusted_expired_at = None;
        self.trusted_revoked = false;
    }

    pub(super) fn revoke_all(&mut self) {
        self.trusted_revoked = true;
        self.refresh.clear();
        self.codes.clear();
    }
}
