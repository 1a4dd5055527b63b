//! A transit engine of OpenBao or Vault as a store: keys are made, used and ended there, and leave only where the server was
//! told that they may.
//!
//! Its items are versions of transit keys, written `NAME@2`; `NAME` alone is the first version, which a new key has. What
//! transit really does: a version ends only together with all older ones (`trim`), the newest only together with the whole key.

mod object;

use std::sync::Arc;

use self::object::Object;
use super::{Capabilities, EngineKey, EngineVersion, Granularity, Item, KeyStore, Signer, StoreError};
use crate::crypto::{self, SignatureHash};
use crate::model::Algorithm;
use crate::network::bao::{BaoError, KeyType, NewTransitKey, Scheme, Server, Transit, TransitConfig, TransitKey};
use crate::secret::SecretBytes;

/// Keys at a server; copies share its login.
#[derive(Clone)]
pub struct OpenBaoStore {
    name: Box<str>,
    mount: Box<str>,
    server: Arc<Server>,
    /// New keys may be read by those whom the policies permit it.
    exportable: bool,
}

/// A key at a server to sign with often. It asks the server each time, and nothing of the key is here.
struct ServerSigner {
    store: OpenBaoStore,
    object: Box<str>,
    algorithm: Algorithm,
    public_key: Box<[u8]>,
}

impl Signer for ServerSigner {
    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, hash: Option<SignatureHash>, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        let signed = self.store.sign_by(&self.object, self.algorithm, hash, &[message])?;
        signed.into_iter().next().ok_or_else(|| self.store.absent(&self.object))
    }
}

impl OpenBaoStore {
    /// What such a store can do, with keys that may leave it or without.
    pub const fn capabilities_with(exportable: bool) -> Capabilities {
        Capabilities {
            keys_can_leave: exportable,
            makes_inside: true,
            holds_many: true,
            largest_item: None,
            destroys: Granularity::AllOlder,
        }
    }

    /// The transit engine at a mount of a server. With `exportable`, keys made from here on may leave it.
    pub fn new(name: &str, mount: &str, server: Arc<Server>, exportable: bool) -> Self {
        Self { name: name.into(), mount: mount.into(), server, exportable }
    }

    /// What the server answered to something that was asked of it directly, as this store says it.
    pub fn fault(&self, error: BaoError) -> StoreError {
        self.error("", error)
    }

    /// The server, for logging in and for how it is.
    pub const fn server(&self) -> &Arc<Server> {
        &self.server
    }

