//! The home store: setting up, opening a copy, its passphrase; and the stores there are.

use std::path::Path;

use serde::Serialize;

use super::grammar::{Common, Init};
use super::print::Out;
use super::{Failure, Step, open, typed};
use crate::custodian::{Custodian, Setup};
use crate::model::StoreKind;
use crate::model::name::shown;
use crate::secret::Passphrase;

/// Makes a new inventory.
pub fn init(common: &Common, init: &Init, out: &mut Out) -> Result<Step, Failure> {
    let env = open::environment(common)?;
    if Custodian::exists(&env) {
        // Before anything is asked.
        return Err(crate::custodian::CustodianError::InventoryExists(env.folder).into());
    }
    let kind = init.store.0;
    let recovery = typed::given(init.recovery_passphrase_fd, init.recovery_passphrase_file.as_deref())?;
    let given = open::given(common)?;
    let setup = match kind {
        StoreKind::Files if recovery.is_some() || init.no_recovery => {
            return Err(Failure::wrong(
                "Encrypted files are opened by their passphrase; a recovery passphrase is for keychain homes.".into(),
            ));
        }
        StoreKind::Files => {
            Setup { kind, passphrase: Some(some_or(given, || typed::asked_twice("Passphrase"))?), recovery: None }
        }
        StoreKind::FilesByKeychain => {
            let recovery = some_or(recovery.or(given), || typed::asked_twice("Recovery passphrase"))?;
            Setup { kind, passphrase: None, recovery: Some(recovery) }
        }
        StoreKind::Keychain => Setup { kind, passphrase: None, recovery: copies(init, recovery.or(given))? },
    };
    let declined = kind == StoreKind::Keychain && setup.recovery.is_none();
    let custodian = Custodian::init(env, &setup)?;
    custodian.close();
    out.line(format!("Made the inventory in {}.", custodian.environment().folder.display()));
    if declined {
        out.line("There are no recovery copies: should the keychain be lost, the keys are lost.");
    }
    Ok(Step::Done)
}

fn some_or(given: Option<Passphrase>, ask: impl FnOnce() -> Result<Passphrase, Failure>) -> Result<Passphrase, Failure> {
    given.map_or_else(ask, Ok)
}

/// The recovery passphrase for keys in the keychain; `None` when copies are declined.
fn copies(init: &Init, given: Option<Passphrase>) -> Result<Option<Passphrase>, Failure> {
    use std::io::IsTerminal as _;
    match given {
        Some(_) if init.no_recovery => Err(Failure::wrong("Give a recovery passphrase or --no-recovery, not both.".into())),
        None if init.no_recovery || !std::io::stdin().is_terminal() => Ok(None),
        None => {
            Ok(Some(typed::asked_twice("Recovery passphrase (empty for no recovery copies)")?).filter(|typed| !typed.is_empty()))
        }
        given => Ok(given),
    }
}

/// Opens a copied folder with its passphrase alone.
pub fn recover(common: &Common, dir: &Path, out: &mut Out) -> Result<Step, Failure> {
    let env = open::environment(common)?;
    let passphrase = some_or(open::given(common)?, || typed::asked("Passphrase or recovery passphrase"))?;
    let custodian = Custodian::recover(env, dir, &passphrase)?;
    let keys = custodian.read(|inventory| inventory.keys().iter().filter(|key| !key.is_destroyed()).count());
    custodian.close();
    let s = if keys == 1 { "" } else { "s" };
    out.line(format!("Recovered {keys} key{s} into {}.", custodian.environment().folder.display()));
    Ok(Step::Done)
}

/// Puts the home store under another passphrase.
pub fn change_passphrase(common: &Common, fd: Option<u32>, file: Option<&Path>, out: &mut Out) -> Result<Step, Failure> {
    let custodian = Custodian::open(open::environment(common)?)?;
    let old = some_or(open::given(common)?, || typed::asked("Passphrase now"))?;
    let new = some_or(typed::given(fd, file)?, || typed::asked_twice("New passphrase"))?;
    custodian.unlock(Some(old.again()))?;
    let changed = custodian.change_passphrase(&old, &new);
    custodian.close();
    changed?;
    out.line("The passphrase was changed. Older copies of the folder open with the old one.");
    Ok(Step::Done)
}

#[derive(Serialize)]
struct StoreFacts {
    name: String,
    kind: &'static str,
    home: bool,
    keys: usize,
    trouble: Option<String>,
}

/// Lists the stores.
pub fn stores(common: &Common, out: &mut Out) -> Result<Step, Failure> {
    let custodian = open::to_look(common)?;
    let conditions = custodian.health().conditions;
    let facts: Vec<StoreFacts> = custodian.read(|inventory| {
        let home = inventory.home().map(|store| store.name.clone());
        let holds = |name: &str| {
            let here = |key: &&std::sync::Arc<crate::model::Key>| {
                key.versions.iter().any(|version| version.life.destroyed.is_none() && *version.locator.store == *name)
            };
            inventory.keys().iter().filter(here).count()
        };
        let of = |store: &crate::model::Store| StoreFacts {
            name: store.name.to_string(),
            kind: store.kind.id(),
            home: home.as_ref() == Some(&store.name),
            keys: holds(&store.name),
            trouble: conditions.stores.iter().find(|(name, _)| **name == *store.name).map(|(_, trouble)| trouble.clone()),
        };
        inventory.stores().iter().map(of).collect()
    });
    if common.json {
        out.json(&facts)?;
    } else {
        let rows: Vec<Vec<String>> = facts
            .iter()
            .map(|store| {
                let health = store.trouble.clone().unwrap_or_default();
                let home = if store.home { "home" } else { "" };
                vec![shown(&store.name).into_owned(), store.kind.into(), home.into(), store.keys.to_string(), health]
            })
            .collect();
        out.table(&["Name", "Kind", "", "Keys", "Trouble"], &rows);
    }
    Ok(Step::Done)
}
