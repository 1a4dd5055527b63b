//! Keys that want the PIN for each use (`CKA_ALWAYS_AUTHENTICATE`), as that of a signature on a smart card does.

use std::sync::Arc;
use std::time::Duration;

use keystead::model::Algorithm;
use keystead::stores::pkcs11::{TokenError, Tries};
use keystead::stores::{KeyStore, StoreError, UsePin, Wrapping};

use super::super::alone::with_token;
use super::super::lab::passphrase;
use super::super::window::play;
use super::shell::Desk;
use super::{Hsm, MODULE, PIN, function};

const WAIT: Duration = Duration::from_secs(20);

/// The second argument of `C_Login` is whose PIN it is: 2 for that of one use.
const COUNTED: &str =
    r#"if ((unsigned long)b == 2) { FILE *f = fopen("uses", "a"); fputs("one\n", f); fclose(f); } return real(a, b, c, d);"#;

fn with_key(hsm: &Hsm, kind: &str) {
    hsm.tool(&["--keypairgen", "--key-type", kind, "--id", "0c", "--always-auth", "--usage-sign"]);
}

fn uses() -> usize {
    std::fs::read_to_string("uses").unwrap_or_default().lines().count()
}

#[test]
fn a_key_that_wants_the_pin_for_each_use_is_adopted_and_signs() {
    let Some(desk) = Desk::added("a_key_that_wants_the_pin_for_each_use_is_adopted_and_signs") else { return };
    with_key(&desk.hsm, "rsa:2048");
    desk.open(&["reconcile", "hsm", "--adopt", "0c", "--name", "signature", "--purpose", "code-signing"]).done();
    let csr = desk.place("signature.csr");
    desk.open(&["request", "signature", "--subject", "CN=a.example", "--out", &csr]).done();
    assert!(desk.openssl(&["req", "-in", &csr, "-verify", "-noout"]).contains("verify OK"));
    std::fs::write(desk.home.path("file"), "what is signed").unwrap();
    let (public, signature) = (desk.place("signature.pub"), desk.place("signature.sig"));
    desk.run(&["export", "signature", "--format", "spki-pem", "--out", &public], None).done();
    desk.open(&["sign", "signature", &desk.place("file"), "--format", "raw", "--out", &signature]).done();
    let said = desk.openssl(&["dgst", "-sha256", "-verify", &public, "-signature", &signature, &desk.place("file")]);
    assert!(said.contains("Verified OK"), "{said}");
    desk.run(&["sign", "signature", &desk.place("file"), "--format", "raw", "--out", &desk.place("none")], None).with(3);
}

#[test]
fn a_key_that_wants_the_pin_for_each_use_unwraps_nothing_and_the_token_stays_open() {
    let Some(desk) = Desk::added("a_key_that_wants_the_pin_for_each_use_unwraps_nothing_and_the_token_stays_open") else {
        return;
    };
    desk.hsm.tool(&["--keypairgen", "--key-type", "rsa:2048", "--id", "0c", "--always-auth", "--usage-sign", "--usage-wrap"]);
    desk.open(&["reconcile", "hsm", "--adopt", "0c", "--name", "carrier", "--purpose", "custom"]).done();
    desk.run(&["export", "carrier", "--format", "spki-pem", "--out", &desk.place("carrier.public")], None).done();
    std::fs::write(desk.home.path("secret"), [7; 32]).unwrap();
    let encrypt = ["pkeyutl", "-encrypt", "-pubin", "-inkey", "carrier.public", "-pkeyopt", "rsa_padding_mode:oaep"];
    desk.openssl(&[&encrypt[..], &["-in", "secret", "-out", "wrapped"]].concat());
    let unwrap = ["unwrap", "above", "--in", &desk.place("wrapped"), "--under", "carrier", "--algorithm", "aes256"];
    let refused = desk.open(&unwrap).with(3);
    assert!(refused.stderr.contains("that key wants the PIN for each use, and PKCS#11 has a place"), "{}", refused.stderr);
    desk.run(&["show", "above"], None).with(2);
}

#[test]
fn what_has_no_place_for_the_pin_leaves_the_token_open() {
    with_token(|| {
        let hsm = Hsm::here("office");
        hsm.tool(&["--keypairgen", "--key-type", "rsa:2048", "--id", "0c", "--always-auth", "--usage-sign", "--usage-wrap"]);
        let store = hsm.store_of("hsm", MODULE, WAIT);
        store.login(Some(&passphrase(PIN))).unwrap();
        store.ask_each_time_of(Arc::new(|_| UsePin::Typed(passphrase(PIN))));
        let Err(error) = store.unwrap("0c", Wrapping::RsaOaep, &[0; 256]) else { panic!("it was unwrapped") };
        assert!(matches!(error, StoreError::Token(TokenError::NoRoomForPin { .. })), "{error:?}");
        store.sign("0c", Algorithm::Rsa2048, b"m").unwrap();
    });
}

