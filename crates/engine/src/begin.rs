//! Runs that begin before they are written. Where nobody waits, a run gets its slot when its event is accepted, and
//! goes as far as its first call: the intent is written in the event's commit, and the call is sent right after it.

use std::sync::Arc;

use linchpin_domain::Timestamp;
use linchpin_store::routing::UserRouting;
use linchpin_store::writer::Line;

use crate::Engine;
use crate::active::Active;
use crate::perform::Course;
use crate::scheduler::slot::{Place, Slot};
use crate::snapshot::Project;

/// A run whose event is about to be written.
pub(crate) enum Begun {
    /// Its turn comes later, but before that of what is accepted later.
    Queued(Box<Active>, Place),
    /// It has a slot and goes on with the commit.
    Course(Box<Course>, Slot),
}

impl Begun {
    pub fn run(&self) -> &Active {
        match self {
            Self::Queued(run, _) => run,
            Self::Course(course, _) => &course.run,
        }
    }

    /// The lines that are to be written with the run.
    pub fn take_lines(&mut self) -> Vec<Line> {
        match self {
            Self::Queued(..) => Vec::new(),
            Self::Course(course, _) => std::mem::take(&mut course.lines),
        }
    }

    /// Goes on: the run is written, under this number.
    pub fn go_on(self, engine: &Engine, seq: i64) {
        match self {
            Self::Queued(mut run, _place) => {
                run.seq = seq;
                engine.inner.scheduler.enqueue(run);
            }
            Self::Course(mut course, mut slot) => {
                course.run.seq = seq;
                slot.committed(seq);
                engine.written(&mut course);
                engine.set_going(course, slot);
            }
        }
    }
}

impl Engine {
    /// Begins a run where that passes over nobody. Dropped, nothing has begun.
    pub(crate) fn begin(&self, run: Box<Active>, project: &Arc<Project>, user: &UserRouting, now: Timestamp) -> Begun {
        let Some(slot) = Slot::reserve(self, &run, now) else {
            let place = Place::keep(self, &run);
            return Begun::Queued(run, place);
        };
        let mut course = Box::new(Course::new(run));
        self.prepare(&mut course, project, user, now);
        Begun::Course(course, slot)
    }
}
