//! Whose turn it is: fair first between projects, then between connected users, with a cap per account.
//!
//! The cost follows active users, not queued runs. A user holds a bounded number of runs in memory;
//! once a user's runs have spilled, new ones spill too and are fetched from the database in the order
//! of their commits, so that none is started twice and none is overtaken.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::AtomicUsize;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId};
use parking_lot::Mutex;

use crate::active::Active;
use silence::Silence;
pub use silence::{Because, Held};

/// How much runs at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls at once, over all projects.
    pub total: usize,
    /// Calls at once on one account.
    pub per_credential: usize,
    /// Queued runs that one user holds in memory.
    pub held_per_user: usize,
    /// Queued runs held in memory over all users.
    pub held: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total: 1_024, per_credential: 16, held_per_user: 1_000, held: 20_000 }
    }
}

/// How many runs are fetched at once for a user whose runs have spilled.
const FETCH: usize = 256;

/// The queues.
pub struct Scheduler {
    limits: Limits,
    /// Accounts with calls that were not answered.
    silent: AtomicUsize,
    state: Mutex<Queues>,
}

#[derive(Default)]
struct Queues {
    projects: HashMap<ProjectId, ProjectQueue>,
    /// Projects with a user whose turn it can be, each once.
    ready: VecDeque<ProjectId>,
    credentials: HashMap<CredentialId, Account>,
    active: usize,
    /// Slots of runs that wait to be sent together, lent to others meanwhile.
    lent: usize,
    held: usize,
    /// Runs that may come of fetches under way.
    coming: usize,
    /// Runs that were cancelled while in memory.
    cancelled: HashSet<i64>,
}

#[derive(Default)]
struct ProjectQueue {
    users: HashMap<ConnectedUserId, UserQueue>,
    /// Users with a run that may start, each once.
    ready: VecDeque<ConnectedUserId>,
}

#[derive(Default)]
struct UserQueue {
    runs: VecDeque<Box<Active>>,
    /// In its project's `ready`.
    is_ready: bool,
    /// Some of the user's runs are in the database only.
    spilled: bool,
    fetching: bool,
    /// Raised with every run that was left to the database, so that a fetch knows whether it saw all.
    drops: u64,
    /// The highest sequence number that memory has held: a fetch begins after it.
    last_seq: i64,
    /// Runs that waited and are in memory again, or went past what has spilled, whatever their number: a fetch
    /// that comes to one must leave it. False for one that is over, until the fetch is back that may have seen it.
    woken: HashMap<i64, bool>,
    active: usize,
    /// Of these, slots of runs that are not committed yet. Nothing is fetched meanwhile: it could be one of them.
    reserved: usize,
    /// Runs that are not committed yet and will wait for their turn: no later one goes before them.
    coming: usize,
}

#[derive(Default)]
struct Account {
    active: usize,
    /// Slots of runs that wait to be sent together, lent to others meanwhile.
    lent: usize,
    /// The provider asked us to wait until then.
    paused_until: Option<Timestamp>,
    silence: Silence,
    /// Runs that waited and are in a queue again.
    woken: usize,
    /// Users whose next run waits for this account.
    blocked: Vec<(ProjectId, ConnectedUserId)>,
}

/// What the pump has to start.
enum Start {
    Run(Box<Active>),
    Fetch(Fetch),
}

/// Runs of a user to be fetched from the database.
#[derive(Debug, Clone, Copy)]
struct Fetch {
    project_id: ProjectId,
    user_id: ConnectedUserId,
    /// Those with higher sequence numbers.
    after: i64,
    most: usize,
    /// What the user's count of drops was.
    drops: u64,
}

impl Scheduler {
    pub fn new(limits: Limits) -> Self {
        Self { limits, silent: AtomicUsize::new(0), state: Mutex::default() }
    }

