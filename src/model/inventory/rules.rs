//! What the inventory's rules forbid, asked before anything is written.

use std::collections::HashSet;
use std::sync::Arc;

use super::Inventory;
use crate::model::event::{Event, RECORD_VERSION, Record};
use crate::model::ids::{KeyId, OperationId};
use crate::model::intent::{Edit, Intent, NewKey, NewVersion, VersionRef};
use crate::model::key::{Key, Version};
use crate::model::name::{self, NameError};
use crate::model::origin::Held;
use crate::model::policy::{LONGEST_DAYS, PolicyError};
use crate::model::purpose::Purpose;
use crate::model::state::State;
use crate::model::time::Time;
use crate::model::transition::Refusal;

/// A record does not fit what came before it. The log is not what this program wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Written by a newer version of the program.
    #[error("record {seq} has form {found}, and this version reads up to {RECORD_VERSION}. Use the newer version that wrote it")]
    Newer {
        /// The record.
        seq: u64,
        /// Its form.
        found: u16,
    },
    /// Records are missing or repeated.
    #[error("record {found} stands where record {expected} should")]
    Gap {
        /// The number it should have.
        expected: u64,
        /// The number it has.
        found: u64,
    },
    /// It belongs to another inventory.
    #[error("record {seq} belongs to another inventory")]
    Foreign {
        /// The record.
        seq: u64,
    },
    /// It was written before the record ahead of it.
    #[error("record {seq} is dated before the record ahead of it")]
    Backwards {
        /// The record.
        seq: u64,
    },
    /// An event is against the rules.
    #[error("record {seq}: {rule}")]
    Rule {
        /// The record.
        seq: u64,
        /// Which rule.
        rule: RuleError,
    },
}

/// What the rules of the inventory forbid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// No such key.
    #[error("there is no key {0}")]
    NoKey(KeyId),
    /// No such version.
    #[error("{name} has no version {version}")]
    NoVersion {
        /// The key's name.
        name: String,
        /// The number asked for.
        version: u32,
    },
    /// No such store.
    #[error("there is no store “{0}”")]
    NoStore(String),
    /// The store exists already.
    #[error("there is already a store “{0}”")]
    StoreExists(String),
    /// The name is taken.
    #[error("there is already a key “{0}”. Choose another name")]
    NameTaken(String),
    /// The name cannot be used.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The key exists already.
    #[error("key {0} exists already")]
    KeyExists(KeyId),
    /// An operation on the key has not ended.
    #[error("“{0}” is busy: an operation on it has not ended yet. Try again in a moment")]
    Busy(String),
    /// What was to happen by itself is not due, or no longer.
    #[error("“{0}” is no longer due")]
    NotDue(String),
    /// No such operation.
    #[error("there is no open operation {0}")]
    NoOperation(OperationId),
    /// The state does not allow it.
    #[error("{name} {refusal}")]
    Refused {
        /// The key's name.
        name: String,
        /// Why.
        refusal: Refusal,
    },
    /// Nothing is due to this recipient.
    #[error("nothing of {name} is due to “{recipient}”")]
    NoDelivery {
        /// The key's name.
        name: String,
        /// Who was named.
        recipient: String,
    },
    /// This recipient holds nothing of the version.
    #[error("“{recipient}” does not hold version {version} of {name}, as far as is recorded")]
    NoHolder {
        /// The key's name.
        name: String,
        /// Which version.
        version: u32,
        /// Who was named.
        recipient: String,
    },
    /// There is no revocation to tell of.
    #[error("{0} was not revoked, so there is nothing to tell its holders")]
    NotRevoked(String),
    /// Its private half is in no store of this inventory.
    #[error("the private half of {name} is not in a store of this inventory ({place}), so it cannot be {verb} here")]
    HeldElsewhere {
        /// The key's name.
        name: String,
        /// Where it is.
        place: String,
        /// What was asked, as a participle.
        verb: &'static str,
    },
    /// Keys of its algorithm sign nothing.
    #[error("{name} signs nothing: it is a key for {algorithm}")]
    SignsNothing {
        /// The key's name.
        name: String,
        /// What it has.
        algorithm: &'static str,
    },
    /// Keys of its algorithm wrap nothing.
    #[error(
        "{name} wraps nothing: it is a key for {algorithm}. Wrap under an AES key, or under an RSA key of at least 2048 bits"
    )]
    WrapsNothing {
        /// The key's name.
        name: String,
        /// What it has.
        algorithm: &'static str,
    },
    /// SSH has no signatures of its algorithm.
    #[error(
        "SSH knows no signatures of {algorithm}, so the agent cannot offer {name}. Ed25519, ECDSA and RSA keys can be offered"
    )]
    NotForSsh {
        /// The key's name.
        name: String,
        /// What it has.
        algorithm: &'static str,
    },
    /// A key has one purpose (SP 800-57 part 1 section 5.2), and this one's is another.
    #[error("{name} wraps nothing: its purpose is “{purpose}”. Wrap under a key whose purpose is “{}”", Purpose::Custom.name())]
    WrapsNot {
        /// The key's name.
        name: String,
        /// What it is for.
        purpose: &'static str,
    },
    /// A key cannot be wrapped under itself.
    #[error("{0} cannot be wrapped under itself. Name another key with --under")]
    WrapsItself(String),
    /// The policy keeps private halves where they are.
    #[error("the policy of {0} keeps its private half in its store. Set “Private half exportable” to yes first")]
    NotExportable(String),
    /// The figures of a policy contradict each other.
    #[error(transparent)]
    Policy(PolicyError),
    /// Keys lie in a store that was to be removed.
    #[error("{keys} in {store} whose private half lies there. Destroy or move what is there first")]
    StoreInUse {
        /// The store's name.
        store: String,
        /// How many, as the beginning of a sentence.
        keys: String,
    },
    /// Expiry does not lie after activation.
    #[error("{name}: the expiry has to lie after the activation")]
    Dates {
        /// The key's name.
        name: String,
    },
    /// A merge would bring back what was ended here.
    #[error("{0} is destroyed or being destroyed, and a merge brings nothing of it back")]
    Ended(String),
    /// A merge would make a state milder.
    #[error("a merge makes no state milder, and {0} would be")]
    Milder(String),
    /// A merge would let private halves leave that may not leave here.
    #[error("a merge lets no private half leave that may not leave here, and the policy of {0} would")]
    Loosened(String),
    /// The event cannot stand here.
    #[error("{0}")]
    Misplaced(&'static str),
}

