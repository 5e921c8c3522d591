//! One hook at a provider: making it, looking for it, removing it.

mod plan;

use std::time::Duration;

use linchpin_domain::connector::{ActionError, Connector as _, Sent};
use linchpin_domain::http_request::{RequestCall, RequestSpec};
use linchpin_domain::id::{HookRegistrationId, secret_text};
use linchpin_store::credentials;
use linchpin_store::hook_registrations::{self as rows, Fault, HookRegistration, Sealed, State};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

pub use self::plan::{HookPlan, Plan, text_of, url_of};
use self::plan::{value_of, values};
use super::registrar::{Registrar, going};

/// Waits between attempts; the last one is repeated.
const WAITS: [Duration; 6] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_hours(1),
];
/// Attempts to remove a hook, about a day of them; then it is left to a person.
const REMOVALS: i64 = 28;
/// How often a hook that can be looked for is.
const LOOK: Duration = Duration::from_hours(24);
/// The code of a request that there is no account for any more.
const ACCOUNT_GONE: &str = "account_gone";
/// What is kept of a provider's words.
const WORDS: usize = 500;

/// What became of looking for a hook.
enum Found {
    There(Option<String>),
    Missing,
}

/// Why a request of a hook did not do what it should.
enum Failure {
    Call(ActionError),
    /// The request could not be filled in, or its answer not read.
    Words(&'static str, String),
}

impl From<ActionError> for Failure {
    fn from(error: ActionError) -> Self {
        Self::Call(error)
    }
}

type Outcome<T> = linchpin_store::Result<Result<T, Failure>>;

impl Registrar {
    /// Does what is due about a hook.
    pub(super) async fn work(&self, hook: HookRegistration) -> linchpin_store::Result<()> {
        let mut conn = self.store.read().await?;
        let Some(sealed) = rows::open(&mut conn, hook.project_id, hook.id).await? else { return Ok(()) };
        drop(conn);
        let Ok(plan) = serde_json::from_str::<Plan>(sealed.plan.expose_secret()) else {
            let fault = Failure::Words("unreadable", "what the hook was made with cannot be read any more".into());
            return self.failed(hook, fault).await;
        };
        match hook.state {
            State::Registering => self.register(hook, &plan, &sealed).await,
            State::Registered if plan.hook.as_ref().is_some_and(|hook| hook.expires.is_some()) => {
                self.renew(hook, &plan, &sealed).await
            }
            State::Registered => self.look(hook, &plan, &sealed).await,
            State::Removing => self.remove(hook, &plan, &sealed).await,
            State::Left => Ok(()),
        }
    }

    async fn register(&self, mut hook: HookRegistration, plan: &Plan, sealed: &Sealed) -> linchpin_store::Result<()> {
        let mut note = None;
        if hook.sent_at.is_some() {
            // The answer to an earlier attempt is not known.
            if plan.register.find.is_some() {
                match self.find(&hook, plan, sealed).await? {
                    Ok(Found::There(id)) if plan.register.answer_has_secret() => {
                        // What it signs with came with the lost answer: another one is made in its place.
                        let webhook = values(&hook, plan, sealed, id.as_deref());
                        let removed = self.call(&hook, plan, sealed, &plan.register.remove, &webhook).await?;
                        if let Err(failure) = removed {
                            return self.failed(hook, failure).await;
                        }
                    }
                    Ok(Found::There(id)) => return self.made(hook, plan, sealed, id, None, None).await,
                    Ok(Found::Missing) => {}
                    Err(failure) => return self.failed(hook, failure).await,
                }
            } else {
                note = Some(Fault {
                    code: "in_doubt".into(),
                    message: "the answer to an earlier attempt was lost; if that made a hook too, its calls are refused with 410, and it can be removed at the provider by hand".into(),
                });
                secret_text(&*self.clock)[..32].clone_into(&mut hook.address);
            }
        }
        hook.sent_at = Some(self.clock.now());
        if !self.keep(&hook).await? {
            return Ok(());
        }
        let webhook = values(&hook, plan, sealed, None);
        let response = match self.call(&hook, plan, sealed, &plan.register.request, &webhook).await? {
            Ok(response) => response,
            Err(failure) => {
                let maybe = matches!(&failure, Failure::Call(ActionError::Unreachable { sent: Sent::Maybe, .. }));
                hook.sent_at = hook.sent_at.filter(|_| maybe);
                return self.failed(hook, failure).await;
            }
        };
        let id = plan.register.id.as_ref().map(|id| text_of(id, "response", &response));
        if id == Some(None) {
            let message = format!(
                "the provider made the hook, but its answer has nothing at `{}`; mend the expression, remove the hook at the provider, and try again",
                plan.register.id.as_deref().unwrap_or_default()
            );
            hook.due_at = None;
            return self.stuck(hook, Failure::Words("no_id", message)).await;
        }
        let secret = plan.register.secret.as_ref().filter(|_| plan.register.answer_has_secret());
        let secret = secret.and_then(|secret| text_of(secret, "response", &response)).map(SecretString::from);
        self.made(hook, plan, sealed, id.flatten(), Some((&response, secret)), note).await
    }

