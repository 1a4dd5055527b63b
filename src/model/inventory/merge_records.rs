//! What a merge brings of the words about keys: recipients, policies, hand-overs, and what describes keys and versions.
//! None of it is material or a state. What is here stays; only what is lacking here comes.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::merge::{MergeAct, MergeItem, Relation};
use super::plan::Planner;
use super::{Changes, Inventory, RuleError};
use crate::model::certificate::{CertificateFacts, RequestProfile};
use crate::model::handover::HandOver;
use crate::model::ids::KeyId;
use crate::model::intent::{Edit, VersionRef};
use crate::model::key::{Key, Version};
use crate::model::name;
use crate::model::policy::{Overrides, Policy};
use crate::model::purpose::Purpose;
use crate::model::recipient::{Recipient, RecipientKey, RecipientKeyKind};
use crate::model::revocation::Revocation;
use crate::model::rotation::Delivery;
use crate::model::time::Time;

/// What a merge brings beside keys, versions and states, as it stands in the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// Recipients that are not in the address book here.
    pub recipients: Vec<Recipient>,
    /// Policies of purposes that have none of their own here.
    pub policies: Vec<(Purpose, Policy)>,
    /// Figures of keys that have none of their own here.
    pub overrides: Vec<(KeyId, Overrides)>,
    /// What was given of keys that are known here.
    pub hand_overs: Vec<(KeyId, HandOver)>,
    /// Owner, tags and note where a key has none here.
    pub descriptions: Vec<(KeyId, Edit)>,
    /// Request, certificate and revocation where a version has none here.
    pub versions: Vec<(VersionRef, VersionRecords)>,
}

/// What is on record of a version beside its life.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRecords {
    /// See [`Version::request`].
    pub request: Option<Box<RequestProfile>>,
    /// See [`Version::certificate`].
    pub certificate: Option<Box<CertificateFacts>>,
    /// See [`Version::revocation`].
    pub revocation: Option<Box<Revocation>>,
}

/// One record of the backup that a merge brings, or leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordItem {
    /// Whose: the name of a recipient, of a purpose, or of a key as it is here.
    pub name: Box<str>,
    /// What.
    pub act: RecordAct,
}

/// What a merge does with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordAct {
    /// The recipient is not here.
    Recipient(Box<Recipient>),
    /// The recipient has other keys here; those stay.
    RecipientDiffers,
    /// The recipient was taken out of the address book here; so it stays.
    RecipientRemoved,
    /// The purpose has no policy of its own here.
    Policy(Purpose, Box<Policy>),
    /// The purpose has another policy here; that stays.
    PolicyDiffers,
    /// The policy would let private halves leave that may not leave here; the one here stays.
    PolicyMilder,
    /// The key has no figures of its own here.
    Overrides(KeyId, Box<Overrides>),
    /// The key has other figures of its own here, or the backup's do not fit the policy here; those here stay.
    OverridesDiffer,
    /// The figures would let a private half leave that may not leave here; those here stay.
    OverridesMilder,
    /// A hand-over that is not on record here.
    HandOver(KeyId, Box<HandOver>),
    /// What describes the key where nothing does here.
    Description(KeyId, Box<Edit>),
    /// What is on record of a version where nothing is here.
    Version(VersionRef, Box<VersionRecords>),
}

impl RecordAct {
    /// The word of JSON for what it is about.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Recipient(_) | Self::RecipientDiffers | Self::RecipientRemoved => "recipient",
            Self::Policy(..) | Self::PolicyDiffers | Self::PolicyMilder => "policy",
            Self::Overrides(..) | Self::OverridesDiffer | Self::OverridesMilder => "key-policy",
            Self::HandOver(..) => "hand-over",
            Self::Description(..) => "description",
            Self::Version(..) => "version",
        }
    }

    /// The word of JSON for why it stays out; `None` where it comes.
    pub const fn stays(&self) -> Option<&'static str> {
        match self {
            Self::RecipientDiffers | Self::PolicyDiffers | Self::OverridesDiffer => Some("differs"),
            Self::RecipientRemoved => Some("removed-here"),
            Self::PolicyMilder | Self::OverridesMilder => Some("milder"),
            _ => None,
        }
    }
}

