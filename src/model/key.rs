//! A key, its versions, and what was handed over of it.

use serde::{Deserialize, Serialize};

use super::agent::Offer;
use super::alert::Quiet;
use super::algorithm::Algorithm;
use super::certificate::{CertificateFacts, RequestProfile};
use super::handover::HandOver;
use super::ids::{BackupId, Digest, KeyId};
use super::intent::Edit;
use super::issued::IssuedCertificate;
use super::origin::{Held, Origin};
use super::policy::{Overrides, Policy};
use super::purpose::Purpose;
use super::revocation::Revocation;
use super::rotation::{self, Delivery};
use super::state::{Life, State};
use super::time::{DAY, Time};

/// Where the private material of a version lies: a store, and the name of the item in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Locator {
    /// The store's name in this inventory.
    pub store: Box<str>,
    /// The item's name in the store; it tells nothing about the key.
    pub object: Box<str>,
    /// The engine's own version number, where it has one.
    pub engine_version: Option<u64>,
}

/// The form of the origin of a version that was made here and then moved: it existed outside of the store it lies in.
pub const MOVED: &str = "moved";

/// One piece of key material of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Counted from 1 within its key.
    pub number: u32,
    /// Algorithm and parameters.
    pub algorithm: Algorithm,
    /// Where the private half lies.
    pub locator: Locator,
    /// The public half: a DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
    #[serde(with = "super::hex")]
    pub public_key: Box<[u8]>,
    /// SHA-256 of `public_key`; zeros where there is none, so ask [`Version::spki`].
    pub spki_sha256: Digest,
    /// SHA-256 of the OpenSSH public key blob, where there is one (RFC 4253 section 6.6).
    pub ssh_sha256: Option<Digest>,
    /// The facts from which its state follows.
    pub life: Life,
    /// The time zone in which a person chose the dates (IANA name).
    pub zone: Box<str>,
    /// Subject, names and usages of its last request.
    pub request: Option<Box<RequestProfile>>,
    /// The certificate that came back.
    pub certificate: Option<Box<CertificateFacts>>,
    /// It was revoked.
    pub revocation: Option<Box<Revocation>>,
    /// What a secret without a public half is known by.
    pub mac: Option<Digest>,
    /// Where it came from, if it was not made here.
    pub origin: Option<Box<Origin>>,
    /// When it signed a file, or for the SSH agent, last, as far as the log says.
    #[serde(default)]
    pub last_used: Option<Time>,
    /// The number of the record since which its private half is in a store here; 0 where it never was.
    #[serde(default)]
    pub stored: u64,
    /// The backup out of which it came, if a merge brought it in.
    #[serde(default)]
    pub from: Option<BackupId>,
    /// Certificates that key servers issued for it, the oldest first.
    #[serde(default)]
    pub issued: Vec<IssuedCertificate>,
}

impl Version {
    /// The state at an instant.
    pub fn state(&self, now: Time) -> State {
        self.life.state(now)
    }

    /// SHA-256 of its public half, where it has one.
    pub fn spki(&self) -> Option<Digest> {
        (!self.public_key.is_empty()).then_some(self.spki_sha256)
    }

    /// Where its private half is.
    pub fn held(&self) -> &Held {
        self.origin.as_ref().map_or(&Held::Here, |origin| &origin.held)
    }

    /// Its private half lies in another store now. That it once lay elsewhere stays with it.
    pub(super) fn moved(&mut self, from: &Locator, to: Locator) {
        self.locator = to;
        self.origin.get_or_insert_with(|| Box::new(Origin { form: MOVED.into(), place: from.store.clone(), held: Held::Here }));
    }

    /// Which key it is, is not known yet: its file was never opened, or its engine is about to make it.
    pub fn is_unidentified(&self) -> bool {
        self.public_key.is_empty() && self.mac.is_none()
    }

    /// What ends its use first: its own expiry or its certificate's `notAfter`.
    pub fn expires(&self) -> Option<Time> {
        let certificate = self.certificate.as_ref().map(|certificate| certificate.not_after);
        [self.life.expires, certificate].into_iter().flatten().min()
    }
}