    /// A hook is there; what it signs with may have to be asked for. The answer that it was made with may be
    /// lost.
    async fn made(
        &self,
        mut hook: HookRegistration,
        plan: &Plan,
        sealed: &Sealed,
        id: Option<String>,
        answer: Option<(&Value, Option<SecretString>)>,
        note: Option<Fault>,
    ) -> linchpin_store::Result<()> {
        let (response, mut secret) = answer.map_or((None, None), |(response, secret)| (Some(response), secret));
        if let Some(rule) = plan.hook.as_ref().and_then(|hook| hook.secret.as_ref()) {
            let webhook = values(&hook, plan, sealed, id.as_deref());
            let read = match self.call(&hook, plan, sealed, &rule.request, &webhook).await? {
                Ok(response) => text_of(&rule.at, "response", &response),
                Err(failure) => return self.failed(hook, failure).await,
            };
            let Some(read) = read else {
                let message = format!("the provider's answer has no secret at `{}`", rule.at);
                return self.failed(hook, Failure::Words("no_secret", message)).await;
            };
            secret = Some(SecretString::from(read));
        }
        let now = self.clock.now();
        // One without an id of its own is known by its address.
        hook.provider_id = Some(id.unwrap_or_else(|| url_of(&plan.base, &hook.address)));
        hook.state = State::Registered;
        hook.sent_at = None;
        hook.attempts = 0;
        hook.fault = note;
        let renewal = plan.hook.as_ref().and_then(|hook| hook.renewal(response, now));
        hook.due_at = renewal.or_else(|| plan.register.find.as_ref().map(|_| now.plus(LOOK)));
        if let Some(secret) = secret {
            let mut tx = self.store.begin().await?;
            rows::set_secret(&mut tx, hook.project_id, hook.id, &secret).await?;
            tx.commit().await?;
        }
        self.keep(&hook).await?;
        tracing::info!(hook.id = %hook.id, "a hook was made at its provider");
        Ok(())
    }

    /// Makes a hook live longer, or another one in its place.
    async fn renew(&self, mut hook: HookRegistration, plan: &Plan, sealed: &Sealed) -> linchpin_store::Result<()> {
        let Some(rule) = &plan.hook else { return Ok(()) };
        let now = self.clock.now();
        let Some(request) = &rule.renew else {
            let next = HookRegistration {
                id: HookRegistrationId::fresh(&*self.clock),
                address: secret_text(&*self.clock)[..32].to_owned(),
                state: State::Registering,
                provider_id: None,
                sent_at: None,
                attempts: 0,
                fault: None,
                due_at: Some(now),
                created_at: now,
                updated_at: now,
                ..hook.clone()
            };
            let mut tx = self.store.begin().await?;
            // It may have become unwanted in the meantime.
            let there = rows::find(&mut tx, hook.project_id, hook.id).await?;
            if there.is_some_and(|there| there.state == State::Registered) {
                rows::update(&mut tx, &going(hook, now)).await?;
                self.add(&mut tx, &next, plan).await?;
            }
            return tx.commit().await;
        };
        let webhook = values(&hook, plan, sealed, hook.provider_id.as_deref());
        match self.call(&hook, plan, sealed, request, &webhook).await? {
            Ok(response) => {
                hook.due_at = rule.renewal(Some(&response), now);
                hook.attempts = 0;
                hook.fault = None;
            }
            Err(Failure::Call(ActionError::Rejected { status: 404 | 410, .. })) => {
                tracing::warn!(hook.id = %hook.id, "a hook is gone at its provider; it is made again");
                hook.state = State::Registering;
                hook.provider_id = None;
                hook.due_at = Some(now);
            }
            Err(failure) => return self.failed(hook, failure).await,
        }
        self.keep(&hook).await.map(drop)
    }