/// Whether one of the events notes this version.
fn notes(events: &[Event], version: VersionRef) -> bool {
    let is = |key: &NewKey| key.id == version.key && key.version.number == version.version;
    events.iter().any(|event| matches!(event, Event::KeysNoted { keys } if keys.iter().any(is)))
}

impl Inventory {
    pub(super) fn check_head(&self, record: &Record) -> Result<(), ApplyError> {
        let seq = record.seq;
        if record.v != RECORD_VERSION {
            return Err(ApplyError::Newer { seq, found: record.v });
        }
        if seq != self.seq + 1 {
            return Err(ApplyError::Gap { expected: self.seq + 1, found: seq });
        }
        if self.seq > 0 && record.inventory != self.id {
            return Err(ApplyError::Foreign { seq });
        }
        let corrects = record.events.iter().any(|event| matches!(event, Event::ClockCorrected { .. }));
        if record.time < self.floor && !corrects {
            return Err(ApplyError::Backwards { seq });
        }
        Ok(())
    }

    /// Asks whether the events could be appended now; changes nothing.
    pub fn check(&self, events: &[Event], now: Time) -> Result<(), RuleError> {
        events.iter().enumerate().try_for_each(|(at, event)| match event {
            // What an earlier event of the same record notes is there by then.
            Event::CertificateAttached { version, .. } if notes(&events[..at], *version) => Ok(()),
            Event::VersionIdentified { version, .. } if self.ends_making(&events[..at], *version) => Ok(()),
            event => self.check_event(event, now),
        })
    }

