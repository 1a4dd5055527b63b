//! Benchmarks of the engines that hold keys: tokens and key servers.

use super::median;
use crate::custodian::{Custodian, CustodianError};
use crate::model::VersionRef;

/// Signatures of one run.
const SIGNATURES: u32 = 2_000;

/// The keys that they are made by.
const KEYS: (&str, &str) = ("bench-token", "bench-token-rsa");

/// A signature by a token as the agent makes it: the middle of many, in microseconds.
pub(super) fn token(custodian: &Custodian, rsa: bool) -> Result<f64, CustodianError> {
    Ok(median(custodian.measure_signer(key(custodian, rsa)?, SIGNATURES)?) * 1e3)
}

/// The same by the module's calls alone.
#[cfg(feature = "pkcs11")]
pub(super) fn token_bare(custodian: &Custodian, rsa: bool) -> Result<f64, CustodianError> {
    Ok(median(custodian.measure_module(key(custodian, rsa)?, SIGNATURES)?) * 1e3)
}

/// Without PKCS#11 there is nothing to measure.
#[cfg(not(feature = "pkcs11"))]
pub(super) fn token_bare(_: &Custodian, _: bool) -> Result<f64, CustodianError> {
    Err(CustodianError::Input("This program was built without PKCS#11.".into()))
}

/// The store of the rows about key servers, and a key that it holds.
#[cfg(feature = "openbao")]
const SERVER: (&str, &str) = ("bench-server", "bench-00000");

/// Keys at the server.
#[cfg(feature = "openbao")]
const AT_SERVER: usize = 10_000;

/// Signatures of one run at a server.
#[cfg(feature = "openbao")]
const BATCH: u32 = 1_000;

/// Requests a hundred keys, listing what a key server holds.
#[cfg(feature = "openbao")]
pub(super) fn server_list(custodian: &Custodian) -> Result<f64, CustodianError> {
    match custodian.measure_listing(SERVER.0)? {
        (requests, AT_SERVER) => Ok(requests as f64 * 100.0 / AT_SERVER as f64),
        (_, keys) => Err(CustodianError::Input(format!("The server listed {keys} keys, not {AT_SERVER}."))),
    }
}

/// Requests a hundred signatures by a key of a server.
#[cfg(feature = "openbao")]
pub(super) fn server_sign(custodian: &Custodian) -> Result<f64, CustodianError> {
    Ok(custodian.measure_batch(SERVER.0, SERVER.1, BATCH)? as f64 * 100.0 / f64::from(BATCH))
}

fn key(custodian: &Custodian, rsa: bool) -> Result<VersionRef, CustodianError> {
    let wanted = if rsa { KEYS.1 } else { KEYS.0 };
    let now = custodian.now();
    let found = custodian.read(|inventory| {
        let key = inventory.keys().iter().find(|key| *key.name == *wanted)?;
        Some(VersionRef { key: key.id, version: key.current(now)?.number })
    });
    found.ok_or_else(|| CustodianError::Input(format!("The inventory has no key {wanted}.")))
}
