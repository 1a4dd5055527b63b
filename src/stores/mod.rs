//! Where private material lies: one file a store, behind one trait.
//!
//! A store knows items by a name that tells nothing about the key. It holds PKCS#8 DER (or hands
//! out nothing at all, where keys cannot leave). What a key is called, and what state it is in, is
//! the inventory's business: a store obeys, and says honestly what happened.

mod disk;
mod error;
mod files;
mod home;
mod identity;
mod keychain;
mod material;
mod one_use;
#[cfg(feature = "openbao")]
mod openbao;
pub mod passphrase;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
mod wrapping;

pub(crate) use disk::private_folder;
pub use error::StoreError;
pub use files::FileStore;
pub use home::{Home, HomePlace};
pub use keychain::{Keychain, KeychainStore, ProbeFailure, probe};
pub use material::Material;
pub use one_use::{OneUse, UsePin};
#[cfg(feature = "openbao")]
pub use openbao::OpenBaoStore;
pub use wrapping::Wrapping;

use std::collections::HashSet;

use crate::crypto::{self, SignatureHash, SigningKey};
use crate::model::{Algorithm, Time};
use crate::secret::SecretBytes;

/// What a store can do; screens and use cases ask here before they offer something.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Private material can be read back (`export`).
    pub keys_can_leave: bool,
    /// Keys are made in the store itself: nothing of them is known before, and only the public half after.
    pub makes_inside: bool,
    /// Made for many: some hundreds of items and more.
    pub holds_many: bool,
    /// The largest item in bytes, where there is a limit.
    pub largest_item: Option<usize>,
    /// What one `destroy` ends.
    pub destroys: Granularity,
}

impl Capabilities {
    /// It counts versions of a key by itself, and makes the next one (`versions`, `rotate`): then more than one item can end
    /// with another.
    pub const fn counts_versions(&self) -> bool {
        !matches!(self.destroys, Granularity::Item)
    }
}

/// What one destruction ends in a store.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Granularity {
    /// Exactly the item named.
    Item,
    /// The item and all older ones of its object.
    AllOlder,
    /// The whole object with every version.
    Object,
}

/// One secret to put under a name.
pub struct Item<'a> {
    /// The name in the store.
    pub object: &'a str,
    /// PKCS#8 DER, or other bytes the custodian wants kept.
    pub secret: &'a SecretBytes,
}

/// What a wrapped key is to become inside a store.
pub struct Unwrapped<'a> {
    /// The name in the store.
    pub object: &'a str,
    /// What it is.
    pub algorithm: Algorithm,
    /// Its public half (DER `SubjectPublicKeyInfo`), where it is known. A store may need it: that of a curve does not follow
    /// from what is wrapped by itself.
    pub public_key: &'a [u8],
}

/// A version of a key that an engine counts by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineVersion {
    /// The engine's number.
    pub number: u32,
    /// What this version is called as an item.
    pub object: Box<str>,
    /// What it is; [`Algorithm::Unknown`] where it is none that is known here.
    pub algorithm: Algorithm,
    /// Its public half (DER `SubjectPublicKeyInfo`); `None` for a symmetric key, and for a version that the engine hides.
    pub public_key: Option<Box<[u8]>>,
    /// When it was made, by the engine's clock.
    pub created: Option<Time>,
    /// The engine lets it verify and decrypt.
    pub usable: bool,
    /// The engine lets it sign and encrypt.
    pub signs: bool,
    /// What the engine says of its key as a whole.
    pub of_key: EngineKey,
}

/// What an engine says of a key as a whole.
#[derive(Debug, Copy, Clone, Default, PartialEq, Eq)]
pub struct EngineKey {
    /// Its private half may be read by those whom the engine's policies permit it.
    pub may_leave: bool,
    /// It may be deleted with all its versions.
    pub may_be_deleted: bool,
    /// It is marked as deleted: nobody uses it until the mark is taken away.
    pub marked_deleted: bool,
}

