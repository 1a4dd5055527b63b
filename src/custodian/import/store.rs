//! Storing what a person chose of a reading: in groups that are whole or not there.

use std::collections::BTreeMap;

use super::object::{Ended, Facts, Link, Object, Verdict};
use super::read::Reading;
use crate::crypto;
use crate::custodian::core::Custodian;
use crate::custodian::error::CustodianError;
use crate::custodian::generate::{owner, store_named};
use crate::custodian::outcome::{Outcome, Progress};
use crate::formats;
use crate::model::name::{self, shown};
use crate::model::origin::HELD_ELSEWHERE;
use crate::model::{
    Adoption, Algorithm, CertificateFacts, Digest, Event, Held, Identity, Intent, KeyId, Locator, NewKey, NewVersion,
    OperationId, Origin, Purpose, RuleError, VersionRef,
};
use crate::secret::SecretBytes;
use crate::stores::StoreError;

/// Events of one record, so that no record grows without bound.
const EVENTS: usize = 500;

/// What a person chose for an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Which, by its index.
    pub object: usize,
    /// What its key is to be called.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Who answers for it.
    pub owner: String,
    /// Its tags, as typed.
    pub tags: Vec<String>,
    /// The store, or the home store.
    pub store: Option<String>,
}

impl Reading {
    /// Everything that can be brought in, as it was proposed.
    pub fn choices(&self) -> Vec<Choice> {
        let acts = self.objects.iter().enumerate().filter(|(_, object)| object.verdict.acts());
        acts.map(|(index, object)| Choice::proposed(index, object)).collect()
    }
}

impl Choice {
    /// An object as it was proposed.
    pub(in crate::custodian) fn proposed(index: usize, object: &Object) -> Self {
        Self {
            object: index,
            name: object.name.clone(),
            purpose: object.purpose,
            owner: String::new(),
            tags: Vec::new(),
            store: None,
        }
    }
}

/// A key that was chosen, checked and not yet stored.
struct Planned {
    object: usize,
    key: NewKey,
}

impl Planned {
    fn version(&self) -> VersionRef {
        VersionRef { key: self.key.id, version: self.key.version.number }
    }
}

/// What became of each object, and of the keys that were made for them.
struct Course {
    ended: Vec<Option<Ended>>,
    made: BTreeMap<usize, VersionRef>,
    outcome: Outcome,
    total: u64,
}

impl Course {
    fn end(&mut self, object: usize, ended: Ended) {
        self.outcome.keys.extend(ended.key.filter(|_| ended.outcome == "imported"));
        self.ended[object] = Some(ended);
    }

    fn refuse(&mut self, object: usize, error: &CustodianError) {
        self.outcome.gravest = self.outcome.gravest.max(Some(error.class()));
        self.ended[object] = Some(Ended::refused(error.to_string()));
    }
}

impl Custodian {
    /// Brings in what was chosen. Each object of the reading ends in the same place of the list;
    /// cancelled, what is stored stays and the rest says so.
    pub fn import(
        &self,
        reading: &Reading,
        choices: &[Choice],
        progress: &dyn Progress,
    ) -> Result<(Outcome, Vec<Ended>), CustodianError> {
        self.take_up();
        if !choices.is_empty() && !self.is_unlocked() {
            return Err(CustodianError::Locked);
        }
        let mut course = Course {
            ended: vec![None; reading.objects.len()],
            made: BTreeMap::new(),
            outcome: Outcome::default(),
            total: choices.len() as u64,
        };
        self.import_secrets(reading, choices, &mut course, progress)?;
        self.import_elsewhere(reading, choices, &mut course);
        self.adopt(reading, choices, &mut course, progress)?;
        self.attach_certificates(reading, choices, &mut course);
        let ended = reading.objects.iter().zip(course.ended).map(|(object, ended)| ended.unwrap_or_else(|| self.left(object)));
        Ok((course.outcome, ended.collect()))
    }

