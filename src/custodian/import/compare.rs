//! What of a reading is new to an inventory, and what becomes of each object.

use std::collections::HashMap;

use super::names::Unique;
use super::object::{Facts, Link, Object, Verdict};
use super::read::Reading;
use crate::model::name::shown;
use crate::model::{Digest, Held, Inventory, Time, VersionRef};

impl Reading {
    /// Decides for every object, and gives names that are free.
    pub fn compare(&mut self, inventory: &Inventory, now: Time) {
        let known = known(inventory);
        let opened = self.opened(inventory);
        let mut names = Unique::new(inventory);
        let mut verdicts: Vec<Option<Verdict>> = vec![None; self.objects.len()];
        // Keys first: what belongs to them follows from what becomes of them.
        for pass in [true, false] {
            for index in 0..self.objects.len() {
                let object = &self.objects[index];
                if object.facts.is_secret() != pass || matches!(object.facts, Facts::Unread(_)) {
                    continue;
                }
                let here = object.spki_sha256.and_then(|digest| known.get(&digest).copied());
                let here = here.or_else(|| opened.get(&index).copied());
                let verdict =
                    if pass { self.secret(index, here, inventory) } else { self.other(index, here, inventory, &verdicts) };
                let named = match verdict {
                    Verdict::New | Verdict::NewElsewhere => Some(names.take(&object.name)),
                    Verdict::Completes(of) => inventory.key(of.key).map(|key| key.name.to_string()),
                    _ => None,
                };
                if let Some(name) = named {
                    self.objects[index].name = name;
                }
                verdicts[index] = Some(verdict);
            }
        }
        for (object, verdict) in self.objects.iter_mut().zip(verdicts) {
            if let Some(verdict) = verdict {
                object.verdict = verdict;
            }
            object.warn_of_expiry(now);
        }
    }

    /// Private halves that are in the very file of an entry of which nothing but the file was known, because
    /// no passphrase had opened it when it was tracked.
    fn opened(&self, inventory: &Inventory) -> HashMap<usize, VersionRef> {
        let mut waiting = unidentified(inventory);
        let mut opened = HashMap::new();
        if waiting.is_empty() {
            return opened;
        }
        for (index, object) in self.objects.iter().enumerate() {
            let Some(sha256) = self.digests.get(&object.path).filter(|_| object.facts.is_secret()) else { continue };
            // What lies twice in the files is brought in once.
            let first = if let Link::SameAs(first) = object.link { first } else { index };
            let of = waiting.iter().position(|(path, known, _)| known == sha256 && is_at(path, &object.path));
            if let Some(of) = of.filter(|_| !opened.contains_key(&first)) {
                opened.insert(first, waiting.remove(of).2);
            }
        }
        opened
    }

    fn secret(&self, index: usize, here: Option<VersionRef>, inventory: &Inventory) -> Verdict {
        if let Link::SameAs(first) = self.objects[index].link {
            let why = format!("It is the same key as in {}.", self.whence(first));
            return Verdict::Present { key: None, why };
        }
        let Some((of, key)) = here.and_then(|of| Some((of, inventory.key(of.key)?))) else { return Verdict::New };
        let Some(version) = key.version(of.version) else { return Verdict::New };
        let name = shown(&key.name);
        match (version.life.destroyed, version.held().is_here()) {
            (Some(at), _) => Verdict::Refused(format!(
                "This key was destroyed here as {name} on {}. What was destroyed is not brought back.",
                crate::model::time::short_date(at, &jiff::tz::TimeZone::UTC)
            )),
            (None, false) => Verdict::Completes(of),
            (None, true) => Verdict::Present { key: Some(of.key), why: format!("It is here already, as {name}.") },
        }
    }

    fn other(&self, index: usize, here: Option<VersionRef>, inventory: &Inventory, verdicts: &[Option<Verdict>]) -> Verdict {
        let object = &self.objects[index];
        if let Facts::RevocationList { serials, .. } = &object.facts {
            return Verdict::Refused(revoked(serials, inventory));
        }
        if let Link::SameAs(first) = object.link {
            return Verdict::Present { key: None, why: format!("The same stands in {}.", self.whence(first)) };
        }
        if let Link::ChainOf(leaf) = object.link {
            let why = format!("It belongs to the chain of the certificate of {}.", shown(&self.objects[leaf].name));
            return Verdict::Present { key: None, why };
        }
        let certificate = match &object.facts {
            Facts::Certificate(facts) => Some(facts),
            _ => None,
        };
        if let Link::Of(secret) = object.link {
            let fits = matches!(&verdicts[secret], Some(Verdict::New | Verdict::Completes(_)));
            return match certificate {
                Some(_) if fits && self.best_of(secret) == Some(index) => Verdict::Certifies(here),
                Some(_) if fits => {
                    Verdict::Present { key: None, why: "A newer certificate of the same key stands beside it.".into() }
                }
                Some(facts) => certifies(here, facts.sha256, inventory),
                None => {
                    let why = format!("It belongs to {}, whose private half is beside it.", shown(&self.objects[secret].name));
                    Verdict::Present { key: here.map(|of| of.key), why }
                }
            };
        }
        match (here, certificate) {
            (Some(_), Some(facts)) => certifies(here, facts.sha256, inventory),
            (Some(of), None) => {
                let name = inventory.key(of.key).map(|key| shown(&key.name).into_owned()).unwrap_or_default();
                Verdict::Present { key: Some(of.key), why: format!("It belongs to {name}, which is here already.") }
            }
            (None, _) => Verdict::NewElsewhere,
        }
    }