    pub(super) fn check_event(&self, event: &Event, now: Time) -> Result<(), RuleError> {
        match event {
            Event::InventoryCreated { .. } if self.seq > 0 => Err(RuleError::Misplaced("an inventory is created once")),
            Event::StoreAdded(store) if self.store(&store.name).is_some() => Err(RuleError::StoreExists(store.name.to_string())),
            Event::StoreMoved(store) if self.store(&store.name).is_none() => Err(RuleError::NoStore(store.name.to_string())),
            Event::StoreRemoved { name } => self.may_remove_store(name).map(drop),
            Event::Begun { intent, .. } => self.check_intent(intent, now),
            Event::Done { operation } | Event::Failed { operation, .. } | Event::BackupSealed { operation, .. }
                if !self.open.contains_key(operation) =>
            {
                Err(RuleError::NoOperation(*operation))
            }
            Event::KeysNoted { keys } => self.check_new_keys(keys),
            Event::KeyEdited { key, edit } => self.check_edit(*key, edit),
            Event::HeldChanged { version, held } => {
                let (_, found) = self.version(*version)?;
                self.free(version.key)?;
                match (found.held(), held) {
                    (Held::Here, _) => Err(RuleError::Misplaced("its private half is here already")),
                    (_, Held::Here) => Err(RuleError::Misplaced("a private half is brought in through a store")),
                    _ => Ok(()),
                }
            }
            Event::VersionIdentified { version, .. } => {
                let (_, found) = self.version(*version)?;
                self.free(version.key)?;
                if !found.is_unidentified() {
                    return Err(RuleError::Misplaced("which key it is, is known already"));
                }
                Ok(())
            }
            Event::Exported { versions, .. } => versions.iter().try_for_each(|version| self.version(*version).map(drop)),
            Event::HandedOver { version, .. } | Event::Requested { version, .. } | Event::CertificateAttached { version, .. } => {
                self.version(*version).map(drop)
            }
            Event::CertificateRevoked { version, issuer, .. } => {
                let (_, found) = self.version(*version)?;
                if found.issued.iter().any(|issued| issued.issuer == **issuer) {
                    Ok(())
                } else {
                    Err(RuleError::Misplaced("the certificate was not issued by that server, as far as the log says"))
                }
            }
            Event::Transitioned { version, transition, .. } => {
                let (key, found) = self.version(*version)?;
                let mut life = found.life.clone();
                life.turn(*transition, now).map_err(|refusal| RuleError::Refused { name: key.name.to_string(), refusal })
            }
            Event::Revoked { version, reason, since, .. } => {
                let (key, found) = self.version(*version)?;
                let turn = reason.turn(*since, now);
                let refused = |refusal| RuleError::Refused { name: key.name.to_string(), refusal };
                found.life.clone().turn(turn, now).map_err(refused)
            }
            Event::Signed { version, .. } => self.may_sign(*version, now).map(drop),
            Event::AgentSigned { version, .. } => self.may_serve_version(*version, now).map(drop),
            Event::AgentSet { key, usage: None } => self.key(*key).map(drop).ok_or(RuleError::NoKey(*key)),
            Event::AgentSet { key, usage: Some(_) } => {
                self.may_serve(self.key(*key).ok_or(RuleError::NoKey(*key))?, now).map(drop)
            }
            Event::NoticeSent { version, .. } => {
                let (key, found) = self.version(*version)?;
                match found.revocation {
                    Some(_) => Ok(()),
                    None => Err(RuleError::NotRevoked(key.name.to_string())),
                }
            }
            Event::DeliveryDropped { key, recipient, .. } => {
                let key = self.key(*key).ok_or(RuleError::NoKey(*key))?;
                let due = key.open_deliveries().any(|delivery| delivery.recipient == *recipient);
                if due {
                    Ok(())
                } else {
                    Err(RuleError::NoDelivery { name: key.name.to_string(), recipient: recipient.to_string() })
                }
            }
            Event::ServerAdded { address } if self.servers.iter().any(|known| known.address == *address) => {
                Err(RuleError::Misplaced("the server is looked at already"))
            }
            Event::ServerRemoved { address } if self.servers.iter().all(|known| known.address != *address) => {
                Err(RuleError::Misplaced("the server is not among those that are looked at"))
            }
            Event::RecipientSet { recipient } => name::check(&recipient.name).map_err(RuleError::from),
            Event::RecipientRemoved { name } if self.recipient(name).is_none() => {
                Err(RuleError::Misplaced("the recipient is not in the address book"))
            }
            Event::BackupAgeSet { days } if !(1..=LONGEST_DAYS).contains(days) => {
                Err(RuleError::Misplaced("a backup is called old after at least a day and at most a century"))
            }
            Event::PolicySet { policy, .. } => policy.check().map_err(RuleError::Policy),
            Event::KeyPolicySet { key, overrides } => {
                let key = self.key(*key).ok_or(RuleError::NoKey(*key))?;
                overrides.over(self.policy(key.purpose)).check().map_err(RuleError::Policy)
            }
            Event::NoticeKeyChosen { key: Some(key) } | Event::AlertQuieted { key: Some(key), .. } => {
                self.key(*key).map(drop).ok_or(RuleError::NoKey(*key))
            }
            _ => Ok(()),
        }
    }

    fn check_edit(&self, id: KeyId, edit: &Edit) -> Result<(), RuleError> {
        let key = self.key(id).ok_or(RuleError::NoKey(id))?;
        let Some(name) = &edit.name else { return Ok(()) };
        name::check(name)?;
        let own = self.named(name).is_some_and(|other| other.id == id);
        if !own && self.name_taken(name) && !key.is_destroyed() {
            return Err(RuleError::NameTaken(name.to_string()));
        }
        Ok(())
    }

