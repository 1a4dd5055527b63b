//! The home store: where keys lie unless another store is named, together with the log key and
//! the anchor.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::files::FileStore;
use super::identity::{self, Identity, Recipient};
use super::keychain::{Keychain, KeychainStore};
use super::{Item, KeyStore, StoreError, disk};
use crate::crypto;
use crate::model::{Digest, InventoryId, StoreKind};
use crate::secret::{Passphrase, SecretBytes};

/// The log key as an age file.
pub(super) const LOG_KEY: &str = "log-key";

/// Names of keychain items that are not keys.
pub(super) const IDENTITY: &str = "identity";
pub(super) const RECIPIENT: &str = "recovery-recipient";
const ANCHOR: &str = "anchor";

/// Where a home store keeps its things.
#[derive(Debug, Clone)]
pub struct HomePlace {
    /// The inventory folder.
    pub folder: PathBuf,
    /// The platform's state folder of this program.
    pub state_folder: PathBuf,
    /// Whose.
    pub inventory: InventoryId,
    /// How long to wait for the keychain.
    pub wait: Duration,
}

/// The home store, locked or open.
pub struct Home {
    pub(super) place: HomePlace,
    pub(super) kind: StoreKind,
    pub(super) keychain: Arc<Keychain>,
    pub(super) files: Arc<FileStore>,
    in_keychain: KeychainStore,
    pub(super) log_key: Option<SecretBytes>,
}

impl Home {
    /// The keychain items that open an inventory, and no keys of it.
    pub const OPENING: [&str; 3] = [IDENTITY, LOG_KEY, RECIPIENT];

    /// The home store of an inventory that exists, locked.
    pub fn at(place: HomePlace, kind: StoreKind) -> Self {
        let keychain = Arc::new(Keychain::new(place.inventory, place.wait));
        let files = Arc::new(FileStore::at(place.folder.join("secrets")));
        let in_keychain = KeychainStore::new(keychain.clone(), files.clone());
        Self { place, kind, keychain, files, in_keychain, log_key: None }
    }

    /// A new home store, open, with a new log key. Encrypted files need a passphrase: their own,
    /// or for recovery.
    pub fn create(
        place: HomePlace,
        kind: StoreKind,
        passphrase: Option<&Passphrase>,
        recovery: Option<&Passphrase>,
    ) -> Result<Self, StoreError> {
        let mut home = Self::at(place, kind);
        disk::folder(&home.place.folder)?;
        let log_key = SecretBytes::new(crypto::random::<32>()?.to_vec());
        home.put_together(passphrase, recovery, &log_key).inspect_err(|_| home.discard())?;
        home.log_key = Some(log_key);
        Ok(home)
    }

    /// What it says of a kind that cannot hold the log key; no inventory is made with it.
    pub(super) fn no_home(&self) -> StoreError {
        StoreError::Unsupported { store: self.kind.name().to_owned(), what: "be the home store" }
    }

    fn put_together(
        &self,
        passphrase: Option<&Passphrase>,
        recovery: Option<&Passphrase>,
        log_key: &SecretBytes,
    ) -> Result<(), StoreError> {
        let missing = || StoreError::WrongPassphrase;
        match self.kind {
            StoreKind::Pkcs11 | StoreKind::OpenBao => return Err(self.no_home()),
            StoreKind::Files => drop(self.create_files(passphrase.ok_or_else(missing)?, log_key)?),
            StoreKind::FilesByKeychain => {
                let text = self.create_files(recovery.ok_or_else(missing)?, log_key)?;
                self.keychain.set(IDENTITY, &text)?;
                proven(&self.keychain, IDENTITY, &text)?;
            }
            StoreKind::Keychain => {
                self.keychain.set(LOG_KEY, log_key)?;
                proven(&self.keychain, LOG_KEY, log_key)?;
                if let Some(recovery) = recovery {
                    self.create_copies(recovery, log_key)?;
                }
            }
        }
        Ok(())
    }

    /// Removes what a set-up made that did not come to its end. No key exists yet.
    pub fn discard(&self) {
        // The first error is the one to tell; what stays here is in nobody's way.
        let _ = std::fs::remove_file(self.log_key_path());
        let _ = std::fs::remove_file(self.place.folder.join(identity::FILE));
        let _ = std::fs::remove_dir(self.place.folder.join("secrets"));
        if self.kind != StoreKind::Files {
            for object in [IDENTITY, LOG_KEY, RECIPIENT, ANCHOR] {
                let _ = self.keychain.delete(object);
            }
        }
    }

