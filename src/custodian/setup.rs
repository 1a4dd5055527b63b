//! Setting up, opening, unlocking, locking, and the passphrase.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::core::{Custodian, Troubles};
use super::environment::Environment;
use super::error::CustodianError;
use super::file;
use super::outcome::{KeychainFinding, Outcome, Setup};
use crate::audit::{Anchor, Guard, Log, LogKeys};
use crate::crypto;
use crate::model::{Event, Intent, InventoryId, Store, StoreKind};
use crate::secret::Passphrase;
use crate::stores::{self, Home, HomePlace};

/// How long another set-up of the same folder is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// What encrypted files are called in an inventory.
const FILES: &str = "Encrypted files";

impl Environment {
    /// Where the home store keeps its things.
    pub(super) fn place(&self, inventory: InventoryId) -> HomePlace {
        HomePlace { folder: self.folder.clone(), state_folder: self.state_folder.clone(), inventory, wait: self.keychain_wait }
    }
}

/// Tries the keychain of this machine by writing, reading and deleting an item.
pub fn probe_keychain(env: &Environment) -> KeychainFinding {
    match stores::probe(env.keychain_wait) {
        Ok(name) => KeychainFinding::Works { name },
        Err(failure) => KeychainFinding::Fails { name: failure.name, reason: failure.error.to_string() },
    }
}

impl Custodian {
    /// An inventory lies in the folder.
    pub fn exists(env: &Environment) -> bool {
        // What a restore left that was interrupted is finished or undone first.
        super::restore::settle(env);
        env.folder.join("audit.ron").exists()
    }

    /// Makes a new inventory, whole or not at all, and leaves it unlocked.
    pub fn init(env: Environment, setup: &Setup) -> Result<Self, CustodianError> {
        if Self::exists(&env) {
            return Err(CustodianError::InventoryExists(env.folder));
        }
        if holds_secrets(&env) {
            return Err(CustodianError::SecretsWithoutLog(env.folder));
        }
        for new in [&setup.passphrase, &setup.recovery].into_iter().flatten() {
            super::passphrase::strong_enough(new)?;
        }
        let needed = match setup.kind {
            StoreKind::Files => setup.passphrase.is_some(),
            StoreKind::FilesByKeychain => setup.recovery.is_some(),
            StoreKind::Keychain => true,
            StoreKind::Pkcs11 | StoreKind::OpenBao => return Err(CustodianError::NoHome(setup.kind.name())),
        };
        if !needed {
            return Err(CustodianError::PassphraseNeeded);
        }
        let folder = |cause| CustodianError::Folder { path: env.folder.clone(), cause };
        file::private_folder(&env.folder).map_err(folder)?;
        // Two at once would each replace what opens the other's secrets.
        let _alone = Guard::take(&env.folder, LOCK_WAIT)?;
        if Self::exists(&env) {
            return Err(CustodianError::InventoryExists(env.folder));
        }
        let name = home_name(&env, setup.kind)?;
        let id = InventoryId(crypto::random()?);
        let home = Home::create(env.place(id), setup.kind, setup.passphrase.as_ref(), setup.recovery.as_ref())?;
        let keys = LogKeys::derive(home.log_key()?);
        let mut events = vec![Event::InventoryCreated { home: name.clone() }, Event::StoreAdded(Store::new(name, setup.kind))];
        match setup.kind {
            StoreKind::Files | StoreKind::Pkcs11 | StoreKind::OpenBao => {}
            _ if setup.recovery.is_some() => events.push(Event::RecoveryMade),
            _ => events.push(Event::RecoveryDeclined),
        }
        let created = Log::create(&env.folder, &keys, id, (env.clock)(), &env.actor, env.installation, events);
        let opened = created.inspect_err(|_| {
            if !Self::exists(&env) {
                home.discard();
            }
        })?;
        let custodian = Self::assemble(env, opened.inventory, opened.log, home, Troubles::default());
        custodian.set_unlocked(Some(Arc::new(keys)));
        custodian.write_anchor();
        Ok(custodian)
    }

    /// Opens an inventory to be looked at; nothing secret is touched.
    pub fn open(env: Environment) -> Result<Self, CustodianError> {
        if !Self::exists(&env) {
            return Err(CustodianError::NoInventory(env.folder));
        }
        let opened = Log::open(&env.folder)?;
        let kind = opened.inventory.home().map_or(StoreKind::Files, |store| store.kind);
        let home = Home::at(env.place(opened.inventory.id()), kind);
        let troubles = Troubles::from(&opened.report);
        let custodian = Self::assemble(env, opened.inventory, opened.log, home, troubles);
        custodian.recall_servers();
        Ok(custodian)
    }

    /// Whether unlocking asks for a passphrase.
    pub fn asks_passphrase(&self) -> bool {
        self.read(|inventory| inventory.home().is_some_and(|store| store.kind.needs_passphrase()))
    }

