//! Looking at servers: on demand, and those that are remembered. What is found is matched to the keys of
//! the inventory by public key.

mod list;
mod memory;
#[cfg(feature = "network")]
mod run;

pub use list::ServerReport;
#[cfg(feature = "network")]
pub use run::probe;

use std::collections::{BTreeMap, BTreeSet};

use super::core::Custodian;
use super::error::CustodianError;
use crate::model::server::{self, Finding, Match};
use crate::model::{Address, Digest, Event, Inventory, RuleError, Server, Sighting, Watched};

impl Custodian {
    /// The servers that are looked at.
    pub fn servers(&self) -> Vec<Address> {
        self.read(|inventory| inventory.servers().iter().map(|known| known.address.clone()).collect())
    }

    /// Ceases to look at a server.
    pub fn forget_server(&self, address: &Address) -> Result<(), CustodianError> {
        if !self.servers().contains(address) {
            return Err(RuleError::Misplaced("the server is not among those that are looked at").into());
        }
        self.append(vec![Event::ServerRemoved { address: address.clone() }]).map(drop)
    }

    /// What a person saw just now is what later looks are held against; servers that are new are
    /// remembered, but for those that showed nothing.
    pub fn remember_servers(&self, sightings: &[Sighting]) -> Result<(), CustodianError> {
        let known = self.servers();
        let mut events = Vec::new();
        let mut added = BTreeSet::new();
        for sighting in sightings.iter().filter(|sighting| !sighting.keys.is_empty()) {
            if !known.contains(&sighting.address) && added.insert(&sighting.address) {
                events.push(Event::ServerAdded { address: sighting.address.clone() });
            }
            events.push(Event::ServerSeen { sighting: Box::new(sighting.clone()) });
        }
        if !events.is_empty() {
            self.append(events)?;
        }
        // Where that cannot be kept the log tells, by its time.
        let _ = self.note_looks(sightings);
        Ok(())
    }

    /// What of each sighting wants attention, and the keys that the servers' keys were matched to.
    pub fn judge_servers(&self, sightings: &[Sighting]) -> (Vec<Vec<Finding>>, BTreeMap<Digest, Match>) {
        let now = self.now();
        let wanted: BTreeSet<Digest> = sightings.iter().flat_map(|sighting| sighting.keys.iter().map(|key| key.spki)).collect();
        self.read(|inventory| {
            let matched = server::matches(inventory, &wanted);
            let before = |address: &Address| {
                let known = inventory.servers().iter().find(|known| known.address == *address);
                known.and_then(|known| known.seen.as_deref())
            };
            let judge = |sighting: &Sighting| server::findings(sighting, before(&sighting.address), &matched, now);
            (sightings.iter().map(judge).collect(), matched)
        })
    }

    /// Recalls what the timer saw last, so that it stands among the alerts.
    pub(super) fn recall_servers(&self) {
        self.note_servers(&self.watched());
    }

    /// What was seen so far at each server that is looked at, in their order; those that nobody looked at
    /// are left out. What the log tells counts where it is newer.
    fn watched(&self) -> Vec<Watched> {
        let servers = self.read(|inventory| inventory.servers().to_vec());
        if servers.is_empty() {
            return Vec::new();
        }
        let mut remembered = memory::read(&self.env.state_folder, self.read(Inventory::id));
        let of = |server: Server| {
            let at = remembered.iter().position(|watched| watched.latest.address == server.address);
            let watched = at.map(|at| remembered.swap_remove(at));
            match (watched, server.seen) {
                (Some(mut watched), Some(seen)) if watched.latest.at < seen.at => {
                    watched.look(*seen);
                    Some(watched)
                }
                (Some(watched), _) => Some(watched),
                (None, seen) => seen.map(|seen| Watched::first(*seen)),
            }
        };
        servers.into_iter().filter_map(of).collect()
    }

    /// Remembers what was just seen beside the log, and puts it among the alerts.
    fn note_looks(&self, sightings: &[Sighting]) -> std::io::Result<()> {
        let mut watched = self.watched();
        memory::take_in(&mut watched, sightings, &self.servers());
        self.note_servers(&watched);
        memory::write(&self.env.state_folder, self.read(Inventory::id), &watched)
    }

    fn note_servers(&self, watched: &[Watched]) {
        let sightings: Vec<Sighting> = watched.iter().map(|watched| watched.latest.clone()).collect();
        let (findings, _) = self.judge_servers(&sightings);
        let named = sightings.iter().zip(findings);
        let all = named.flat_map(|(sighting, found)| found.into_iter().map(|one| (sighting.address.to_string(), one)));
        self.troubles().conditions.servers = all.collect();
    }
}
