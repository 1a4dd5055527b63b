//! The operating system's keychain: one item a key.
//!
//! A keychain may ask the person something and never come back, so every call runs on a thread of
//! its own and is waited for only so long.

#[cfg(any(target_os = "linux", windows))]
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use keyring_core::{Entry, Error};

use super::files::FileStore;
use super::{Capabilities, Granularity, Item, KeyStore, StoreError};
use crate::crypto;
use crate::model::InventoryId;
use crate::secret::{SecretBytes, on_wiped_stack};

/// The service under which every item lies; its label and attributes hold nothing else but ids.
const SERVICE: &str = "Keystead";

/// `CRED_MAX_CREDENTIAL_BLOB_SIZE` of the Windows credential manager.
#[cfg(windows)]
const LARGEST: Option<usize> = Some(2_560);
#[cfg(not(windows))]
const LARGEST: Option<usize> = None;

type Job = Box<dyn FnOnce() + Send>;

/// The keychain of this machine, for the items of one inventory.
pub struct Keychain {
    inventory: InventoryId,
    name: String,
    wait: Duration,
    jobs: Mutex<Option<Sender<Job>>>,
    hanging: Arc<AtomicBool>,
}

/// Why the keychain does not work.
#[derive(Debug)]
pub struct ProbeFailure {
    /// What it calls itself, if it could be asked.
    pub name: Option<String>,
    /// Why, and what to do.
    pub error: StoreError,
}

/// Proves the keychain of this machine by writing, reading and deleting an item. Its name.
pub fn probe(wait: Duration) -> Result<String, ProbeFailure> {
    let id = crypto::random().map(InventoryId).map_err(|error| ProbeFailure { name: None, error: error.into() })?;
    let keychain = Keychain::new(id, wait);
    let work = || {
        let written = SecretBytes::new(crypto::random::<32>()?.to_vec());
        keychain.set("probe", &written)?;
        let found = keychain.get("probe");
        keychain.delete("probe")?;
        if found?.same_as(&written) { Ok(()) } else { Err(keychain.damaged("probe")) }
    };
    match work() {
        Ok(()) => Ok(keychain.name.clone()),
        Err(error) => Err(ProbeFailure { name: platform_name(), error }),
    }
}

impl Keychain {
    /// The keychain for an inventory; nothing is asked of it yet.
    pub fn new(inventory: InventoryId, wait: Duration) -> Self {
        let name = platform_name().unwrap_or_else(|| "The OS keychain".into());
        Self { inventory, name, wait, jobs: Mutex::new(None), hanging: Arc::default() }
    }