    /// New keys with their private halves.
    fn import_secrets(
        &self,
        reading: &Reading,
        choices: &[Choice],
        course: &mut Course,
        progress: &dyn Progress,
    ) -> Result<(), CustodianError> {
        let mut planned = self.planned(reading, choices, &Verdict::New, course);
        planned.sort_by(|one, other| one.key.version.locator.store.cmp(&other.key.version.locator.store));
        let mut rest = &planned[..];
        let mut done = 0;
        while !rest.is_empty() {
            if !self.goes_on(&mut course.outcome, done, course.total, progress)? {
                rest.iter().for_each(|planned| course.end(planned.object, Ended::cancelled()));
                return Ok(());
            }
            let next = rest.iter().map(|planned| (&*planned.key.version.locator.store, Algorithm::Ed25519));
            let (group, after) = rest.split_at(self.group_length(next)?);
            self.import_group(reading, group, course);
            done += group.len() as u64;
            progress.report(done, course.total);
            rest = after;
        }
        Ok(())
    }

    fn import_group(&self, reading: &Reading, group: &[Planned], course: &mut Course) {
        let store = group[0].key.version.locator.store.clone();
        let secrets: Vec<&SecretBytes> = group.iter().filter_map(|planned| reading.secrets.get(&planned.object)).collect();
        let keys: Vec<NewKey> = group.iter().map(|planned| planned.key.clone()).collect();
        let objects: Vec<Box<str>> = keys.iter().map(|key| key.version.locator.object.clone()).collect();
        let stored = self.store_group(&store, Intent::Generate { keys }, &objects, &secrets);
        match stored {
            Ok(()) => group.iter().for_each(|planned| course.made(reading, planned)),
            // One that does not fit (too large for the keychain, say) does not keep the others out.
            Err(error) if group.len() > 1 && is_of_one(&error) => {
                group.chunks(group.len().div_ceil(2)).for_each(|half| self.import_group(reading, half, course));
            }
            Err(error) => group.iter().for_each(|planned| course.refuse(planned.object, &error)),
        }
    }

    /// Entries of which only the public half is known.
    fn import_elsewhere(&self, reading: &Reading, choices: &[Choice], course: &mut Course) {
        let planned = self.planned(reading, choices, &Verdict::NewElsewhere, course);
        for group in planned.chunks(EVENTS) {
            if course.outcome.cancelled.is_some() {
                group.iter().for_each(|planned| course.end(planned.object, Ended::cancelled()));
                continue;
            }
            let keys = group.iter().map(|planned| planned.key.clone()).collect();
            // In one record with its certificate, so that no entry is without the one it was made for.
            let mut events = vec![Event::KeysNoted { keys }];
            events.extend(group.iter().filter_map(|planned| match &reading.objects[planned.object].facts {
                Facts::Certificate(facts) => Some(attach(planned.version(), facts)),
                _ => None,
            }));
            match self.append(events) {
                Ok(_) => group.iter().for_each(|planned| course.made(reading, planned)),
                Err(error) => group.iter().for_each(|planned| course.refuse(planned.object, &error)),
            }
        }
    }

    /// Private halves of entries that were held elsewhere.
    fn adopt(
        &self,
        reading: &Reading,
        choices: &[Choice],
        course: &mut Course,
        progress: &dyn Progress,
    ) -> Result<(), CustodianError> {
        for choice in choices {
            let object = &reading.objects[choice.object];
            let (Verdict::Completes(of), Some(secret)) = (&object.verdict, reading.secrets.get(&choice.object)) else { continue };
            let done = course.made.len() as u64;
            if !self.goes_on(&mut course.outcome, done, course.total, progress)? {
                course.end(choice.object, Ended::cancelled());
                continue;
            }
            match self.adopt_one(*of, object, secret, choice) {
                Ok(()) => {
                    course.made.insert(choice.object, *of);
                    let reason = "Its private half is here now.".to_owned();
                    course.end(choice.object, Ended::imported(&object.name, Some(of.key), reason));
                }
                Err(error) => course.refuse(choice.object, &error),
            }
        }
        Ok(())
    }

