//! Making keys: one or many, in groups that are whole or not there.

use std::collections::HashSet;

use super::core::Custodian;
use super::error::CustodianError;
use super::group::in_parallel;
use super::inside::new_version;
use super::outcome::{Outcome, Progress};
use crate::crypto;
use crate::model::name::{self, LONGEST_NOTE};
use crate::model::{Activation, Intent, KeyId, KeySpec, Locator, NewKey, NewVersion, OperationId, RuleError, Time};
use crate::secret::SecretBytes;

/// A key whose pair exists in memory and nowhere else yet.
struct Made {
    key: NewKey,
    secret: SecretBytes,
}

impl Custodian {
    /// Makes keys in their stores. Cancelled, it keeps the groups that are whole and says how many.
    pub(super) fn generate(&self, specs: &[KeySpec], progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        let plan = self.plan(specs)?;
        let total = plan.len() as u64;
        let mut outcome = Outcome::default();
        let mut rest = &plan[..];
        while !rest.is_empty() {
            let done = outcome.keys.len() as u64;
            if !self.goes_on(&mut outcome, done, total, progress)? {
                break;
            }
            let length = self.group_length(rest.iter().map(|planned| (&*planned.store, planned.spec.algorithm)))?;
            let (group, after) = rest.split_at(length);
            outcome.keys.extend(self.generate_group(&rest[0].store, group)?);
            rest = after;
            progress.report(outcome.keys.len() as u64, total);
        }
        Ok(outcome)
    }

    fn plan<'a>(&self, specs: &'a [KeySpec]) -> Result<Vec<Planned<'a>>, CustodianError> {
        let now = self.now();
        let mut seen = HashSet::new();
        specs
            .iter()
            .map(|spec| {
                let planned = self.read(|inventory| Planned::new(spec, inventory, now))?;
                if !seen.insert(planned.name.clone()) {
                    return Err(RuleError::NameTaken(planned.name.to_string()).into());
                }
                Ok(planned)
            })
            .collect()
    }

    fn generate_group(&self, store: &str, group: &[Planned]) -> Result<Vec<KeyId>, CustodianError> {
        let zone = self.env.zone_name();
        if self.makes_inside(store)? {
            let engine_version = self.capabilities_of(store)?.counts_versions().then_some(1);
            let keys =
                group.iter().map(|planned| planned.described(zone, None, engine_version)).collect::<Result<Vec<_>, _>>()?;
            let ids = keys.iter().map(|key| key.id).collect();
            self.make_inside(store, &Intent::Generate { keys })?;
            return Ok(ids);
        }
        let made = in_parallel(group, |planned| planned.make(zone))?;
        let (keys, secrets): (Vec<_>, Vec<_>) = made.into_iter().map(|made| (made.key, made.secret)).unzip();
        let ids = keys.iter().map(|key| key.id).collect();
        let objects: Vec<Box<str>> = keys.iter().map(|key| key.version.locator.object.clone()).collect();
        self.store_group(store, Intent::Generate { keys }, &objects, &secrets.iter().collect::<Vec<_>>())?;
        Ok(ids)
    }
}

/// A checked wish for a key.
struct Planned<'a> {
    spec: &'a KeySpec,
    name: Box<str>,
    owner: Box<str>,
    tags: Vec<Box<str>>,
    warn_days: Box<[u32]>,
    activates: Option<Time>,
    store: Box<str>,
}

impl<'a> Planned<'a> {
    fn new(spec: &'a KeySpec, inventory: &crate::model::Inventory, now: Time) -> Result<Self, CustodianError> {
        let name = name::parse(&spec.name).map_err(RuleError::from)?;
        if inventory.name_taken(&name) {
            return Err(RuleError::NameTaken(name.into()).into());
        }
        let activates = match spec.activates {
            Activation::Now => Some(now),
            Activation::At(time) => Some(time),
            Activation::Later => None,
        };
        if spec.expires.is_some_and(|expires| expires <= activates.unwrap_or(now)) {
            return Err(RuleError::Dates { name: name.into() }.into());
        }
        note(&spec.note)?;
        Ok(Self {
            spec,
            name,
            owner: owner(&spec.owner)?,
            tags: name::tags(spec.tags.iter().map(String::as_str)).map_err(RuleError::from)?,
            warn_days: warnings(&spec.warn_days),
            activates,
            store: store_named(inventory, spec.store.as_deref())?,
        })
    }

    fn make(&self, zone: &str) -> Result<Made, CustodianError> {
        let pair = crypto::generate(self.spec.algorithm)?;
        Ok(Made { key: self.described(zone, Some(pair.public_key), None)?, secret: pair.private })
    }

    /// All that is known of the key; without its public half where its store is about to make it.
    fn described(
        &self,
        zone: &str,
        public_key: Option<Box<[u8]>>,
        engine_version: Option<u64>,
    ) -> Result<NewKey, CustodianError> {
        let object = OperationId(crypto::random()?).to_string().into_boxed_str();
        let locator = Locator { store: self.store.clone(), object, engine_version };
        Ok(NewKey {
            id: KeyId(crypto::random()?),
            name: self.name.clone(),
            purpose: self.spec.purpose,
            owner: self.owner.clone(),
            tags: self.tags.clone(),
            warn_days: self.warn_days.clone(),
            note: self.spec.note.as_str().into(),
            version: NewVersion {
                activates: self.activates,
                expires: self.spec.expires,
                zone: zone.into(),
                ..new_version(1, self.spec.algorithm, locator, public_key)
            },
        })
    }
}

/// The store of this name or of this kind's word; the home store when none is named.
pub(super) fn store_named(inventory: &crate::model::Inventory, named: Option<&str>) -> Result<Box<str>, CustodianError> {
    let found = match named {
        None => inventory.home(),
        Some(wanted) => {
            let by_name = inventory.stores().iter().find(|store| store.name.eq_ignore_ascii_case(wanted));
            by_name.or_else(|| inventory.stores().iter().find(|store| store.kind.id() == wanted))
        }
    };
    found.map(|store| store.name.clone()).ok_or_else(|| RuleError::NoStore(named.unwrap_or("home").to_owned()).into())
}

/// An owner's name; may be empty.
pub(super) fn owner(typed: &str) -> Result<Box<str>, CustodianError> {
    if typed.trim().is_empty() { Ok("".into()) } else { Ok(name::parse(typed).map_err(RuleError::from)?) }
}

/// Warning times, the earliest first, each once.
pub(super) fn warnings(days: &[u32]) -> Box<[u32]> {
    let mut days = days.to_vec();
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    days.into()
}

/// A note that is not too long.
pub(super) fn note(text: &str) -> Result<(), CustodianError> {
    let length = text.chars().count();
    if length > LONGEST_NOTE {
        return Err(CustodianError::Input(format!("A note has at most {LONGEST_NOTE} characters, and this one has {length}.")));
    }
    Ok(())
}
