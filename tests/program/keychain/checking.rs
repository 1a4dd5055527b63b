//! `check` on a home whose secrets are closed: nothing is opened and nobody is asked.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keystead::model::StoreKind;

use super::session;
use crate::alone::with_keychain;
use crate::lab::{Lab, generate};
use crate::outside::notifications::Notifications;
use crate::support::{Ended, end_of, has, skip};

/// Writes down each call to the keychain's service, by whomever.
struct Listener(Child);

impl Listener {
    fn start() -> Self {
        let to = std::fs::File::create("heard").unwrap();
        let mut command = Command::new("dbus-monitor");
        command.args(["--session", "destination='org.freedesktop.secrets'"]).stdout(Stdio::from(to));
        let listener = Self(command.spawn().unwrap());
        // What it says first is that it listens.
        listener.until(|text| text.contains("NameAcquired"));
        listener
    }

    fn until(&self, condition: impl Fn(&str) -> bool) {
        let until = Instant::now() + Duration::from_secs(10);
        while !condition(&Self::text()) {
            assert!(Instant::now() < until, "{}", Self::text());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn text() -> String {
        std::fs::read_to_string("heard").unwrap()
    }

    /// Calls to the keychain so far.
    fn calls() -> usize {
        Self::text().lines().filter(|line| line.starts_with("method call")).count()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(lab: &Lab, line: &str) -> Ended {
    let mut command = lab.program();
    command.args(line.split(' '));
    end_of(command)
}

#[test]
fn check_never_unlocks_a_passphrase_home_nor_a_locked_keychain_and_asks_nobody() {
    with_keychain(|| {
        if !has("dbus-monitor") {
            return skip("check_never_unlocks", "dbus-monitor is not installed");
        }
        let daemon = Notifications::start(Path::new("seen"), &[]);
        let mut told = 0;
        for kind in [StoreKind::Files, StoreKind::FilesByKeychain, StoreKind::Keychain] {
            let lab = Lab::new();
            let custodian = lab.set_up(kind);
            generate(&custodian, "a.example");
            // What is open wants attention, so that there is something to tell.
            let revoke = keystead::model::Command::Revoke {
                versions: vec![crate::lab::first(crate::lab::key(&custodian, "a.example").id)],
                reason: keystead::model::RevocationReason::KeyCompromise,
                since: None,
                note: String::new(),
                replace: false,
            };
            custodian.run(&revoke, &keystead::custodian::NoProgress).unwrap();
            custodian.close();
            drop(custodian);
            session::lock();
            let before = std::fs::read(lab.file("audit.ron")).unwrap();
            let listener = Listener::start();
            let calls = Listener::calls();
            for line in ["check --notify", "check --notify --json", "check"] {
                let ended = run(&lab, line).with(2);
                assert!(!ended.stderr.contains("passphrase"), "{}", ended.stderr);
            }
            std::thread::sleep(Duration::from_millis(200));
            assert_eq!(Listener::calls(), calls, "{kind:?}: {}", Listener::text());
            assert_eq!(std::fs::read(lab.file("audit.ron")).unwrap(), before, "{kind:?}");
            assert!(lab.look().asks_passphrase() == (kind == StoreKind::Files));
            let seen = daemon.seen().len();
            assert!(seen > told, "{kind:?}: it was told all the same");
            told = seen;
            // What does unlock is heard.
            if kind != StoreKind::Files {
                run(&lab, "rotate --due").with(3);
                listener.until(|_| Listener::calls() > calls);
            }
            drop(listener);
            session::unlock();
        }
    });
}