    /// Whether a hook is still there; one that is not is made again.
    async fn look(&self, mut hook: HookRegistration, plan: &Plan, sealed: &Sealed) -> linchpin_store::Result<()> {
        match self.find(&hook, plan, sealed).await? {
            Ok(Found::There(_)) => {
                hook.due_at = Some(self.clock.now().plus(LOOK));
                hook.fault = None;
            }
            Ok(Found::Missing) => {
                tracing::warn!(hook.id = %hook.id, "a hook is gone at its provider; it is made again");
                hook.state = State::Registering;
                hook.provider_id = None;
                hook.due_at = Some(self.clock.now());
            }
            Err(failure) => return self.failed(hook, failure).await,
        }
        self.keep(&hook).await.map(drop)
    }

    async fn remove(&self, mut hook: HookRegistration, plan: &Plan, sealed: &Sealed) -> linchpin_store::Result<()> {
        if hook.provider_id.is_none() {
            if hook.sent_at.is_none() {
                // It was never made.
                return self.gone(&hook).await;
            }
            if plan.register.find.is_some() {
                match self.find(&hook, plan, sealed).await? {
                    Ok(Found::There(id)) => hook.provider_id = id,
                    Ok(Found::Missing) => return self.gone(&hook).await,
                    Err(failure) => return self.failed(hook, failure).await,
                }
            } else if plan.register.id.is_some() {
                let message = "the answer to the request that made it was lost, so its id is not known; if there is a hook, remove it at the provider by hand";
                return self.left(hook, Failure::Words("in_doubt", message.into())).await;
            }
        }
        let webhook = values(&hook, plan, sealed, hook.provider_id.as_deref());
        match self.call(&hook, plan, sealed, &plan.register.remove, &webhook).await? {
            // What is not there needs no removing.
            Ok(_) | Err(Failure::Call(ActionError::Rejected { status: 404 | 410, .. })) => self.gone(&hook).await,
            Err(failure) => {
                let refused = matches!(&failure, Failure::Call(ActionError::Reauthorize { .. }));
                let disconnected = sealed.access.is_some() || matches!(&failure, Failure::Words(ACCOUNT_GONE, _));
                // An account that must be reconnected may be; one that is gone is.
                if (disconnected && (refused || sealed.access.is_none())) || (!refused && hook.attempts + 1 >= REMOVALS)
                {
                    return self.left(hook, failure).await;
                }
                self.failed(hook, failure).await
            }
        }
    }

    /// Looks for the hook that calls our address.
    async fn find(&self, hook: &HookRegistration, plan: &Plan, sealed: &Sealed) -> Outcome<Found> {
        let Some(find) = &plan.register.find else { return Ok(Ok(Found::Missing)) };
        let url = url_of(&plan.base, &hook.address);
        let webhook = values(hook, plan, sealed, hook.provider_id.as_deref());
        let response = match self.call(hook, plan, sealed, &find.request, &webhook).await? {
            Ok(response) => response,
            Err(failure) => return Ok(Err(failure)),
        };
        let Some(Value::Array(items)) = value_of(&find.items, "response", &response) else {
            let message = format!("`{}` gives no list of hooks", find.items);
            return Ok(Err(Failure::Words("no_list", message)));
        };
        let ours = items.iter().find(|item| text_of(&find.url, "item", item).as_deref() == Some(&url));
        let id = |item| find.id.as_ref().and_then(|id| text_of(id, "item", item));
        Ok(Ok(ours.map_or(Found::Missing, |item| Found::There(id(item)))))
    }

