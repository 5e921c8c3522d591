//! What the queues promise.

use std::sync::Arc;

use linchpin_domain::clock::ManualClock;
use linchpin_domain::id::{ConfigurationId, IntegrationId, RunId, VersionId, WorkflowId};
use linchpin_domain::workflow::Definition;

use super::*;
use crate::active::Account;
use crate::snapshot::Version;

/// Makes runs of one account.
struct Maker {
    clock: ManualClock,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    credential_id: CredentialId,
    version: Arc<Version>,
}

impl Maker {
    fn new() -> Self {
        Self::with(ManualClock::default())
    }

    /// A clock that starts anew gives the same ids again.
    fn with(clock: ManualClock) -> Self {
        let (workflow_id, id) = (WorkflowId::fresh(&clock), VersionId::fresh(&clock));
        let integration_id = IntegrationId::fresh(&clock);
        let version = Version::new(workflow_id, id, integration_id, "any".into(), Definition::default());
        Self {
            project_id: ProjectId::fresh(&clock),
            user_id: ConnectedUserId::fresh(&clock),
            credential_id: CredentialId::fresh(&clock),
            version: Arc::new(version),
            clock,
        }
    }

    fn run(&self, seq: i64) -> Active {
        let account = Account {
            project_id: self.project_id,
            user_id: self.user_id,
            credential_id: self.credential_id,
            configuration_id: ConfigurationId::fresh(&self.clock),
        };
        let mut run = Active::new(RunId::fresh(&self.clock), account, Arc::clone(&self.version), "{}".into());
        run.seq = seq;
        *run
    }

    /// A run that somebody waits for.
    fn urgent(&self, seq: i64) -> Active {
        let integration_id = IntegrationId::fresh(&self.clock);
        let version = Version::direct(integration_id, "any".into(), Definition::default());
        Active { version: Arc::new(version), ..self.run(seq) }
    }
}

/// What is started next.
fn next(scheduler: &Scheduler) -> Option<i64> {
    match scheduler.next(Timestamp::default())? {
        Start::Run(run) => Some(run.seq),
        Start::Fetch(_) => panic!("nothing is left to fetch"),
    }
}

#[test]
fn a_run_that_woke_while_older_ones_are_fetched_is_not_begun_twice() {
    for over_before_the_fetch_is_back in [false, true] {
        let maker = Maker::new();
        let scheduler = Scheduler::new(Limits::default());
        scheduler.mark_spilled(maker.project_id, maker.user_id);
        let Some(Start::Fetch(fetch)) = scheduler.next(Timestamp::default()) else {
            panic!("spilled runs are fetched")
        };
        scheduler.enqueue_woken(Box::new(maker.run(7)));
        assert_eq!(next(&scheduler), Some(7));
        let end = || scheduler.finished(maker.project_id, maker.user_id, maker.credential_id, 7);
        if over_before_the_fetch_is_back {
            end();
        }
        let found = [5, 7, 8].map(|seq| maker.run(seq)).into();
        scheduler.fetched(fetch, found, 8, true);
        assert_eq!(next(&scheduler), Some(5));
        assert_eq!(next(&scheduler), Some(8), "7 is in memory, or was when the fetch began");
        assert_eq!(next(&scheduler), None);
        if !over_before_the_fetch_is_back {
            end();
        }
        for seq in [5, 8] {
            scheduler.finished(maker.project_id, maker.user_id, maker.credential_id, seq);
        }
        assert_eq!(scheduler.load(), (0, 0));
        let state = scheduler.state.lock();
        assert!(state.projects[&maker.project_id].users.is_empty(), "nothing of the user is kept");
    }
}

