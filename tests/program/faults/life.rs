//! The whole of an inventory's days, for each kind of store: what is said to be done is there
//! after a new start, and on another machine with the recovery passphrase.

use keystead::custodian::{Custodian, CustodianError, NoProgress};
use keystead::model::{Command, Edit, Format, StoreKind, Target};
use keystead::stores::StoreError;

use crate::alone::{alone, with_keychain};
use crate::keychain::session;
use crate::lab::{
    Lab, RECOVERY, alerts, assert_verified, certificate, export, first, generate, key, names, passphrase, request, try_generate,
};
use crate::support::PASSPHRASE;

/// Each thing a person does, and a new start after it.
fn days(kind: StoreKind) {
    let lab = Lab::new();
    let custodian = lab.set_up(kind);
    let made = generate(&custodian, "a.example");
    try_generate(&custodian, &["b.example", "c.example"]).unwrap();
    let edit = Edit { owner: Some("Mira".into()), note: Some("two\nlines".into()), ..Edit::default() };
    custodian.run(&Command::Edit(vec![(made, edit)]), &NoProgress).unwrap();
    let pem = lab.path("a.pem");
    export(&custodian, made, &pem).unwrap();
    assert!(std::fs::read_to_string(&pem).unwrap().starts_with("-----BEGIN PUBLIC KEY-----"));
    request(&custodian, made).unwrap();
    let at = custodian.now();
    let record = Command::RecordHandOver { version: first(made), recipient: "Legal".into(), format: Format::Jwk, at };
    custodian.run(&record, &NoProgress).unwrap();
    let attached = Command::Attach { version: first(made), path: certificate(&lab, &custodian, made) };
    custodian.run(&attached, &NoProgress).unwrap();
    custodian.lock(true);
    assert!(matches!(try_generate(&custodian, &["d.example"]), Err(CustodianError::Locked)));
    assert!(matches!(request(&custodian, made), Err(CustodianError::Locked)));
    drop(custodian);

    let custodian = lab.open();
    assert_eq!(names(&custodian), ["a.example", "b.example", "c.example"]);
    let found = key(&custodian, "a.example");
    assert_eq!((&*found.owner, &*found.note, found.hand_overs.len()), ("Mira", "two\nlines", 2));
    assert!(found.versions[0].certificate.is_some() && found.versions[0].request.is_some());
    custodian.read(|inventory| inventory.keys().iter().for_each(|key| drop(request(&lab.open(), key.id).unwrap())));
    assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
    assert_verified(&custodian);
    custodian.write_checkpoint(true);
    assert_eq!(names(&lab.look()), ["a.example", "b.example", "c.example"]);
}

#[test]
fn all_that_was_done_is_there_after_a_new_start_with_encrypted_files() {
    alone(|| days(StoreKind::Files));
}

#[test]
fn all_that_was_done_is_there_after_a_new_start_with_files_by_keychain() {
    with_keychain(|| days(StoreKind::FilesByKeychain));
}

#[test]
fn all_that_was_done_is_there_after_a_new_start_with_a_keychain() {
    with_keychain(|| days(StoreKind::Keychain));
}