    fn transit(&self) -> Transit<'_> {
        self.server.transit(&self.mount)
    }

    /// What the server says, as every store says it.
    fn error(&self, object: &str, error: BaoError) -> StoreError {
        let (store, object) = (self.name.to_string(), object.to_owned());
        match error {
            BaoError::Absent { .. } => StoreError::Absent { store, object },
            BaoError::Occupied(_) => StoreError::Occupied { store, object },
            BaoError::Swapped(_) => StoreError::Damaged { store, object },
            BaoError::LoggedOut => StoreError::Locked { store },
            error @ (BaoError::Away(_) | BaoError::Barred { .. }) => StoreError::Absence { store, reason: error.to_string() },
            error => StoreError::Server { store, reason: error.to_string() },
        }
    }

    fn absent(&self, object: &str) -> StoreError {
        StoreError::Absent { store: self.name.to_string(), object: object.to_owned() }
    }

    fn object<'a>(&self, object: &'a str) -> Result<Object<'a>, StoreError> {
        // A name that no key there can have is the name of none.
        Object::parse(object).ok_or_else(|| self.absent(object))
    }

    /// The key of an item that has this version still.
    fn read(&self, object: &str) -> Result<(TransitKey, u32), StoreError> {
        let wanted = self.object(object)?;
        let key = self.transit().read(wanted.key).map_err(|error| self.error(object, error))?;
        if key.versions.iter().any(|version| version.number == wanted.version) {
            Ok((key, wanted.version))
        } else {
            Err(self.absent(object))
        }
    }

    /// Signs; with RSA over this hash, or SHA-256 where none is named.
    fn sign_by(
        &self,
        object: &str,
        algorithm: Algorithm,
        hash: Option<SignatureHash>,
        messages: &[&[u8]],
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let wanted = self.object(object)?;
        let usual = Scheme::of(algorithm).ok_or(crypto::CryptoError::NoSignatures(algorithm.name()))?;
        let scheme = hash.filter(|_| algorithm.is_rsa()).map_or(usual, Scheme::pkcs1);
        self.transit().sign_all(wanted.key, Some(wanted.version), scheme, messages).map_err(|error| match error {
            // Of a key that is not there the engine says that the request is wrong.
            BaoError::Invalid(_) if matches!(self.read(object), Err(StoreError::Absent { .. })) => self.absent(object),
            error => self.error(object, error),
        })
    }

    fn import_one(&self, object: &str, algorithm: Algorithm, secret: &SecretBytes) -> Result<bool, StoreError> {
        let name = self.object(object)?;
        let key_type = KeyType::of(algorithm)
            .ok_or(StoreError::Unsupported { store: self.name.to_string(), what: "hold keys of this algorithm" })?;
        let occupied = || StoreError::Occupied { store: self.name.to_string(), object: object.to_owned() };
        if name.version != 1 {
            return Err(occupied());
        }
        match self.transit().import(name.key, key_type, self.exportable, secret) {
            Ok(_) => Ok(true),
            // The same pair again is fine; of a symmetric key nobody can say whether it is the same.
            Err(BaoError::Occupied(_)) if !algorithm.is_symmetric() => {
                if self.public_key(object)? == crypto::public_key(secret)?.1 { Ok(false) } else { Err(occupied()) }
            }
            Err(error) => Err(self.error(object, error)),
        }
    }

    fn versions_of(key: &TransitKey) -> Vec<EngineVersion> {
        let usable = |number: u32| !key.soft_deleted && number >= key.min_decryption;
        let signs = |number: u32| usable(number) && number >= key.min_encryption;
        let version = |version: &crate::network::bao::TransitVersion| EngineVersion {
            number: version.number,
            object: Object { key: &key.name, version: version.number }.to_string().into(),
            algorithm: key.key_type.algorithm(),
            public_key: version.public_key.clone(),
            created: version.created,
            usable: usable(version.number),
            signs: signs(version.number),
            of_key: EngineKey {
                may_leave: key.exportable,
                may_be_deleted: key.deletion_allowed,
                marked_deleted: key.soft_deleted,
            },
        };
        key.versions.iter().map(version).collect()
    }
}