#[test]
fn a_slot_is_reserved_only_where_nobody_waits() {
    let maker = Maker::new();
    let limits = Limits { per_credential: 2, ..Limits::default() };
    let reserve = |scheduler: &Scheduler| {
        scheduler.reserve(maker.project_id, maker.user_id, maker.credential_id, Timestamp::default())
    };

    let scheduler = Scheduler::new(limits);
    assert!(reserve(&scheduler) && reserve(&scheduler));
    assert!(!reserve(&scheduler), "the account's two are taken");
    assert_eq!(scheduler.load(), (2, 0));

    let scheduler = Scheduler::new(limits);
    scheduler.enqueue(Box::new(maker.run(1)));
    assert!(!reserve(&scheduler), "a run of the user waits for its turn");

    let scheduler = Scheduler::new(limits);
    scheduler.mark_spilled(maker.project_id, maker.user_id);
    assert!(!reserve(&scheduler), "runs of the user wait in the database");

    let scheduler = Scheduler::new(limits);
    scheduler.expect(maker.project_id, maker.user_id);
    assert!(!reserve(&scheduler), "a run of the user is about to wait for its turn");
    scheduler.came(maker.project_id, maker.user_id, maker.credential_id);
    assert!(scheduler.state.lock().projects[&maker.project_id].users.is_empty(), "nothing of the user is kept");
    assert!(reserve(&scheduler), "it has not come");

    let scheduler = Scheduler::new(limits);
    scheduler.pause(maker.credential_id, Timestamp::from_millis(5));
    assert!(!reserve(&scheduler), "the provider asked the account to wait");

    let scheduler = Scheduler::new(Limits { total: 0, ..limits });
    assert!(!reserve(&scheduler), "there is no slot");
}

#[test]
fn nothing_is_fetched_until_a_reserved_slot_is_a_runs_and_then_that_run_is_left_out() {
    for is_committed in [true, false] {
        let maker = Maker::new();
        let Maker { project_id, user_id, credential_id, .. } = maker;
        let scheduler = Scheduler::new(Limits { held_per_user: 0, ..Limits::default() });
        assert!(scheduler.reserve(project_id, user_id, credential_id, Timestamp::default()));
        scheduler.enqueue(Box::new(maker.run(8)));
        assert!(scheduler.next(Timestamp::default()).is_none(), "what is fetched could be the reserved slot's run");

        if is_committed {
            scheduler.committed(project_id, user_id, 7);
        } else {
            scheduler.abandoned(project_id, user_id);
            scheduler.finished(project_id, user_id, credential_id, 0);
        }
        let Some(Start::Fetch(fetch @ Fetch { after: 0, .. })) = scheduler.next(Timestamp::default()) else {
            panic!("what has spilled is fetched now, from the beginning")
        };
        let stored: &[i64] = if is_committed { &[7, 8] } else { &[8] };
        scheduler.fetched(fetch, stored.iter().map(|seq| maker.run(*seq)).collect(), 8, true);
        assert_eq!(next(&scheduler), Some(8));
        assert_eq!(next(&scheduler), None, "the reserved slot's run has begun already");

        scheduler.finished(project_id, user_id, credential_id, 8);
        if is_committed {
            scheduler.finished(project_id, user_id, credential_id, 7);
        }
        assert_eq!(scheduler.load(), (0, 0));
        assert!(scheduler.state.lock().projects[&project_id].users.is_empty(), "nothing of the user is kept");
    }
}

#[test]
fn where_the_provider_is_away_one_run_after_another_tries_until_it_answers() {
    let maker = Maker::new();
    let Maker { project_id, user_id, credential_id, .. } = maker;
    let scheduler = Scheduler::new(Limits::default());
    let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
    let begun = |now: i64| {
        scheduler.release(at(now));
        let mut begun = Vec::new();
        while let Some(Start::Run(run)) = scheduler.next(at(now)) {
            begun.push(run.seq);
        }
        begun
    };
    let failed = |seq: i64, began: i64, now: i64| {
        scheduler.unanswered(credential_id, at(began), at(now));
        scheduler.finished(project_id, user_id, credential_id, seq);
    };
    for seq in 1..=20 {
        scheduler.enqueue(Box::new(maker.run(seq)));
    }
    assert_eq!(begun(0), (1..=16).collect::<Vec<_>>(), "as many as an account may");
    for seq in 1..=16 {
        failed(seq, 0, 1);
    }
    assert_eq!(begun(1), [17, 18, 19, 20], "calls that were under way together are one try");
    assert_eq!(scheduler.room(credential_id, at(1)), 32);

    for (seq, now) in [(17, 2), (18, 3)] {
        failed(seq, now - 1, now);
    }
    for seq in 21..=22 {
        scheduler.enqueue_woken(Box::new(maker.run(seq)));
    }
    failed(19, 2, 4);
    failed(20, 2, 4);
    assert_eq!(begun(7), [0; 0], "three in a row were not answered");
    assert!(!scheduler.reserve(project_id, user_id, credential_id, at(7)), "a new event waits, too");
    assert_eq!(scheduler.room(credential_id, at(7)), 0);
    assert_eq!(begun(8), [21], "after 5 s one tries");
    failed(21, 8, 9);
    assert_eq!(begun(18), [0; 0], "after 10 s the next");
    assert_eq!(begun(19), [22]);

    let urgent = maker.urgent(23);
    scheduler.unanswered(credential_id, at(19), at(20));
    scheduler.enqueue(Box::new(maker.run(24)));
    scheduler.enqueue_urgent(Box::new(urgent));
    assert_eq!(begun(20), [23], "who waits for an answer would rather know");
    scheduler.answered(credential_id);
    assert_eq!(begun(20), [24], "it is back");
    for seq in [22, 23, 24] {
        scheduler.finished(project_id, user_id, credential_id, seq);
    }
    assert!(scheduler.state.lock().credentials.is_empty(), "nothing of the account is kept");
}