    /// Sends a request of a hook: with its account, with what is kept of an account that is gone, or with
    /// what the request itself brings. Answers `{statusCode, headers, body}`.
    async fn call(
        &self,
        hook: &HookRegistration,
        plan: &Plan,
        sealed: &Sealed,
        request: &RequestSpec,
        webhook: &Value,
    ) -> Outcome<Value> {
        let filled = self.engine.hook_request(hook.project_id, request, &plan.values, webhook).await?;
        let request = match filled {
            Ok(request) => request,
            Err(message) => return Ok(Err(Failure::Words("template", message))),
        };
        let account = hook.account.filter(|_| !request.has_full_address());
        let mut call = RequestCall {
            project_id: hook.project_id,
            credential_id: None,
            connector: None,
            request,
            idempotency_key: format!("hook/{}/{}", hook.id, hook.address),
            intent_at: self.clock.now(),
        };
        let answer = match account {
            None => self.connections.request(&call).await,
            Some(account) => {
                let mut conn = self.store.read().await?;
                let there = credentials::find(&mut conn, hook.project_id, account.credential_id).await?.is_some();
                drop(conn);
                match &sealed.access {
                    Some(kept) if !there => {
                        let place = (hook.project_id, plan.connector.as_str(), &plan.endpoint);
                        self.connections.request_without_row(place, kept, &call.request).await
                    }
                    None if !there => {
                        let message = "the account was disconnected, and nothing is kept to call its provider with";
                        return Ok(Err(Failure::Words(ACCOUNT_GONE, message.into())));
                    }
                    _ => {
                        call.credential_id = Some(account.credential_id);
                        call.connector = Some(plan.connector.clone());
                        self.connections.request(&call).await
                    }
                }
            }
        };
        Ok(answer.map(|answer| answer.output["response"].clone()).map_err(Failure::from))
    }

    /// An attempt failed: again later.
    async fn failed(&self, hook: HookRegistration, failure: Failure) -> linchpin_store::Result<()> {
        let wait = match &failure {
            Failure::Call(ActionError::RateLimited { retry_after, .. }) => *retry_after,
            _ => WAITS[usize::try_from(hook.attempts).unwrap_or(0).min(WAITS.len() - 1)],
        };
        let due_at = Some(self.clock.now().plus(wait));
        self.stuck(HookRegistration { due_at, ..hook }, failure).await
    }

    /// An attempt failed, and nothing but a person or the time that it says helps.
    async fn stuck(&self, mut hook: HookRegistration, failure: Failure) -> linchpin_store::Result<()> {
        hook.attempts += 1;
        hook.fault = Some(self.fault(&hook, failure).await?);
        tracing::warn!(hook.id = %hook.id, state = hook.state.as_str(), attempts = hook.attempts, "a hook could not be worked on at its provider");
        self.keep(&hook).await.map(drop)
    }

    /// It cannot be removed: a person must.
    async fn left(&self, mut hook: HookRegistration, failure: Failure) -> linchpin_store::Result<()> {
        hook.fault = Some(self.fault(&hook, failure).await?);
        hook.state = State::Left;
        hook.due_at = None;
        tracing::warn!(hook.id = %hook.id, "a hook could not be removed at its provider");
        self.keep(&hook).await.map(drop)
    }

    async fn fault(&self, hook: &HookRegistration, failure: Failure) -> linchpin_store::Result<Fault> {
        let (code, message) = match &failure {
            Failure::Call(error) => (error.code().to_owned(), error.to_string()),
            Failure::Words(code, message) => ((*code).to_owned(), message.clone()),
        };
        let message = self.engine.masked(hook.project_id, message).await?;
        Ok(Fault { code, message: message.chars().take(WORDS).collect() })
    }

    async fn gone(&self, hook: &HookRegistration) -> linchpin_store::Result<()> {
        let mut tx = self.store.begin().await?;
        rows::remove(&mut tx, hook.project_id, hook.id).await?;
        tx.commit().await?;
        tracing::info!(hook.id = %hook.id, "a hook was removed at its provider");
        Ok(())
    }

    /// Writes where a hook stands; answers whether it is still wanted as it was. One that was to go in the
    /// meantime goes, with what is known of it now.
    async fn keep(&self, hook: &HookRegistration) -> linchpin_store::Result<bool> {
        let mut tx = self.store.begin().await?;
        let Some(there) = rows::find(&mut tx, hook.project_id, hook.id).await? else { return Ok(false) };
        let overtaken = there.state == State::Removing && matches!(hook.state, State::Registering | State::Registered);
        let now = self.clock.now();
        let mut kept = HookRegistration { updated_at: now, ..hook.clone() };
        if overtaken {
            // What was not written before it was sent was not sent.
            let sent_at = hook.sent_at.and(there.sent_at);
            kept = HookRegistration {
                state: State::Removing,
                sent_at,
                attempts: 0,
                fault: None,
                due_at: Some(now),
                ..kept
            };
        }
        rows::update(&mut tx, &kept).await?;
        tx.commit().await?;
        Ok(!overtaken)
    }
}
