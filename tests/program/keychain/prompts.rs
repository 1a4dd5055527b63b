//! The keychain's own dialog, on a display of its own, with a person who refuses or is away.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keystead::custodian::{Custodian, CustodianError};
use keystead::model::StoreKind;
use keystead::stores::StoreError;

use super::session;
use crate::alone::with_keychain;
use crate::lab::{Lab, generate, names, request};
use crate::support::{has, skip};

/// A display that nobody looks at.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn new() -> Self {
        let mut server = Command::new("Xvfb");
        server.args(["-displayfd", "1", "-screen", "0", "1024x640x24", "-nolisten", "tcp"]);
        let mut server = server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let name = format!(":{}", number.trim());
        let told = Command::new("dbus-update-activation-environment").arg(format!("DISPLAY={name}")).status().unwrap();
        assert!(told.success());
        Self { server, name }
    }

    fn tool(&self, arguments: &[&str]) -> String {
        let ended = Command::new("xdotool").args(arguments).env("DISPLAY", &self.name).output().unwrap();
        String::from_utf8_lossy(&ended.stdout).trim().to_owned()
    }

    /// The keychain's dialog.
    fn dialog(&self) -> Option<String> {
        let found = self.tool(&["search", "--onlyvisible", "--class", "prompter"]);
        found.lines().last().map(str::to_owned).filter(|window| !window.is_empty())
    }

    fn wait(&self, there: bool) {
        let until = Instant::now() + Duration::from_secs(15);
        while self.dialog().is_some() != there {
            assert!(Instant::now() < until, "the dialog {}", if there { "does not come" } else { "does not go" });
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn refuse(&self) {
        self.wait(true);
        let window = self.dialog().unwrap();
        self.tool(&["windowfocus", "--sync", &window, "key", "Escape"]);
        self.wait(false);
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn with_dialogs(name: &str, body: impl FnOnce(&Display, &Lab, keystead::model::KeyId)) {
    if let Some(missing) = ["Xvfb", "xdotool", "dbus-update-activation-environment"].iter().find(|tool| !has(tool)) {
        skip(name, &format!("{missing} is not installed"));
        return;
    }
    let lab = Lab::new();
    let made = generate(&lab.set_up(StoreKind::Keychain), "a.example");
    let display = Display::new();
    session::lock();
    body(&display, &lab, made);
    session::unlock();
    let custodian = lab.open();
    assert_eq!(names(&custodian), ["a.example"]);
    request(&custodian, made).unwrap();
}

#[test]
fn keychain_prompt_refused() {
    with_keychain(|| {
        with_dialogs("keychain_prompt_refused", |display, lab, _| {
            let custodian = lab.look();
            let error = std::thread::scope(|scope| {
                let unlocking = scope.spawn(|| custodian.unlock(None).unwrap_err());
                display.refuse();
                unlocking.join().unwrap()
            });
            assert!(matches!(error, CustodianError::Store(StoreError::PromptRefused { .. })), "{error:?}");
            assert!(error.to_string().contains("Nothing was changed") && error.to_string().contains("try again"), "{error}");
            assert!(!custodian.is_unlocked());
        });
    });
}

#[test]
fn keychain_prompt_never_answered() {
    with_keychain(|| {
        with_dialogs("keychain_prompt_never_answered", |display, lab, made| {
            let custodian = Custodian::open(lab.waiting(Duration::from_secs(2))).unwrap();
            let began = Instant::now();
            let error = custodian.unlock(None).unwrap_err();
            assert!(matches!(error, CustodianError::Store(StoreError::NoAnswer { .. })), "{error:?}");
            assert!(error.to_string().contains("Look for its prompt"), "{error}");
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
            display.wait(true);
            // Meanwhile all that needs no secret works.
            assert_eq!(names(&custodian), ["a.example"]);
            custodian.export_public(&[crate::lab::first(made)], keystead::model::Format::SpkiPem).unwrap();
            display.refuse();
        });
    });
}