impl RecordItem {
    /// As a sentence.
    pub fn sentence(&self) -> String {
        let name = name::shown(&self.name);
        match &self.act {
            RecordAct::Recipient(_) => format!("The recipient {name} joins the address book."),
            RecordAct::RecipientDiffers => format!("The recipient {name} has other keys in the backup; those here stay."),
            RecordAct::RecipientRemoved => format!("The recipient {name} was removed here and does not come back."),
            RecordAct::Policy(..) => format!("The policy for “{name}” is taken from the backup."),
            RecordAct::PolicyDiffers => format!("The policy for “{name}” is another in the backup; the one here stays."),
            RecordAct::PolicyMilder => {
                format!("The policy for “{name}” lets private halves leave in the backup; the one here stays.")
            }
            RecordAct::Overrides(..) => format!("{name} gets its own policy figures from the backup."),
            RecordAct::OverridesDiffer => format!("{name} has other policy figures in the backup; those here stay."),
            RecordAct::OverridesMilder => format!("The private half of {name} may leave in the backup; here it may not."),
            RecordAct::HandOver(_, given) => {
                let (to, form) = (name::shown(&given.recipient), given.format.name());
                format!("{name}, version {}: {to} was given it ({form}).", given.version)
            }
            RecordAct::Description(_, edit) => {
                let parts = [(edit.owner.is_some(), "owner"), (edit.tags.is_some(), "tags"), (edit.note.is_some(), "note")];
                format!("{name} gets from the backup: {}.", told(&parts))
            }
            RecordAct::Version(of, records) => {
                let parts = [
                    (records.request.is_some(), "request"),
                    (records.certificate.is_some(), "certificate"),
                    (records.revocation.is_some(), "revocation"),
                ];
                format!("{name}, version {}, gets from the backup: {}.", of.version, told(&parts))
            }
        }
    }
}

