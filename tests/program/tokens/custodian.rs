//! A custodian with a token: what an interrupted operation becomes, a log that is not whole, and a token that comes back
//! as another.

use keystead::custodian::{Custodian, CustodianError, NoProgress};
use keystead::model::{Command, KeySpec, StoreKind};
use keystead::stores::StoreError;
use keystead::stores::pkcs11::TokenError;

use super::super::alone::with_token;
use super::super::lab::{Lab, assert_verified, key, names, passphrase, request, spec};
use super::{Hsm, MODULE, PIN, function};

/// An inventory of files with the token of a module in it, logged in.
fn with(lab: &Lab, module: &str) -> Custodian {
    let custodian = lab.set_up(StoreKind::Files);
    custodian.add_token("hsm", module.as_ref(), "office", Some(&passphrase(PIN))).unwrap();
    custodian
}

fn generate(custodian: &Custodian, name: &str) -> Result<keystead::model::KeyId, CustodianError> {
    let spec = KeySpec { store: Some("hsm".into()), ..spec(name, custodian.now()) };
    custodian.run(&Command::Generate(vec![spec]), &NoProgress).map(|outcome| outcome.keys[0])
}

#[test]
fn a_crash_in_the_middle_of_making_leaves_no_key_without_a_name() {
    with_token(|| {
        let hsm = Hsm::here("office");
        // The pair is made and its first signature kills the worker.
        let body = r#"if (!access("crash", F_OK)) { unlink("crash"); abort(); } return real(a, b, c, d, e);"#;
        let module = hsm.module_with("once", function::SIGN, body);
        let lab = Lab::new();
        let custodian = with(&lab, &module);
        std::fs::write("crash", "").unwrap();
        let error = generate(&custodian, "first").unwrap_err();
        assert!(matches!(error, CustodianError::Store(StoreError::Token(TokenError::Crashed { .. }))), "{error}");
        assert_eq!(custodian.read(|inventory| inventory.open_operations().len()), 1, "it stays open");
        assert_eq!(names(&custodian), [""; 0]);
        custodian.log_in_to("hsm", Some(&passphrase(PIN))).unwrap();
        // The next command takes it up: the pair is there, so it is a key.
        let second = generate(&custodian, "second").unwrap();
        assert_eq!(names(&custodian), ["first", "second"]);
        assert_eq!(custodian.read(|inventory| inventory.open_operations().len()), 0);
        let first = key(&custodian, "first");
        assert!(!first.versions[0].public_key.is_empty());
        for key in [first.id, second] {
            request(&custodian, key).unwrap();
        }
        assert_eq!(hsm.tool(&["--list-objects", "--type", "privkey"]).matches("Private Key Object").count(), 2);
        assert_verified(&custodian);
        custodian.close();
        drop(custodian);
        let again = lab.open();
        assert_eq!(names(&again), ["first", "second"]);
    });
}

#[test]
fn a_failure_before_anything_was_made_is_undone() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let module = hsm.module_with("full", function::GENERATE_KEY_PAIR, "return 0x31;");
        let lab = Lab::new();
        let custodian = with(&lab, &module);
        let error = generate(&custodian, "first").unwrap_err();
        assert!(error.to_string().contains("hsm is full"), "{error}");
        assert_eq!(custodian.read(|inventory| inventory.open_operations().len()), 0);
        assert!(!custodian.read(|inventory| inventory.name_taken("first")));
    });
}

#[test]
fn locking_the_inventory_logs_out() {
    with_token(|| {
        Hsm::here("office");
        let lab = Lab::new();
        let custodian = with(&lab, MODULE);
        let made = generate(&custodian, "first").unwrap();
        custodian.lock(true);
        custodian.unlock(Some(passphrase(super::super::support::PASSPHRASE))).unwrap();
        let error = request(&custodian, made).unwrap_err();
        assert!(matches!(error, CustodianError::Store(StoreError::Locked { .. })), "{error}");
        custodian.log_in_to("hsm", Some(&passphrase(PIN))).unwrap();
        request(&custodian, made).unwrap();
        custodian.lock_store("hsm").unwrap();
        assert!(request(&custodian, made).is_err());
    });
}

#[test]
fn a_module_is_not_loaded_from_a_log_that_is_not_whole() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let body = r#"FILE *f = fopen("loaded", "a"); fclose(f); return real(a, b, c);"#;
        let module = hsm.module_with("mark", function::GET_SLOT_LIST, body);
        let lab = Lab::new();
        let custodian = with(&lab, &module);
        custodian.close();
        drop(custodian);
        std::fs::remove_file("loaded").unwrap();
        let _ = std::fs::remove_file(lab.file("checkpoint"));
        let log = std::fs::read_to_string(lab.file("audit.ron")).unwrap();
        std::fs::write(lab.file("audit.ron"), log.replace("mark.so", "evil.so")).unwrap();
        let custodian = lab.open();
        let health = custodian.store_health();
        let reach = format!("{:?}", health.iter().find(|health| &*health.store.name == "hsm").map(|health| &health.reach));
        assert!(reach == "Some(Unknown)" || reach == "None", "{reach}");
        assert!(custodian.log_in_to("hsm", Some(&passphrase(PIN))).is_err());
        assert!(!std::path::Path::new("loaded").exists());
    });
}

#[test]
fn a_token_with_another_serial_number_is_found_and_noted() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let body =
            "unsigned long r = real(a, b); if (!access(\"new\", F_OK)) memcpy(b + 80, \"NEW-DRIVER-0001 \", 16); return r;";
        let module = hsm.module_with("serial", function::GET_TOKEN_INFO, body);
        let lab = Lab::new();
        let custodian = with(&lab, &module);
        let made = generate(&custodian, "first").unwrap();
        custodian.lock_store("hsm").unwrap();
        std::fs::write("new", "").unwrap();
        custodian.log_in_to("hsm", Some(&passphrase(PIN))).unwrap();
        request(&custodian, made).unwrap();
        let token = custodian.read(|inventory| inventory.store("hsm").unwrap().token.clone().unwrap());
        assert_eq!(&*token.serial, "NEW-DRIVER-0001");
        assert_verified(&custodian);
    });
}

#[test]
fn a_key_that_was_swapped_in_the_token_is_not_used() {
    with_token(|| {
        let hsm = Hsm::here("office");
        let lab = Lab::new();
        let custodian = with(&lab, MODULE);
        let made = generate(&custodian, "first").unwrap();
        let object = key(&custodian, "first").versions[0].locator.object.to_string();
        hsm.tool(&["--delete-object", "--type", "privkey", "--id", &object]);
        hsm.tool(&["--delete-object", "--type", "pubkey", "--id", &object]);
        hsm.tool(&["--keypairgen", "--key-type", "EC:prime256v1", "--id", &object]);
        let error = request(&custodian, made).unwrap_err();
        assert!(matches!(error, CustodianError::Swapped { .. }), "{error}");
    });
}
