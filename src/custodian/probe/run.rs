//! The looking itself, through the network.

use std::time::Duration;

use super::super::core::Custodian;
use super::super::error::CustodianError;
use super::super::outcome::{Outcome, Progress};
use crate::model::{Address, Event, Hindrance, ShownKey, Sighting, Time, server};
use crate::network::{Cancel, Look, TIMEOUT, look};

/// How soon a stop by a person is noticed.
const SLICE: Duration = Duration::from_millis(50);

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
        let sightings = of_those_asked(&servers, sightings);
        self.note_looks(&sightings)?;
        Ok(sightings.len())
    }

    /// Looks at some of the servers for a person. What is found is remembered beside the log; where the
    /// inventory is open, the first thing that a server shows is also what later looks are held against. A
    /// key that was replaced is held against the one before until a person takes it down.
    pub fn probe_servers(&self, servers: &[Address], progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        let seen = probe(servers, TIMEOUT, self.now(), progress);
        let done = seen.iter().filter(|sighting| sighting.hindrance != Some(Hindrance::Stopped)).count();
        if self.is_unlocked() {
            self.follow_protocol(servers, &seen)?;
        }
        let sightings = if self.is_unlocked() { seen } else { of_those_asked(servers, seen) };
        let sightings: Vec<_> = sightings.into_iter().filter(|sighting| sighting.hindrance != Some(Hindrance::Stopped)).collect();
        if self.is_unlocked() {
            self.take_down_new(&sightings)?;
        }
        self.note_looks(&sightings).map_err(|cause| CustodianError::Folder { path: self.env.state_folder.clone(), cause })?;
        let total = servers.len() as u64;
        let cancelled = (done < servers.len()).then_some((done as u64, total));
        let shown = sightings.iter().filter(|sighting| !sighting.keys.is_empty()).count();
        Ok(Outcome { notice: Some(told(done, shown, cancelled)), cancelled, ..Outcome::default() })
    }

    /// A server that greeted as SSH is looked at as such from here on.
    fn follow_protocol(&self, asked: &[Address], seen: &[Sighting]) -> Result<(), CustodianError> {
        let known = self.servers();
        let other = asked.iter().zip(seen).filter(|(asked, seen)| **asked != seen.address && known.contains(asked));
        let events: Vec<Event> = other
            .flat_map(|(asked, seen)| {
                let added = (!known.contains(&seen.address)).then(|| Event::ServerAdded { address: seen.address.clone() });
                std::iter::once(Event::ServerRemoved { address: asked.clone() }).chain(added)
            })
            .collect();
        if events.is_empty() { Ok(()) } else { self.append(events).map(drop) }
    }

    /// What servers show for the first time, and host keys of types that came, go on record.
    fn take_down_new(&self, sightings: &[Sighting]) -> Result<(), CustodianError> {
        let is_new = |sighting: &&Sighting| {
            !sighting.keys.is_empty()
                && self.read(|inventory| {
                    let known = inventory.servers().iter().find(|known| known.address == sighting.address);
                    known.is_some_and(|known| match known.seen.as_deref() {
                        None => true,
                        Some(before) => {
                            let came = |key: &ShownKey| before.keys.iter().all(|known| known.spki != key.spki);
                            sighting.keys.iter().any(came) && !server::is_replaced(sighting, before)
                        }
                    })
                })
        };
        let new = sightings.iter().filter(is_new).map(|sighting| Event::ServerSeen { sighting: Box::new(sighting.clone()) });
        let events: Vec<Event> = new.collect();
        if events.is_empty() { Ok(()) } else { self.append(events).map(drop) }
    }
}

/// A server that greeted as SSH stays the one that was asked for, until that can go on record.
fn of_those_asked(asked: &[Address], mut seen: Vec<Sighting>) -> Vec<Sighting> {
    for (address, sighting) in asked.iter().zip(&mut seen) {
        sighting.address = address.clone();
    }
    seen
}

/// How it went, in a sentence.
fn told(done: usize, shown: usize, cancelled: Option<(u64, u64)>) -> String {
    let servers = |count: usize| if count == 1 { "1 server".to_owned() } else { format!("{count} servers") };
    let silent = match done - shown {
        0 => String::new(),
        1 if done == 1 => "; it showed no key".to_owned(),
        1 => ", 1 of them showed no key".to_owned(),
        count => format!(", {count} of them showed no key"),
    };
    match cancelled {
        Some((_, total)) => format!("Stopped: {} of {total} looked at{silent}.", servers(done)),
        None => format!("{} looked at{silent}.", servers(done)),
    }
}
