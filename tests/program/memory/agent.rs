//! The same for an SSH agent: what it signs with is in memory while it offers it, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use super::planted::Garden;
use super::scan::{Find, Scanner};
use super::shell::{Held, text};
use super::{HELD, all_secrets, look_at_files, memory_is_open, names};
use crate::agent::{Served, public};
use crate::support::Home;

/// What of these keys is in memory, once the agent rests; the rest of what is there has to be there.
fn kept<'a>(scanner: &Scanner, agent: &Served, finds: &'a mut Vec<Find>) -> BTreeSet<&'a str> {
    // Longer than it takes to forget what is no longer offered, and to wipe what a signature left.
    std::thread::sleep(Duration::from_millis(2_500));
    finds.clear();
    scanner.process(agent.pid(), finds).unwrap();
    let found = names(finds);
    assert!(found.contains("log key"), "the scanner sees what is there: {found:?}");
    found.into_iter().filter(|name| !HELD.contains(name)).collect()
}

fn kinds<'a>(found: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    found.iter().map(|name| name.split(' ').next().unwrap()).collect()
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
    let mut finds = Vec::new();
    let before = kept(&scanner, &agent, &mut finds);
    assert!(before.is_empty(), "nothing was signed yet: {before:?}\n{finds:#?}");
    for key in keys {
        agent.signs(&home, key).done();
    }
    let signed = kept(&scanner, &agent, &mut finds);
    assert_eq!(kinds(&signed), ["Ed25519", "P-256", "RSA"].into(), "{finds:#?}");
    home.open(["agent", "unset", "ed"]).done();
    let unset = kept(&scanner, &agent, &mut finds);
    assert!(unset.is_empty(), "{unset:?}\n{finds:#?}");
    home.open(["agent", "set", "ec", "--lifetime", "6s"]).done();
    for key in ["ec", "rsa"] {
        agent.signs(&home, key).done();
    }
    let signed = kept(&scanner, &agent, &mut finds);
    assert_eq!(kinds(&signed), ["P-256", "RSA"].into(), "{finds:#?}");
    std::thread::sleep(Duration::from_secs(6));
    let late = kept(&scanner, &agent, &mut finds);
    assert_eq!(kinds(&late), ["RSA"].into(), "its lifetime is over: {finds:#?}");
    agent.signal("-INT");
    assert_eq!(agent.ends(), Some(0));
    look_at_files(&scanner, &home);
}