/// A named entry of the inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Never changes.
    pub id: KeyId,
    /// Unique among keys that are not destroyed, in Unicode NFC.
    pub name: Box<str>,
    /// What it is for.
    pub purpose: Purpose,
    /// Who answers for it; empty when nobody was named.
    pub owner: Box<str>,
    /// Sorted, without repetition.
    pub tags: Vec<Box<str>>,
    /// Days before expiry at which a person is warned, the earliest first.
    pub warn_days: Box<[u32]>,
    /// Free text, never for secrets.
    pub note: Box<str>,
    /// Oldest first; never empty.
    pub versions: Vec<Version>,
    /// Oldest first.
    pub hand_overs: Vec<HandOver>,
    /// Hand-overs due after rotations, oldest first; those that ended too.
    pub deliveries: Vec<Delivery>,
    /// Figures of its policy that differ from its purpose's.
    pub overrides: Option<Box<Overrides>>,
    /// The SSH agent offers it, and how.
    #[serde(default)]
    pub agent: Option<Offer>,
    /// Where in the log the agent's last signature with it lies: a byte offset.
    #[serde(default)]
    pub agent_signed: Option<u64>,
    /// Alerts of it that a person snoozed or acknowledged.
    pub quiet: Vec<Quiet>,
    /// Where in the log the records lie that speak of it: byte offsets, oldest first.
    pub history: Vec<u64>,
}

impl Key {
    /// The newest active version; if none, the newest suspended, else the newest not destroyed,
    /// else the newest. `None` only for a key without versions, which the inventory refuses.
    pub fn current(&self, now: Time) -> Option<&Version> {
        let newest = |wanted: fn(State) -> bool| self.versions.iter().rev().find(|version| wanted(version.state(now)));
        newest(|state| state == State::Active)
            .or_else(|| newest(|state| state == State::Suspended))
            .or_else(|| newest(|state| !state.is_destroyed()))
            .or_else(|| self.versions.last())
    }

    /// The version with this number.
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The private material of every version is gone.
    pub fn is_destroyed(&self) -> bool {
        self.versions.iter().all(|version| version.life.destroyed.is_some())
    }

    /// Takes new values.
    pub(super) fn take_edit(&mut self, edit: &Edit) {
        fn set<T: Clone>(slot: &mut T, new: Option<&T>) {
            if let Some(new) = new {
                slot.clone_from(new);
            }
        }
        set(&mut self.name, edit.name.as_ref());
        set(&mut self.owner, edit.owner.as_ref());
        set(&mut self.tags, edit.tags.as_ref());
        set(&mut self.warn_days, edit.warn_days.as_ref());
        set(&mut self.note, edit.note.as_ref());
    }

    /// The edit that brings back the values that `edit` would replace.
    pub fn inverse(&self, edit: &Edit) -> Edit {
        Edit {
            name: edit.name.as_ref().map(|_| self.name.clone()),
            owner: edit.owner.as_ref().map(|_| self.owner.clone()),
            tags: edit.tags.as_ref().map(|_| self.tags.clone()),
            warn_days: edit.warn_days.as_ref().map(|_| self.warn_days.clone()),
            note: edit.note.as_ref().map(|_| self.note.clone()),
        }
    }

    /// The state of the current version.
    pub fn state(&self, now: Time) -> State {
        self.current(now).map_or(State::Destroyed, |version| version.state(now))
    }

    /// The earliest warning time has come, and the version is still to be used.
    pub fn in_warning(&self, version: &Version, now: Time) -> bool {
        matches!(version.state(now), State::Active | State::Suspended)
            && version.expires().is_some_and(|end| now < end && self.warns_from(end) <= now)
    }

    /// From here on a person is warned of an expiry at `end`.
    pub fn warns_from(&self, end: Time) -> Time {
        end.plus_seconds(-DAY * i64::from(self.warn_days.iter().copied().max().unwrap_or(0)))
    }

    /// The next instant after `now` at which state, warning, certificate or an alert changes by itself.
    pub fn next_change(&self, policy: &Policy, now: Time) -> Option<Time> {
        let of_version = |version: &Version| {
            let end = version.expires();
            let warnings =
                end.into_iter().flat_map(|end| self.warn_days.iter().map(move |&days| end.plus_days(-i64::from(days))));
            let due = version.life.destruction_due;
            warnings.chain(end).chain(version.life.next_change(now)).chain(due).filter(|&time| time > now).min()
        };
        let versions = self.versions.iter().filter_map(of_version);
        let quiet = self.quiet.iter().filter_map(|quiet| quiet.until);
        let of_policy = [rotation::due(self, policy, now), policy.next_change(now)].into_iter().flatten();
        versions.chain(quiet).chain(of_policy).filter(|&time| time > now).min()
    }
}
