//! Opening the inventory: to be looked at, or with its home store.

use super::grammar::Common;
use super::{Failure, typed};
use crate::custodian::{Custodian, CustodianError, Environment};
use crate::secret::Passphrase;

/// The machine, with the folder that was named.
pub fn environment(common: &Common) -> Result<Environment, Failure> {
    Ok(Environment::of_this_machine(common.inventory.clone())?)
}

/// The passphrase that the flags name, if they name one.
pub fn given(common: &Common) -> Result<Option<Passphrase>, Failure> {
    typed::given(common.passphrase_fd, common.passphrase_file.as_deref())
}

/// Opens it to be looked at: with a passphrase it is unlocked too, without one it says that the log
/// was not authenticated.
pub fn to_look(common: &Common) -> Result<Custodian, Failure> {
    let passphrase = given(common)?;
    let custodian = Custodian::open(environment(common)?)?;
    match passphrase {
        Some(passphrase) => custodian.unlock(Some(passphrase))?,
        None => eprintln!("Not authenticated: the log's hashes were checked, its MACs were not. They are once it is unlocked."),
    }
    tell_troubles(&custodian);
    Ok(custodian)
}

/// Opens it together with its home store.
pub fn to_change(common: &Common) -> Result<Custodian, Failure> {
    let custodian = Custodian::open(environment(common)?)?;
    let passphrase = match given(common)? {
        None if custodian.asks_passphrase() => Some(typed::asked("Passphrase")?),
        given => given,
    };
    custodian.unlock(passphrase)?;
    tell_troubles(&custodian);
    Ok(custodian)
}

/// Opens it with its home store where that asks nobody anything, and to be looked at otherwise.
pub fn if_possible(common: &Common) -> Result<Custodian, Failure> {
    let passphrase = given(common)?;
    let custodian = Custodian::open(environment(common)?)?;
    if passphrase.is_some() || !custodian.asks_passphrase() {
        match custodian.unlock(passphrase) {
            // Public halves can be handed out although the keychain does not answer.
            Ok(()) | Err(CustodianError::Store(_)) if common.passphrase_fd.is_none() && common.passphrase_file.is_none() => {}
            unlocked => unlocked?,
        }
    }
    tell_troubles(&custodian);
    Ok(custodian)
}

/// What was found at the start and should be known.
fn tell_troubles(custodian: &Custodian) {
    let health = custodian.health();
    let conditions = &health.conditions;
    let stores = conditions.stores.iter().map(|(_, trouble)| trouble);
    let troubles = conditions.log.iter().chain(&conditions.anchor).chain(stores).chain(&health.notices);
    troubles.for_each(|trouble| eprintln!("{trouble}"));
}
