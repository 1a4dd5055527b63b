//! Clipboard and paper: the countdown of a copied passphrase, QR codes, and the sheet to be printed.

use std::io::Write as _;
use std::process::Command as Program;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::Outcome;
use keystead::custodian::link::{Report, Request};
use keystead::desktop::clipboard::{Board, SecretClipboard};
use keystead::desktop::pick::Picked;
use keystead::model::{Command, Event, Format, Recipient};
use keystead::secret::Passphrase;

use crate::pictures::Album;
use crate::policies::shows;
use crate::stage::{self, Window, act, click, press, settle, type_text};
use crate::world;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { alt: false, ctrl: true, shift: true, mac_cmd: false, command: true };

/// A clipboard of this test alone, and how far its clock was set forward.
#[derive(Clone, Default)]
struct Own(Arc<Mutex<(Option<String>, Duration)>>);

impl Own {
    fn holds(&self) -> Option<String> {
        self.0.lock().expect("the clipboard").0.clone()
    }

    fn set(&self, text: Option<&str>) {
        self.0.lock().expect("the clipboard").0 = text.map(str::to_owned);
    }

    fn wait(&self, time: Duration) {
        self.0.lock().expect("the clipboard").1 += time;
    }
}

impl Board for Own {
    fn put(&mut self, secret: &Passphrase) -> Result<(), String> {
        self.set(Some(secret.expose()));
        Ok(())
    }

    fn text(&mut self) -> Result<Option<Passphrase>, String> {
        Ok(self.holds().map(Passphrase::new))
    }

    fn clear(&mut self) -> Result<(), String> {
        self.set(None);
        Ok(())
    }
}

/// The dialog that exports a private key, its words copied.
fn copied(appearance: Theme) -> (Window<'static>, Own) {
    let mut window = stage::with_key(appearance, "bastion.eu-west");
    let own = Own::default();
    let (board, clock, start) = (own.clone(), own.clone(), Instant::now());
    let open = Arc::new(move || Ok(Box::new(board.clone()) as Box<dyn Board>));
    let ticks = Arc::new(move || start + clock.0.lock().expect("the clipboard").1);
    window.state_mut().app.copy_with(SecretClipboard::of(open, ticks));
    press(&mut window, CTRL_SHIFT, Key::X);
    click(&mut window, "Copy");
    until(&mut window, |window| shows(window, "On the clipboard:"));
    (window, own)
}

/// What a thread does is seen in some later frame.
#[track_caller]
fn until(window: &mut Window<'static>, holds: impl Fn(&Window<'static>) -> bool) {
    let start = Instant::now();
    while !holds(window) {
        assert!(start.elapsed() < Duration::from_secs(20), "it did not come");
        std::thread::sleep(Duration::from_millis(20));
        settle(window);
    }
}

#[test]
fn a_copied_passphrase_counts_down_and_is_cleared() {
    let (mut window, own) = copied(Theme::Light);
    assert_eq!(own.holds().map_or(0, |words| words.split([' ', '-']).count()), 7);
    assert!(shows(&window, "On the clipboard: 30 s"));
    own.wait(Duration::from_secs(12));
    settle(&mut window);
    assert!(shows(&window, "On the clipboard: 18 s"));
    own.wait(Duration::from_secs(18));
    until(&mut window, |window| shows(window, "The passphrase was cleared from the clipboard."));
    assert!(own.holds().is_none() && !shows(&window, "On the clipboard:"));
}

#[test]
fn clear_now_and_lock_take_it_away_and_what_others_copied_stays() {
    let (mut window, own) = copied(Theme::Light);
    window.get_by_label("Clear now").focus();
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    until(&mut window, |_| own.holds().is_none());
    let (mut window, own) = copied(Theme::Light);
    press(&mut window, CTRL, Key::L);
    until(&mut window, |_| own.holds().is_none());
    let (mut window, own) = copied(Theme::Light);
    own.set(Some("a shopping list"));
    until(&mut window, |window| shows(window, "Something else was copied."));
    assert_eq!(own.holds().as_deref(), Some("a shopping list"));
}

const PEM: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmS7xTm6gyq4yXqzkDVGiLGTuVVG8
3hqfuHOXiSzx6DNNKmvNJqzzYA1NYDiIQTQbVZAdIPr0r/FrUwtbQXXWAg==
-----END PUBLIC KEY-----";
const LINE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN bastion.eu-west";