    fn check_intent(&self, intent: &Intent, now: Time) -> Result<(), RuleError> {
        let mut seen_keys = HashSet::new();
        match intent {
            Intent::Generate { keys } => self.check_new_keys(keys),
            Intent::Rotate { rotations, .. } => rotations.iter().try_for_each(|rotation| {
                let key = self.free(rotation.key)?;
                if !seen_keys.insert(rotation.key) {
                    return Err(RuleError::Misplaced("a key is rotated once at a time"));
                }
                if key.versions.iter().any(|existing| existing.number >= rotation.version.number) {
                    return Err(RuleError::Misplaced("another program made a new version of it meanwhile. Look at it again"));
                }
                let (_, old) = self.version(VersionRef { key: rotation.key, version: rotation.old })?;
                let state = old.state(now);
                if state == State::PreActive || state.is_destroyed() {
                    let wanted = "active, suspended, deactivated or compromised";
                    let refusal = Refusal::State { verb: "rotated", state, wanted };
                    return Err(RuleError::Refused { name: key.name.to_string(), refusal });
                }
                self.check_new_version(&key.name, &rotation.version)
            }),
            Intent::Adopt { adoptions } => adoptions.iter().try_for_each(|adoption| {
                self.free(adoption.version.key)?;
                if !seen_keys.insert(adoption.version.key) {
                    return Err(RuleError::Misplaced("one private half of a key is brought in at a time"));
                }
                let (_, found) = self.version(adoption.version)?;
                match found.held() {
                    Held::Here => Err(RuleError::Misplaced("its private half is here already")),
                    _ if self.store(&adoption.locator.store).is_none() => {
                        Err(RuleError::NoStore(adoption.locator.store.to_string()))
                    }
                    _ => Ok(()),
                }
            }),
            Intent::Move { version, from, to } => self.may_move(*version, from, to),
            Intent::Destroy { versions, .. } => versions.iter().try_for_each(|version| {
                let key = self.free(version.key)?;
                let (_, found) = self.version(*version)?;
                let state = found.state(now);
                if state.is_destroyed() {
                    let refusal = Refusal::State { verb: "destroyed", state, wanted: "in any other state" };
                    return Err(RuleError::Refused { name: key.name.to_string(), refusal });
                }
                Ok(())
            }),
            Intent::Export { versions, .. } => versions.iter().try_for_each(|version| {
                self.free(version.key)?;
                self.version(*version).map(drop)
            }),
            Intent::RemoveFile { versions, .. } => versions.iter().try_for_each(|version| {
                self.free(version.key)?;
                let (_, found) = self.version(*version)?;
                match found.held() {
                    Held::Here if found.life.destroyed.is_none() => Ok(()),
                    _ => Err(RuleError::Misplaced("what the file holds is not in a store of this inventory")),
                }
            }),
            Intent::Request { version, .. } => {
                self.free(version.key)?;
                self.version(*version).map(drop)
            }
            Intent::Restore { merge } => self.check_merge(merge, now),
            Intent::Backup { .. } => Ok(()),
            Intent::ChangePassphrase { .. } => {
                let busy = self.open.values().any(|operation| matches!(operation.intent, Intent::ChangePassphrase { .. }));
                if busy { Err(RuleError::Busy("The passphrase".into())) } else { Ok(()) }
            }
        }
    }

    fn check_new_keys(&self, keys: &[NewKey]) -> Result<(), RuleError> {
        let mut seen = HashSet::with_capacity(keys.len());
        keys.iter().try_for_each(|key| {
            name::check(&key.name)?;
            if self.name_taken(&key.name) || !seen.insert(&key.name) {
                return Err(RuleError::NameTaken(key.name.to_string()));
            }
            if self.index_of(key.id).is_some() {
                return Err(RuleError::KeyExists(key.id));
            }
            self.check_new_version(&key.name, &key.version)
        })
    }

    fn check_new_version(&self, name: &str, version: &NewVersion) -> Result<(), RuleError> {
        let here = version.origin.as_ref().is_none_or(|origin| origin.held.is_here());
        if here && self.store(&version.locator.store).is_none() {
            return Err(RuleError::NoStore(version.locator.store.to_string()));
        }
        match (version.activates, version.expires) {
            (Some(activates), Some(expires)) if activates >= expires => Err(RuleError::Dates { name: name.to_owned() }),
            _ => Ok(()),
        }
    }

    pub(super) fn free(&self, id: KeyId) -> Result<&Arc<Key>, RuleError> {
        let key = self.key(id).ok_or(RuleError::NoKey(id))?;
        if self.is_busy(id) { Err(RuleError::Busy(key.name.to_string())) } else { Ok(key) }
    }

    pub(super) fn version(&self, of: VersionRef) -> Result<(&Arc<Key>, &Version), RuleError> {
        let key = self.key(of.key).ok_or(RuleError::NoKey(of.key))?;
        let version =
            key.version(of.version).ok_or_else(|| RuleError::NoVersion { name: key.name.to_string(), version: of.version })?;
        Ok((key, version))
    }
}