/// Those of the words that hold.
fn told(parts: &[(bool, &str)]) -> String {
    parts.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

impl Records {
    /// None.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes what an item brings.
    pub fn take(&mut self, item: RecordItem) {
        match item.act {
            RecordAct::Recipient(recipient) => self.recipients.push(*recipient),
            RecordAct::Policy(purpose, policy) => self.policies.push((purpose, *policy)),
            RecordAct::Overrides(key, overrides) => self.overrides.push((key, *overrides)),
            RecordAct::HandOver(key, given) => self.hand_overs.push((key, *given)),
            RecordAct::Description(key, edit) => self.descriptions.push((key, *edit)),
            RecordAct::Version(of, records) => self.versions.push((of, *records)),
            RecordAct::RecipientDiffers
            | RecordAct::RecipientRemoved
            | RecordAct::PolicyDiffers
            | RecordAct::PolicyMilder
            | RecordAct::OverridesDiffer
            | RecordAct::OverridesMilder => {}
        }
    }

    /// The keys it works on.
    pub(super) fn touched(&self) -> impl Iterator<Item = KeyId> {
        let overrides = self.overrides.iter().map(|(key, _)| *key);
        let given = self.hand_overs.iter().map(|(key, _)| *key);
        let described = self.descriptions.iter().map(|(key, _)| *key);
        overrides.chain(given).chain(described).chain(self.versions.iter().map(|(of, _)| of.key))
    }

    /// How much there is of each, with the words for one and for many.
    pub(super) fn counts(&self) -> [(usize, &'static str, &'static str); 5] {
        [
            (self.recipients.len(), "recipient", "recipients"),
            (self.policies.len() + self.overrides.len(), "policy", "policies"),
            (self.hand_overs.len(), "hand-over", "hand-overs"),
            (self.descriptions.len(), "description", "descriptions"),
            (self.versions.len(), "record of a version", "records of versions"),
        ]
    }
}

impl VersionRecords {
    /// What a version of the backup has and the one here lacks.
    fn lacking(here: &Version, there: &Version) -> Option<Self> {
        fn lacks<T: Clone>(here: Option<&T>, there: Option<&T>) -> Option<T> {
            if here.is_some() { None } else { there.cloned() }
        }
        let found = Self {
            request: lacks(here.request.as_ref(), there.request.as_ref()),
            certificate: lacks(here.certificate.as_ref(), there.certificate.as_ref()),
            revocation: lacks(here.revocation.as_ref(), there.revocation.as_ref()),
        };
        (found != Self::default()).then_some(found)
    }
}

impl Recipient {
    /// Both have the same keys, in whatever order.
    fn has_keys_of(&self, other: &Self) -> bool {
        fn keys(of: &Recipient) -> HashSet<(RecipientKeyKind, &str)> {
            of.keys.iter().map(|key: &RecipientKey| (key.kind, &*key.encoded)).collect()
        }
        keys(self) == keys(other)
    }
}

/// Owner, tags and note that the key here has not.
fn undescribed(here: &Key, there: &Key) -> Option<Edit> {
    let lacks = |here: &str, there: &str| (here.is_empty() && !there.is_empty()).then(|| there.into());
    let edit = Edit {
        owner: lacks(&here.owner, &there.owner),
        tags: (here.tags.is_empty() && !there.tags.is_empty()).then(|| there.tags.clone()),
        note: lacks(&here.note, &there.note),
        ..Edit::default()
    };
    (!edit.is_empty()).then_some(edit)
}

impl Planner<'_> {
    /// What comes of the records of the other inventory. `items` says which of its versions are new here.
    ///
    /// An inventory that goes on from the backup has all its records; what is not here any more was taken away here.
    pub(super) fn plan_records(&self, other: &Inventory, items: &[MergeItem], records: &mut Vec<RecordItem>) {
        self.plan_recipients(other, records);
        self.plan_policies(other, records);
        if self.relation == Relation::Earlier {
            return;
        }
        let added: HashMap<(KeyId, u32), u32> = items
            .iter()
            .filter_map(|item| match item.act {
                MergeAct::AddVersion(number) => Some(((item.key, item.version), number)),
                _ => None,
            })
            .collect();
        let policies: HashMap<Purpose, Policy> = records
            .iter()
            .filter_map(|record| match &record.act {
                RecordAct::Policy(purpose, policy) => Some((*purpose, (**policy).clone())),
                _ => None,
            })
            .collect();
        for key in &other.keys {
            self.plan_description(key, &policies, &added, records);
            self.plan_versions(key, &added, records);
        }
    }

    fn plan_recipients(&self, other: &Inventory, records: &mut Vec<RecordItem>) {
        for there in &other.recipients {
            let removed = self.relation == Relation::Earlier || self.here.facts.removed_recipients.contains(&there.name);
            let act = match self.here.recipient(&there.name) {
                Some(here) if here.has_keys_of(there) => continue,
                Some(_) => RecordAct::RecipientDiffers,
                None if removed => RecordAct::RecipientRemoved,
                None => RecordAct::Recipient(Box::new(there.clone())),
            };
            records.push(RecordItem { name: there.name.clone(), act });
        }
    }

    fn plan_policies(&self, other: &Inventory, records: &mut Vec<RecordItem>) {
        for (purpose, there) in &other.policies {
            let here = self.here.policy(*purpose);
            let act = match self.here.has_own_policy(*purpose) {
                _ if here == there => continue,
                true => RecordAct::PolicyDiffers,
                false if there.exportable && !here.exportable => RecordAct::PolicyMilder,
                false => RecordAct::Policy(*purpose, Box::new(there.clone())),
            };
            records.push(RecordItem { name: purpose.name().into(), act });
        }
    }

    /// Figures and words of a key that is known here under the same id.
    fn plan_description(
        &self,
        there: &Key,
        policies: &HashMap<Purpose, Policy>,
        added: &HashMap<(KeyId, u32), u32>,
        records: &mut Vec<RecordItem>,
    ) {
        // A key that was destroyed here goes on with the versions that come into it.
        let goes_on = there.versions.iter().any(|version| added.contains_key(&(there.id, version.number)));
        let lives = |here: &Key| goes_on || !here.is_destroyed();
        let known = self.here.key(there.id).filter(|here| lives(here) && !self.here.is_busy(here.id));
        let Some(here) = known else { return };
        let item = |act| RecordItem { name: here.name.clone(), act };
        if let Some(own) = there.overrides.as_ref().filter(|own| here.overrides.as_ref() != Some(own)) {
            let policy = policies.get(&here.purpose).unwrap_or_else(|| self.here.policy(here.purpose));
            let after = own.over(policy);
            records.push(item(match here.overrides {
                Some(_) => RecordAct::OverridesDiffer,
                None if after.exportable && !policy.exportable => RecordAct::OverridesMilder,
                None if after.check().is_err() => RecordAct::OverridesDiffer,
                None => RecordAct::Overrides(here.id, own.clone()),
            }));
        }
        if let Some(edit) = undescribed(here, there) {
            records.push(item(RecordAct::Description(here.id, Box::new(edit))));
        }
    }

    /// Hand-overs and records of versions that are known here, or come into a key that is.
    fn plan_versions(&self, there: &Key, added: &HashMap<(KeyId, u32), u32>, records: &mut Vec<RecordItem>) {
        for version in &there.versions {
            let new = added.get(&(there.id, version.number)).map(|number| VersionRef { key: there.id, version: *number });
            let Some(of) = new.or_else(|| self.counterpart(there, version)) else { continue };
            let Some(here) = self.here.key(of.key).filter(|here| !self.here.is_busy(here.id)) else { continue };
            let item = |act| RecordItem { name: here.name.clone(), act };
            for given in there.hand_overs.iter().filter(|given| given.version == version.number) {
                let given = HandOver { version: of.version, ..given.clone() };
                if !here.has_given(&given) {
                    records.push(item(RecordAct::HandOver(of.key, Box::new(given))));
                }
            }
            // What comes as a new version brings its records with it.
            if let Some(lacking) = here.version(of.version).and_then(|own| VersionRecords::lacking(own, version)) {
                records.push(item(RecordAct::Version(of, Box::new(lacking))));
            }
        }
    }
}

