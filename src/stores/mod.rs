//! Where private material lies: one file a store, behind one trait.
//!
//! A store knows items by a name that tells nothing about the key. It holds PKCS#8 DER (or hands
//! out nothing at all, where keys cannot leave). What a key is called, and what state it is in, is
//! the inventory's business: a store obeys, and says honestly what happened.

mod error;

pub use error::StoreError;

use crate::model::Algorithm;
use crate::secret::SecretBytes;

/// What a store can do; screens and use cases ask here before they offer something.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Private material can be read back (`export`, `import`).
    pub keys_can_leave: bool,
    /// Made for many: some hundreds of items and more.
    pub holds_many: bool,
    /// The largest item in bytes, where there is a limit.
    pub largest_item: Option<usize>,
    /// What one `destroy` ends.
    pub destroys: Granularity,
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

/// A place that holds private material.
///
/// Every call may block (a prompt, a disk): callers run it on the store's own worker.
/// "The store returned nothing" is [`StoreError::Absent`] and never means destroyed.
pub trait KeyStore: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Makes a key inside the store and returns its public half (DER `SubjectPublicKeyInfo`).
    fn generate(&self, object: &str, algorithm: Algorithm) -> Result<Box<[u8]>, StoreError>;

    /// Writes secrets that do not exist yet and makes them durable together before it returns.
    /// An item that exists already with other bytes is refused as [`StoreError::Occupied`];
    /// the same bytes again are fine, so that an interrupted batch can be done once more.
    fn import(&self, items: &[Item<'_>]) -> Result<(), StoreError>;

    /// Reads a secret back.
    fn export(&self, object: &str) -> Result<SecretBytes, StoreError>;

    /// The public half of an item (DER `SubjectPublicKeyInfo`).
    fn public_key(&self, object: &str) -> Result<Box<[u8]>, StoreError>;

    /// Signs a message with an item.
    fn sign(&self, object: &str, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, StoreError>;

    /// Removes an item and proves by reading that it is gone. An absent item is
    /// [`StoreError::Absent`]: the caller decides what that means.
    fn destroy(&self, object: &str) -> Result<(), StoreError>;

    /// The names of all items of this inventory.
    fn list(&self) -> Result<Vec<String>, StoreError>;
}
