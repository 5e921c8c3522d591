//! The pace of calls on one account: a call that the provider's quota does not allow yet is held back
//! before it is sent, so that the provider need not refuse it.
//!
//! Manifests declare quotas; answers correct them. A quota that the provider reports in headers holds
//! once an answer has reported it, with the numbers of that answer (plans differ, and other programs
//! use the same account); where a good answer does not report it, it is not in force.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use linchpin_domain::Clock;
use linchpin_domain::id::CredentialId;
use parking_lot::Mutex;

use crate::manifest::{Manifest, Quota};

/// A window is counted in this many parts: memory does not grow with the quota.
const PARTS: u64 = 20;
/// Accounts held before idle ones are looked for.
const SWEEP: usize = 1_024;

/// Who waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// A workflow: leaves a tenth of the quota to people.
    Background,
    /// A person or a program that waits: may use all of it.
    Interactive,
}

/// How much a workflow's call finds left of an account's quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// More than half of each.
    Plenty,
    /// Half of one is used: calls are worth saving.
    Short,
    /// One is used up for so long.
    None(Duration),
}

/// Counts calls per account.
pub struct Pace {
    clock: Arc<dyn Clock>,
    accounts: Mutex<Accounts>,
}

struct Accounts {
    by_id: HashMap<CredentialId, Account>,
    sweep_at: usize,
}

struct Account {
    windows: Vec<Window>,
    last: i64,
    /// Without calls for this long nothing of it is worth keeping.
    longest: i64,
}

struct Window {
    max: u64,
    per_ms: u64,
    enforced: bool,
    used: u64,
    /// When each part began, and its calls.
    parts: VecDeque<(i64, u64)>,
}

impl Pace {
    /// Nothing counted yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, accounts: Mutex::new(Accounts { by_id: HashMap::new(), sweep_at: SWEEP }) }
    }

    /// Counts a call that is about to be made, or says how long to wait instead. `action` is `None`
    /// for a request of one's own.
    pub fn take(
        &self,
        account: CredentialId,
        manifest: &Manifest,
        action: Option<&str>,
        urgency: Urgency,
    ) -> Result<(), Duration> {
        if manifest.quotas.is_empty() {
            return Ok(());
        }
        let now = self.clock.now().as_millis();
        let mut accounts = self.accounts.lock();
        let account = accounts.of(account, manifest, now);
        let mut wait = 0;
        for (window, _) in account.counting(manifest, action) {
            window.forget(now);
            wait = wait.max(window.wait(now, urgency));
        }
        if wait > 0 {
            return Err(Duration::from_millis(wait));
        }
        for (window, _) in account.counting(manifest, action) {
            window.add(now, 1);
        }
        Ok(())
    }

    /// How much a workflow's call of an action would find left. Counts nothing.
    pub fn room(&self, account: CredentialId, manifest: &Manifest, action: &str) -> Room {
        let mut accounts = self.accounts.lock();
        let Some(account) = accounts.by_id.get_mut(&account) else { return Room::Plenty };
        let now = self.clock.now().as_millis();
        let (mut wait, mut short) = (0, false);
        for (window, _) in account.counting(manifest, Some(action)).filter(|(window, _)| window.enforced) {
            window.forget(now);
            wait = wait.max(window.wait(now, Urgency::Background));
            short |= window.used * 2 >= window.limit(Urgency::Background);
        }
        match wait {
            0 if short => Room::Short,
            0 => Room::Plenty,
            wait => Room::None(Duration::from_millis(wait)),
        }
    }

    /// Takes over what an answer's headers say.
    pub fn learn(
        &self,
        account: CredentialId,
        manifest: &Manifest,
        action: Option<&str>,
        status: u16,
        headers: &HeaderMap,
    ) {
        if manifest.quotas.iter().all(|quota| quota.headers.is_none()) {
            return;
        }
        let now = self.clock.now().as_millis();
        let mut accounts = self.accounts.lock();
        let account = accounts.of(account, manifest, now);
        for (window, quota) in account.counting(manifest, action) {
            let Some(names) = &quota.headers else { continue };
            let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
            let Some((max, remaining)) = number(&names.max).zip(number(&names.remaining)) else {
                // A request of one's own may be of a kind that is not counted, and a failure may come
                // from a machine in between.
                if action.is_some() && (200..300).contains(&status) {
                    window.enforced = false;
                }
                continue;
            };
            window.enforced = true;
            window.max = max;
            window.per_ms = number(&names.interval_ms).filter(|ms| *ms > 0).unwrap_or(window.per_ms);
            window.forget(now);
            // Others use this account too: count their calls as if they were ours.
            let elsewhere = max.saturating_sub(remaining).saturating_sub(window.used);
            window.add(now, elsewhere);
        }
    }

    /// The accounts that are nearest to a limit, with what is used of each of the manifest's quotas, in its order.
    pub fn busiest(&self, count: usize) -> Vec<(CredentialId, Vec<Used>)> {
        let now = self.clock.now().as_millis();
        let mut found: Vec<(CredentialId, Vec<Used>)> = Vec::new();
        for (id, account) in &mut self.accounts.lock().by_id {
            if account.last + account.longest <= now {
                continue;
            }
            account.windows.iter_mut().for_each(|window| window.forget(now));
            found.push((*id, account.windows.iter().map(Window::seen).collect()));
        }
        // In parts of a thousand: numbers that can be compared.
        let share = |used: &Used| used.used.saturating_mul(1_000) / used.max.max(1);
        found.sort_by_cached_key(|(id, used)| (std::cmp::Reverse(used.iter().map(share).max()), *id));
        found.truncate(count);
        found
    }

    /// Accounts held just now.
    pub fn held(&self) -> usize {
        self.accounts.lock().by_id.len()
    }
}

