//! The same for an SSH agent: what it signs with is in memory while it offers it, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use super::planted::Garden;
use super::scan::Scanner;
use super::shell::{Held, text};
use super::{HELD, all_secrets, look_at_files, memory_is_open, names};
use crate::agent::{Served, public};
use crate::support::Home;

/// What is in memory, once the agent rests, of what does not have to be there: each by the first word of its name.
fn kept(scanner: &Scanner, agent: &Served) -> BTreeSet<String> {
    // Longer than it takes to forget what is no longer offered, and to wipe what a signature left.
    std::thread::sleep(Duration::from_millis(2_500));
    let mut finds = Vec::new();
    scanner.process(agent.pid(), &mut finds).unwrap();
    let found = names(&finds);
    assert!(found.contains("log key"), "the scanner sees what is there: {found:?}");
    finds.iter().filter(|find| !HELD.contains(&&*find.secret)).for_each(|find| eprintln!("    {find:?}"));
    let kept = found.into_iter().filter(|name| !HELD.contains(name));
    kept.map(|name| name.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn an_agent_keeps_what_it_signs_with_while_it_offers_it() {
    if !memory_is_open("an_agent") {
        return;
    }
    let (home, garden) = (Home::with_files(), Garden::new());
    let scanner = Scanner::new(&all_secrets(&home.inventory(), &garden));
    let keys = ["ec", "ed", "rsa"];
    for key in keys {
        let file = text(&garden.path(&format!("{key}.pem")));
        Held::start(&home, &garden, &["import", &file, "--input-passphrase-fd", "8"]).look(&scanner);
        home.open(["agent", "set", key]).done();
        public(&home, key);
    }
    let mut agent = Served::start(&home, &[]);
    assert_eq!(kept(&scanner, &agent), names_of(&[]), "nothing was signed yet");
    for key in keys {
        agent.signs(&home, key).done();
    }
    assert_eq!(kept(&scanner, &agent), names_of(&["Ed25519", "P-256", "RSA"]));
    home.open(["agent", "unset", "ed"]).done();
    assert_eq!(kept(&scanner, &agent), names_of(&[]), "one is offered no more, and the others wait to be asked for");
    home.open(["agent", "set", "ec", "--lifetime", "6s"]).done();
    for key in ["ec", "rsa"] {
        agent.signs(&home, key).done();
    }
    assert_eq!(kept(&scanner, &agent), names_of(&["P-256", "RSA"]));
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(kept(&scanner, &agent), names_of(&["RSA"]), "the lifetime of one is over");
    agent.signal("-INT");
    assert_eq!(agent.ends(), Some(0));
    look_at_files(&scanner, &home);
}

fn names_of(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
