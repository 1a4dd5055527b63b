//! What a person was told already, so that a notification comes once and not at every look. It is a
//! convenience outside the log: lost or damaged, things are told again and nothing worse follows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::file;
use crate::model::Time;
use crate::model::time::DAY;

/// What is still critical after so many days is told again.
pub const REPEAT_DAYS: i64 = 7;

/// How long another that is telling is waited for.
const WAIT: Duration = Duration::from_secs(10);

const FILE: &str = "told.ron";
const DAMAGED: &str = "told.ron.damaged";
const LOCK: &str = "told.lock";

/// Something that could be told. Its id is the same for as long as it is the same matter.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Matter<'a> {
    /// Which matter.
    pub id: &'a str,
    /// Something is wrong or stopped working.
    pub critical: bool,
}

/// When a matter was told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    at: Time,
    critical: bool,
}

/// The file as a whole.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Memory {
    told: BTreeMap<String, Last>,
}

/// What was told and when. While one lives, another [`Told::open`] of the same folder waits for it.
#[derive(Debug)]
pub struct Told {
    path: PathBuf,
    memory: Memory,
    /// Released when this goes away.
    _lock: Option<File>,
}

/// What was told could not be remembered.
#[derive(Debug, thiserror::Error)]
#[error(
    "What was told could not be remembered in {}: {cause}. The same will be told again; make the file's folder writable.",
    path.display()
)]
pub struct ToldError {
    path: PathBuf,
    #[source]
    cause: std::io::Error,
}

impl Told {
    /// Reads what was told from the platform's state folder, making the folder where there is none.
    /// A file that cannot be read is set aside and nothing counts as told; the sentence says so.
    pub fn open(state_folder: &Path) -> (Self, Option<String>) {
        // Without the folder saving fails, and that is said then.
        let _ = file::private_folder(state_folder);
        let lock = lock(&state_folder.join(LOCK));
        let path = state_folder.join(FILE);
        let (memory, notice) = match read(&path) {
            Ok(memory) => (memory, None),
            Err(reason) => (Memory::default(), Some(set_aside(&path, &reason))),
        };
        (Self { path, memory, _lock: lock }, notice)
    }

    /// What is to be told now: what was not told yet, what became critical since, and what was told
    /// [`REPEAT_DAYS`] ago and is still critical.
    pub fn news<'a>(&self, current: &[Matter<'a>], now: Time) -> Vec<Matter<'a>> {
        current.iter().copied().filter(|due| self.is_news(*due, now)).collect()
    }

    fn is_news(&self, due: Matter, now: Time) -> bool {
        let Some(last) = self.memory.told.get(due.id) else { return true };
        // Told long after now means that the clock was wrong then.
        let long_ago = now.seconds_since(last.at).abs() >= REPEAT_DAYS * DAY;
        due.critical && (!last.critical || long_ago)
    }

    /// These were told now.
    pub fn note(&mut self, told: &[Matter], now: Time) {
        let entries = told.iter().map(|due| (due.id.to_owned(), Last { at: now, critical: due.critical }));
        self.memory.told.extend(entries);
    }

    /// Forgets whatever is not among these: should it come again, it is news.
    pub fn forget_others(&mut self, current: &[Matter]) {
        let current: BTreeSet<&str> = current.iter().map(|due| due.id).collect();
        self.memory.told.retain(|id, _| current.contains(id.as_str()));
    }

    /// Keeps it: beside the file first, then moved to its place.
    pub fn save(&self) -> Result<(), ToldError> {
        let error = |cause| ToldError { path: self.path.clone(), cause };
        let text = ron::ser::to_string_pretty(&self.memory, ron::ser::PrettyConfig::default())
            .map_err(|cause| error(std::io::Error::other(cause)))?;
        file::replace_private(&self.path, text.as_bytes()).map_err(error)
    }
}

fn read(path: &Path) -> Result<Memory, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => ron::from_str(&text).map_err(|error| error.to_string()),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Memory::default()),
        Err(cause) => Err(cause.to_string()),
    }
}

/// Moves a damaged file out of the way; what was done as a sentence.
fn set_aside(path: &Path, reason: &str) -> String {
    let kept = path.with_file_name(DAMAGED);
    let again = format!("{} cannot be read ({reason}), so everything is told again.", path.display());
    match std::fs::rename(path, &kept) {
        Ok(()) => format!("{again} It is kept as {}.", kept.display()),
        Err(_) => again,
    }
}

