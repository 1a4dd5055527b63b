//! Which key a command means: by name or id, and which version of it.

use std::sync::Arc;

use super::end::Failure;
use crate::custodian::Custodian;
use crate::model::{Inventory, Key, KeyId, VersionRef, name};

/// The key that a name or id means.
pub(super) fn key(custodian: &Custodian, wanted: &str) -> Result<Arc<Key>, Failure> {
    custodian.read(|inventory| match &candidates(inventory, wanted)[..] {
        [one] => Ok((*one).clone()),
        [] => Err(Failure::wrong_use(format!("There is no key “{}”. `keystead list` shows those there are.", shown(wanted)))),
        several => Err(ambiguous(wanted, several)),
    })
}

/// A version of it: the one of that number, or the current one.
pub(super) fn version(custodian: &Custodian, wanted: &str, number: Option<u32>) -> Result<VersionRef, Failure> {
    let key = key(custodian, wanted)?;
    let found = match number {
        Some(number) => key.version(number),
        None => key.current(custodian.now()),
    };
    match (found, number) {
        (Some(version), _) => Ok(VersionRef { key: key.id, version: version.number }),
        (None, number) => {
            let name = name::shown(&key.name);
            let number = number.unwrap_or_default();
            let known: Vec<String> = key.versions.iter().map(|version| version.number.to_string()).collect();
            Err(Failure::wrong_use(format!("{name} has no version {number}; it has: {}.", known.join(", "))))
        }
    }
}

/// An id, or the very name; else a name that differs only by case. A destroyed key gives way to a
/// living one of its name.
fn candidates<'a>(inventory: &'a Inventory, wanted: &str) -> Vec<&'a Arc<Key>> {
    let normal = name::normal(wanted);
    let mut found: Vec<_> = wanted.parse::<KeyId>().ok().and_then(|id| inventory.key(id)).into_iter().collect();
    match inventory.named(&normal) {
        Some(named) => found.push(named),
        None => found.extend(inventory.keys().iter().filter(|key| *key.name == *normal)),
    }
    if found.is_empty() {
        let lower = normal.to_lowercase();
        found.extend(inventory.keys().iter().filter(|key| key.name.to_lowercase() == lower));
    }
    found.sort_by_key(|key| key.id);
    found.dedup_by_key(|key| key.id);
    found
}

fn ambiguous(wanted: &str, several: &[&Arc<Key>]) -> Failure {
    let lines: Vec<String> = several.iter().map(|key| format!("  {}  {}", key.id, name::shown(&key.name))).collect();
    Failure::wrong_use(format!("“{}” fits several keys. Name one by its id:\n{}", shown(wanted), lines.join("\n")))
}

/// What was typed, escaped and not endless.
fn shown(wanted: &str) -> String {
    let short: String = wanted.chars().take(80).collect();
    name::shown(&short).into_owned()
}