    /// The new identity, as text for the keychain.
    fn create_files(&self, passphrase: &Passphrase, log_key: &SecretBytes) -> Result<SecretBytes, StoreError> {
        let identity = Identity::generate();
        let text = identity.text();
        identity.write(&self.place.folder, passphrase)?;
        self.write_log_key(&identity.recipient(), log_key)?;
        disk::folder(&self.place.folder.join("secrets"))?;
        self.files.open(identity);
        Ok(text)
    }

    fn create_copies(&self, recovery: &Passphrase, log_key: &SecretBytes) -> Result<(), StoreError> {
        let identity = Identity::generate();
        let recipient = identity.recipient();
        identity.write(&self.place.folder, recovery)?;
        self.write_log_key(&recipient, log_key)?;
        disk::folder(&self.place.folder.join("secrets"))?;
        self.keychain.set(RECIPIENT, &recipient.text())?;
        proven(&self.keychain, RECIPIENT, &recipient.text())?;
        self.files.open_for_writing(recipient);
        Ok(())
    }

    pub(super) fn write_log_key(&self, recipient: &Recipient, log_key: &SecretBytes) -> Result<(), StoreError> {
        let path = self.log_key_path();
        let file = recipient.encrypt(log_key).ok_or_else(|| self.damaged(LOG_KEY))?;
        disk::replace(&path, &file, |written| if written == file { Ok(()) } else { Err(self.damaged(LOG_KEY)) })
    }

    fn log_key_path(&self) -> PathBuf {
        self.place.folder.join(format!("{LOG_KEY}.age"))
    }

    fn damaged(&self, object: &str) -> StoreError {
        StoreError::Damaged { store: self.store().name().to_owned(), object: object.to_owned() }
    }

    /// What kind of store it is.
    pub fn kind(&self) -> StoreKind {
        self.kind
    }

    /// The store in which keys lie.
    pub fn store(&self) -> &dyn KeyStore {
        match self.kind {
            StoreKind::Keychain => &self.in_keychain,
            StoreKind::Files | StoreKind::FilesByKeychain | StoreKind::Pkcs11 | StoreKind::OpenBao => &*self.files,
        }
    }

    /// The log key, while open.
    pub fn log_key(&self) -> Result<&SecretBytes, StoreError> {
        self.log_key.as_ref().ok_or_else(|| StoreError::Locked { store: self.store().name().to_owned() })
    }

    /// Opens it: with its passphrase, or by the keychain. Encrypted files opened by the keychain
    /// open with their recovery passphrase as well.
    pub fn unlock(&mut self, passphrase: Option<&Passphrase>) -> Result<(), StoreError> {
        match (self.kind, passphrase) {
            (StoreKind::Files | StoreKind::FilesByKeychain, Some(passphrase)) => {
                let identity = Identity::read(&self.place.folder, passphrase)?;
                self.open_files(identity)
            }
            (StoreKind::Pkcs11 | StoreKind::OpenBao, _) => Err(self.no_home()),
            (StoreKind::Files, None) => Err(StoreError::WrongPassphrase),
            (StoreKind::FilesByKeychain, None) => {
                let text = self.opener(IDENTITY)?;
                let identity = Identity::parse(&text).ok_or_else(|| self.damaged(IDENTITY))?;
                self.open_files(identity)
            }
            (StoreKind::Keychain, _) => {
                let log_key = self.opener(LOG_KEY)?;
                match self.keychain.get(RECIPIENT) {
                    Ok(text) => {
                        let recipient = Recipient::parse(&text).ok_or_else(|| self.damaged(RECIPIENT))?;
                        self.files.open_for_writing(recipient);
                    }
                    Err(StoreError::Absent { .. }) => {}
                    Err(error) => return Err(error),
                }
                self.log_key = Some(log_key);
                Ok(())
            }
        }
    }

    /// What opens the inventory, out of the keychain.
    fn opener(&self, object: &str) -> Result<SecretBytes, StoreError> {
        self.keychain.get(object).map_err(|error| match error {
            StoreError::Absent { store, .. } => StoreError::NoOpener { store },
            other => other,
        })
    }

