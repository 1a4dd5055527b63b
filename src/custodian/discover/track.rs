//! Tracking a file where it lies: noted with the SHA-256 of the whole file, looked at again and again.
//! What a look finds is kept with the conditions, never in the log.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::crypto;
use crate::custodian::core::Custodian;
use crate::custodian::error::CustodianError;
use crate::custodian::import::{Choice, Reading, Source, Verdict, load, read};
use crate::custodian::outcome::{Outcome, Progress};
use crate::model::alert::{FileTrouble, TrackedFile};
use crate::model::name::shown;
use crate::model::{Digest, Event, Held, Inventory, Key, KeyId, Locator, NewKey, Version, VersionRef};

/// New entries of one record.
const EVENTS: usize = 500;

impl Custodian {
    /// Tracks the private keys of files. Those of the inventory are left as they are; what was tracked
    /// in the same file is tracked as it is now.
    pub(in crate::custodian) fn track(&self, paths: &[PathBuf], progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        let mut left: Vec<String> = Vec::new();
        let mut sources = Vec::new();
        for path in paths {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            match (path.to_str(), path.symlink_metadata()) {
                (None, _) => left.push(format!("{}: its name is no text", path.display())),
                (_, Ok(found)) if found.is_file() => sources.push(Source::Path(path)),
                _ => left.push(format!("{}: it is not a regular file", path.display())),
            }
        }
        let mut reading = read(&sources, &[], progress);
        let (inventory, now) = (self.read(Inventory::clone), self.now());
        reading.compare(&inventory, now);
        let planned = self.plan_tracking(&reading, &inventory, &mut left)?;
        let mut outcome = Outcome::default();
        for events in planned.chunks(EVENTS) {
            let (events, keys): (Vec<Event>, Vec<Vec<KeyId>>) = events.iter().map(|event| (event.clone(), event.keys())).unzip();
            self.append(gathered(events))?;
            outcome.keys.extend(keys.into_iter().flatten());
        }
        self.check_tracked();
        if !left.is_empty() {
            outcome.notice = Some(format!("Not tracked: {}.", left.join("; ")));
        }
        Ok(outcome)
    }

    fn plan_tracking(
        &self,
        reading: &Reading,
        inventory: &Inventory,
        left: &mut Vec<String>,
    ) -> Result<Vec<Event>, CustodianError> {
        let mut planned = Vec::new();
        let known = tracked_paths(inventory);
        for (index, object) in reading.objects.iter().enumerate().filter(|(_, object)| object.is_private()) {
            let Some(&sha256) = reading.digests.get(&object.path) else { continue };
            let held = Held::Tracked { path: object.path.clone().into(), sha256 };
            let mut leave = |why: &str| left.push(format!("{}, {}: {why}", shown(&object.path), object.place));
            match &object.verdict {
                Verdict::Completes(of) => {
                    let before = inventory.key(of.key).and_then(|key| key.version(of.version)).map(Version::held);
                    match before {
                        Some(before) if *before == held => leave("it is tracked already"),
                        _ => planned.push(Event::HeldChanged { version: *of, held }),
                    }
                }
                // What cannot be opened is known by its file alone.
                Verdict::New | Verdict::Refused(_) if object.spki_sha256.is_none() && known.contains_key(&*object.path) => {
                    let of = known[&*object.path];
                    let before = inventory.key(of.key).and_then(|key| key.version(of.version)).map(Version::held);
                    if before == Some(&held) {
                        leave("it is tracked already");
                    } else {
                        planned.push(Event::HeldChanged { version: of, held });
                    }
                }
                Verdict::New | Verdict::Refused(_) if object.verdict == Verdict::New || object.facts.wants_passphrase() => {
                    let key = self.plan_tracked(reading, index, held)?;
                    planned.push(Event::KeysNoted { keys: vec![key] });
                }
                Verdict::Refused(why) | Verdict::Present { why, .. } => leave(why.trim_end_matches('.')),
                _ => {}
            }
        }
        Ok(planned)
    }

    fn plan_tracked(&self, reading: &Reading, index: usize, held: Held) -> Result<NewKey, CustodianError> {
        let object = &reading.objects[index];
        let choice = Choice::proposed(index, object);
        let locator = Locator { store: crate::model::origin::TRACKED.into(), object: "".into(), engine_version: None };
        self.new_key(object, &choice, locator, None, held)
    }

