//! What benchmarks ask of the engines that hold keys. Nothing else calls it.

use std::time::{Duration, Instant};

use super::core::Custodian;
use super::error::CustodianError;
#[cfg(feature = "openbao")]
use crate::model::Algorithm;
#[cfg(feature = "pkcs11")]
use crate::model::RuleError;
use crate::model::VersionRef;
#[cfg(feature = "openbao")]
use crate::stores::KeyStore as _;

/// Bytes that are signed, as many as those of a login usually are.
const LOGIN: usize = 220;

impl Custodian {
    /// How long each of so many signatures takes by a key that is opened once, as the agent signs, without the record of it.
    pub fn measure_signer(&self, of: VersionRef, times: u32) -> Result<Vec<Duration>, CustodianError> {
        let signer = self.signer(of)?;
        let one = |number| {
            let data = [number as u8; LOGIN];
            let began = Instant::now();
            signer.sign(None, &data)?;
            Ok(began.elapsed())
        };
        (0..times).map(one).collect()
    }

    /// How long the same signatures take in a bare loop of the module's calls.
    #[cfg(feature = "pkcs11")]
    pub fn measure_module(&self, of: VersionRef, times: u32) -> Result<Vec<Duration>, CustodianError> {
        // The token is opened by a first signature.
        self.measure_signer(of, 1)?;
        let found = self.read(|inventory| {
            let version = inventory.key(of.key).and_then(|key| key.version(of.version));
            version.map(|version| (version.locator.clone(), version.algorithm))
        });
        let (locator, algorithm) = found.ok_or(RuleError::NoKey(of.key))?;
        let token = self.token(&self.store_of(&locator.store)?)?;
        Ok(token.bare_signatures(&locator.object, algorithm, &[7; LOGIN], times)?)
    }

    /// How many requests it takes to list what a key server holds, and how many keys that is.
    #[cfg(feature = "openbao")]
    pub fn measure_listing(&self, store: &str) -> Result<(u64, usize), CustodianError> {
        let reached = self.opened_server(&self.store_of(store)?)?;
        let before = reached.server().requests();
        let keys = reached.list()?.len();
        Ok((reached.server().requests() - before, keys))
    }

    /// How many requests so many P-256 signatures by a key of a server take.
    #[cfg(feature = "openbao")]
    pub fn measure_batch(&self, store: &str, object: &str, times: u32) -> Result<u64, CustodianError> {
        let reached = self.opened_server(&self.store_of(store)?)?;
        let messages: Vec<[u8; LOGIN]> = (0..times).map(|number| [number as u8; LOGIN]).collect();
        let messages: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
        let before = reached.server().requests();
        let made = reached.sign_all(object, Algorithm::EcdsaP256, &messages)?.len();
        match reached.server().requests() - before {
            requests if made == messages.len() => Ok(requests),
            _ => Err(CustodianError::Input(format!("{made} of {times} signatures were made."))),
        }
    }
}