impl KeyStore for OpenBaoStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        Self::capabilities_with(self.exportable)
    }

    fn import(&self, items: &[Item<'_>]) -> Result<(), StoreError> {
        super::check_batch(self, items)?;
        let mut made: Vec<&str> = Vec::new();
        for item in items {
            let result = crypto::public_key(item.secret).map_err(StoreError::from);
            match result.and_then(|(algorithm, _)| self.import_one(item.object, algorithm, item.secret)) {
                Ok(new) => made.extend(new.then_some(item.object)),
                Err(error) => {
                    // What this batch has made is taken back; what cannot be stays known by its name.
                    made.iter().for_each(|object| drop(self.destroy(object)));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn import_key(&self, object: &str, algorithm: Algorithm, secret: &SecretBytes) -> Result<(), StoreError> {
        self.import_one(object, algorithm, secret).map(drop)
    }

    fn holds(&self, item: &Item<'_>) -> Result<bool, StoreError> {
        let found = self.public_key(item.object)?;
        Ok(crypto::public_key(item.secret).is_ok_and(|(_, public_key)| public_key == found))
    }

    fn lets_out(&self, object: &str) -> Result<bool, StoreError> {
        self.read(object).map(|(key, _)| key.exportable)
    }

    fn export(&self, object: &str) -> Result<SecretBytes, StoreError> {
        let (key, version) = self.read(object)?;
        if !key.exportable {
            return Err(StoreError::Unsupported {
                store: self.name.to_string(),
                what: "give out this key: it was made so that it never leaves",
            });
        }
        self.transit().export(&key.name, key.key_type, version).map_err(|error| self.error(object, error))
    }

    /// An item that is not the newest ends with all older ones; the newest with the whole key.
    fn destroy(&self, object: &str) -> Result<(), StoreError> {
        let (key, version) = self.read(object)?;
        let transit = self.transit();
        if version >= key.latest {
            return transit.delete(&key.name).map_err(|error| self.error(object, error));
        }
        self.block(object)?;
        let left = transit.trim(&key.name, version + 1).map_err(|error| self.error(object, error))?;
        if left.versions.iter().any(|left| left.number <= version) {
            Err(StoreError::StillThere { store: self.name.to_string(), object: object.to_owned() })
        } else {
            Ok(())
        }
    }

    fn list(&self) -> Result<Vec<String>, StoreError> {
        self.transit().list().map_err(|error| self.error("", error))
    }

    fn algorithms(&self) -> Result<Vec<Algorithm>, StoreError> {
        Ok(KeyType::MADE.iter().map(|key_type| key_type.algorithm()).collect())
    }

    fn generate(&self, object: &str, algorithm: Algorithm) -> Result<Box<[u8]>, StoreError> {
        let name = self.object(object)?;
        let key_type = KeyType::of(algorithm)
            .ok_or(StoreError::Unsupported { store: self.name.to_string(), what: "make keys of this algorithm" })?;
        if name.version != 1 {
            return Err(StoreError::Unsupported {
                store: self.name.to_string(),
                what: "make a key that begins with a later version",
            });
        }
        let new = NewTransitKey { key_type, exportable: self.exportable };
        let key = self.transit().create(name.key, new).map_err(|error| self.error(object, error))?;
        let made = key.versions.into_iter().find(|version| version.number == 1);
        Ok(made.and_then(|version| version.public_key).unwrap_or_default())
    }

    fn public_key(&self, object: &str) -> Result<Box<[u8]>, StoreError> {
        let (key, wanted) = self.read(object)?;
        if key.key_type.algorithm().is_symmetric() {
            return Ok(Box::default());
        }
        let found = key.versions.into_iter().find(|version| version.number == wanted).and_then(|version| version.public_key);
        let what = "tell the public half of a version below the key's minimum version";
        found.ok_or(StoreError::Unsupported { store: self.name.to_string(), what })
    }

    /// A symmetric key that stays is known by the MAC that only it makes.
    fn proof(&self, object: &str) -> Result<SecretBytes, StoreError> {
        let (key, version) = self.read(object)?;
        if self.exportable && key.exportable {
            return self.export(object);
        }
        let made = self.transit().hmac(&key.name, Some(version), b"keystead knows it by this");
        made.map(SecretBytes::new).map_err(|error| self.error(object, error))
    }

    fn sign(&self, object: &str, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        let signed = self.sign_all(object, algorithm, &[message])?;
        signed.into_iter().next().ok_or_else(|| self.absent(object))
    }

    fn sign_all(&self, object: &str, algorithm: Algorithm, messages: &[&[u8]]) -> Result<Vec<Vec<u8>>, StoreError> {
        self.sign_by(object, algorithm, None, messages)
    }

    fn signer(&self, object: &str, algorithm: Algorithm) -> Result<Box<dyn Signer>, StoreError> {
        let public_key = self.public_key(object)?;
        Ok(Box::new(ServerSigner { store: self.clone(), object: object.into(), algorithm, public_key }))
    }

    fn versions(&self, object: &str) -> Result<Vec<EngineVersion>, StoreError> {
        let wanted = self.object(object)?;
        let key = self.transit().read(wanted.key).map_err(|error| self.error(object, error))?;
        Ok(Self::versions_of(&key))
    }

    fn version_named(&self, object: &str, number: u32) -> Box<str> {
        Object::parse(object).map_or_else(|| object.into(), |of| Object { version: number, ..of }.to_string().into())
    }

    fn rotate(&self, object: &str, before: u32) -> Result<EngineVersion, StoreError> {
        let wanted = self.object(object)?;
        let key = self.transit().rotate(wanted.key, before).map_err(|error| self.error(object, error))?;
        // The one after the recorded one is the one that was asked for, whatever somebody else made since.
        Self::versions_of(&key).into_iter().find(|version| version.number == before + 1).ok_or_else(|| self.absent(object))
    }

    fn block(&self, object: &str) -> Result<(), StoreError> {
        let (key, version) = self.read(object)?;
        if version >= key.latest {
            return Err(StoreError::Unsupported {
                store: self.name.to_string(),
                what: "block the newest version of a key: rotate it first",
            });
        }
        let raised = |known: u32| Some(known.max(version + 1));
        let config = TransitConfig {
            min_decryption_version: raised(key.min_decryption),
            min_encryption_version: raised(key.min_encryption),
            deletion_allowed: None,
        };
        let now = self.transit().configure(&key.name, &config).map_err(|error| self.error(object, error))?;
        if now.min_decryption > version && now.min_encryption > version {
            Ok(())
        } else {
            Err(StoreError::StillThere { store: self.name.to_string(), object: object.to_owned() })
        }
    }
}