/// Keeps others from telling the same at the same time. Where no lock can be had it goes on without:
/// told twice is better than not told.
fn lock(path: &Path) -> Option<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).ok()?;
    let until = Instant::now() + WAIT;
    while Instant::now() < until {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            Err(std::fs::TryLockError::Error(_)) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Time {
        "2026-11-25T10:00:00Z".parse().unwrap()
    }

    fn due(id: &str, critical: bool) -> Matter<'_> {
        Matter { id, critical }
    }

    /// Tells what is news, as a run of the program does; the ids.
    fn run(folder: &Path, current: &[Matter], now: Time) -> Vec<String> {
        let (mut told, notice) = Told::open(folder);
        assert_eq!(notice, None);
        let news = turn(&mut told, current, now);
        told.save().unwrap();
        news
    }

    /// The same without a file.
    fn turn(told: &mut Told, current: &[Matter], now: Time) -> Vec<String> {
        let news = told.news(current, now);
        told.note(&news, now);
        told.forget_others(current);
        news.iter().map(|due| due.id.to_owned()).collect()
    }

    #[test]
    fn a_matter_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state/keystead");
        assert_eq!(run(&state, &[due("a", false), due("b", true)], now()), ["a", "b"]);
        assert_eq!(run(&state, &[due("a", false), due("b", true), due("c", false)], now().plus_days(1)), ["c"]);
        assert_eq!(run(&state, &[due("a", false), due("c", false)], now().plus_days(1)), [""; 0]);
        assert_eq!(run(&state, &[due("a", false), due("b", true)], now().plus_days(2)), ["b"], "it went away and came again");
    }

    #[test]
    fn what_stays_or_becomes_critical_is_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let (both, later) = ([due("a", false), due("b", true)], |days| now().plus_days(days));
        assert_eq!(run(folder.path(), &both, now()), ["a", "b"]);
        assert_eq!(run(folder.path(), &both, later(REPEAT_DAYS).plus_seconds(-1)), [""; 0]);
        assert_eq!(run(folder.path(), &both, later(REPEAT_DAYS)), ["b"]);
        assert_eq!(run(folder.path(), &[due("a", true), due("b", true)], later(8)), ["a"]);
    }

    #[test]
    fn a_clock_that_was_wrong_silences_nothing_for_long() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(run(folder.path(), &[due("a", true)], now().plus_days(400)), ["a"]);
        assert_eq!(run(folder.path(), &[due("a", true)], now()), ["a"]);
        assert_eq!(run(folder.path(), &[due("a", true)], now().plus_seconds(-3_600)), [""; 0]);
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_begun_anew() {
        for damage in ["", "\0\0\0", "(told: {\"a\": (at: \"soon\", critical: true)})", "\u{fffd}(", "(told: {"] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(FILE), damage).unwrap();
            let (told, notice) = Told::open(folder.path());
            assert!(notice.unwrap().contains("told.ron.damaged"));
            assert_eq!(told.news(&[due("a", false)], now()).len(), 1);
            assert_eq!(std::fs::read_to_string(folder.path().join(DAMAGED)).unwrap(), damage);
            drop(told);
            assert_eq!(run(folder.path(), &[due("a", false)], now()), ["a"]);
        }
    }

    #[test]
    fn where_nothing_can_be_kept_saving_says_so_and_nothing_else_fails() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "in the way").unwrap();
        let (told, _) = Told::open(&file);
        assert_eq!(told.news(&[due("a", false)], now()).len(), 1);
        let error = told.save().unwrap_err().to_string();
        assert!(error.starts_with("What was told could not be remembered in "), "{error}");
    }

    #[test]
    fn many_at_once_tell_a_matter_once() {
        let folder = tempfile::tempdir().unwrap();
        let count: usize = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..8).map(|_| scope.spawn(|| run(folder.path(), &[due("a", true)], now()).len())).collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum()
        });
        assert_eq!(count, 1);
    }

    proptest! {
        /// However matters come, go and turn critical: nothing new stays untold, nothing is told twice in a
        /// day, nothing critical stays untold for longer than the repetition.
        #[test]
        fn no_matter_is_missed_and_none_nags(days in proptest::collection::vec(proptest::collection::btree_map(0..4_u8, any::<bool>(), 0..4), 1..25)) {
            let mut memory = Told { path: PathBuf::new(), memory: Memory::default(), _lock: None };
            let mut last: BTreeMap<u8, (i64, bool)> = BTreeMap::new();
            for (day, matters) in (0_i64..).zip(&days) {
                let ids: Vec<(u8, String, bool)> = matters.iter().map(|(id, critical)| (*id, id.to_string(), *critical)).collect();
                let current: Vec<Matter> = ids.iter().map(|(_, id, critical)| due(id, *critical)).collect();
                let told = turn(&mut memory, &current, now().plus_days(day));
                prop_assert_eq!(turn(&mut memory, &current, now().plus_days(day)), [""; 0]);
                for (id, text, critical) in &ids {
                    let is_told = told.contains(text);
                    match last.get(id) {
                        None => prop_assert!(is_told, "new"),
                        Some((_, before)) if *critical && !before => prop_assert!(is_told, "worse"),
                        Some((when, _)) => prop_assert_eq!(is_told, *critical && day - when >= REPEAT_DAYS),
                    }
                    if is_told {
                        last.insert(*id, (day, *critical));
                    }
                }
                last.retain(|id, _| matters.contains_key(id));
            }
        }
    }
}