/// The keychain is gone, and only a copied folder and the recovery passphrase are left.
fn recovered(kind: StoreKind) {
    let lab = Lab::new();
    let custodian = lab.set_up(kind);
    let made = generate(&custodian, "a.example");
    try_generate(&custodian, &["b.example", "c.example"]).unwrap();
    drop(custodian);
    let other = Lab::new();
    session::remove_all();
    let wrong = Custodian::recover(other.env(), &lab.inventory(), &passphrase(PASSPHRASE));
    assert!(matches!(wrong, Err(CustodianError::Store(StoreError::WrongPassphrase))));
    assert!(!other.inventory().exists(), "nothing is copied before the passphrase was proven");
    let custodian = Custodian::recover(other.env(), &lab.inventory(), &passphrase(RECOVERY)).unwrap();
    assert_eq!(names(&custodian), ["a.example", "b.example", "c.example"]);
    for name in names(&custodian) {
        request(&custodian, key(&custodian, &name).id).unwrap();
    }
    generate(&custodian, "d.example");
    assert_verified(&custodian);
    drop(custodian);
    // From now on it opens with that passphrase, on this machine and on the first one.
    let custodian = other.look();
    assert!(custodian.asks_passphrase());
    custodian.unlock(Some(passphrase(RECOVERY))).unwrap();
    request(&custodian, made).unwrap();
    let here = Custodian::recover(lab.env(), &lab.inventory(), &passphrase(RECOVERY)).unwrap();
    assert_eq!(names(&here), ["a.example", "b.example", "c.example"]);
    request(&here, made).unwrap();
    assert!(matches!(
        Custodian::recover(other.env(), &lab.inventory(), &passphrase(RECOVERY)),
        Err(CustodianError::InventoryExists(_))
    ));
}

#[test]
fn a_copied_folder_and_the_recovery_passphrase_open_everything_of_files_by_keychain() {
    with_keychain(|| recovered(StoreKind::FilesByKeychain));
}

#[test]
fn a_copied_folder_and_the_recovery_passphrase_open_everything_of_a_keychain() {
    with_keychain(|| recovered(StoreKind::Keychain));
}

#[test]
fn the_age_command_opens_every_secret_with_the_passphrase_alone() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let made = generate(&custodian, "a.example");
        let object = key(&custodian, "a.example").versions[0].locator.object.clone();
        // The passphrase's own file needs a terminal; what it holds is proven by what it opens.
        let file = std::fs::read(lab.file(&format!("secrets/{object}.age"))).unwrap();
        assert!(file.starts_with(b"age-encryption.org/v1\n-> X25519 "));
        let identity = std::fs::read(lab.file("identity.age")).unwrap();
        assert!(identity.starts_with(b"age-encryption.org/v1\n-> scrypt "));
        request(&custodian, made).unwrap();
    });
}

#[test]
fn declined_recovery_copies_are_an_alert_until_they_are_made() {
    with_keychain(|| {
        let lab = Lab::new();
        let custodian = lab.set_up_without_recovery();
        let lost = generate(&custodian, "lost.example");
        let made = generate(&custodian, "a.example");
        assert!(custodian.alerts().iter().any(|alert| alert.kind.id() == "no-backup" && alert.urgency.id() == "warning"));
        assert!(!lab.file("identity.age").exists());
        let error = custodian.change_passphrase(&passphrase(PASSPHRASE), &passphrase(RECOVERY)).unwrap_err();
        assert!(error.to_string().contains("has no passphrase"), "{error}");
        // One key that is gone must not keep the others from being copied.
        session::remove(&lab.item(&custodian, "lost.example"));
        let outcome = custodian.make_recovery(&passphrase(RECOVERY)).unwrap();
        assert!(outcome.notice.unwrap().contains("lost.example"));
        assert!(!custodian.alerts().iter().any(|alert| alert.kind.id() == "no-backup" && alert.urgency.id() == "warning"));
        let later = generate(&custodian, "later.example");
        drop(custodian);
        session::remove_all();
        let other = Lab::new();
        let custodian = Custodian::recover(other.env(), &lab.inventory(), &passphrase(RECOVERY)).unwrap();
        request(&custodian, made).unwrap();
        request(&custodian, later).unwrap();
        assert!(request(&custodian, lost).is_err());
        assert!(alerts(&custodian).contains(&"secret-trouble"));
    });
}

#[test]
fn recovery_copies_whose_making_was_interrupted_can_be_made_again() {
    with_keychain(|| {
        let lab = Lab::new();
        let custodian = lab.set_up_without_recovery();
        let made = generate(&custodian, "a.example");
        // As it is left when the program ends before the record of it.
        let log = std::fs::read(lab.file("audit.ron")).unwrap();
        custodian.make_recovery(&passphrase(PASSPHRASE)).unwrap();
        drop(custodian);
        std::fs::write(lab.file("audit.ron"), log).unwrap();
        let custodian = lab.open();
        custodian.make_recovery(&passphrase(RECOVERY)).unwrap();
        drop(custodian);
        session::remove_all();
        let other = Lab::new();
        let custodian = Custodian::recover(other.env(), &lab.inventory(), &passphrase(RECOVERY)).unwrap();
        request(&custodian, made).unwrap();
    });
}