#[test]
fn the_pin_is_asked_for_once_for_each_use_and_kept_for_none() {
    with_token(|| {
        let hsm = Hsm::here("office");
        with_key(&hsm, "rsa:2048");
        let store = hsm.store_of("hsm", &hsm.module_with("count", function::LOGIN, COUNTED), WAIT);
        store.login(Some(&passphrase(PIN))).unwrap();
        let error = store.sign("0c", Algorithm::Rsa2048, b"m").unwrap_err();
        assert!(matches!(error, StoreError::Token(TokenError::PinEachTime(_))), "{error}");
        assert_eq!(uses(), 0, "the PIN of the login is not at hand any more");
        store.ask_each_time_of(Arc::new(|one| {
            assert_eq!((one.object, one.known, one.at_reader, one.was_wrong), ("0c", Tries::Unsaid.sentence(), false, false));
            UsePin::Typed(passphrase(PIN))
        }));
        for count in 1..=3 {
            let signature = store.sign("0c", Algorithm::Rsa2048, b"m").unwrap();
            assert!(keystead::crypto::verify(&store.public_key("0c").unwrap(), b"m", &signature).unwrap());
            assert_eq!(uses(), count);
        }
    });
}

#[test]
fn a_wrong_pin_of_one_use_is_not_given_again() {
    with_token(|| {
        let hsm = Hsm::here("office");
        with_key(&hsm, "rsa:2048");
        let store = hsm.store_of("hsm", &hsm.module_with("count", function::LOGIN, COUNTED), WAIT);
        store.login(Some(&passphrase(PIN))).unwrap();
        // Whoever answers a second time with the same is not believed to have typed it.
        store.ask_each_time_of(Arc::new(|_| UsePin::Typed(passphrase("0000"))));
        let error = store.sign("0c", Algorithm::Rsa2048, b"m").unwrap_err();
        assert!(matches!(error, StoreError::Token(TokenError::WrongPin { tries: Tries::Fewer })), "{error:?}");
        assert_eq!(uses(), 1);
        let error = store.sign("0c", Algorithm::Rsa2048, b"m").unwrap_err();
        assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
        assert_eq!(uses(), 1, "it was tried once");
    });
}

#[test]
fn a_token_that_hashes_nothing_itself_says_that_it_cannot() {
    with_token(|| {
        // SoftHSM 2.6 signs with curves in one call alone, and the PIN is given between two.
        let hsm = Hsm::here("office");
        with_key(&hsm, "EC:prime256v1");
        let store = hsm.store_of("hsm", MODULE, WAIT);
        store.login(Some(&passphrase(PIN))).unwrap();
        store.ask_each_time_of(Arc::new(|_| UsePin::Typed(passphrase(PIN))));
        let error = store.sign("0c", Algorithm::EcdsaP256, b"m").unwrap_err().to_string();
        assert!(error.contains("hsm cannot sign with ECDSA P-256 keys that want the PIN for each use"), "{error}");
        assert!(store.public_key("0c").is_ok(), "and goes on");
    });
}

#[test]
fn a_key_of_rsa_signs_by_pss_as_well() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let store = hsm.store("hsm");
        store.login(Some(&passphrase(PIN))).unwrap();
        store.ask_each_time_of(Arc::new(|_| UsePin::Typed(passphrase(PIN))));
        with_key(&hsm, "rsa:2048");
        store.generate("0d", Algorithm::Rsa3072).unwrap();
        for object in ["0c", "0d"] {
            std::fs::write("public.der", store.public_key(object).unwrap()).unwrap();
            std::fs::write("message", "what is signed").unwrap();
            std::fs::write("signature", store.sign(object, Algorithm::RsaPss(2048), b"what is signed").unwrap()).unwrap();
            let mut command = std::process::Command::new("openssl");
            command.args(["dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]);
            command.args(["-sigopt", "rsa_mgf1_md:sha256", "-verify", "public.der", "-keyform", "DER"]);
            let said = super::super::support::end_of({
                command.args(["-signature", "signature", "message"]);
                command
            });
            assert!(said.text().contains("Verified OK"), "{object}: {}{}", said.text(), said.stderr);
        }
    });
}

#[test]
fn the_window_asks_for_each_use_by_keyboard_alone() {
    const TEST: &str = "the_window_asks_for_each_use_by_keyboard_alone";
    let Some(desk) = Desk::new(TEST) else { return };
    with_key(&desk.hsm, "rsa:2048");
    let noted = desk.hsm.folder.join("uses");
    let note = format!(
        r#"if ((unsigned long)b == 2) {{ FILE *f = fopen("{}", "a"); fprintf(f, "%.*s\n", (int)d, c); fclose(f); }} return real(a, b, c, d);"#,
        noted.display()
    );
    let module = desk.hsm.module_with("noting", function::LOGIN, &note);
    desk.open(&["store", "add", "pkcs11", "hsm", "--module", &module, "--token", "office"]).done();
    desk.open(&["reconcile", "hsm", "--adopt", "0c", "--name", "signature", "--purpose", "code-signing"]).done();
    std::fs::remove_file(&noted).unwrap();
    let play = play("each_use").needs(&["openssl"]).with("KEYSTEAD_PLAY_USES", noted.to_str().unwrap());
    let conf = desk.hsm.folder.join("softhsm2.conf");
    play.with("SOFTHSM2_CONF", conf.to_str().unwrap()).run(TEST, &desk.home);
}
