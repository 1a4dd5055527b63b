//! Looking at servers: on demand, and those that are remembered. What is found is matched to the keys of
//! the inventory by public key.

mod memory;
#[cfg(feature = "network")]
mod run;

#[cfg(feature = "network")]
pub use run::{Probed, probe};

use std::collections::{BTreeMap, BTreeSet};

use super::core::Custodian;
use super::error::CustodianError;
use crate::model::server::{self, Finding, Match};
use crate::model::{Address, Digest, Event, RuleError, Sighting};

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
        // What the timer saw before counts no more. Where that cannot be kept the times tell, a second later.
        let id = self.read(crate::model::Inventory::id);
        let mut latest = memory::read(&self.env.state_folder, id);
        latest.retain(|seen| sightings.iter().all(|sighting| sighting.keys.is_empty() || sighting.address != seen.address));
        let _ = memory::write(&self.env.state_folder, id, &latest);
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
        let servers = self.read(|inventory| inventory.servers().to_vec());
        if servers.is_empty() {
            return;
        }
        let mut latest = memory::read(&self.env.state_folder, self.read(crate::model::Inventory::id));
        // What a person saw since counts more than what the timer saw.
        latest.retain(|seen| servers.iter().any(|known| known.address == seen.address));
        for known in servers.iter().filter_map(|known| known.seen.as_deref()) {
            match latest.iter_mut().find(|seen| seen.address == known.address) {
                Some(seen) if seen.at < known.at => *seen = known.clone(),
                Some(_) => {}
                None => latest.push(known.clone()),
            }
        }
        self.note_servers(&latest);
    }

    fn note_servers(&self, sightings: &[Sighting]) {
        let (findings, _) = self.judge_servers(sightings);
        let named = sightings.iter().zip(findings);
        let all = named.flat_map(|(sighting, found)| found.into_iter().map(|one| (sighting.address.to_string(), one)));
        self.troubles().conditions.servers = all.collect();
    }
}