    fn adopt_one(&self, of: VersionRef, object: &Object, secret: &SecretBytes, choice: &Choice) -> Result<(), CustodianError> {
        let store = self.read(|inventory| store_named(inventory, choice.store.as_deref()))?;
        let name = OperationId(crypto::random()?).to_string().into_boxed_str();
        let locator = Locator { store: store.clone(), object: name.clone(), engine_version: None };
        self.identify(of, object, &name, secret)?;
        let adoption = Adoption { version: of, locator, place: whence(object).into() };
        self.store_group(&store, Intent::Adopt { adoptions: vec![adoption] }, &[name], &[secret])
    }

    /// Of a version that was tracked before its file could be opened it is noted first which key it is.
    fn identify(&self, of: VersionRef, object: &Object, item: &str, secret: &SecretBytes) -> Result<(), CustodianError> {
        let version = self.read(|inventory| inventory.key(of.key).and_then(|key| key.version(of.version)).cloned());
        if version.is_none_or(|version| !version.public_key.is_empty()) {
            return Ok(());
        }
        let mac = if object.public_key.is_empty() { Some(self.secret_mac(item, secret)?) } else { None };
        self.append(vec![identified(of, object, mac)]).map(drop)
    }

    /// Certificates of keys that are here, or came in just now.
    fn attach_certificates(&self, reading: &Reading, choices: &[Choice], course: &mut Course) {
        let mut events = Vec::new();
        for choice in choices {
            let object = &reading.objects[choice.object];
            let Facts::Certificate(facts) = &object.facts else { continue };
            let of = match (&object.verdict, object.link) {
                (Verdict::Certifies(_), Link::Of(secret)) if course.made.contains_key(&secret) => {
                    course.made.get(&secret).copied()
                }
                (Verdict::Certifies(here), _) => *here,
                _ => continue,
            };
            match of {
                Some(of) => events.push((choice.object, of, facts.clone())),
                None => course.end(choice.object, Ended::refused("The key that it certifies was not brought in.".into())),
            }
        }
        for group in events.chunks(EVENTS) {
            let attached = group.iter().map(|(_, version, facts)| attach(*version, facts)).collect();
            let result = self.append(attached);
            for (object, of, _) in group {
                let name = self.read(|inventory| inventory.key(of.key).map(|key| key.name.to_string())).unwrap_or_default();
                match &result {
                    Ok(_) => {
                        let reason = format!("It is the certificate of {}.", shown(&name));
                        course.end(*object, Ended::imported(&name, Some(of.key), reason));
                    }
                    Err(error) => course.refuse(*object, error),
                }
            }
        }
    }

    fn planned(&self, reading: &Reading, choices: &[Choice], wanted: &Verdict, course: &mut Course) -> Vec<Planned> {
        let mut planned = Vec::new();
        for choice in choices {
            let Some(object) = reading.objects.get(choice.object).filter(|object| object.verdict == *wanted) else { continue };
            match self.plan_import(reading, object, choice) {
                Ok(key) => planned.push(Planned { object: choice.object, key }),
                Err(error) => course.refuse(choice.object, &error),
            }
        }
        planned
    }

    fn plan_import(&self, reading: &Reading, object: &Object, choice: &Choice) -> Result<NewKey, CustodianError> {
        let here = object.verdict == Verdict::New;
        let store =
            if here { self.read(|inventory| store_named(inventory, choice.store.as_deref()))? } else { HELD_ELSEWHERE.into() };
        let item = OperationId(crypto::random()?).to_string().into_boxed_str();
        let mac = match reading.secrets.get(&choice.object) {
            Some(secret) if object.public_key.is_empty() => Some(self.secret_mac(&item, secret)?),
            _ => None,
        };
        let held = if here { Held::Here } else { Held::Elsewhere { place: "".into() } };
        let locator = Locator { store, object: if here { item } else { "".into() }, engine_version: None };
        self.new_key(object, choice, locator, mac, held)
    }

