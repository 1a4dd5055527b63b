//! Initialising a token that is to become a store: which one is meant, what would be lost, and that it was done. A token
//! that may hold anything is made anew only under its typed label, and never one that is a store of the inventory.

use std::path::PathBuf;

use super::core::Custodian;
use super::error::CustodianError;
use super::tokens::{absolute, product};
use crate::model::{Event, name};
use crate::secret::Passphrase;
use crate::stores::StoreError;
use crate::stores::pkcs11::initialise::{self, Initialisable, check_label};
use crate::stores::pkcs11::{self, TokenError, TokenFacts};

/// Which token of a module is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichToken {
    /// The one in this slot; a blank one has no label to be named by.
    Slot(u64),
    /// The one of this label, or of this serial number.
    Called(String),
}

/// A token that is to be initialised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitToken {
    /// The module that reaches it.
    pub module: PathBuf,
    /// Which of its tokens.
    pub token: WhichToken,
    /// What it is to be called from then on: 1 to 32 bytes.
    pub label: String,
    /// Its present label, typed by a person who agrees that whatever is in it is destroyed. Not needed for a blank one.
    pub confirmed: Option<String>,
}

/// A token before or after it was initialised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialisedToken {
    /// Its label; empty for a blank one.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// What it says it is, and who made it.
    pub product: String,
    /// The number of its slot; changes whenever it is plugged in.
    pub slot: u64,
    /// It was never initialised, so that its security officer's PIN is a new one and nothing is lost.
    pub blank: bool,
    /// How many objects everybody may see in it; there may be private ones beside them.
    pub visible: u64,
}

impl Custodian {
    /// What would be initialised. An error where it may not be: it is a store of the inventory, its label was not typed,
    /// or the new label is none. Nothing is changed, and no PIN is needed.
    pub fn may_init_token(&self, wanted: &InitToken) -> Result<InitialisedToken, CustodianError> {
        self.initialisable(wanted).map(|found| told(&found.facts, found.visible))
    }

    /// Makes a token anew: whatever is in it is destroyed, it gets its label and the PIN of its user. Each PIN is given
    /// once.
    pub fn init_token(
        &self,
        wanted: &InitToken,
        so_pin: &Passphrase,
        pin: &Passphrase,
    ) -> Result<InitialisedToken, CustodianError> {
        let found = self.initialisable(wanted)?;
        let module = absolute(&wanted.module)?;
        let made = initialise::initialise(self.engines.tokens.workers(), &module, &found.facts, &wanted.label, so_pin, pin)?;
        let before = (!found.facts.blank).then(|| found.facts.label.as_str().into());
        let (label, serial) = (made.label.as_str().into(), made.serial.as_str().into());
        let recorded = self.append(vec![Event::TokenInitialised { label, serial, before }]);
        recorded.map_err(|cause| CustodianError::TokenUnrecorded { label: made.label.clone(), cause: Box::new(cause) })?;
        Ok(told(&made, 0))
    }

    fn initialisable(&self, wanted: &InitToken) -> Result<Initialisable, CustodianError> {
        if !self.is_unlocked() {
            return Err(CustodianError::Locked);
        }
        self.writable()?;
        check_label(&wanted.label).map_err(StoreError::from)?;
        let module = absolute(&wanted.module)?;
        let there = pkcs11::tokens(self.engines.tokens.workers(), &module)?;
        let facts = one_of(there, &wanted.token)?;
        self.is_no_store(&facts)?;
        let found = initialise::look(self.engines.tokens.workers(), &module, facts)?;
        let label = &found.facts.label;
        if !found.facts.blank && wanted.confirmed.as_ref() != Some(label) {
            let (label, visible) = (name::shown(label).into_owned(), found.visible);
            return Err(CustodianError::TokenNotConfirmed { label, visible });
        }
        Ok(found)
    }

    /// A token by whose label or serial number a store is known is left alone, whether keys lie in it or not: after
    /// an update of its driver a store may be known by one of the two alone.
    fn is_no_store(&self, facts: &TokenFacts) -> Result<(), CustodianError> {
        let store = self.read(|inventory| {
            let same = |known: &str, now: &str| !now.is_empty() && known == now;
            // Every TPM has the serial number 0.
            let has_serial = facts.serial.bytes().any(|byte| byte != b'0');
            let is = |token: &crate::model::Token| {
                same(&token.label, &facts.label) || (has_serial && same(&token.serial, &facts.serial))
            };
            let stores = inventory.stores().iter();
            let found = stores.filter(|store| store.token.as_deref().is_some_and(is)).map(|store| store.name.to_string());
            found.into_iter().next()
        });
        match store {
            Some(store) if !facts.blank => Err(CustodianError::TokenIsStore { store }),
            _ => Ok(()),
        }
    }
}

/// The one token that is meant.
fn one_of(there: Vec<TokenFacts>, wanted: &WhichToken) -> Result<TokenFacts, StoreError> {
    let seen = seen(&there);
    let (by_label, by_serial): (Vec<_>, Vec<_>) = match wanted {
        WhichToken::Slot(slot) => (there.into_iter().filter(|token| token.slot() == *slot).collect(), Vec::new()),
        WhichToken::Called(named) => {
            let like = there.into_iter().filter(|token| token.label == *named || token.serial == *named);
            like.filter(|_| !named.is_empty()).partition(|token| token.label == *named)
        }
    };
    let mut found = if by_label.is_empty() { by_serial } else { by_label };
    let label = match wanted {
        WhichToken::Slot(slot) => format!("slot {slot}"),
        WhichToken::Called(named) => named.clone(),
    };
    match found.pop() {
        None => Err(TokenError::NoToken { label, seen }.into()),
        Some(one) if !found.is_empty() => {
            let serials = found.iter().chain([&one]).map(|token| token.serial.clone()).collect::<Vec<_>>().join(", ");
            Err(TokenError::Several { label, serials }.into())
        }
        Some(one) => Ok(one),
    }
}

/// What a module sees, as a sentence.
fn seen(there: &[TokenFacts]) -> String {
    let one = |token: &TokenFacts| {
        if token.blank {
            format!("one in slot {} that was never initialised", token.slot())
        } else {
            format!("“{}” in slot {}", name::shown(&token.label), token.slot())
        }
    };
    match there.iter().map(one).collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "It sees none at all: is the token plugged in?".into(),
        some => format!("It sees {some}."),
    }
}

fn told(facts: &TokenFacts, visible: u64) -> InitialisedToken {
    InitialisedToken {
        label: if facts.blank { String::new() } else { facts.label.clone() },
        serial: facts.serial.clone(),
        product: product(facts),
        slot: facts.slot(),
        blank: facts.blank,
        visible,
    }
}