/// A batch that cannot be stored as a whole is refused before any of it is written.
fn check_batch(store: &dyn KeyStore, items: &[Item]) -> Result<(), StoreError> {
    let mut names = HashSet::with_capacity(items.len());
    if let Some(twice) = items.iter().find(|item| !names.insert(item.object)) {
        return Err(StoreError::Occupied { store: store.name().to_owned(), object: twice.object.to_owned() });
    }
    let Some(limit) = store.capabilities().largest_item else { return Ok(()) };
    match items.iter().map(|item| item.secret.expose().len()).find(|&size| size > limit) {
        Some(size) => Err(StoreError::TooLarge { store: store.name().to_owned(), size, limit }),
        None => Ok(()),
    }
}

/// An item that a store opened once to sign with it often. It is dropped when the inventory is locked.
pub trait Signer: Send + Sync {
    /// Its public half (DER `SubjectPublicKeyInfo`), as it follows from the private one.
    fn public_key(&self) -> &[u8];

    /// Signs a message; `hash` is for RSA alone, SHA-256 where none is named.
    fn sign(&self, hash: Option<SignatureHash>, message: &[u8]) -> Result<Vec<u8>, StoreError>;

    /// A signature waits for a person each time, as far as that is known.
    fn asks_a_person(&self) -> bool {
        false
    }
}

impl Signer for SigningKey {
    fn public_key(&self) -> &[u8] {
        Self::public_key(self)
    }

    fn sign(&self, hash: Option<SignatureHash>, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        Ok(Self::sign(self, hash, message)?)
    }
}

