//! The list of servers as the window has it: adding, forgetting, taking down what shows now, and what was
//! seen of each with its chain in words. The looking itself is in `run`.

use crate::custodian::core::Custodian;
use crate::custodian::error::CustodianError;
use crate::custodian::outcome::Outcome;
use crate::formats::certificate;
use crate::model::{Address, CertificateFacts, Event, RuleError, Sighting, Watched};

/// What is known of a server that is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerReport {
    /// What was seen of it.
    pub watched: Watched,
    /// What was found beside the certificate that it showed last, in the order in which it was sent; `None`
    /// for one that cannot be read.
    pub chain: Vec<Option<CertificateFacts>>,
}

impl ServerReport {
    /// With the chain in words.
    pub fn new(watched: Watched) -> Self {
        let certificate = watched.shown().and_then(|shown| shown.keys.first()).and_then(|key| key.certificate.as_deref());
        let chain = certificate.map_or_else(Vec::new, |found| {
            found.chain.iter().map(|one| certificate::read(&one.0).ok().map(|parsed| parsed.facts)).collect()
        });
        Self { watched, chain }
    }
}

impl Custodian {
    /// What is known of each server that was looked at.
    pub fn server_reports(&self) -> Vec<ServerReport> {
        self.watched().into_iter().map(ServerReport::new).collect()
    }

    /// Looks at these servers from here on; those that are looked at already stay as they are. What was
    /// seen there before comes with those that were forgotten by mistake.
    pub(in crate::custodian) fn add_servers(
        &self,
        servers: &[(Address, Option<Box<Sighting>>)],
    ) -> Result<Outcome, CustodianError> {
        let mut known = self.servers();
        let mut events = Vec::new();
        for (address, seen) in servers {
            if known.contains(address) {
                continue;
            }
            known.push(address.clone());
            events.push(Event::ServerAdded { address: address.clone() });
            events.extend(seen.iter().map(|sighting| Event::ServerSeen { sighting: sighting.clone() }));
        }
        if !events.is_empty() {
            self.append(events)?;
            self.recall_servers();
        }
        Ok(Outcome::default())
    }

    /// Ceases to look at these servers.
    pub(in crate::custodian) fn forget_servers(&self, servers: &[Address]) -> Result<Outcome, CustodianError> {
        self.append(servers.iter().map(|address| Event::ServerRemoved { address: address.clone() }).collect())?;
        self.recall_servers();
        Ok(Outcome::default())
    }

    /// What these showed is what later looks are held against.
    pub(in crate::custodian) fn take_down_servers(&self, seen: &[Sighting]) -> Result<Outcome, CustodianError> {
        let known = self.servers();
        if seen.iter().any(|sighting| !known.contains(&sighting.address)) {
            return Err(RuleError::Misplaced("the server is not among those that are looked at").into());
        }
        self.append(seen.iter().map(|sighting| Event::ServerSeen { sighting: Box::new(sighting.clone()) }).collect())?;
        self.recall_servers();
        Ok(Outcome::default())
    }
}