    /// Opens the home store, checks the log against its anchor, and takes up what was left open.
    pub fn unlock(&self, passphrase: Option<Passphrase>) -> Result<(), CustodianError> {
        if self.is_unlocked() {
            return Ok(());
        }
        if self.asks_passphrase() && passphrase.is_none() {
            return Err(CustodianError::PassphraseNeeded);
        }
        let keys = {
            let mut home = self.home.write().unwrap_or_else(PoisonError::into_inner);
            home.unlock(passphrase.as_ref())?;
            LogKeys::derive(home.log_key()?)
        };
        drop(passphrase);
        let keys = Arc::new(keys);
        self.authenticate(&keys);
        self.set_unlocked(Some(keys));
        self.check_anchor();
        self.take_over();
        self.resume();
        self.mend_recovery();
        self.sweep();
        if super::restore::left_in_keychain(&self.env) {
            self.troubles().notices.push(LEFT_IN_KEYCHAIN.into());
        }
        Ok(())
    }

    /// Checks what was read while locked: the checkpoint's MAC and those of the records after it.
    pub(super) fn authenticate(&self, keys: &LogKeys) {
        let mut desk = self.desk();
        let super::core::Desk { inventory, log, .. } = &mut *desk;
        let checked = log.authenticate(keys, inventory);
        let good = log.head().seq;
        drop(desk);
        match checked {
            Ok(false) => {}
            Ok(true) => self
                .troubles()
                .notices
                .push("The checkpoint was not written with this inventory's key. The inventory was rebuilt from the log.".into()),
            Err(error) => self.distrust(error.to_string(), Some(good)),
        }
    }

    fn check_anchor(&self) {
        let anchor = self.read_anchor();
        match anchor {
            // A person went on from a log that this anchor is ahead of; it was not brought up since.
            Ok(Some(anchor)) if self.was_accepted(&anchor) => self.write_anchor(),
            Ok(Some(anchor)) => {
                // Another program may have written to the log and moved the anchor since the log was
                // read here.
                let whole = !self.troubles().read_only;
                if whole && anchor.seq > self.desk().log.head().seq {
                    let _ = self.refresh();
                }
                let mut desk = self.desk();
                let (checked, good) = (desk.log.check_anchor(&anchor), desk.log.head().seq);
                drop(desk);
                if let Err(error) = checked {
                    self.distrust(error.to_string(), Some(good));
                }
            }
            Ok(None) => {}
            Err(error) => self.troubles().conditions.anchor = Some(error.to_string()),
        }
    }

    fn was_accepted(&self, anchor: &Anchor) -> bool {
        self.read(|inventory| {
            let facts = inventory.facts();
            let accepted = facts.accepted.iter().map(|accepted| accepted.anchored);
            accepted.chain(facts.restored.iter().map(|restored| restored.anchored)).any(|seq| seq == Some(anchor.seq))
        })
    }

    /// Where the log stood when it was last noted outside of its folder.
    pub(super) fn read_anchor(&self) -> Result<Option<Anchor>, CustodianError> {
        let bytes = self.home.read().unwrap_or_else(PoisonError::into_inner).read_anchor()?;
        let anchor = bytes.and_then(|bytes| ron::de::from_bytes::<Anchor>(&bytes).ok());
        let own = self.read(crate::model::Inventory::id);
        Ok(anchor.filter(|anchor| anchor.inventory == own))
    }

    /// From here on the log is only read.
    fn distrust(&self, trouble: String, good_until: Option<u64>) {
        let mut troubles = self.troubles();
        troubles.conditions.log.get_or_insert(trouble);
        troubles.good_until = troubles.good_until.or(good_until);
        troubles.read_only = true;
    }

    /// A folder that another installation wrote last goes on here, on record.
    fn take_over(&self) {
        let from = self.read(|inventory| inventory.installation());
        if from != self.env.installation && self.append(vec![Event::TakenOver { from }]).is_ok() {
            self.troubles()
                .notices
                .push("This folder was last written by another installation of Keystead. It goes on here, on record.".into());
        }
    }

    /// Drops every secret. A window says so in the log first; a command just ends.
    pub fn lock(&self, on_record: bool) {
        if !self.is_unlocked() {
            return;
        }
        if on_record {
            // A log that cannot be written must not keep secrets in memory.
            let _ = self.append(vec![Event::Locked]);
        }
        // What was signed is on the disk before the lock is told; where that fails the log says so itself.
        let _ = self.sync_log();
        let trusted = !self.troubles().read_only;
        self.set_unlocked(None);
        self.home.write().unwrap_or_else(PoisonError::into_inner).lock();
        self.engines.lock();
        // The anchor comes last: a keychain may take long to take it, and secrets do not wait for that.
        if trusted {
            self.put_anchor();
        }
    }

