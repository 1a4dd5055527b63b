//! The looking itself, through the network.

use std::time::Duration;

use super::super::core::Custodian;
use super::super::outcome::Progress;
use super::memory;
use crate::model::{Address, Finding, Sighting, Time};
use crate::network::{Cancel, Look, look};

/// How soon a stop by a person is noticed.
const SLICE: Duration = Duration::from_millis(50);

/// A server that was looked at and what of it wants attention.
pub struct Probed {
    /// What was found.
    pub sighting: Sighting,
    /// What of it wants attention.
    pub findings: Vec<Finding>,
}

/// Looks at servers, many at a time, and sends them nothing but handshakes. It can be stopped at any time;
/// those that were not done then say so.
pub fn probe(addresses: &[Address], timeout: Duration, now: Time, progress: &dyn Progress) -> Vec<Sighting> {
    let how = Look { timeout, cancel: Cancel::default(), now };
    let (total, done) = (addresses.len() as u64, std::sync::atomic::AtomicUsize::new(0));
    let is_done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let each = |count| done.store(count, std::sync::atomic::Ordering::Relaxed);
            let found = look(addresses, &how, &each);
            is_done.store(true, std::sync::atomic::Ordering::Release);
            found
        });
        let mut told = 0;
        while !is_done.load(std::sync::atomic::Ordering::Acquire) && !work.is_finished() {
            if progress.cancelled() {
                how.cancel.cancel();
            }
            let count = done.load(std::sync::atomic::Ordering::Relaxed) as u64;
            if count != told {
                told = count;
                progress.report(count, total);
            }
            std::thread::sleep(SLICE.min(Duration::from_millis(5)));
        }
        work.join().unwrap_or_default()
    })
}

impl Custodian {
    /// Looks at every server that is remembered, for monitoring: nothing is unlocked, and what is found is
    /// remembered beside the log and stands among the alerts from then on.
    pub fn probe_remembered(&self, timeout: Duration, progress: &dyn Progress) -> std::io::Result<usize> {
        let servers = self.servers();
        let sightings = probe(&servers, timeout, self.now(), progress);
        self.note_servers(&sightings);
        let id = self.read(crate::model::Inventory::id);
        memory::write(&self.env.state_folder, id, &sightings)?;
        Ok(sightings.len())
    }
}