    /// The certificate of a key that lasts longest.
    fn best_of(&self, secret: usize) -> Option<usize> {
        let lasts = |object: &Object| match &object.facts {
            Facts::Certificate(facts) if object.link == Link::Of(secret) => Some(facts.not_after),
            _ => None,
        };
        let all = self.objects.iter().enumerate().filter_map(|(index, object)| Some((lasts(object)?, index)));
        all.max_by_key(|(end, index)| (*end, std::cmp::Reverse(*index))).map(|(_, index)| index)
    }

    fn whence(&self, index: usize) -> String {
        let object = &self.objects[index];
        format!("{}, {}", shown(&object.path), object.place)
    }
}

/// Every public half of an inventory; one that is not destroyed before one that is.
fn known(inventory: &Inventory) -> HashMap<Digest, VersionRef> {
    let mut known = HashMap::with_capacity(inventory.keys().len());
    for destroyed in [true, false] {
        for key in inventory.keys() {
            for version in key.versions.iter().filter(|version| version.life.destroyed.is_some() == destroyed) {
                if !version.public_key.is_empty() {
                    known.insert(version.spki_sha256, VersionRef { key: key.id, version: version.number });
                }
            }
        }
    }
    known
}

/// Versions that are tracked in files and have no public half yet: the file, its SHA-256, the version.
pub(in crate::custodian) fn unidentified(inventory: &Inventory) -> Vec<(Box<str>, Digest, VersionRef)> {
    let versions = inventory.keys().iter().flat_map(|key| key.versions.iter().map(move |version| (key.id, version)));
    let waiting = versions.filter(|(_, version)| version.public_key.is_empty() && version.life.destroyed.is_none());
    let tracked = waiting.filter_map(|(key, version)| match version.held() {
        Held::Tracked { path, sha256 } => Some((path.clone(), *sha256, VersionRef { key, version: version.number })),
        _ => None,
    });
    tracked.collect()
}

/// A tracked file is known by its whole path; a person may have named it by a shorter one.
fn is_at(tracked: &str, path: &str) -> bool {
    tracked == path || std::path::absolute(path).is_ok_and(|whole| whole.to_str() == Some(tracked))
}

fn certifies(here: Option<VersionRef>, sha256: Digest, inventory: &Inventory) -> Verdict {
    let Some(of) = here else { return Verdict::NewElsewhere };
    let key = inventory.key(of.key);
    let attached = key.and_then(|key| key.version(of.version)).and_then(|version| version.certificate.as_ref());
    if attached.is_none_or(|attached| attached.sha256 != sha256) {
        return Verdict::Certifies(here);
    }
    let name = key.map(|key| shown(&key.name).into_owned()).unwrap_or_default();
    Verdict::Present { key: Some(of.key), why: format!("It is attached to {name} already.") }
}

/// Which certificates of the inventory a revocation list names; the list itself is not kept.
fn revoked(serials: &[String], inventory: &Inventory) -> String {
    let serials: std::collections::HashSet<&str> = serials.iter().map(String::as_str).collect();
    let hit = |key: &&std::sync::Arc<crate::model::Key>| {
        let certificates = key.versions.iter().filter_map(|version| version.certificate.as_ref());
        certificates.into_iter().any(|certificate| serials.contains(certificate.serial.trim_start_matches('0')))
    };
    let names: Vec<_> = inventory.keys().iter().filter(hit).map(|key| shown(&key.name).into_owned()).collect();
    match names.len() {
        0 => "A revocation list is not kept. It names no certificate of this inventory.".into(),
        _ => format!("A revocation list is not kept. It may revoke certificates of: {}. Look at them.", names.join(", ")),
    }
}

impl Object {
    fn warn_of_expiry(&mut self, now: Time) {
        if let Facts::Certificate(facts) = &self.facts
            && facts.not_after <= now
        {
            let day = crate::model::time::short_date(facts.not_after, &jiff::tz::TimeZone::UTC);
            self.warnings.push(format!("The certificate expired on {day}."));
        }
    }
}
