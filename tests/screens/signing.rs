//! Signing a file and verifying a signature: what is asked for, and what is said of it.

use std::path::Path;

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::link::{Report, Request};
use keystead::custodian::{CustodianError, Finding, Maker, Outcome, Verdict, Verified};
use keystead::desktop::pick::{Pick, Picked};
use keystead::model::{Algorithm, Command, Digest, SignatureForm, SignedAt, State, Target, Time};

use crate::pictures::Album;
use crate::stage::{self, Window, click, press, settle, type_text};
use crate::world;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { alt: false, ctrl: true, shift: true, mac_cmd: false, command: true };
const FILE: &str = "/home/mira/releases/app-2.4.tar.gz";
const SIGNATURE: &str = "/home/mira/releases/app-2.4.tar.gz.sig";
const SIGNER: &str = "nightly-build-signing";

fn shows(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

fn choose(window: &mut Window<'_>, form: &str) {
    window.get_by_role_and_label(Role::RadioButton, form).click();
    settle(window);
}

fn fill(window: &mut Window<'_>, field: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, field).focus();
    settle(window);
    press(window, CTRL, Key::A);
    type_text(window, text);
}

/// A file that falls on the window.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the window reads no file".into())
    }
}

fn drop_on(window: &mut Window<'_>, paths: &[&str]) {
    for path in paths {
        window.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path.into())));
    }
    settle(window);
}

/// The dialog that signs, with a key selected.
fn signing(appearance: Theme, key: &str) -> Window<'static> {
    let mut window = stage::usual(appearance);
    press(&mut window, CTRL, Key::F);
    type_text(&mut window, key);
    stage::row(&mut window, key);
    press(&mut window, CTRL, Key::G);
    window
}

fn ready(appearance: Theme) -> Window<'static> {
    let mut window = signing(appearance, SIGNER);
    drop_on(&mut window, &[FILE]);
    window
}

fn signed(appearance: Theme) -> Window<'static> {
    let mut window = ready(appearance);
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().finish(Ok(Outcome { written: Some(SIGNATURE.into()), ..Outcome::default() }));
    settle(&mut window);
    window
}

fn verifying(appearance: Theme) -> Window<'static> {
    let mut window = stage::usual(appearance);
    press(&mut window, CTRL_SHIFT, Key::G);
    window
}

/// The dialog with what came of verifying.
fn told(appearance: Theme, verdict: Verdict) -> Window<'static> {
    let mut window = verifying(appearance);
    drop_on(&mut window, &[FILE]);
    let ticket = window.state().asked.last().expect("it was asked for").0;
    let verified = Box::new(Verified { file: FILE.into(), signature: SIGNATURE.into(), verdict });
    window.state().report(Report::FileVerified { ticket, verified });
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    window
}

fn time(text: &str) -> Time {
    text.parse().expect("an instant")
}

fn good() -> Verdict {
    Verdict {
        finding: Finding::Good,
        form: SignatureForm::SshSig,
        fits: Some(true),
        maker: Some(Maker { key: world::id(SIGNER), name: SIGNER.into(), version: 1, algorithm: Algorithm::Ed25519 }),
        signer: None,
        fingerprint: Some(Digest([7; 32])),
        ssh_fingerprint: Some(Digest([9; 32])),
        namespace: Some("file".into()),
        at: SignedAt::Logged(time("2026-11-02T14:20:00Z")),
        then: Some(State::Active),
        now: Some(State::Active),
        compromised_since: None,
        reason: None,
    }
}

fn doubtful() -> Verdict {
    Verdict {
        finding: Finding::Doubtful,
        at: SignedAt::Unknown,
        then: None,
        now: Some(State::Compromised),
        compromised_since: Some(time("2026-10-30T08:00:00Z")),
        reason: Some("The key is compromised since 2026-10-30T08:00:00Z, and nothing but the signature itself says when it was made: whoever has the key can have made it. Do not rely on it.".into()),
        ..good()
    }
}