    /// What it calls itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn absent(&self, object: &str) -> StoreError {
        StoreError::Absent { store: self.name.clone(), object: object.into() }
    }

    fn damaged(&self, object: &str) -> StoreError {
        StoreError::Damaged { store: self.name.clone(), object: object.into() }
    }

    fn no_answer(&self) -> StoreError {
        StoreError::NoAnswer { store: self.name.clone(), waited: self.wait }
    }

    /// Runs a call on the keychain's thread. While an earlier call hangs, later ones are told so
    /// at once instead of queueing behind it.
    fn call<R: Send + 'static>(
        &self,
        work: impl Fn() -> Result<R, Error> + Send + 'static,
    ) -> Result<Result<R, Error>, StoreError> {
        if self.hanging.load(Ordering::Acquire) {
            return Err(self.no_answer());
        }
        let (answer, answers) = channel();
        let hanging = self.hanging.clone();
        self.submit(Box::new(move || {
            let result = connect().and_then(|()| work()).or_else(|error| match error {
                // The service may have been restarted: what was agreed with the old one is void.
                Error::PlatformFailure(_) => reconnect().and_then(|()| work()),
                other => Err(other),
            });
            // Nobody may be waiting any more; then the next call may try again.
            hanging.store(false, Ordering::Release);
            let _ = answer.send(result);
        }))?;
        match answers.recv_timeout(self.wait) {
            Ok(result) => Ok(result),
            Err(RecvTimeoutError::Timeout) => {
                self.hanging.store(true, Ordering::Release);
                // It may have ended in between.
                answers.try_recv().map_err(|_| self.no_answer()).inspect(|_| self.hanging.store(false, Ordering::Release))
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.reach("its worker stopped")),
        }
    }

    fn submit(&self, job: Job) -> Result<(), StoreError> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match jobs.as_ref() {
            Some(sender) => match sender.send(job) {
                Ok(()) => return Ok(()),
                Err(back) => back.0,
            },
            None => job,
        };
        self.start(&mut jobs, job)
    }

    fn start(&self, jobs: &mut Option<Sender<Job>>, job: Job) -> Result<(), StoreError> {
        let (sender, receiver): (Sender<Job>, Receiver<Job>) = channel();
        let run = move || receiver.iter().for_each(on_wiped_stack);
        std::thread::Builder::new().name("keychain".into()).spawn(run).map_err(|error| self.reach(&error.to_string()))?;
        sender.send(job).map_err(|_| self.reach("its worker stopped"))?;
        *jobs = Some(sender);
        Ok(())
    }

    fn reach(&self, reason: &str) -> StoreError {
        StoreError::Absence { store: self.name.clone(), reason: format!("{reason}.") }
    }

    fn user(&self, object: &str) -> String {
        format!("{}/{object}", self.inventory)
    }

    /// Reads an item.
    pub fn get(&self, object: &str) -> Result<SecretBytes, StoreError> {
        let user = self.user(object);
        let found = self.call(move || entry(&user)?.get_secret().map(SecretBytes::new))?;
        let found = found.map_err(|error| self.explain(error, object))?;
        decode(found).ok_or_else(|| self.damaged(object))
    }

    /// Writes an item over whatever was there.
    pub fn set(&self, object: &str, secret: &SecretBytes) -> Result<(), StoreError> {
        let (user, encoded) = (self.user(object), encode(secret));
        if let Some(limit) = LARGEST.filter(|&limit| encoded.expose().len() > limit) {
            return Err(StoreError::TooLarge { store: self.name.clone(), size: encoded.expose().len(), limit });
        }
        self.call(move || entry(&user)?.set_secret(encoded.expose()))?.map_err(|error| self.explain(error, object))
    }

    /// Deletes an item and proves by reading that it is gone.
    pub fn delete(&self, object: &str) -> Result<(), StoreError> {
        let user = self.user(object);
        self.call(move || entry(&user)?.delete_credential())?.map_err(|error| self.explain(error, object))?;
        match self.get(object) {
            Err(StoreError::Absent { .. }) => Ok(()),
            Ok(_) => Err(self.reach("it reported an item as deleted that is still there")),
            Err(error) => Err(error),
        }
    }

    fn explain(&self, error: Error, object: &str) -> StoreError {
        match error {
            Error::NoEntry => self.absent(object),
            Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::Ambiguous(_) => self.damaged(object),
            Error::NoStorageAccess(cause) => {
                let text = cause.to_string();
                if text.to_lowercase().contains("prompt") {
                    StoreError::PromptRefused { store: self.name.clone() }
                } else {
                    self.reach(&format!("it is locked, or has no collection to store in ({text})"))
                }
            }
            Error::NoDefaultStore | Error::NotSupportedByStore(_) => self.reach("no keychain service runs in this session"),
            Error::TooLong(_, limit) => StoreError::TooLarge { store: self.name.clone(), size: 0, limit: limit as usize },
            other => self.reach(&short(&other.to_string())),
        }
    }
}

fn short(text: &str) -> String {
    text.trim_end_matches('.').chars().take(200).collect()
}

/// Where a store takes only text, secrets are kept in base64.
fn encode(secret: &SecretBytes) -> SecretBytes {
    if cfg!(any(windows, target_os = "macos")) {
        return SecretBytes::new(secret.expose().to_vec());
    }
    SecretBytes::new(Base64::encode_string(secret.expose()).into_bytes())
}

fn decode(found: SecretBytes) -> Option<SecretBytes> {
    if cfg!(any(windows, target_os = "macos")) {
        return Some(found);
    }
    Base64::decode_vec(std::str::from_utf8(found.expose()).ok()?).ok().map(SecretBytes::new)
}

/// Sees to it that the platform's store is the one in use. The `keyring` crate looks once; a
/// service that was started later is found by looking again.
fn connect() -> Result<(), Error> {
    if keyring::Entry::store_status().is_ok() || keyring_core::get_default_store().is_some() {
        return Ok(());
    }
    reconnect()
}

/// Reaches for the platform's store anew.
fn reconnect() -> Result<(), Error> {
    #[cfg(target_os = "linux")]
    {
        keyring_core::set_default_store(zbus_secret_service_keyring_store::Store::new()?);
        Ok(())
    }
    #[cfg(not(target_os = "linux"))]
    Err(Error::NoDefaultStore)
}

#[cfg(windows)]
fn entry(user: &str) -> Result<Entry, Error> {
    // Roaming credentials would leave the machine.
    Entry::new_with_modifiers(SERVICE, user, &HashMap::from([("persistence", "Local")]))
}

#[cfg(not(windows))]
fn entry(user: &str) -> Result<Entry, Error> {
    Entry::new(SERVICE, user)
}

