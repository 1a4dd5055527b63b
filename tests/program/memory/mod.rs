//! What stays in memory and on the disk of the secrets that went through the program: planted ones are looked for
//! in the living process, in every writing, and in every file that it may have written.

mod planted;
mod scan;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use planted::{EXPORT_WORD, FILE_WORD, Garden};
use scan::{Find, Planted, Scanner};

use crate::support::{Home, skip};
use crate::window;

/// What a play asked to be looked for, and what was found.
struct Looked {
    moment: String,
    finds: Vec<Find>,
    /// Bytes of memory that were looked at.
    seen: usize,
}

/// Looks whenever the play asks: it writes `MOMENT.look` with the process id, and goes on when `MOMENT.looked` is there.
fn look_when_asked(folder: &Path, scanner: &Scanner, over: &AtomicBool) -> Vec<Looked> {
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
            let seen = scanner.process(pid, &mut finds).unwrap();
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
        skip(test, &format!("the memory of another process cannot be read: {cause}"));
    }
    opened.is_ok()
}

fn inventory_with_keys_to_come() -> (Home, Garden) {
    (Home::with_files(), Garden::new())
}

fn all_secrets(home: &Home, garden: &Garden) -> Vec<Planted> {
    let words = [planted::home_word(), planted::file_word(), planted::export_word()];
    planted::of_the_inventory(&home.inventory()).into_iter().chain(words).chain(garden.keys()).collect()
}

/// The names of what was found, each once.
fn names(finds: &[Find]) -> Vec<&str> {
    let mut names: Vec<_> = finds.iter().map(|find| find.secret.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn the_window_keeps_no_secret_that_it_is_done_with() {
    let test = "memory_of_the_window";
    if !memory_is_open(test) {
        return;
    }
    let (home, garden) = inventory_with_keys_to_come();
    let scanner = Scanner::new(&all_secrets(&home, &garden));
    let looks = tempfile::tempdir().unwrap();
    let over = AtomicBool::new(false);
    let looked = std::thread::scope(|scope| {
        let looking = scope.spawn(|| look_when_asked(looks.path(), &scanner, &over));
        let at = |path: &Path| path.to_str().unwrap().to_owned();
        let play = window::play("memory").with("KEYSTEAD_LOOKS", at(looks.path())).with("KEYSTEAD_GARDEN", at(garden.folder()));
        let play = play.with("KEYSTEAD_FILE_WORD", FILE_WORD).with("KEYSTEAD_EXPORT_WORD", EXPORT_WORD);
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play.run(test, &home)));
        over.store(true, Ordering::Relaxed);
        (looking.join().unwrap(), played)
    });
    for look in &looked.0 {
        eprintln!("{}: {} MB seen, {} finds: {:?}", look.moment, look.seen >> 20, look.finds.len(), names(&look.finds));
        for find in &look.finds {
            eprintln!("    {find:?}");
        }
    }
    if looked.1.unwrap().is_none() {
        return;
    }
    let mut finds = Vec::new();
    let own: PathBuf = home.path("passphrase");
    let files = scanner.folder(&home.inventory().parent().unwrap(), &[&own], &mut finds);
    assert!(finds.is_empty(), "{finds:#?}");
    assert!(files > 5);
}