    pub fn load(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.active + state.lent, state.held)
    }

    /// Takes a committed run over, in commit order.
    pub fn enqueue(&self, run: Box<Active>) {
        let mut state = self.state.lock();
        let full = state.held >= self.limits.held;
        let (project_id, user_id) = (run.project_id, run.user_id);
        let user = state.user(project_id, user_id);
        if full || user.spilled || user.runs.len() >= self.limits.held_per_user {
            user.spilled = true;
            user.drops += 1;
        } else {
            user.last_seq = user.last_seq.max(run.seq);
            user.runs.push_back(run);
            state.held += 1;
        }
        state.make_ready(project_id, user_id);
    }

    /// Takes a committed run over whose caller waits: it goes before all that its user has queued.
    pub fn enqueue_urgent(&self, run: Box<Active>) {
        let mut state = self.state.lock();
        let (project_id, user_id) = (run.project_id, run.user_id);
        let user = state.user(project_id, user_id);
        if user.spilled {
            user.woken.insert(run.seq, true);
        } else {
            user.last_seq = user.last_seq.max(run.seq);
        }
        user.runs.push_front(run);
        state.held += 1;
        state.make_ready(project_id, user_id);
        state.put_first(project_id, user_id);
    }

    /// Takes a run back whose turn has not come; false when it is not in a queue (any more).
    pub fn withdraw(&self, project_id: ProjectId, user_id: ConnectedUserId, seq: i64) -> bool {
        let mut state = self.state.lock();
        let user = state.projects.get_mut(&project_id).and_then(|project| project.users.get_mut(&user_id));
        let Some(user) = user else { return false };
        let Some(place) = user.runs.iter().position(|run| run.seq == seq) else { return false };
        let run = user.runs.remove(place).expect("the place was found above");
        user.is_over(seq);
        state.left_queue(&run);
        state.tidy(project_id, user_id, run.credential_id);
        true
    }

    /// Takes a run over that waited. It had its turn before, so it is never left to the database.
    pub fn enqueue_woken(&self, mut run: Box<Active>) {
        let mut state = self.state.lock();
        run.is_woken = true;
        state.credentials.entry(run.credential_id).or_default().woken += 1;
        let (project_id, user_id) = (run.project_id, run.user_id);
        let user = state.user(project_id, user_id);
        user.woken.insert(run.seq, true);
        user.runs.push_back(run);
        state.held += 1;
        state.make_ready(project_id, user_id);
    }

    /// Says that a user has unfinished runs in the database (at start).
    pub fn mark_spilled(&self, project_id: ProjectId, user_id: ConnectedUserId) {
        let mut state = self.state.lock();
        let user = state.user(project_id, user_id);
        user.spilled = true;
        user.drops += 1;
        state.make_ready(project_id, user_id);
    }

    /// No call on this account before `until`.
    pub fn pause(&self, credential_id: CredentialId, until: Timestamp) {
        let mut state = self.state.lock();
        let account = state.credentials.entry(credential_id).or_default();
        account.paused_until = Some(account.paused_until.map_or(until, |earlier| earlier.max(until)));
    }

    /// Until when no call may be made on this account.
    pub fn paused(&self, credential_id: CredentialId, now: Timestamp) -> Option<Timestamp> {
        let state = self.state.lock();
        state.credentials.get(&credential_id)?.paused_until.filter(|until| *until > now)
    }

    /// Takes a further slot for a run that has one already and could make several calls at once.
    pub fn try_extra(&self, credential_id: CredentialId) -> bool {
        let mut state = self.state.lock();
        let free = state.active < self.limits.total;
        let account = state.credentials.entry(credential_id).or_default();
        if !free || account.active >= account.at_once(self.limits) || !account.blocked.is_empty() {
            return false;
        }
        account.active += 1;
        state.active += 1;
        true
    }

    /// Gives a slot of [`Scheduler::try_extra`] back.
    pub fn give_extra(&self, credential_id: CredentialId) {
        let mut state = self.state.lock();
        state.active -= 1;
        if let Some(account) = state.credentials.get_mut(&credential_id) {
            account.active -= 1;
        }
        state.unblock(credential_id);
    }

    /// Marks a run as cancelled; it is dropped when its turn comes, or before its next step.
    pub fn cancel(&self, seq: i64) {
        self.state.lock().cancelled.insert(seq);
    }

    pub fn is_cancelled(&self, seq: i64) -> bool {
        self.state.lock().cancelled.contains(&seq)
    }

    /// A run gave its slot back: it ended, waits, or is in doubt.
    pub fn finished(&self, project_id: ProjectId, user_id: ConnectedUserId, credential_id: CredentialId, seq: i64) {
        let mut state = self.state.lock();
        state.active -= 1;
        state.cancelled.remove(&seq);
        if let Some(account) = state.credentials.get_mut(&credential_id) {
            account.active -= 1;
        }
        state.unblock(credential_id);
        if let Some(user) = state.projects.get_mut(&project_id).and_then(|project| project.users.get_mut(&user_id)) {
            user.active -= 1;
            user.is_over(seq);
        }
        state.make_ready(project_id, user_id);
        state.tidy(project_id, user_id, credential_id);
    }

    /// A fetch for a user brought these runs; `complete` when the database holds no more.
    fn fetched(&self, fetch: Fetch, runs: Vec<Active>, last_seq: i64, complete: bool) {
        let Fetch { project_id, user_id, drops, most, .. } = fetch;
        let mut state = self.state.lock();
        state.coming -= most;
        let user = state.user(project_id, user_id);
        user.fetching = false;
        user.last_seq = user.last_seq.max(last_seq);
        let held = user.runs.len();
        let woken = &user.woken;
        user.runs.extend(runs.into_iter().filter(|run| !woken.contains_key(&run.seq)).map(Box::new));
        user.woken.retain(|_, in_memory| *in_memory);
        let count = user.runs.len() - held;
        if complete && user.drops == drops {
            user.spilled = false;
        }
        state.held += count;
        state.make_ready(project_id, user_id);
    }

    /// The next thing to start, if there is room.
    fn next(&self, now: Timestamp) -> Option<Start> {
        let mut state = self.state.lock();
        let state = &mut *state;
        while state.active < self.limits.total {
            let project_id = state.ready.pop_front()?;
            let project = state.projects.get_mut(&project_id).expect("a ready project exists");
            let Some(user_id) = project.ready.pop_front() else { continue };
            if !project.ready.is_empty() {
                state.ready.push_back(project_id);
            }
            let user = project.users.get_mut(&user_id).expect("a ready user exists");
            user.is_ready = false;
            // Where memory is full, only who has nothing in it gets some, and no more than can run at once: it may be
            // that none of it can.
            let (enough, most) = if state.held + state.coming < self.limits.held {
                ((self.limits.held_per_user / 4).max(1), FETCH)
            } else {
                (1, self.limits.per_credential.min(FETCH))
            };
            if user.can_fetch() && user.runs.len() < enough {
                user.fetching = true;
                let fetch = Fetch { project_id, user_id, after: user.last_seq, most, drops: user.drops };
                state.coming += most;
                state.make_ready(project_id, user_id);
                return Some(Start::Fetch(fetch));
            }
            // Another account of the user may go on while the first one's is busy.
            let mut busy = Vec::new();
            let mut found = None;
            for (place, run) in user.runs.iter().enumerate().take(32) {
                if busy.contains(&run.credential_id) {
                    continue;
                }
                let account = state.credentials.entry(run.credential_id).or_default();
                if account.has_turn(run.is_urgent(), self.limits, now) {
                    found = Some(place);
                    break;
                }
                busy.push(run.credential_id);
            }
            let Some(place) = found else {
                for credential_id in busy {
                    let account = state.credentials.entry(credential_id).or_default();
                    if !account.blocked.contains(&(project_id, user_id)) {
                        account.blocked.push((project_id, user_id));
                    }
                }
                continue;
            };
            let run = user.runs.remove(place).expect("the place was found above");
            let is_cancelled = state.cancelled.remove(&run.seq);
            if is_cancelled {
                user.is_over(run.seq);
            } else {
                user.active += 1;
            }
            state.left_queue(&run);
            if is_cancelled {
                state.make_ready(project_id, user_id);
                continue;
            }
            state.active += 1;
            state.credentials.entry(run.credential_id).or_default().active += 1;
            state.make_ready(project_id, user_id);
            return Some(Start::Run(run));
        }
        None
    }
}