/// What the keychain of this machine calls itself.
#[cfg(target_os = "linux")]
fn platform_name() -> Option<String> {
    let connection = zbus::blocking::connection::Builder::session().ok()?.method_timeout(Duration::from_secs(2)).build().ok()?;
    let bus = zbus::blocking::fdo::DBusProxy::new(&connection).ok()?;
    let service = zbus::names::BusName::try_from("org.freedesktop.secrets").ok()?;
    let process = bus.get_connection_unix_process_id(service).ok()?;
    let program = std::fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    let known = [("gnome-keyring", "GNOME Keyring"), ("kwallet", "KWallet"), ("ksecret", "KWallet"), ("keepassxc", "KeePassXC")];
    let name = known.iter().find(|(start, _)| program.starts_with(start)).map_or("Secret Service", |(_, name)| name);
    Some(name.to_owned())
}

#[cfg(not(target_os = "linux"))]
fn platform_name() -> Option<String> {
    let name = if cfg!(windows) {
        "Windows Credential Manager"
    } else if cfg!(target_os = "macos") {
        "macOS Keychain"
    } else {
        return None;
    };
    Some(name.to_owned())
}

/// Keys as keychain items, and a recovery copy of each where the person wanted that.
pub struct KeychainStore {
    keychain: Arc<Keychain>,
    copies: Arc<FileStore>,
}

impl KeychainStore {
    /// Keys in this keychain. Copies are made while `copies` is open.
    pub fn new(keychain: Arc<Keychain>, copies: Arc<FileStore>) -> Self {
        Self { keychain, copies }
    }

    /// The item lies there already with these bytes; other bytes are refused.
    fn holds(&self, item: &Item) -> Result<bool, StoreError> {
        match self.keychain.get(item.object) {
            Ok(found) if found.same_as(item.secret) => Ok(true),
            Ok(_) => Err(StoreError::Occupied { store: self.keychain.name.clone(), object: item.object.into() }),
            Err(StoreError::Absent { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The copies first: a key that lies in the keychain has its copy.
    fn put_all(&self, items: &[Item], new: &[&Item]) -> Result<(), StoreError> {
        if self.copies.is_open() {
            self.copies.put_over(items)?;
        }
        new.iter().try_for_each(|item| self.keychain.set(item.object, item.secret))
    }
}

impl KeyStore for KeychainStore {
    fn name(&self) -> &str {
        &self.keychain.name
    }

    fn capabilities(&self) -> Capabilities {
        let largest_item = LARGEST.or(self.copies.capabilities().largest_item);
        Capabilities { keys_can_leave: true, makes_inside: false, holds_many: false, largest_item, destroys: Granularity::Item }
    }

    fn import(&self, items: &[Item<'_>]) -> Result<(), StoreError> {
        super::check_batch(self, items)?;
        let mut new = Vec::with_capacity(items.len());
        for item in items {
            if !self.holds(item)? {
                new.push(item);
            }
        }
        self.put_all(items, &new).inspect_err(|_| {
            for item in new {
                // The first error is the one to tell.
                let _ = self.destroy(item.object);
            }
        })
    }

    fn export(&self, object: &str) -> Result<SecretBytes, StoreError> {
        self.keychain.get(object)
    }

    fn destroy(&self, object: &str) -> Result<(), StoreError> {
        let gone = self.keychain.delete(object);
        if !matches!(gone, Ok(()) | Err(StoreError::Absent { .. })) || !self.copies.is_open() {
            return gone;
        }
        match self.copies.destroy(object) {
            Ok(()) | Err(StoreError::Absent { .. }) => gone,
            Err(error) => Err(error),
        }
    }

    #[cfg(target_os = "linux")]
    fn list(&self) -> Result<Vec<String>, StoreError> {
        let prefix = format!("{}/", self.keychain.inventory);
        let found = self.keychain.call(|| {
            let entries = Entry::search(&HashMap::from([("service", SERVICE)]))?;
            entries.iter().map(|entry| Ok(entry.get_attributes()?.remove("username"))).collect::<Result<Vec<_>, Error>>()
        })?;
        let users = found.map_err(|error| self.keychain.explain(error, "list"))?;
        let own = users.iter().flatten().filter_map(|user| user.strip_prefix(&prefix));
        let mut names: Vec<String> = own.filter(|object| object.len() == 32).map(str::to_owned).collect();
        names.sort_unstable();
        Ok(names)
    }

    #[cfg(not(target_os = "linux"))]
    fn list(&self) -> Result<Vec<String>, StoreError> {
        Err(StoreError::Unsupported { store: self.keychain.name.clone(), what: "list its items" })
    }
}
