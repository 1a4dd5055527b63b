//! What stays in memory and on the disk of the secrets that went through the program: planted ones are looked for
//! in the living process, in every writing, and in every file that it may have written.

mod agent;
mod keychain;
mod planted;
mod scan;
mod shell;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use planted::{BACKUP_WORD, EXPORT_WORD, FILE_WORD, Garden};
use scan::{Find, Planted, SEVEN_WORDS, Scanner};

use crate::support::{Home, skip};
use crate::window;

/// What was found at a moment of a play.
struct Looked {
    moment: String,
    finds: Vec<Find>,
    /// Bytes of memory that were looked at.
    seen: usize,
}

/// Looks whenever the play asks: it writes `MOMENT.look` with the process id, and goes on when `MOMENT.looked` is there.
/// The first look asks for the secrets, for some are made while it is played.
fn look_when_asked(folder: &Path, secrets: impl Fn() -> Vec<Planted>, over: &AtomicBool) -> Vec<Looked> {
    let scanner = OnceCell::new();
    let mut looked = Vec::new();
    while !over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let asked = entry.path();
            if asked.extension().is_none_or(|ending| ending != "look") {
                continue;
            }
            let pid = std::fs::read_to_string(&asked).unwrap().trim().parse().unwrap();
            let mut finds = Vec::new();
            let seen = scanner.get_or_init(|| Scanner::new(&secrets())).process(pid, &mut finds).unwrap();
            let moment = asked.file_stem().unwrap().to_string_lossy().into_owned();
            looked.push(Looked { moment, finds, seen });
            std::fs::remove_file(&asked).unwrap();
            std::fs::write(asked.with_extension("looked"), "").unwrap();
        }
    }
    looked
}

/// The memory of another process may be closed to this one (`ptrace_scope`, a container without the right).
fn memory_is_open(test: &str) -> bool {
    let mut sleeper = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let opened = Scanner::new(&[]).process(sleeper.id(), &mut Vec::new());
    sleeper.kill().and_then(|()| sleeper.wait()).unwrap();
    if let Err(cause) = &opened {
        skip(&format!("memory_closed_{test}"), &format!("the memory of another process cannot be read: {cause}"));
    }
    opened.is_ok()
}

fn all_secrets(inventory: &Path, garden: &Garden) -> Vec<Planted> {
    let words = [planted::home_word(), planted::file_word(), planted::export_word(), planted::backup_word()];
    planted::of_the_inventory(inventory).into_iter().chain(words).chain(garden.keys()).collect()
}

/// The names of what was found, each once.
fn names(finds: &[Find]) -> BTreeSet<&str> {
    finds.iter().map(|find| find.secret.as_str()).collect()
}

/// Files that a program of this home may have written, but the passphrase that the test put there.
fn look_at_files(scanner: &Scanner, home: &Home) {
    let mut finds = Vec::new();
    let files = scanner.folder(home.folder(), &[&home.path("passphrase")], &mut finds);
    assert!(finds.is_empty(), "{finds:#?}");
    assert!(files > 5, "only {files} files were there");
}

/// What has to be in memory while it is open, so that things can be signed, opened and recorded.
const HELD: [&str; 6] =
    ["log key", "log mac", "checkpoint mac", "secret mac", "scalar of the age identity", "point of the age recipient"];

/// Moments of the play at which nothing but what is held may be there, and then not even that.
const OPEN: [&str; 7] = ["made", "brought-in", "exported", "backed-up", "offered-no-more", "unlocked", "pasted"];
const CLOSED: [&str; 2] = ["locked", "looking"];

/// What a person sees on the screen is in memory: the scanner has to see it too.
const SEEN: [(&str, &str); 10] = [
    ("control-reading", "passphrase of a file that is brought in"),
    ("control-reading", "Ed25519 seed"),
    ("control-words", SEVEN_WORDS),
    ("control-exporting", "passphrase of an export"),
    ("control-at-hand", "passphrase of a backup"),
    ("signed", "Ed25519 seed"),
    ("signed", "log key"),
    ("control-typed", "passphrase of the home"),
    ("unlocked", "log key"),
    ("unlocked", "secret mac"),
];

/// Plays it, and looks whenever the play asks; also the folder with what it saved.
fn play_and_look(test: &str, home: &Home, garden: &Garden) -> (Vec<Looked>, Option<PathBuf>) {
    let (inventory, looks) = (home.inventory(), tempfile::tempdir().unwrap());
    std::fs::create_dir(home.path("temporary")).unwrap();
    let over = AtomicBool::new(false);
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    let play = window::play("memory").needs(&["xclip", "ssh-keygen"]);
    let play = play.with("KEYSTEAD_LOOKS", at(looks.path())).with("KEYSTEAD_GARDEN", at(garden.folder()));
    let play = play
        .with("KEYSTEAD_FILE_WORD", FILE_WORD)
        .with("KEYSTEAD_EXPORT_WORD", EXPORT_WORD)
        .with("KEYSTEAD_BACKUP_WORD", BACKUP_WORD);
    let play = play.with("TMPDIR", at(&home.path("temporary")));
    let (looked, played) = std::thread::scope(|scope| {
        let looking = scope.spawn(|| look_when_asked(looks.path(), || all_secrets(&inventory, garden), &over));
        let played = catch_unwind(AssertUnwindSafe(|| play.run(test, home)));
        over.store(true, Ordering::Relaxed);
        (looking.join().unwrap(), played)
    });
    for Looked { moment, finds, seen } in &looked {
        eprintln!("{moment}: {} MB seen, {} finds: {:?}", seen >> 20, finds.len(), names(finds));
        finds.iter().for_each(|find| eprintln!("    {find:?}"));
    }
    (looked, played.unwrap_or_else(|panic| resume_unwind(panic)))
}

#[test]
fn the_window_keeps_no_secret_that_it_is_done_with() {
    let test = "the_window_keeps_no_secret_that_it_is_done_with";
    if !memory_is_open("the_window") {
        return;
    }
    let (home, garden) = (Home::new(), Garden::new());
    let (looked, saved) = play_and_look(test, &home, &garden);
    let Some(saved) = saved else { return };
    let at = |moment: &str| looked.iter().find(|looked| looked.moment == moment).expect("the play comes there");
    for (moment, secret) in SEEN {
        assert!(names(&at(moment).finds).contains(secret), "{secret} was not seen at {moment}");
    }
    for moment in OPEN.into_iter().chain(CLOSED) {
        let may: BTreeSet<&str> = if OPEN.contains(&moment) { HELD.into() } else { BTreeSet::new() };
        let Looked { finds, seen, .. } = at(moment);
        let kept: Vec<_> = names(finds).difference(&may).copied().collect();
        assert!(kept.is_empty(), "{moment}: {kept:?} is still in memory");
        assert!(*seen > 1 << 20, "{moment}: only {seen} bytes of memory were read");
    }
    // What signs is in memory, and of that key nothing that opens others.
    let served = |name: &str| HELD.contains(&name) || name.starts_with("Ed25519");
    assert!(names(&at("signed").finds).into_iter().all(served), "signed: {:?}", names(&at("signed").finds));
    let scanner = Scanner::new(&all_secrets(&home.inventory(), &garden));
    look_at_files(&scanner, &home);
    let mut finds = Vec::new();
    scanner.folder(&saved, &[], &mut finds);
    assert!(finds.is_empty(), "{finds:#?}");
}