impl UserQueue {
    fn can_fetch(&self) -> bool {
        self.spilled && !self.fetching && self.reserved == 0
    }

    /// A run is in memory no more.
    fn is_over(&mut self, seq: i64) {
        if self.fetching {
            if let Some(in_memory) = self.woken.get_mut(&seq) {
                *in_memory = false;
            }
        } else {
            self.woken.remove(&seq);
        }
    }
}

impl Queues {
    fn user(&mut self, project_id: ProjectId, user_id: ConnectedUserId) -> &mut UserQueue {
        self.projects.entry(project_id).or_default().users.entry(user_id).or_default()
    }

    /// Puts a user, and its project, in line if there is something to start or to fetch.
    fn make_ready(&mut self, project_id: ProjectId, user_id: ConnectedUserId) {
        let Some(project) = self.projects.get_mut(&project_id) else { return };
        let Some(user) = project.users.get_mut(&user_id) else { return };
        let wanted = !user.runs.is_empty() || user.can_fetch();
        if user.is_ready || !wanted {
            return;
        }
        user.is_ready = true;
        project.ready.push_back(user_id);
        if project.ready.len() == 1 {
            self.ready.push_back(project_id);
        }
    }

    /// Makes a user who is in line the next one of the project.
    fn put_first(&mut self, project_id: ProjectId, user_id: ConnectedUserId) {
        let Some(project) = self.projects.get_mut(&project_id) else { return };
        if project.ready.front() != Some(&user_id) && project.users.get(&user_id).is_some_and(|user| user.is_ready) {
            project.ready.retain(|other| *other != user_id);
            project.ready.push_front(user_id);
        }
    }

    fn reservation_over(&mut self, project_id: ProjectId, user_id: ConnectedUserId) {
        self.user(project_id, user_id).reserved -= 1;
        self.make_ready(project_id, user_id);
    }

    /// A run was taken out of its queue.
    fn left_queue(&mut self, run: &Active) {
        self.held -= 1;
        if run.is_woken
            && let Some(account) = self.credentials.get_mut(&run.credential_id)
        {
            account.woken -= 1;
        }
    }

    fn unblock(&mut self, credential_id: CredentialId) {
        let Some(account) = self.credentials.get_mut(&credential_id) else { return };
        for (project_id, user_id) in std::mem::take(&mut account.blocked) {
            self.make_ready(project_id, user_id);
        }
    }

    /// Forgets a user and an account that nothing is known about any more.
    fn tidy(&mut self, project_id: ProjectId, user_id: ConnectedUserId, credential_id: CredentialId) {
        self.forget_idle(credential_id);
        let Some(project) = self.projects.get_mut(&project_id) else { return };
        if project.users.get(&user_id).is_some_and(|user| {
            user.active + user.coming == 0 && user.runs.is_empty() && !user.spilled && !user.fetching && !user.is_ready
        }) {
            project.users.remove(&user_id);
        }
    }
}

mod lend;
mod pump;
mod silence;
pub(crate) mod slot;
#[cfg(test)]
mod tests;
