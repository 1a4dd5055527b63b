//! Tracking a file where it lies: noted with the SHA-256 of the whole file, looked at again and again.
//! What a look finds is kept with the conditions, never in the log.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::crypto;
use crate::custodian::core::Custodian;
use crate::custodian::error::CustodianError;
use crate::custodian::import::{Choice, Reading, Source, Verdict, identified, load, read, unidentified};
use crate::custodian::outcome::{Outcome, Progress};
use crate::model::alert::{self, FileTrouble};
use crate::model::name::shown;
use crate::model::{Digest, Event, Held, Inventory, Key, KeyId, Locator, NewKey, Version, VersionRef};

/// New entries of one record.
const EVENTS: usize = 500;

/// A private half that is tracked where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedFile {
    /// The file.
    pub path: Box<str>,
    /// SHA-256 of it as it was noted.
    pub sha256: Digest,
    /// Whose private half it holds.
    pub version: VersionRef,
}

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
        // What cannot be opened is known by its file alone: the entries of a file, each taken once.
        let mut known: HashMap<Box<str>, VecDeque<VersionRef>> = HashMap::new();
        for (path, _, of) in unidentified(inventory) {
            known.entry(path).or_default().push_back(of);
        }
        let held_before = |of: VersionRef| {
            let key = inventory.key(of.key);
            key.and_then(|key| key.version(of.version)).map(Version::held)
        };
        for (index, object) in reading.objects.iter().enumerate().filter(|(_, object)| object.is_private()) {
            let Some(&sha256) = reading.digests.get(&object.path) else { continue };
            let held = Held::Tracked { path: object.path.clone().into(), sha256 };
            let mut leave = |why: &str| left.push(format!("{}, {}: {why}", shown(&object.path), object.place));
            match &object.verdict {
                Verdict::Completes(of) if held_before(*of) == Some(&held) => leave("it is tracked already"),
                Verdict::Completes(of) => planned.push(Event::HeldChanged { version: *of, held }),
                verdict if *verdict == Verdict::New || object.facts.wants_passphrase() => {
                    let Some(of) = known.get_mut(&*object.path).and_then(VecDeque::pop_front) else {
                        let key = self.plan_tracked(reading, index, held)?;
                        planned.push(Event::KeysNoted { keys: vec![key] });
                        continue;
                    };
                    if held_before(of) == Some(&held) {
                        leave("it is tracked already");
                        continue;
                    }
                    planned.push(Event::HeldChanged { version: of, held });
                    if !object.public_key.is_empty() {
                        planned.push(identified(of, object, None));
                    }
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
        let tracked = self.read(tracked_files);
        let files = look(&tracked).into_iter().zip(&tracked);
        let files = files.filter_map(|(trouble, file)| Some((file.version.key, trouble?))).collect();
        self.troubles().conditions.files = files;
    }
}

/// What is tracked, by path.
pub fn tracked_files(inventory: &Inventory) -> Vec<TrackedFile> {
    let of_key = |key: &Arc<Key>| {
        let id = key.id;
        let living = key.versions.iter().filter(|version| version.life.destroyed.is_none());
        let held = living.filter_map(|version| match version.held() {
            Held::Tracked { path, sha256 } => {
                let version = VersionRef { key: id, version: version.number };
                Some(TrackedFile { path: path.clone(), sha256: *sha256, version })
            }
            _ => None,
        });
        held.collect::<Vec<_>>()
    };
    let mut tracked: Vec<TrackedFile> = inventory.keys().iter().flat_map(of_key).collect();
    tracked.sort_unstable_by(|one, other| (&one.path, one.version).cmp(&(&other.path, other.version)));
    tracked
}

/// Looks at tracked files: for each, what is wrong with it. A file that holds many keys is read once.
pub fn look(tracked: &[TrackedFile]) -> Vec<Option<FileTrouble>> {
    let mut seen: HashMap<&str, Result<Digest, String>> = HashMap::new();
    let mut troubles = Vec::with_capacity(tracked.len());
    for TrackedFile { path, sha256, .. } in tracked {
        let read = || load(Path::new(&**path)).map(|bytes| crypto::sha256(bytes.expose()));
        troubles.push(trouble(path, *sha256, seen.entry(path).or_insert_with(read)));
    }
    troubles
}

fn trouble(path: &str, sha256: Digest, found: &Result<Digest, String>) -> Option<FileTrouble> {
    let told = shown(path);
    let file = |trouble| alert::TrackedFile { path: path.into(), trouble };
    match found {
        Ok(found) if *found == sha256 => None,
        Ok(_) => Some(FileTrouble::Changed(file(format!(
            "{told} is not the file that was noted: somebody changed or replaced it. Look at it; then bring it in, track it as it is now, or stop tracking it."
        )))),
        Err(_) if Path::new(path).symlink_metadata().is_err() => Some(FileTrouble::Gone(file(format!(
            "{told} is not there any more. Find out who moved or removed it; then track it where it lies now, or stop tracking it."
        )))),
        Err(why) => {
            Some(FileTrouble::Gone(file(format!("{told} cannot be looked at: {why}. Make it readable, or stop tracking it."))))
        }
    }
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