/// A place that holds private material.
///
/// Every call may block (a prompt, a disk), each store for its own bounded time.
/// "The store returned nothing" is [`StoreError::Absent`] and never means destroyed.
pub trait KeyStore: Send + Sync {
    /// What screens call it.
    fn name(&self) -> &str;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Writes secrets that do not exist yet and makes them durable together before it returns.
    /// An item that exists already with other bytes is refused as [`StoreError::Occupied`];
    /// the same bytes again are fine, so that an interrupted batch can be done once more.
    /// After an error nothing of the batch that was not there before is left, where the store can
    /// still be reached.
    fn import(&self, items: &[Item<'_>]) -> Result<(), StoreError>;

    /// Whether an item is this secret. Where keys do not leave, its public half answers.
    fn holds(&self, item: &Item<'_>) -> Result<bool, StoreError> {
        Ok(self.export(item.object)?.same_as(item.secret))
    }

    /// Whether this item may leave the store. Engines decide it for each key.
    fn lets_out(&self, _object: &str) -> Result<bool, StoreError> {
        Ok(self.capabilities().keys_can_leave)
    }

    /// Reads a secret back.
    fn export(&self, object: &str) -> Result<SecretBytes, StoreError>;

    /// Removes an item and proves by reading that it is gone. An absent item is
    /// [`StoreError::Absent`]: the caller decides what that means.
    fn destroy(&self, object: &str) -> Result<(), StoreError>;

    /// The names of all items of this inventory; where versions are counted, one for each key.
    fn list(&self) -> Result<Vec<String>, StoreError>;

    /// The algorithms that keys are made of here; asked before one is offered.
    fn algorithms(&self) -> Result<Vec<Algorithm>, StoreError> {
        Ok(Algorithm::GENERATED.to_vec())
    }

    /// Makes a key inside the store and returns its public half (DER `SubjectPublicKeyInfo`).
    fn generate(&self, object: &str, algorithm: Algorithm) -> Result<Box<[u8]>, StoreError> {
        let pair = crypto::generate(algorithm)?;
        self.import(&[Item { object, secret: &pair.private }])?;
        Ok(pair.public_key)
    }

    /// The public half of an item (DER `SubjectPublicKeyInfo`); empty where it has none.
    fn public_key(&self, object: &str) -> Result<Box<[u8]>, StoreError> {
        let secret = self.export(object)?;
        let damaged = |_| StoreError::Damaged { store: self.name().to_owned(), object: object.to_owned() };
        crypto::public_key(&secret).map(|(_, public_key)| public_key).map_err(damaged)
    }

    /// By what an item without a public half is known: itself, or, where keys do not leave, what only it can compute.
    fn proof(&self, object: &str) -> Result<SecretBytes, StoreError> {
        self.export(object)
    }

    /// The ways in which secrets can be put under keys of this store, without the keys leaving it.
    fn wrappings(&self) -> Result<Vec<Wrapping>, StoreError> {
        Ok(Vec::new())
    }

    /// Puts a secret under an item.
    fn wrap(&self, _object: &str, _by: Wrapping, _secret: &SecretBytes) -> Result<Vec<u8>, StoreError> {
        Err(StoreError::Unsupported { store: self.name().to_owned(), what: "wrap secrets" })
    }

    /// Takes a secret out from under an item.
    fn unwrap(&self, _object: &str, _by: Wrapping, _wrapped: &[u8]) -> Result<SecretBytes, StoreError> {
        Err(StoreError::Unsupported { store: self.name().to_owned(), what: "unwrap secrets" })
    }

    /// Makes an item of what was wrapped under another one, without its secret leaving the store. After an error something
    /// of it may be left under its name.
    fn unwrap_into(&self, _under: &str, _by: Wrapping, _wrapped: &[u8], _made: &Unwrapped<'_>) -> Result<(), StoreError> {
        Err(StoreError::Unsupported { store: self.name().to_owned(), what: "make keys of what is wrapped" })
    }

    /// Signs a message with an item.
    fn sign(&self, object: &str, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        Ok(crypto::sign(&self.export(object)?, algorithm, message)?)
    }

    /// Opens an item to sign with it often, as an agent does. Where keys do not leave, the store gives a handle
    /// that asks it each time.
    fn signer(&self, object: &str, algorithm: Algorithm) -> Result<Box<dyn Signer>, StoreError> {
        Ok(Box::new(SigningKey::open(self.export(object)?, algorithm)?))
    }

    /// As [`KeyStore::import`], of one key, for stores that have to know what it is: PKCS#8 DER of a pair, or the bytes of a
    /// symmetric key.
    fn import_key(&self, object: &str, _algorithm: Algorithm, secret: &SecretBytes) -> Result<(), StoreError> {
        self.import(&[Item { object, secret }])
    }

    /// Signs messages with an item: all of them or none. Engines far away do it with few requests.
    fn sign_all(&self, object: &str, algorithm: Algorithm, messages: &[&[u8]]) -> Result<Vec<Vec<u8>>, StoreError> {
        messages.iter().map(|message| self.sign(object, algorithm, message)).collect()
    }

    /// The versions that the engine counts of an item's key, the oldest first.
    fn versions(&self, _object: &str) -> Result<Vec<EngineVersion>, StoreError> {
        Err(StoreError::Unsupported { store: self.name().to_owned(), what: "count versions of a key" })
    }

    /// What a version of an item's key is called as an item.
    fn version_named(&self, object: &str, _number: u32) -> Box<str> {
        object.into()
    }

    /// Makes the next version of an item's key in the engine. `before` is the engine's latest number that was recorded when
    /// this was begun: if the engine has a newer one already, that one is returned and nothing is made twice.
    fn rotate(&self, _object: &str, _before: u32) -> Result<EngineVersion, StoreError> {
        Err(StoreError::Unsupported { store: self.name().to_owned(), what: "make versions of a key" })
    }

    /// Has the engine refuse an item and all older ones of its key, which it cannot end alone.
    fn block(&self, _object: &str) -> Result<(), StoreError> {
        Err(StoreError::Unsupported { store: self.name().to_owned(), what: "block a version of a key" })
    }
}