    /// Notes that a person opened the inventory in a window.
    pub fn note_unlock(&self) -> Result<(), CustodianError> {
        self.append(vec![Event::Unlocked]).map(drop)
    }

    /// What is open here is about to be put aside: nothing of it is written any more. Returns whether that was so before.
    pub(super) fn retire(&self) -> bool {
        std::mem::replace(&mut self.troubles().read_only, true)
    }

    /// It was not put aside after all.
    pub(super) fn unretire(&self, before: bool) {
        self.troubles().read_only = before;
    }

    /// Brings the anchor up to the log. A failure is an alert, never a failed change.
    pub fn write_anchor(&self) {
        if self.is_unlocked() && !self.troubles().read_only {
            self.put_anchor();
        }
    }

    fn put_anchor(&self) {
        // An anchor ahead of what a crash leaves of the log would look like a log that was cut.
        let head = self.desk().log.head();
        if self.sync_all().is_err() {
            return;
        }
        let inventory = self.read(|inventory| inventory.id());
        let Ok(anchor) = ron::to_string(&Anchor { inventory, seq: head.seq, hash: head.hash }) else { return };
        let written = self.home.read().unwrap_or_else(PoisonError::into_inner).write_anchor(anchor.as_bytes());
        self.troubles().conditions.anchor = written.err().map(|error| error.to_string());
    }

    /// Writes the checkpoint if enough happened since the last one.
    pub fn write_checkpoint(&self, always: bool) {
        let mut desk = self.desk();
        let super::core::Desk { inventory, log, keys: Some(keys), .. } = &mut *desk else { return };
        if log.checkpoint_due() || (always && log.checkpoint_stale()) {
            // A checkpoint names a place in the log that has to be there after a crash.
            if let Some((until, result)) = log.unsynced().map(crate::audit::Unsynced::sync)
                && log.synced(until, result).is_err()
            {
                return;
            }
            // Without it the next start replays the log, which takes longer and loses nothing.
            let _ = log.write_checkpoint(inventory, keys);
        }
    }

    /// The end of a command: anchor and, if it is due, checkpoint.
    pub fn close(&self) {
        self.write_anchor();
        self.write_checkpoint(false);
    }

    /// Puts the home store under another passphrase. The old one opens until the new one was proven.
    pub fn change_passphrase(&self, old: &Passphrase, new: &Passphrase) -> Result<Outcome, CustodianError> {
        super::passphrase::strong_enough(new)?;
        let none = self.read(|inventory| {
            let in_keychain = inventory.home().is_some_and(|home| home.kind == StoreKind::Keychain);
            in_keychain && inventory.facts().recovery != Some(true)
        });
        if none {
            return Err(CustodianError::Input(
                "This inventory has no passphrase: its keys lie in the keychain, and there are no recovery copies. Make those first.".into(),
            ));
        }
        self.take_up();
        let before = {
            let home = self.home.read().unwrap_or_else(PoisonError::into_inner);
            home.prove_passphrase(old)?;
            home.identity_digest()?
        };
        let operation = self.begin(Intent::ChangePassphrase { before })?;
        let changed = self.home.write().unwrap_or_else(PoisonError::into_inner).change_passphrase(old, new);
        match changed {
            Ok(()) => {
                let changed = || "The passphrase was changed, and the new one opens the inventory".to_owned();
                self.done_with(&operation, vec![Event::PassphraseChanged]).map_err(|error| error.after(changed()))?;
                Ok(Outcome::default())
            }
            Err(error) => {
                let now = self.home.read().unwrap_or_else(PoisonError::into_inner).identity_digest();
                // With another file in place the operation stays open: the next unlock tells which it is.
                if now.is_ok_and(|now| now == before) {
                    self.failed(&operation, &error.to_string());
                }
                Err(error.into())
            }
        }
    }
}

const LEFT_IN_KEYCHAIN: &str = "A restore was interrupted and left secrets in the keychain, which cannot be reached now. \
     They are removed at the next start at which it can be.";

/// Secrets lie in the folder, be there a log or not.
fn holds_secrets(env: &Environment) -> bool {
    std::fs::read_dir(env.folder.join("secrets")).is_ok_and(|mut entries| entries.next().is_some())
}

/// What the home store will be called.
fn home_name(env: &Environment, kind: StoreKind) -> Result<Box<str>, CustodianError> {
    if kind == StoreKind::Files {
        return Ok(FILES.into());
    }
    match probe_keychain(env) {
        KeychainFinding::Works { name } if kind == StoreKind::Keychain => Ok(name.into()),
        KeychainFinding::Works { .. } => Ok(FILES.into()),
        KeychainFinding::Fails { reason, .. } => Err(CustodianError::NoKeychain(reason)),
    }
}
