//! What benchmarks ask of the engines that hold keys. Nothing else calls it.

use std::time::{Duration, Instant};

use super::core::Custodian;
use super::error::CustodianError;
#[cfg(feature = "pkcs11")]
use crate::model::RuleError;
use crate::model::VersionRef;

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
}