fn unknown() -> Verdict {
    Verdict {
        finding: Finding::UnknownSigner,
        maker: None,
        at: SignedAt::Unknown,
        then: None,
        now: None,
        reason: Some("It fits the key that it holds, and no key of this inventory is that one. Anybody can make such a signature: compare the fingerprint with its owner.".into()),
        ..good()
    }
}

fn bad() -> Verdict {
    Verdict {
        finding: Finding::Bad,
        fits: Some(false),
        maker: None,
        at: SignedAt::Unknown,
        then: None,
        now: None,
        reason: Some("It does not fit this file: the file or the signature was changed, or it is another file's.".into()),
        ..good()
    }
}

fn command(window: &Window<'_>) -> (SignatureForm, Option<String>, Target) {
    match window.state().command() {
        Some(Command::Sign { form, namespace, target, .. }) => (*form, namespace.clone(), target.clone()),
        _ => unreachable!("nothing was to be signed"),
    }
}

#[test]
fn a_dropped_file_is_signed_beside_itself_and_others_are_told_how_to_verify_it() {
    let mut window = ready(Theme::Light);
    press(&mut window, CTRL, Key::Enter);
    let (form, namespace, target) = command(&window);
    assert_eq!((form, namespace.as_deref()), (SignatureForm::SshSig, Some("file")));
    assert_eq!(target, Target::File { path: SIGNATURE.into(), replace: false });
    window.state_mut().finish(Ok(Outcome { written: Some(SIGNATURE.into()), ..Outcome::default() }));
    settle(&mut window);
    assert!(shows(&window, "The file is signed"));
    assert!(shows(&window, "echo 'nightly-build-signing ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"));
    assert!(shows(
        &window,
        "ssh-keygen -Y verify -f allowed_signers -I nightly-build-signing -n file -s app-2.4.tar.gz.sig < app-2.4.tar.gz"
    ));
    press(&mut window, CTRL, Key::Enter);
    assert!(!shows(&window, "The file is signed"));
}

#[test]
fn the_place_follows_the_form_until_another_is_typed() {
    let mut window = ready(Theme::Light);
    choose(&mut window, "JSON Web Signature");
    press(&mut window, CTRL, Key::Enter);
    let (form, namespace, target) = command(&window);
    assert_eq!((form, namespace), (SignatureForm::Jws, None));
    assert_eq!(target, Target::File { path: "/home/mira/releases/app-2.4.tar.gz.jws".into(), replace: false });
    window.state_mut().finish(Err(CustodianError::Input("Not just now.".into())));
    settle(&mut window);
    fill(&mut window, "Save the signature to", "/tmp/own");
    choose(&mut window, "Raw");
    press(&mut window, CTRL, Key::Enter);
    assert_eq!(command(&window).2, Target::File { path: "/tmp/own".into(), replace: false });
}

#[test]
fn what_stands_there_is_replaced_only_when_a_person_agrees() {
    let mut window = ready(Theme::Light);
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().finish(Err(CustodianError::Exists(SIGNATURE.into())));
    settle(&mut window);
    assert!(shows(&window, "exists already."));
    click(&mut window, "Replace it");
    assert_eq!(command(&window).2, Target::File { path: SIGNATURE.into(), replace: true });
}

#[test]
fn a_key_that_may_not_sign_is_told_why_and_a_form_that_it_lacks_too() {
    let mut window = signing(Theme::Light, "build-agent-07");
    assert!(shows(&window, "build-agent-07 cannot be used to sign"));
    drop_on(&mut window, &[FILE]);
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none());
    fill(&mut window, "Key", "billing");
    assert!(shows(&window, "billing-webhook-jws cannot be used to sign"));
    fill(&mut window, "Key", "contracts");
    choose(&mut window, "contracts-signing");
    choose(&mut window, "CMS");
    assert!(shows(&window, "CMS needs a certificate, and contracts-signing has none."));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none());
    choose(&mut window, "OpenSSH");
    press(&mut window, CTRL, Key::Enter);
    assert_eq!(command(&window).0, SignatureForm::SshSig);
}

