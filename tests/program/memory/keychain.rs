//! The same for commands where the secrets lie in a real keychain, which is another process and may have them.

use super::planted::Garden;
use super::scan::Scanner;
use super::shell::{Held, commands, text};
use super::{all_secrets, look_at_files, memory_is_open, names};
use crate::alone::with_keychain;
use crate::support::{Home, end_of};

#[test]
fn a_command_keeps_nothing_that_a_keychain_gave_it() {
    if !memory_is_open("a_command_with_a_keychain") {
        return;
    }
    with_keychain(|| {
        let (home, garden) = (Home::new(), Garden::new());
        let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap();
        let mut init = home.command(["init", "--store", "keychain", "--recovery-passphrase-file"]);
        init.arg(home.path("passphrase")).env("DBUS_SESSION_BUS_ADDRESS", &bus);
        end_of(init).done();
        let scanner = Scanner::new(&all_secrets(&home.inventory(), &garden));
        let mut kept = Vec::new();
        let mut run = |words: &[&str]| {
            let held = Held::start_with(&home, &garden, words, |command| {
                command.env("DBUS_SESSION_BUS_ADDRESS", &bus);
            });
            let finds = held.look(&scanner);
            if !finds.is_empty() {
                eprintln!("{words:?}: {:?}\n{finds:#?}", names(&finds));
                kept.push((words.join(" "), names(&finds).into_iter().map(str::to_owned).collect::<Vec<_>>()));
            }
        };
        for command in commands(&garden, &|name| text(&home.path(name))) {
            run(&command.iter().map(String::as_str).collect::<Vec<_>>());
        }
        assert!(kept.is_empty(), "{kept:#?}");
        look_at_files(&scanner, &home);
        // It can be seen: at work, waiting for a passphrase that never comes, it holds the log key.
        let out = text(&home.path("never"));
        let mut words = vec!["export", "ed", "--private", "--format", "openssh", "--out", &out];
        words.extend(["--output-passphrase-fd", "6"]);
        let held = Held::start_with(&home, &garden, &words, |command| {
            command.env("DBUS_SESSION_BUS_ADDRESS", &bus);
        });
        held.see(&scanner, "log key");
    });
}