    /// Tracks files no more; their entries stay, held elsewhere.
    pub(in crate::custodian) fn stop_tracking(&self, versions: &[VersionRef]) -> Result<Outcome, CustodianError> {
        let events = self.read(|inventory| {
            let of = |version: &VersionRef| {
                let found = inventory.key(version.key).and_then(|key| key.version(version.version));
                match found.map(Version::held) {
                    Some(Held::Tracked { path, .. }) => {
                        Ok(Event::HeldChanged { version: *version, held: Held::Elsewhere { place: path.clone() } })
                    }
                    _ => Err(CustodianError::Input("It is not tracked in a file. Nothing was changed.".into())),
                }
            };
            versions.iter().map(of).collect::<Result<Vec<_>, _>>()
        })?;
        self.append(events)?;
        self.check_tracked();
        Ok(Outcome { keys: versions.iter().map(|version| version.key).collect(), ..Outcome::default() })
    }

    /// Looks at every tracked file: is it there, and is it the one that was noted? Nothing is unlocked and
    /// nothing is written; the answer is part of the conditions.
    pub fn check_tracked(&self) {
        let tracked: Vec<(KeyId, Box<str>, Digest)> = self.read(|inventory| {
            let of_key = |key: &std::sync::Arc<Key>| {
                let id = key.id;
                let living = key.versions.iter().filter(|version| version.life.destroyed.is_none());
                let held = living.filter_map(|version| match version.held() {
                    Held::Tracked { path, sha256 } => Some((path.clone(), *sha256)),
                    _ => None,
                });
                held.map(|(path, sha256)| (id, path, sha256)).collect::<Vec<_>>()
            };
            inventory.keys().iter().flat_map(of_key).collect()
        });
        // A file that holds many keys is read once.
        let mut seen: HashMap<&str, Result<Digest, String>> = HashMap::new();
        let mut files = Vec::new();
        for (key, path, sha256) in &tracked {
            let found = seen.entry(path).or_insert_with(|| load(Path::new(&**path)).map(|bytes| crypto::sha256(bytes.expose())));
            files.extend(trouble(path, *sha256, found).map(|trouble| (*key, trouble)));
        }
        self.troubles().conditions.files = files;
    }
}

fn trouble(path: &str, sha256: Digest, found: &Result<Digest, String>) -> Option<FileTrouble> {
    let file = |trouble| TrackedFile { path: path.into(), trouble };
    let path = shown(path);
    match found {
        Ok(found) if *found == sha256 => None,
        Ok(_) => Some(FileTrouble::Changed(file(format!(
            "{path} is not the file that was noted: somebody changed or replaced it. Look at it; then bring it in, track it as it is now, or stop tracking it."
        )))),
        Err(_) if Path::new(&*path).symlink_metadata().is_err() => Some(FileTrouble::Gone(file(format!(
            "{path} is not there any more. Find out who moved or removed it; then track it where it lies now, or stop tracking it."
        )))),
        Err(why) => {
            Some(FileTrouble::Gone(file(format!("{path} cannot be looked at: {why}. Make it readable, or stop tracking it."))))
        }
    }
}

/// The version that is tracked in a file, where nothing but the file is known of it.
fn tracked_paths(inventory: &Inventory) -> HashMap<Box<str>, VersionRef> {
    let versions = inventory.keys().iter().flat_map(|key| key.versions.iter().map(move |version| (key.id, version)));
    versions
        .filter_map(|(key, version)| match version.held() {
            Held::Tracked { path, .. } if version.public_key.is_empty() && version.life.destroyed.is_none() => {
                Some((path.clone(), VersionRef { key, version: version.number }))
            }
            _ => None,
        })
        .collect()
}

/// New entries become one event.
fn gathered(events: Vec<Event>) -> Vec<Event> {
    let (mut noted, mut others) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::KeysNoted { keys } => noted.extend(keys),
            other => others.push(other),
        }
    }
    if !noted.is_empty() {
        others.push(Event::KeysNoted { keys: noted });
    }
    others
}
