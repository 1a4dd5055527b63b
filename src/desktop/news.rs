//! Notifications of the desktop while the window runs: when the alerts that want attention are
//! others than before, the custodian tells those that were not told yet.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use crate::model::AlertList;

/// Changes that come together are told together.
const PAUSE: Duration = Duration::from_secs(30);

/// What was looked at last.
#[derive(Debug, Default)]
pub struct News {
    generation: Option<u64>,
    mark: u64,
    asked: Option<Instant>,
}

impl News {
    /// Whether the custodian is to be asked to tell news now. Costs nothing while nothing changed.
    pub fn due(&mut self, alerts: &AlertList, generation: u64) -> bool {
        if self.generation == Some(generation) || self.asked.is_some_and(|asked| asked.elapsed() < PAUSE) {
            return false;
        }
        self.generation = Some(generation);
        let mut hasher = DefaultHasher::new();
        for alert in alerts.iter().filter(|alert| alert.wants_attention()) {
            (alert.key, alert.version, alert.kind.id(), alert.subject(), alert.urgency).hash(&mut hasher);
        }
        let mark = hasher.finish();
        let changed = mark != self.mark && alerts.attention() > 0;
        self.mark = mark;
        if changed {
            self.asked = Some(Instant::now());
        }
        changed
    }
}