    fn open_files(&mut self, identity: Identity) -> Result<(), StoreError> {
        let path = self.log_key_path();
        let file = disk::read(&path).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => StoreError::Absent { store: "This folder".into(), object: LOG_KEY.into() },
            _ => disk::unreadable(&path, cause),
        })?;
        self.log_key = Some(identity.decrypt(&file).ok_or_else(|| self.damaged(LOG_KEY))?);
        self.files.open(identity);
        Ok(())
    }

    /// Drops every secret.
    pub fn lock(&mut self) {
        self.files.lock();
        self.log_key = None;
    }

    /// Opens a copied folder with the passphrase of its `identity.age` alone, as encrypted files.
    pub fn recover(place: HomePlace, passphrase: &Passphrase) -> Result<Self, StoreError> {
        let mut home = Self::at(place, StoreKind::Files);
        home.unlock(Some(passphrase))?;
        Ok(home)
    }

    /// Whether a passphrase opens `identity.age`.
    pub fn prove_passphrase(&self, passphrase: &Passphrase) -> Result<(), StoreError> {
        Identity::read(&self.place.folder, passphrase).map(drop)
    }

    /// Puts `identity.age` under another passphrase; the old one stands until the new one was proven.
    pub fn change_passphrase(&self, old: &Passphrase, new: &Passphrase) -> Result<(), StoreError> {
        Identity::read(&self.place.folder, old)?.write(&self.place.folder, new)
    }

    /// SHA-256 of `identity.age`: another one after a change of the passphrase.
    pub fn identity_digest(&self) -> Result<Digest, StoreError> {
        let path = self.place.folder.join(identity::FILE);
        let file = disk::read(&path).map_err(|cause| disk::unreadable(&path, cause))?;
        Ok(crypto::sha256(&file))
    }

    /// Makes recovery copies of these items under a new identity, and from now on of every new
    /// one. What an interrupted making left is written over. Returns the items of which there is
    /// no secret to copy.
    pub fn make_recovery(&mut self, passphrase: &Passphrase, objects: &[String]) -> Result<Vec<String>, StoreError> {
        if self.kind != StoreKind::Keychain {
            let what = "have recovery copies: its secrets lie in the folder already";
            return Err(StoreError::Unsupported { store: self.store().name().to_owned(), what });
        }
        self.create_copies(passphrase, self.log_key()?)?;
        self.copy(objects.iter())
    }

    /// Each new secret in the keychain gets a recovery copy.
    pub fn makes_copies(&self) -> bool {
        self.kind == StoreKind::Keychain && self.files.is_open()
    }

    /// Makes the recovery copies that are missing among these, where there are to be any.
    pub fn mend_recovery(&self, objects: &[String]) -> Result<(), StoreError> {
        if !self.makes_copies() {
            return Ok(());
        }
        let there: HashSet<String> = self.files.list()?.into_iter().collect();
        self.copy(objects.iter().filter(|object| !there.contains(*object))).map(drop)
    }

    /// Copies secrets out of the keychain; names those that it does not have.
    fn copy<'a>(&self, objects: impl Iterator<Item = &'a String>) -> Result<Vec<String>, StoreError> {
        let mut missing = Vec::new();
        for object in objects {
            match self.keychain.get(object) {
                Ok(secret) => self.files.put_over(&[Item { object, secret: &secret }])?,
                Err(StoreError::Absent { .. } | StoreError::Damaged { .. }) => missing.push(object.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok(missing)
    }

    fn anchor_path(&self) -> PathBuf {
        self.place.state_folder.join("anchors").join(format!("{}.ron", self.place.inventory))
    }

    /// What was noted about the log outside of its folder.
    pub fn read_anchor(&self) -> Result<Option<Vec<u8>>, StoreError> {
        if self.kind == StoreKind::Files {
            let path = self.anchor_path();
            return match disk::read(&path) {
                Ok(bytes) => Ok(Some(bytes.to_vec())),
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(cause) => Err(disk::unreadable(&path, cause)),
            };
        }
        match self.keychain.get(ANCHOR) {
            Ok(bytes) => Ok(Some(bytes.expose().to_vec())),
            Err(StoreError::Absent { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Notes where the log stands.
    pub fn write_anchor(&self, anchor: &[u8]) -> Result<(), StoreError> {
        if self.kind == StoreKind::Files {
            let path = self.anchor_path();
            disk::folder(path.parent().unwrap_or(&self.place.state_folder))?;
            return disk::replace(&path, anchor, |_| Ok(()));
        }
        self.keychain.set(ANCHOR, &SecretBytes::new(anchor.to_vec()))
    }
}

/// What was put into the keychain comes back as it was.
pub(super) fn proven(keychain: &Keychain, object: &str, secret: &SecretBytes) -> Result<(), StoreError> {
    if keychain.get(object)?.same_as(secret) {
        Ok(())
    } else {
        Err(StoreError::Damaged { store: keychain.name().to_owned(), object: object.to_owned() })
    }
}