impl Accounts {
    fn of(&mut self, id: CredentialId, manifest: &Manifest, now: i64) -> &mut Account {
        if self.by_id.len() >= self.sweep_at && !self.by_id.contains_key(&id) {
            self.by_id.retain(|_, account| account.last + account.longest > now);
            self.sweep_at = SWEEP.max(self.by_id.len() * 2);
        }
        let account = self.by_id.entry(id).or_insert_with(|| Account::new(&manifest.quotas));
        account.last = now;
        account
    }
}

impl Account {
    fn new(quotas: &[Quota]) -> Self {
        let windows = quotas.iter().map(|quota| Window {
            max: u64::from(quota.max),
            per_ms: quota.per_ms.max(1),
            enforced: quota.headers.is_none(),
            used: 0,
            parts: VecDeque::new(),
        });
        let longest = quotas.iter().map(|quota| quota.per_ms).max().unwrap_or(0);
        Self { windows: windows.collect(), last: 0, longest: 2 * longest as i64 }
    }

    fn counting<'a>(
        &'a mut self,
        manifest: &'a Manifest,
        action: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a mut Window, &'a Quota)> {
        let counts = move |quota: &Quota| match action {
            Some(action) => quota.counts(action),
            None => quota.only.is_empty(),
        };
        self.windows.iter_mut().zip(&manifest.quotas).filter(move |(_, quota)| counts(quota))
    }
}

/// How much of a quota an account has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Calls in the window that ends now.
    pub used: u64,
    /// How many there may be.
    pub max: u64,
    /// The window's length.
    pub per_ms: u64,
    /// Whether calls are held back by it.
    pub in_force: bool,
}

impl Window {
    fn seen(&self) -> Used {
        Used { used: self.used, max: self.max, per_ms: self.per_ms, in_force: self.enforced }
    }

    fn part(&self) -> i64 {
        (self.per_ms / PARTS).max(1) as i64
    }

    /// A part counts until the last moment of it is a whole window ago: later than the provider
    /// forgets it, never sooner.
    fn end(&self, begun: i64) -> i64 {
        begun + self.part() + self.per_ms as i64
    }

    fn forget(&mut self, now: i64) {
        while let Some((begun, calls)) = self.parts.front().copied() {
            if self.end(begun) > now {
                return;
            }
            self.used -= calls;
            self.parts.pop_front();
        }
    }

    /// How many calls there may be.
    fn limit(&self, urgency: Urgency) -> u64 {
        let kept_free = if urgency == Urgency::Background { self.max.div_ceil(10) } else { 0 };
        self.max.saturating_sub(kept_free).max(1)
    }

    /// Milliseconds until a call is free; 0 when one is.
    fn wait(&self, now: i64, urgency: Urgency) -> u64 {
        let limit = self.limit(urgency);
        if !self.enforced || self.used < limit {
            return 0;
        }
        // So many calls must be forgotten before one is free.
        let mut surplus = self.used + 1 - limit;
        for (begun, calls) in &self.parts {
            if *calls >= surplus {
                return u64::try_from(self.end(*begun) - now).unwrap_or(1).max(1);
            }
            surplus -= calls;
        }
        self.per_ms
    }

    fn add(&mut self, now: i64, calls: u64) {
        if calls == 0 {
            return;
        }
        self.used += calls;
        let part = self.part();
        match self.parts.back_mut() {
            Some((begun, held)) if now < *begun + part => *held += calls,
            _ => self.parts.push_back((now, calls)),
        }
    }
}

#[cfg(test)]
mod tests {
    use linchpin_domain::Timestamp;
    use linchpin_domain::clock::ManualClock;

    use super::*;
    use crate::registry::Registry;

    struct Fixture {
        clock: Arc<ManualClock>,
        pace: Pace,
        manifest: Arc<Manifest>,
        account: CredentialId,
    }

