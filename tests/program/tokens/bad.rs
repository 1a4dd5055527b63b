//! What goes wrong with tokens and modules: each is told apart, and nothing is lost.

use std::path::Path;
use std::time::{Duration, Instant};

use keystead::model::{Algorithm, Token};
use keystead::stores::pkcs11::{self, NoToken, TokenError, TokenStore, Tries};
use keystead::stores::{KeyStore, StoreError};

use super::super::alone::with_token;
use super::super::lab::passphrase;
use super::super::support::program;
use super::{Hsm, MODULE, PIN, function, workers};

const WAIT: Duration = Duration::from_secs(20);
const KEY: &str = "00000000000000000000000000000001";

#[track_caller]
fn token_error<T>(result: Result<T, StoreError>) -> TokenError {
    match result.err().expect("it should have failed") {
        StoreError::Token(error) => error,
        other => panic!("{other:?}"),
    }
}

fn tokens_of(module: &str) -> Result<Vec<pkcs11::TokenFacts>, StoreError> {
    pkcs11::tokens(&workers(program(), WAIT), module)
}

/// An open store with one key in it.
fn with_key(hsm: &Hsm) -> (TokenStore, Box<[u8]>) {
    let store = hsm.store("hsm");
    store.login(Some(&passphrase(PIN))).unwrap();
    let public_key = store.generate(KEY, Algorithm::EcdsaP256).unwrap();
    (store, public_key)
}

#[test]
fn no_such_module() {
    with_token(|| {
        let error = token_error(tokens_of("/usr/lib/no-such-module.so"));
        assert!(matches!(&error, TokenError::NoModule(path) if path == "/usr/lib/no-such-module.so"), "{error}");
    });
}

#[test]
fn a_text_file_is_no_module() {
    with_token(|| {
        std::fs::write("driver.so", "this is no library").unwrap();
        let error = token_error(tokens_of(std::path::absolute("driver.so").unwrap().to_str().unwrap()));
        assert!(matches!(error, TokenError::NotAModule { .. }), "{error}");
        assert!(error.to_string().contains("driver.so is not a PKCS#11 module"), "{error}");
    });
}

#[test]
fn the_c_library_is_no_module() {
    with_token(|| {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let libc =
            maps.lines().find_map(|line| line.split_whitespace().last().filter(|path| path.ends_with("/libc.so.6"))).unwrap();
        let error = token_error(tokens_of(libc));
        assert!(error.to_string().contains("it has no function C_GetFunctionList"), "{error}");
    });
}

#[test]
fn a_module_that_crashes_ends_its_worker_alone() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let (good, public_key) = with_key(&hsm);
        let module = hsm.module_with("crash", function::GET_SLOT_LIST, "abort();");
        let error = token_error(tokens_of(&module));
        assert!(matches!(&error, TokenError::Crashed { how, .. } if how == "signal 6"), "{error}");
        let module = hsm.module_with("fault", function::SIGN, "*(volatile char *)8 = 1; return 0;");
        let bad = hsm.store_of("bad", &module, WAIT);
        bad.login(Some(&passphrase(PIN))).unwrap();
        let error = token_error(bad.sign(KEY, Algorithm::EcdsaP256, b"m"));
        assert!(matches!(&error, TokenError::Crashed { how, .. } if how == "signal 11"), "{error}");
        assert!(matches!(bad.public_key(KEY), Err(StoreError::Locked { .. })), "the PIN is not kept");
        bad.login(Some(&passphrase(PIN))).unwrap();
        assert_eq!(bad.public_key(KEY).unwrap(), public_key);
        assert!(good.sign(KEY, Algorithm::EcdsaP256, b"m").is_ok(), "another store goes on");
    });
}

#[test]
fn a_module_that_hangs_is_ended_after_its_time() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let (good, _) = with_key(&hsm);
        let module = hsm.module_with("hang", function::SIGN, "for (;;) pause();");
        let bad = hsm.store_of("bad", &module, Duration::from_secs(5));
        bad.login(Some(&passphrase(PIN))).unwrap();
        let started = Instant::now();
        std::thread::scope(|scope| {
            let hanging = scope.spawn(|| token_error(bad.sign(KEY, Algorithm::EcdsaP256, b"m")));
            assert!(good.sign(KEY, Algorithm::EcdsaP256, b"m").is_ok());
            assert!(started.elapsed() < Duration::from_secs(5), "another store does not wait for it");
            let error = hanging.join().unwrap();
            assert!(matches!(error, TokenError::Hung { waited, .. } if waited == Duration::from_secs(5)), "{error}");
        });
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        assert!(!bad.is_open());
    });
}

