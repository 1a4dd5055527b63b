//! Finding the key that was named.

use super::Failure;
use crate::custodian::Custodian;
use crate::model::name::shown;
use crate::model::{Inventory, KeyId, RuleError, VersionRef, name};

/// The key of a name or id. A name that fits several is refused with their ids.
pub fn key(custodian: &Custodian, named: &str) -> Result<KeyId, Failure> {
    custodian.read(|inventory| key_in(inventory, named))
}

/// As [`key`], within an inventory at hand.
pub fn key_in(inventory: &Inventory, named: &str) -> Result<KeyId, Failure> {
    if let Ok(id) = named.parse::<KeyId>()
        && inventory.key(id).is_some()
    {
        return Ok(id);
    }
    let wanted = name::normal(named);
    let fitting: Vec<KeyId> = inventory.keys().iter().filter(|key| *key.name == *wanted).map(|key| key.id).collect();
    match fitting[..] {
        [one] => Ok(one),
        [] => Err(Failure::wrong(format!("There is no key “{}”. keystead list shows those there are.", shown(named)))),
        _ => {
            let ids = fitting.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            Err(Failure::wrong(format!("“{}” fits several keys. Name one by its id: {ids}.", shown(named))))
        }
    }
}

/// The version of a key: the one with this number, or the current one.
pub fn version(custodian: &Custodian, named: &str, number: Option<u32>) -> Result<VersionRef, Failure> {
    let now = custodian.now();
    let id = key(custodian, named)?;
    custodian.read(|inventory| {
        let key = inventory.key(id).ok_or_else(|| Failure::wrong(format!("There is no key {id}.")))?;
        let found = match number {
            Some(number) => key.version(number),
            None => key.current(now),
        };
        let missing = RuleError::NoVersion { name: shown(&key.name).into_owned(), version: number.unwrap_or(1) };
        let found = found.ok_or_else(|| Failure::from(crate::custodian::CustodianError::from(missing)))?;
        Ok(VersionRef { key: id, version: found.number })
    })
}