    fn fixture() -> Fixture {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_000_000)));
        let registry = Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"));
        let manifest = Arc::clone(registry.find("hubspot").expect("it comes with the binary"));
        let account = CredentialId::fresh(&*clock);
        Fixture { pace: Pace::new(clock.clone()), clock, manifest, account }
    }

    impl Fixture {
        fn take(&self, action: &str, urgency: Urgency) -> Result<(), Duration> {
            self.pace.take(self.account, &self.manifest, Some(action), urgency)
        }

        fn told(&self, max: u32, remaining: u32) {
            let mut headers = HeaderMap::new();
            headers.insert("x-hubspot-ratelimit-max", max.into());
            headers.insert("x-hubspot-ratelimit-remaining", remaining.into());
            headers.insert("x-hubspot-ratelimit-interval-milliseconds", 10_000.into());
            self.pace.learn(self.account, &self.manifest, Some("contacts.create"), 201, &headers);
        }
    }

    #[test]
    fn a_tenth_of_the_quota_is_left_to_people() {
        let fixture = fixture();
        fixture.told(100, 100);
        for call in 0..90 {
            assert_eq!(fixture.take("contacts.create", Urgency::Background), Ok(()), "call {call}");
        }
        let wait = fixture.take("contacts.create", Urgency::Background).expect_err("used up");
        assert_eq!(wait, Duration::from_millis(10_500));
        for _ in 0..10 {
            assert_eq!(fixture.take("contacts.create", Urgency::Interactive), Ok(()));
        }
        assert!(fixture.take("contacts.create", Urgency::Interactive).is_err());
        fixture.clock.advance(wait);
        assert_eq!(fixture.take("contacts.create", Urgency::Background), Ok(()));
        // Another account has a quota of its own.
        let other = CredentialId::fresh(&*fixture.clock);
        assert_eq!(fixture.pace.take(other, &fixture.manifest, Some("contacts.create"), Urgency::Background), Ok(()));
    }

    #[test]
    fn half_of_a_quota_is_plenty_and_nothing_is_counted_by_asking() {
        let fixture = fixture();
        let room = || fixture.pace.room(fixture.account, &fixture.manifest, "contacts.create");
        assert_eq!(room(), Room::Plenty, "nobody has called yet");
        fixture.told(100, 100);
        for _ in 0..44 {
            fixture.take("contacts.create", Urgency::Background).expect("free");
            assert_eq!(room(), Room::Plenty);
        }
        for _ in 44..89 {
            fixture.take("contacts.create", Urgency::Background).expect("free");
            assert_eq!(room(), Room::Short);
        }
        fixture.take("contacts.create", Urgency::Background).expect("free");
        assert_eq!(room(), Room::None(Duration::from_millis(10_500)));
        fixture.clock.advance(Duration::from_secs(11));
        assert_eq!(room(), Room::Plenty);
    }

    #[test]
    fn calls_of_others_count_and_a_quota_that_is_not_reported_does_not() {
        let fixture = fixture();
        for _ in 0..500 {
            assert_eq!(fixture.take("contacts.create", Urgency::Background), Ok(()), "nobody has reported it yet");
        }
        fixture.clock.advance(Duration::from_secs(11));
        fixture.told(100, 3);
        assert!(fixture.take("contacts.create", Urgency::Background).is_err());
        for _ in 0..3 {
            assert_eq!(fixture.take("contacts.create", Urgency::Interactive), Ok(()));
        }
        assert!(fixture.take("contacts.create", Urgency::Interactive).is_err());
        let none = HeaderMap::new();
        let learn = |status| {
            fixture.pace.learn(fixture.account, &fixture.manifest, Some("contacts.create"), status, &none);
        };
        learn(500);
        assert!(fixture.take("contacts.create", Urgency::Interactive).is_err(), "a failure says nothing");
        learn(201);
        assert_eq!(fixture.take("contacts.create", Urgency::Background), Ok(()));
    }

    #[test]
    fn a_quota_without_headers_holds_from_the_start() {
        let fixture = fixture();
        for _ in 0..4 {
            assert_eq!(fixture.take("contacts.search", Urgency::Background), Ok(()));
        }
        let wait = fixture.take("deals.search", Urgency::Background).expect_err("used up");
        assert_eq!(wait, Duration::from_millis(1_050));
    }

    #[test]
    fn what_is_used_can_be_seen_until_it_is_forgotten() {
        let fixture = fixture();
        fixture.told(100, 40);
        for _ in 0..3 {
            fixture.take("contacts.create", Urgency::Background).expect("free");
        }
        let seen = fixture.pace.busiest(10);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].0, fixture.account);
        assert_eq!(seen[0].1[0], Used { used: 63, max: 100, per_ms: 10_000, in_force: true });
        fixture.clock.advance(Duration::from_secs(11));
        assert_eq!(fixture.pace.busiest(10)[0].1[0].used, 0);
        fixture.clock.advance(Duration::from_mins(1));
        assert_eq!(fixture.pace.busiest(10), []);
    }

    #[test]
    fn idle_accounts_are_forgotten() {
        let fixture = fixture();
        let visit = || {
            let account = CredentialId::fresh(&*fixture.clock);
            fixture.pace.take(account, &fixture.manifest, None, Urgency::Background).expect("free");
        };
        (0..SWEEP).for_each(|_| visit());
        fixture.clock.advance(Duration::from_mins(1));
        visit();
        assert_eq!(fixture.pace.held(), 1);
    }
}