/// The dialog with the codes of a key, its public key at hand.
fn codes(appearance: Theme) -> Window<'static> {
    let mut window = stage::with_key(appearance, "bastion.eu-west");
    act(&mut window, "Show a QR code");
    let (ticket, request) = window.state().asked.last().expect("a request");
    let Request::PublicTexts(of) = request else { unreachable!("the public key is asked for") };
    assert_eq!(of.key, world::id("bastion.eu-west"));
    let (ticket, texts) = (*ticket, vec![(Format::SpkiPem, PEM.to_owned()), (Format::OpenSsh, LINE.to_owned())]);
    window.state().report(Report::PublicTexts { ticket, texts });
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    window
}

/// What an independent reader finds in a picture; `None` where there is none on this machine.
fn decoded(bytes: &[u8], ending: &str) -> Option<String> {
    if ["zbarimg", "convert"].iter().any(|tool| Program::new(tool).arg("--version").output().is_err()) {
        eprintln!("skipped: QR codes are not read back: zbarimg or convert is not here");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(format!("code.{ending}"));
    std::fs::File::create(&file).and_then(|mut file| file.write_all(bytes)).expect("a file");
    // What draws the picture is another program too.
    let picture = folder.path().join("drawn.png");
    let drawn = Program::new("convert").arg(&file).arg(&picture).output().expect("ImageMagick");
    assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
    let said = Program::new("zbarimg").args(["--nodbus", "--raw", "-q"]).arg(&picture).output().expect("zbarimg");
    Some(String::from_utf8_lossy(&said.stdout).trim_end().to_owned())
}

/// Saves what shows in a form, and gives back the bytes.
fn saved(window: &mut Window<'static>, form: &str) -> Vec<u8> {
    press(window, CTRL, Key::Enter);
    window.get_by_role_and_label(Role::RadioButton, form).click();
    settle(window);
    press(window, CTRL, Key::Enter);
    window.state_mut().picked(Picked::Path("/tmp/code".into()));
    settle(window);
    let Some(Request::SaveFile { bytes, .. }) = window.state().request() else { unreachable!("nothing was saved") };
    let bytes = bytes.clone();
    window.state_mut().finish(Ok(Outcome { written: Some("/tmp/code".into()), ..Outcome::default() }));
    settle(window);
    bytes
}

#[test]
fn codes_are_read_back_by_another_program() {
    for (choice, start) in
        [("Public key, PEM", PEM), ("OpenSSH line", LINE), ("SSH fingerprint", "SHA256:"), ("SPKI fingerprint", "")]
    {
        let mut window = codes(Theme::Dark);
        window.get_by_role_and_label(Role::RadioButton, choice).click();
        settle(&mut window);
        for (form, ending) in [("PNG", "png"), ("SVG", "svg")] {
            let bytes = saved(&mut window, form);
            let Some(text) = decoded(&bytes, ending) else { return };
            assert!(text.starts_with(start) && text.len() >= 40, "{choice}, {form}: {text}");
            if choice.starts_with("Public key") || choice.starts_with("OpenSSH") {
                assert_eq!(text, start, "{form}");
            }
            assert!(shows(&window, "QR code of bastion.eu-west"), "the code shows again");
        }
    }
}

#[test]
fn a_sheet_is_saved_as_a_page_and_may_be_for_somebody_in_the_book() {
    let mut window = stage::with_key(Theme::Light, "bastion.eu-west");
    let ada = Recipient { name: "Ada Lovelace".into(), note: "".into(), keys: Vec::new() };
    window.state_mut().happened(vec![Event::RecipientSet { recipient: Box::new(ada) }]);
    act(&mut window, "Save a printable sheet");
    window.get_by_role_and_label(Role::TextInput, "For whom").focus();
    settle(&mut window);
    type_text(&mut window, "lov");
    click(&mut window, "Ada Lovelace");
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().picked(Picked::Path("/tmp/sheet.html".into()));
    settle(&mut window);
    let Some(Command::Export { format, recipient, .. }) = window.state().command() else { unreachable!("nothing was exported") };
    assert_eq!((*format, recipient.as_deref()), (Format::Sheet, Some("Ada Lovelace")));
}

#[test]
fn paper_in_pictures() {
    let mut album = Album::default();
    album.both("qr", codes);
    album.both("qr-fingerprint", |appearance| {
        let mut window = codes(appearance);
        window.get_by_role_and_label(Role::RadioButton, "SSH fingerprint").click();
        settle(&mut window);
        window
    });
    album.both("qr-save", |appearance| {
        let mut window = codes(appearance);
        press(&mut window, CTRL, Key::Enter);
        window
    });
    album.both("sheet-export", |appearance| {
        let mut window = stage::with_key(appearance, "bastion.eu-west");
        act(&mut window, "Save a printable sheet");
        window
    });
    album.both("export-private-copied", |appearance| {
        let (mut window, own) = copied(appearance);
        own.wait(Duration::from_secs(7));
        // So that no picture shows random words.
        click(&mut window, "Choose my own");
        window
    });
}
