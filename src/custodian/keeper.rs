//! What is done beside the requests of a window: watching the log for what others appended, the anchor and the checkpoint,
//! logins that end, what is due, files that are tracked. Each that may take long is on a thread of its own.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::core::{Custodian, hold};
use super::link::Report;
use super::outcome::NoProgress;
use super::service::{Outbox, WATCH};
use crate::model::Conditions;
use crate::secret::on_wiped_stack;

/// At most one anchor write in this time.
const ANCHOR: Duration = Duration::from_secs(5);

/// What is due is looked for so often while the inventory is open.
const DUE: Duration = Duration::from_mins(1);

/// A test would wait minutes; only a debug build can be told to look more often, in milliseconds.
fn due_every() -> Duration {
    let told = std::env::var("KEYSTEAD_TEST_DUE").ok().filter(|_| cfg!(debug_assertions));
    told.and_then(|text| text.parse().ok()).map_or(DUE, Duration::from_millis)
}

/// After a run that could not do everything it is tried again.
const DUE_AGAIN: Duration = Duration::from_hours(1);

/// Tracked files are looked at so often while the window is open.
const TRACKED: Duration = Duration::from_mins(5);

/// A test would wait minutes; only a debug build can be told to look more often, in milliseconds.
fn tracked_every() -> Duration {
    let told = std::env::var("KEYSTEAD_TEST_TRACKED").ok().filter(|_| cfg!(debug_assertions));
    told.and_then(|text| text.parse().ok()).map_or(TRACKED, Duration::from_millis)
}

/// What is done beside the requests: watching the log, the anchor, the checkpoint, what is due.
#[derive(Default)]
pub(super) struct Keeper {
    due: Arc<Mutex<Option<Instant>>>,
    watched: Option<Instant>,
    anchored: Option<Instant>,
    anchored_seq: u64,
    told: Option<(Conditions, bool)>,
    tracked: Arc<Mutex<Option<Instant>>>,
}

impl Keeper {
    /// Looks at all of it once; to be called every moment, for what is not due yet costs next to nothing.
    pub(super) fn tend(&mut self, outbox: &Outbox, custodian: &Arc<Custodian>) {
        let due = |last: Option<Instant>, every: Duration| last.is_none_or(|last| last.elapsed() >= every);
        if due(self.watched, WATCH) {
            self.watched = Some(Instant::now());
            // What is wrong is kept by the custodian and told with its health.
            let _ = custodian.refresh();
        }
        let seq = custodian.read(|inventory| inventory.seq());
        if seq != self.anchored_seq && due(self.anchored, ANCHOR) {
            self.anchored = Some(Instant::now());
            self.anchored_seq = seq;
            let keeper = custodian.clone();
            // A keychain may take long; the watch goes on.
            let work = move || {
                keeper.write_anchor();
                keeper.write_checkpoint(false);
            };
            let _ = std::thread::Builder::new().name("anchor".into()).spawn(|| on_wiped_stack(work));
        }
        custodian.keep_logins();
        self.carry_out_due(custodian);
        self.check_tracked(custodian);
        let health = custodian.health();
        let now = (health.conditions.clone(), custodian.is_unlocked());
        if self.told.as_ref() != Some(&now) {
            self.told = Some(now);
            outbox.send(Report::Health(Box::new(health)));
        }
    }

    /// What is due happens while the inventory is open, on a thread of its own; never twice at once.
    fn carry_out_due(&self, custodian: &Arc<Custodian>) {
        let mut next = hold(&self.due);
        if !custodian.is_unlocked() || next.is_some_and(|next| Instant::now() < next) {
            return;
        }
        *next = Some(Instant::now() + DUE_AGAIN);
        let (custodian, next) = (custodian.clone(), self.due.clone());
        let _ = std::thread::Builder::new().name("due".into()).spawn(move || {
            // What fails is kept as trouble of its store or stays an alert.
            let outcome = on_wiped_stack(|| custodian.run_due(&NoProgress));
            let all_done = outcome.is_ok_and(|outcome| outcome.refused.is_empty());
            if all_done {
                *hold(&next) = Some(Instant::now() + due_every());
            }
        });
    }

    /// On a thread of its own: a dead network disk keeps nothing else waiting, and is not asked twice at once.
    fn check_tracked(&self, custodian: &Arc<Custodian>) {
        let mut next = hold(&self.tracked);
        if next.is_some_and(|next| Instant::now() < next) {
            return;
        }
        *next = Some(Instant::now() + Duration::from_hours(24 * 365));
        let (custodian, next) = (custodian.clone(), self.tracked.clone());
        let _ = std::thread::Builder::new().name("tracked".into()).spawn(move || {
            on_wiped_stack(|| custodian.check_tracked());
            *hold(&next) = Some(Instant::now() + tracked_every());
        });
    }
}