#[test]
fn a_key_without_its_recovery_copy_gets_one_at_the_next_unlock() {
    with_keychain(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Keychain);
        let made = generate(&custodian, "a.example");
        let object = key(&custodian, "a.example").versions[0].locator.object.clone();
        drop(custodian);
        let copy = lab.file(&format!("secrets/{object}.age"));
        std::fs::remove_file(&copy).unwrap();
        drop(lab.open());
        assert!(copy.exists());
        session::remove_all();
        let other = Lab::new();
        let custodian = Custodian::recover(other.env(), &lab.inventory(), &passphrase(RECOVERY)).unwrap();
        request(&custodian, made).unwrap();
    });
}

#[test]
fn a_folder_with_secrets_and_no_log_is_not_made_anew() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        generate(&custodian, "a.example");
        drop(custodian);
        let identity = std::fs::read(lab.file("identity.age")).unwrap();
        std::fs::rename(lab.file("audit.ron"), lab.path("elsewhere")).unwrap();
        let error = lab.try_set_up(StoreKind::Files).err().unwrap();
        assert!(error.to_string().contains("holds secrets"), "{error}");
        assert_eq!(std::fs::read(lab.file("identity.age")).unwrap(), identity);
        std::fs::rename(lab.path("elsewhere"), lab.file("audit.ron")).unwrap();
        assert_eq!(names(&lab.open()), ["a.example"]);
    });
}

/// The passphrase of encrypted files, or the recovery passphrase.
fn passphrase_changes(kind: StoreKind, old: &str) {
    let new = "four-copper-bridges-follow-the-winter-rain";
    let lab = Lab::new();
    let custodian = lab.set_up(kind);
    let made = generate(&custodian, "a.example");
    let error = custodian.change_passphrase(&passphrase("not-the-passphrase-at-all"), &passphrase(new)).unwrap_err();
    assert!(matches!(error, CustodianError::Store(StoreError::WrongPassphrase)), "{error}");
    assert!(matches!(
        custodian.change_passphrase(&passphrase(old), &passphrase("password")),
        Err(CustodianError::PassphraseWeak(_))
    ));
    custodian.change_passphrase(&passphrase(old), &passphrase(new)).unwrap();
    assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
    drop(custodian);
    let other = Lab::new();
    let copy = |text: &str| Custodian::recover(other.env(), &lab.inventory(), &passphrase(text));
    assert!(matches!(copy(old), Err(CustodianError::Store(StoreError::WrongPassphrase))));
    request(&copy(new).unwrap(), made).unwrap();
}

#[test]
fn a_changed_passphrase_opens_and_the_old_one_no_longer_does() {
    alone(|| passphrase_changes(StoreKind::Files, PASSPHRASE));
}

#[test]
fn a_changed_recovery_passphrase_opens_a_copied_folder_and_the_old_one_no_longer_does() {
    with_keychain(|| {
        passphrase_changes(StoreKind::FilesByKeychain, RECOVERY);
        passphrase_changes(StoreKind::Keychain, RECOVERY);
    });
}

#[test]
fn what_goes_to_standard_output_is_on_record_too() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let made = generate(&custodian, "a.example");
        let command = Command::Export {
            versions: vec![first(made)],
            format: Format::Jwk,
            recipient: Some("Jonas".into()),
            target: Target::Stdout,
        };
        let outcome = custodian.run(&command, &NoProgress).unwrap();
        assert!(outcome.output.starts_with(b"{"));
        assert_eq!(key(&custodian, "a.example").hand_overs.len(), 1);
    });
}