#[test]
fn a_worker_that_sends_rubbish_is_ended() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let token = Token { module: MODULE.into(), label: "office".into(), serial: hsm.serial().into() };
        let store = TokenStore::new("hsm", workers(Path::new("/usr/bin/yes"), WAIT), token.clone());
        assert!(matches!(token_error(store.look()), TokenError::Garbled { .. }));
        let store = TokenStore::new("hsm", workers(Path::new("/no/such/program"), WAIT), token.clone());
        assert!(matches!(token_error(store.look()), TokenError::NoWorker { .. }));
        let store = TokenStore::new("hsm", workers(Path::new("/bin/true"), WAIT), token);
        assert!(matches!(token_error(store.look()), TokenError::Crashed { .. }));
    });
}

#[test]
fn a_module_that_prints_disturbs_nobody() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let body = r#"puts("driver 1.0 says hello"); fflush(stdout); return real(a, b, c);"#;
        let module = hsm.module_with("talk", function::GET_SLOT_LIST, body);
        assert_eq!(tokens_of(&module).unwrap().iter().filter(|token| token.label == "office").count(), 1);
    });
}

#[test]
fn a_wrong_pin_is_tried_once() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let body = r#"FILE *f = fopen("logins", "a"); fputs("one\n", f); fclose(f); return real(a, b, c, d);"#;
        let store = hsm.store_of("hsm", &hsm.module_with("count", function::LOGIN, body), WAIT);
        let error = token_error(store.login(Some(&passphrase("0000"))));
        assert!(matches!(error, TokenError::WrongPin { tries: Tries::Fewer }), "{error:?}");
        assert!(error.to_string().contains("tried once and not again. The token counts wrong PINs"), "{error}");
        assert_eq!(std::fs::read_to_string("logins").unwrap(), "one\n");
        assert!(matches!(store.public_key(KEY), Err(StoreError::Locked { .. })));
        assert!(matches!(token_error(store.login(None)), TokenError::PinNeeded(_)));
        assert_eq!(std::fs::read_to_string("logins").unwrap(), "one\n");
        store.login(Some(&passphrase(PIN))).unwrap();
        assert_eq!(store.look().unwrap().facts.tries, Tries::Unsaid, "a right one counts anew");
    });
}

/// `CK_TOKEN_INFO.flags` stand behind 96 bytes of text.
fn flagged(hsm: &Hsm, name: &str, flag: u32) -> String {
    let body = format!("unsigned long r = real(a, b); *(unsigned long *)(b + 96) |= {flag}; return r;");
    hsm.module_with(name, function::GET_TOKEN_INFO, &body)
}

#[test]
fn a_locked_and_an_expired_pin_are_told_apart() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let locked = hsm.store_of("hsm", &flagged(&hsm, "locked", 0x4_0000), WAIT);
        assert!(matches!(token_error(locked.login(Some(&passphrase(PIN)))), TokenError::PinLocked(_)), "nothing is tried");
        for (answer, wanted) in [(0xa4, "is locked after"), (0xa3, "has expired"), (0xa2, "that long or that short")] {
            let module = hsm.module_with(&format!("answer{answer}"), function::LOGIN, &format!("return {answer};"));
            let error = token_error(hsm.store_of("hsm", &module, WAIT).login(Some(&passphrase(PIN))));
            assert!(error.to_string().contains(wanted), "{error}");
        }
        let last = hsm.store_of("hsm", &flagged(&hsm, "last", 0x2_0000), WAIT);
        assert_eq!(last.look().unwrap().facts.tries, Tries::Last);
        let error = token_error(last.login(Some(&passphrase("0000"))));
        assert!(error.to_string().contains("One try is left"), "{error}");
    });
}

#[test]
fn a_reader_with_a_pad_of_its_own_gets_no_pin() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let pad = flagged(&hsm, "pad", 0x100);
        // SoftHSM has no pad: without a PIN it answers CKR_ARGUMENTS_BAD, which shows that none came.
        let error = token_error(hsm.store_of("hsm", &pad, WAIT).login(Some(&passphrase(PIN))));
        assert!(matches!(&error, TokenError::Answered { answer, .. } if answer == "ArgumentsBad"), "{error:?}");
    });
}

#[test]
fn a_token_that_is_full_says_so_and_keeps_nothing() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let module = hsm.module_with("full", function::GENERATE_KEY_PAIR, "return 0x31;");
        let store = hsm.store_of("hsm", &module, WAIT);
        store.login(Some(&passphrase(PIN))).unwrap();
        assert!(matches!(token_error(store.generate(KEY, Algorithm::EcdsaP256)), TokenError::Full(_)));
        assert_eq!(store.list().unwrap(), [""; 0]);
    });
}

