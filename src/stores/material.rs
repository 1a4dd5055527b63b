//! What opens a home store, as a backup keeps it, and a home store made anew from it.

use super::home::{IDENTITY, LOG_KEY, RECIPIENT, proven};
use super::identity::{self, Identity, Recipient};
use super::{Home, HomePlace, StoreError, disk};
use crate::model::StoreKind;
use crate::secret::{Passphrase, SecretBytes};

/// What opens a home store.
pub struct Material {
    /// The log key.
    pub log_key: SecretBytes,
    /// The identity of the encrypted files, where they are open.
    pub identity: Option<SecretBytes>,
    /// The same under the inventory's passphrase, or that of recovery copies.
    pub identity_file: Option<Vec<u8>>,
    /// To whom recovery copies are encrypted.
    pub recipient: Option<SecretBytes>,
}

impl Material {
    /// Without a new passphrase, encrypted files under the old one can be made of it.
    pub fn opens_files(&self) -> bool {
        self.identity.is_some() && self.identity_file.is_some()
    }
}

impl Home {
    /// What opens it, while it is open.
    pub fn material(&self) -> Result<Material, StoreError> {
        let log_key = SecretBytes::new(self.log_key()?.expose().to_vec());
        let path = self.place.folder.join(identity::FILE);
        let identity_file = match disk::read(&path) {
            Ok(file) => Some(file.to_vec()),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => None,
            Err(cause) => return Err(disk::unreadable(&path, cause)),
        };
        let recipient = match self.kind {
            StoreKind::Keychain => match self.keychain.get(RECIPIENT) {
                Ok(text) => Some(text),
                Err(StoreError::Absent { .. }) => None,
                Err(error) => return Err(error),
            },
            StoreKind::Files | StoreKind::FilesByKeychain | StoreKind::Pkcs11 | StoreKind::OpenBao => None,
        };
        Ok(Material { log_key, identity: self.files.identity_text(), identity_file, recipient })
    }

    /// Makes a home store in an empty folder out of what a backup kept, open and without any secret yet. With a passphrase
    /// encrypted files open with that from then on, otherwise with the one they had.
    pub fn restore(
        place: HomePlace,
        kind: StoreKind,
        material: &Material,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, StoreError> {
        let mut home = Self::at(place, kind);
        disk::folder(&home.place.folder)?;
        disk::folder(&home.place.folder.join("secrets"))?;
        match kind {
            StoreKind::Pkcs11 | StoreKind::OpenBao => return Err(home.no_home()),
            StoreKind::Files => drop(home.restore_files(material, passphrase)?),
            StoreKind::FilesByKeychain => {
                let text = home.restore_files(material, passphrase)?;
                home.put_if_absent(IDENTITY, &text)?;
            }
            StoreKind::Keychain => {
                home.put_if_absent(LOG_KEY, &material.log_key)?;
                home.restore_copies(material)?;
            }
        }
        home.log_key = Some(SecretBytes::new(material.log_key.expose().to_vec()));
        Ok(home)
    }

    fn restore_files(&self, material: &Material, passphrase: Option<&Passphrase>) -> Result<SecretBytes, StoreError> {
        let known = material.identity.as_ref().and_then(Identity::parse);
        let identity = match (known, &material.identity_file, passphrase) {
            (known, _, Some(passphrase)) => {
                let identity = known.unwrap_or_else(Identity::generate);
                identity.write(&self.place.folder, passphrase)?;
                identity
            }
            (Some(identity), Some(file), None) => {
                disk::replace(&self.place.folder.join(identity::FILE), file, |_| Ok(()))?;
                identity
            }
            _ => return Err(StoreError::WrongPassphrase),
        };
        let text = identity.text();
        self.write_log_key(&identity.recipient(), &material.log_key)?;
        self.files.open(identity);
        Ok(text)
    }

    fn restore_copies(&self, material: &Material) -> Result<(), StoreError> {
        let (Some(text), Some(file)) = (&material.recipient, &material.identity_file) else { return Ok(()) };
        let damaged = || StoreError::Damaged { store: self.store().name().to_owned(), object: RECIPIENT.into() };
        let recipient = Recipient::parse(text).ok_or_else(damaged)?;
        disk::replace(&self.place.folder.join(identity::FILE), file, |_| Ok(()))?;
        self.write_log_key(&recipient, &material.log_key)?;
        self.put_if_absent(RECIPIENT, text)?;
        self.files.open_for_writing(recipient);
        Ok(())
    }

    /// What another inventory of this machine opens with is not written over.
    fn put_if_absent(&self, object: &str, secret: &SecretBytes) -> Result<(), StoreError> {
        match self.keychain.get(object) {
            Ok(found) if found.same_as(secret) => Ok(()),
            Ok(_) => Err(StoreError::Occupied { store: self.keychain.name().to_owned(), object: object.to_owned() }),
            Err(StoreError::Absent { .. }) => {
                self.keychain.set(object, secret)?;
                proven(&self.keychain, object, secret)
            }
            Err(error) => Err(error),
        }
    }
}