impl Key {
    /// The hand-over is on record.
    fn has_given(&self, given: &HandOver) -> bool {
        let what = |given: &HandOver| (given.version, given.format, given.at);
        self.hand_overs.iter().any(|known| what(known) == what(given) && known.recipient == given.recipient)
    }
}

impl Inventory {
    pub(super) fn check_records(&self, records: &Records) -> Result<(), RuleError> {
        for recipient in &records.recipients {
            name::check(&recipient.name)?;
            if self.recipient(&recipient.name).is_some() {
                return Err(RuleError::Misplaced("the recipient is in the address book already"));
            }
            if self.facts.removed_recipients.contains(&recipient.name) {
                return Err(RuleError::Misplaced("the recipient was removed here, and a merge does not bring it back"));
            }
        }
        for (purpose, policy) in &records.policies {
            policy.check().map_err(RuleError::Policy)?;
            if self.has_own_policy(*purpose) {
                return Err(RuleError::Misplaced("the purpose has a policy of its own already"));
            }
            if policy.exportable && !self.policy(*purpose).exportable {
                return Err(RuleError::Loosened(purpose.name().to_owned()));
            }
        }
        for (id, own) in &records.overrides {
            let key = self.free(*id)?;
            let coming = records.policies.iter().find(|(purpose, _)| *purpose == key.purpose).map(|(_, policy)| policy);
            let policy = coming.unwrap_or_else(|| self.policy(key.purpose));
            let after = own.over(policy);
            after.check().map_err(RuleError::Policy)?;
            if key.overrides.is_some() {
                return Err(RuleError::Misplaced("the key has figures of its own already"));
            }
            if after.exportable && !policy.exportable {
                return Err(RuleError::Loosened(name::shown(&key.name).into_owned()));
            }
        }
        for (key, given) in &records.hand_overs {
            self.free(*key)?;
            self.version(VersionRef { key: *key, version: given.version })?;
        }
        for (id, edit) in &records.descriptions {
            let key = self.free(*id)?;
            let free = (edit.owner.is_none() || key.owner.is_empty())
                && (edit.tags.is_none() || key.tags.is_empty())
                && (edit.note.is_none() || key.note.is_empty());
            if !free || edit.name.is_some() || edit.warn_days.is_some() {
                return Err(RuleError::Misplaced("what describes a key here is not replaced by a merge"));
            }
        }
        for (of, _) in &records.versions {
            self.free(of.key)?;
            self.version(*of)?;
        }
        Ok(())
    }

    /// Keys are held by the operation. The address book and policies are not: what a person did meanwhile stays.
    pub(super) fn take_records(&mut self, records: Records, offset: u64, now: Time, changes: &mut Changes) {
        for recipient in records.recipients {
            let removed = self.facts.removed_recipients.contains(&recipient.name);
            if let (false, Err(index)) = (removed, self.recipients.binary_search_by(|known| known.name.cmp(&recipient.name))) {
                self.recipients.insert(index, recipient);
                changes.whole = true;
            }
        }
        for (purpose, policy) in records.policies {
            self.policies.entry(purpose).or_insert(policy);
            (changes.whole, changes.every_key) = (true, true);
        }
        for (id, own) in records.overrides {
            self.change(id, offset, changes, |key| key.overrides = key.overrides.take().or_else(|| Some(Box::new(own))));
        }
        for (id, edit) in records.descriptions {
            self.change(id, offset, changes, |key| key.take_edit(&edit));
        }
        for (id, given) in records.hand_overs {
            self.change(id, offset, changes, |key| key.take_hand_over(given, now));
        }
        for (of, lacking) in records.versions {
            self.change_version(of, offset, changes, |version| {
                version.request = version.request.take().or(lacking.request);
                version.certificate = version.certificate.take().or(lacking.certificate);
                version.revocation = version.revocation.take().or(lacking.revocation);
            });
        }
    }
}

impl Key {
    /// A hand-over that another log has. It ends the delivery that it is, and begins none: nothing that had ended goes on
    /// because of it.
    fn take_hand_over(&mut self, given: HandOver, now: Time) {
        if self.has_given(&given) {
            return;
        }
        let is = |due: &Delivery| (due.version, &due.recipient, due.format) == (given.version, &given.recipient, given.format);
        let ends = self.open_deliveries().any(is);
        let due: Vec<u32> = self.versions.iter().map(|version| version.life.open_deliveries).collect();
        if ends {
            self.deliver(given.version, &given.recipient, given.format, now);
        }
        for (version, before) in self.versions.iter_mut().zip(due) {
            version.life.open_deliveries = version.life.open_deliveries.min(before);
        }
        let place = self.hand_overs.partition_point(|known| known.at <= given.at);
        self.hand_overs.insert(place, given);
    }
}