    /// The key of an object, as a person chose it.
    pub(in crate::custodian) fn new_key(
        &self,
        object: &Object,
        choice: &Choice,
        locator: Locator,
        mac: Option<Digest>,
        held: Held,
    ) -> Result<NewKey, CustodianError> {
        let now = self.now();
        let name = name::parse(&choice.name).map_err(RuleError::from)?;
        let (warn_days, expires) = self.read(|inventory| {
            let policy = inventory.policy(choice.purpose);
            (policy.warn_days.clone(), policy.expiry(now))
        });
        let version = NewVersion {
            number: 1,
            algorithm: object.algorithm.unwrap_or(Algorithm::Unknown),
            locator,
            spki_sha256: object.spki_sha256.unwrap_or(Digest([0; 32])),
            ssh_sha256: formats::openssh::fingerprint(&object.public_key),
            public_key: object.public_key.clone(),
            activates: Some(now),
            expires: Some(expires),
            zone: self.env.zone_name().into(),
            mac,
            origin: Some(Box::new(Origin { form: object.kind.id().into(), place: whence(object).into(), held })),
        };
        Ok(NewKey {
            id: KeyId(crypto::random()?),
            name,
            purpose: choice.purpose,
            owner: owner(&choice.owner)?,
            tags: name::tags(choice.tags.iter().map(String::as_str)).map_err(RuleError::from)?,
            warn_days: warn_days.into(),
            note: "".into(),
            version,
        })
    }

    /// What was not chosen, or needs nothing.
    fn left(&self, object: &Object) -> Ended {
        match &object.verdict {
            Verdict::Present { key, why } => {
                let name = key.and_then(|id| self.read(|inventory| inventory.key(id).map(|key| key.name.to_string())));
                Ended::present(*key, name, why.clone())
            }
            Verdict::Refused(reason) => Ended::refused(reason.clone()),
            _ => Ended::refused("It was not chosen.".into()),
        }
    }
}

/// A failure that may be of one key of a group, so that the others are tried without it.
const fn is_of_one(error: &CustodianError) -> bool {
    use StoreError::{Crypto, Damaged, Occupied, TooLarge, Unreadable, Unsupported};
    matches!(
        error,
        CustodianError::Store(
            TooLarge { .. } | Damaged { .. } | Occupied { .. } | Unsupported { .. } | Unreadable { .. } | Crypto(_)
        )
    )
}

impl Course {
    fn made(&mut self, reading: &Reading, planned: &Planned) {
        let object = &reading.objects[planned.object];
        let key = &planned.key;
        self.made.insert(planned.object, planned.version());
        let mut reason = object.warnings.join(" ");
        if object.verdict == Verdict::NewElsewhere {
            reason = format!("Its private half is held elsewhere. {reason}").trim().to_owned();
        }
        self.end(planned.object, Ended::imported(&key.name, Some(key.id), reason));
    }
}

/// Which key a version is, now that its file was opened.
pub(in crate::custodian) fn identified(version: VersionRef, object: &Object, mac: Option<Digest>) -> Event {
    let identity = Identity {
        algorithm: object.algorithm.unwrap_or(Algorithm::Unknown),
        public_key: object.public_key.clone(),
        spki_sha256: object.spki_sha256.unwrap_or(Digest([0; 32])),
        ssh_sha256: formats::openssh::fingerprint(&object.public_key),
        mac,
    };
    Event::VersionIdentified { version, identity: Box::new(identity) }
}

fn attach(version: VersionRef, facts: &CertificateFacts) -> Event {
    Event::CertificateAttached { version, certificate: Box::new(facts.clone()), issuer: None }
}

/// Where an object lay, for the record.
fn whence(object: &Object) -> String {
    match &object.place {
        formats::found::Place::Whole => object.path.clone(),
        place => format!("{}, {place}", object.path),
    }
}