#[test]
fn an_account_that_nothing_was_heard_of_for_long_is_forgotten_and_a_clock_set_back_holds_nobody() {
    let maker = Maker::new();
    let scheduler = Scheduler::new(Limits::default());
    let at = |minutes: i64| Timestamp::from_millis(minutes * 60_000);
    for minute in 56..=60 {
        scheduler.unanswered(maker.credential_id, at(minute), at(minute));
    }
    let room = |now| scheduler.room(maker.credential_id, now);
    assert_eq!(room(at(60)), 0);
    assert_eq!(room(at(30)), 2, "the clock was set back");
    scheduler.release(at(70));
    assert_eq!(room(at(70)), 2, "one after another");
    scheduler.release(at(71));
    assert_eq!(room(at(71)), 32);
    assert!(scheduler.state.lock().credentials.is_empty());
}

#[test]
fn what_is_being_fetched_counts_as_held() {
    let limits = Limits { held: 300, held_per_user: 8, per_credential: 4, ..Limits::default() };
    let scheduler = Scheduler::new(limits);
    let mut most = Vec::new();
    for millis in 0..4 {
        let maker = Maker::with(ManualClock::at(Timestamp::from_millis(millis)));
        scheduler.mark_spilled(maker.project_id, maker.user_id);
        let Some(Start::Fetch(fetch)) = scheduler.next(Timestamp::default()) else { panic!("it has nothing") };
        most.push(fetch);
    }
    assert_eq!(most.iter().map(|fetch| fetch.most).collect::<Vec<_>>(), [FETCH, FETCH, 4, 4]);
    for fetch in most {
        scheduler.fetched(fetch, Vec::new(), 0, true);
    }
    assert_eq!(scheduler.state.lock().coming, 0);
}

#[test]
fn where_memory_is_full_a_user_gets_only_what_can_run_at_once_and_only_who_has_nothing_in_it() {
    let limits = Limits { held: 10, per_credential: 4, ..Limits::default() };
    let scheduler = Scheduler::new(limits);
    let (first, second) = (Maker::new(), Maker::with(ManualClock::at(Timestamp::from_millis(9))));
    scheduler.pause(first.credential_id, Timestamp::from_millis(5));
    for seq in 1..=30 {
        scheduler.enqueue(Box::new(first.run(seq)));
    }
    assert_eq!(scheduler.load(), (0, 10), "the others are in the database");
    assert!(scheduler.next(Timestamp::default()).is_none(), "the first user's account is held, and there is enough");
    scheduler.enqueue(Box::new(second.run(31)));
    let Some(Start::Fetch(fetch)) = scheduler.next(Timestamp::default()) else { panic!("the second has nothing") };
    assert_eq!((fetch.user_id, fetch.most), (second.user_id, 4));
    scheduler.fetched(fetch, vec![second.run(31)], 31, true);
    assert_eq!(next(&scheduler), Some(31));

    assert_eq!(scheduler.load(), (1, 10));
    scheduler.release(Timestamp::from_millis(5));
    let mut begun = Vec::new();
    let later = Timestamp::from_millis(5);
    let wanted = loop {
        match scheduler.next(later) {
            Some(Start::Run(run)) => begun.push(run.seq),
            Some(Start::Fetch(fetch)) => break fetch,
            None => panic!("there is room now"),
        }
    };
    assert_eq!((wanted.after, wanted.most), (10, FETCH), "as soon as there is room, more at once");
    assert!(begun.len() <= 1, "{begun:?}");
}