#[test]
fn a_file_is_chosen_in_the_systems_dialog() {
    let mut window = signing(Theme::Light, SIGNER);
    click(&mut window, "Choose file");
    assert_eq!(window.state_mut().wanted(), Some(Pick::Open { title: "Choose file".into() }));
    window.state_mut().picked(Picked::Path(FILE.into()));
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    assert_eq!(command(&window).2, Target::File { path: SIGNATURE.into(), replace: false });
}

#[test]
fn a_dropped_file_is_verified_at_once_and_a_pair_is_taken_as_such() {
    let mut window = verifying(Theme::Light);
    drop_on(&mut window, &[FILE]);
    let asked = |window: &Window<'_>| match window.state().request() {
        Some(Request::VerifyFile { file, signature }) => (file.clone(), signature.clone()),
        _ => unreachable!("nothing was to be verified"),
    };
    assert_eq!(asked(&window), (FILE.into(), None));
    window.state_mut().finish(Err(CustodianError::Input("No signature lies beside it. Choose it.".into())));
    settle(&mut window);
    assert!(shows(&window, "No signature lies beside it. Choose it."));
    click(&mut window, "Choose signature");
    window.state_mut().picked(Picked::Path("/tmp/other.sig".into()));
    settle(&mut window);
    assert_eq!(asked(&window), (FILE.into(), Some("/tmp/other.sig".into())));
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    drop_on(&mut window, &[SIGNATURE, FILE]);
    assert_eq!(asked(&window), (FILE.into(), Some(SIGNATURE.into())));
}

#[test]
fn the_verdict_says_who_when_and_in_what_state_and_goes_when_something_is_typed() {
    let mut window = told(Theme::Light, good());
    for said in [
        "Verdict: good",
        "Good signature by nightly-build-signing",
        "Signed by: nightly-build-signing, version 1",
        "Signed at: 2 Nov 2026, 14:20 by the audit log",
        "Key then: Active",
        "Key now: Active",
        "Made for: file",
    ] {
        assert!(shows(&window, said), "{said}");
    }
    fill(&mut window, "File", "/tmp/another");
    assert!(!shows(&window, "Good signature"));
    let window = told(Theme::Light, doubtful());
    assert!(shows(&window, "Not to be trusted, though nightly-build-signing signed it"));
    let window = told(Theme::Light, unknown());
    assert!(shows(&window, "Signed by a key that is not in this inventory"));
    let mut window = told(Theme::Light, bad());
    assert!(shows(&window, "Bad signature") && !shows(&window, "Signed at"));
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!shows(&window, "Bad signature"));
}

#[test]
fn the_verdict_leads_to_the_key() {
    let mut window = told(Theme::Light, good());
    click(&mut window, "Show the key");
    assert!(!shows(&window, "Verify a signature"));
    assert!(shows(&window, "nightly-build-signing"));
}

#[test]
fn pictures_of_signing() {
    let mut album = Album::default();
    album.both("sign-file", ready);
    album.both("sign-file-signed", signed);
    album.one("sign-file-empty", Theme::Light, {
        let mut window = stage::empty(Theme::Light);
        press(&mut window, CTRL, Key::G);
        window
    });
    album.one("sign-file-refused", Theme::Light, signing(Theme::Light, "build-agent-07"));
    album.both("sign-file-error", |appearance| {
        let mut window = ready(appearance);
        press(&mut window, CTRL, Key::Enter);
        window.state_mut().finish(Err(CustodianError::Exists(SIGNATURE.into())));
        settle(&mut window);
        window
    });
}

#[test]
fn pictures_of_verifying() {
    let mut album = Album::default();
    album.both("verify-file-empty", verifying);
    album.both("verify-file-good", |appearance| told(appearance, good()));
    album.both("verify-file-doubtful", |appearance| told(appearance, doubtful()));
    album.both("verify-file-unknown", |appearance| told(appearance, unknown()));
    album.both("verify-file-bad", |appearance| told(appearance, bad()));
    album.both("verify-file-error", |appearance| {
        let mut window = verifying(appearance);
        drop_on(&mut window, &[FILE]);
        let sentence = format!("No signature lies beside {FILE} (.sig, .p7s, .jws). Choose it.");
        window.state_mut().finish(Err(CustodianError::Input(sentence)));
        settle(&mut window);
        window
    });
}
