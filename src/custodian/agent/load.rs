//! Loading a private half into an agent that runs: a private export as any other, whose recipient is that agent.
//! It is read back from the very message, and the agent is asked whether it has the key.

use std::path::Path;

use super::{AgentError, Client};
use crate::crypto;
use crate::custodian::core::Custodian;
use crate::custodian::error::CustodianError;
use crate::custodian::leaving::Taken;
use crate::custodian::outcome::Outcome;
use crate::formats::{leaving, ssh_agent};
use crate::model::{AgentUse, Format, Intent, Inventory, VersionRef};
use crate::secret::SecretBytes;

impl Custodian {
    /// Loads versions into the agent at a place, one after the other.
    pub fn load_into_agent(&self, versions: &[VersionRef], usage: &AgentUse, path: &Path) -> Result<Outcome, CustodianError> {
        let now = self.now();
        for of in versions {
            let fits = |inventory: &Inventory| {
                let (key, version) = inventory.may_leave(*of, now)?;
                leaving::check(&key.name, version.algorithm, Format::OpenSshPrivate)?;
                Ok::<_, CustodianError>(())
            };
            self.read(fits)?;
        }
        let path = std::path::absolute(path).map_err(|cause| AgentError::Unopened { path: path.to_owned(), cause })?;
        let mut client = Client::connect(&path)?;
        let mut outcome = Outcome::default();
        for of in versions {
            self.load_one(*of, usage, &path, &mut client)?;
            outcome.keys.push(of.key);
        }
        Ok(outcome)
    }

    fn load_one(&self, of: VersionRef, usage: &AgentUse, path: &Path, client: &mut Client) -> Result<(), CustodianError> {
        let taken = self.take(of)?;
        let message = ssh_agent::add(&taken.entry(), usage)?;
        if !holds(&message, &taken, usage) {
            return Err(CustodianError::Unreadable(Format::AgentKey.name()));
        }
        let intent = Intent::Export {
            versions: vec![of],
            format: Format::AgentKey,
            recipient: "SSH agent".into(),
            others: Vec::new(),
            under: None,
            path: path.display().to_string(),
            sha256: crypto::sha256(message.expose()),
        };
        let operation = self.begin_if(intent, &|inventory, now| inventory.may_leave(of, now).map(drop))?;
        if let Err(error) = client.load(&message) {
            self.failed(&operation, &error.to_string());
            return Err(error.into());
        }
        // From here on the agent has it, whatever it says of its list.
        let loaded = "The key was loaded into the agent".to_owned();
        self.done(&operation).map_err(|error| error.after(loaded))?;
        let identity = ssh_agent::identity(&taken.version.public_key).unwrap_or_default();
        if client.identities()?.contains(&identity) {
            return Ok(());
        }
        Err(AgentError::NoAnswer { path: path.to_owned(), what: "took the key and does not list it".into() }.into())
    }
}

/// The message holds the very key, and says how it may be used.
fn holds(message: &SecretBytes, taken: &Taken, usage: &AgentUse) -> bool {
    let body = message.expose().get(ssh_agent::HEAD..).unwrap_or_default();
    let Ok(found) = ssh_agent::read_added(body) else { return false };
    let same = |(_, public): (_, Box<[u8]>)| public == taken.version.public_key;
    found.usage == *usage && crypto::public_key(&found.secret).is_ok_and(same)
}