#[test]
fn a_token_that_went_away_is_away_and_nothing_is_said_to_be_absent() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let (store, public_key) = with_key(&hsm);
        std::fs::rename(hsm.tokens(), "elsewhere").unwrap();
        std::fs::create_dir(hsm.tokens()).unwrap();
        for error in [
            token_error(store.public_key(KEY)),
            token_error(store.sign(KEY, Algorithm::EcdsaP256, b"m")),
            token_error(store.destroy(KEY)),
            token_error(store.generate("02", Algorithm::EcdsaP256)),
        ] {
            assert!(matches!(&error, TokenError::Away { label, .. } if label == "office"), "{error:?}");
        }
        std::fs::remove_dir(hsm.tokens()).unwrap();
        std::fs::rename("elsewhere", hsm.tokens()).unwrap();
        store.login(Some(&passphrase(PIN))).unwrap();
        assert_eq!(store.public_key(KEY).unwrap(), public_key);
    });
}

#[test]
fn a_slot_without_a_token_is_told_with_the_reason() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let workers = workers(program(), WAIT);
        let answers =
            [("0xE0", NoToken::Nothing), ("0xE1", NoToken::NotRecognised), ("0x30", NoToken::Silent("DeviceError".into()))];
        for (answer, why) in answers {
            // The free slot of SoftHSM has a low number.
            let body = format!("return a < 100 ? {answer} : real(a, b);");
            let module = hsm.module_with(&format!("empty{answer}"), function::GET_TOKEN_INFO, &body);
            let (tokens, empty) = pkcs11::slots(&workers, &module).unwrap();
            assert_eq!(tokens.iter().map(|token| &*token.label).collect::<Vec<_>>(), ["office"]);
            assert_eq!(empty.len(), 1);
            assert_eq!(empty[0].why, why);
            assert!(empty[0].reader.starts_with("SoftHSM slot ID"), "{}", empty[0].reader);
        }
        let (tokens, empty) = pkcs11::slots(&workers, MODULE).unwrap();
        assert_eq!((tokens.len(), empty), (2, Vec::new()), "the free slot has a token without a label");
    });
}

#[test]
fn a_mechanism_that_is_missing_is_not_offered() {
    with_token(|| {
        let hsm = Hsm::here("office");
        hsm.configure("slots.mechanisms = CKM_EC_KEY_PAIR_GEN,CKM_ECDSA");
        let (store, _) = with_key(&hsm);
        assert_eq!(store.algorithms().unwrap(), [Algorithm::EcdsaP256, Algorithm::EcdsaP384, Algorithm::EcdsaP521]);
        assert_eq!(store.wrappings().unwrap(), []);
        let error = token_error(store.generate("02", Algorithm::Rsa2048));
        assert!(error.to_string().contains("hsm cannot make RSA 2048 keys: the token has no mechanism"), "{error}");
    });
}

#[test]
fn another_serial_number_is_known_by_the_keys() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let (store, public_key) = with_key(&hsm);
        let known = hsm.serial();
        let body = "unsigned long r = real(a, b); memcpy(b + 80, \"NEW-DRIVER-0001 \", 16); return r;";
        let module = hsm.module_with("serial", function::GET_TOKEN_INFO, body);
        drop(store);
        let other = hsm.store_of("hsm", &module, WAIT);
        let error = token_error(other.look());
        assert!(
            matches!(&error, TokenError::Another { serial, found, .. } if *serial == known && found == "NEW-DRIVER-0001"),
            "{error:?}"
        );
        other.know(vec![(KEY.into(), b"another".as_slice().into())]);
        assert!(matches!(token_error(other.look()), TokenError::Another { .. }), "the id alone is not enough");
        other.know(vec![("ff".into(), public_key.clone()), (KEY.into(), public_key.clone())]);
        other.look().unwrap();
        assert_eq!(&*other.token().serial, "NEW-DRIVER-0001");
        other.login(Some(&passphrase(PIN))).unwrap();
        assert_eq!(other.public_key(KEY).unwrap(), public_key);
    });
}

#[test]
fn keys_are_sensitive_and_cannot_be_taken_out() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let (store, _) = with_key(&hsm);
        let imported = keystead::crypto::generate(Algorithm::EcdsaP384).unwrap();
        store.import(&[keystead::stores::Item { object: "0a0b", secret: &imported.private }]).unwrap();
        assert!(matches!(store.export(KEY), Err(StoreError::Unsupported { .. })));
        for (id, made) in [(KEY, "sensitive, always sensitive, never extractable, local"), ("0a0b", "sensitive")] {
            // It lists all, whatever id is named.
            let listed = hsm.tool(&["--list-objects", "--type", "privkey"]);
            let block = listed.split("Private Key Object").find(|block| block.contains(&format!("ID:         {id}\n"))).unwrap();
            let access = block.lines().find_map(|line| line.trim().strip_prefix("Access:")).unwrap().trim();
            assert_eq!(access, made, "{listed}");
        }
        assert!(!store.objects().unwrap().iter().any(|object| object.extractable));
    });
}
