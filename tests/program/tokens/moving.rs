//! A move killed at every step: before and after every call of the disk, and at every call of the token that changes
//! something. The private half is somewhere at any moment; after the next start it is in one place, and the log says which.

use keystead::custodian::reconcile::Looked;
use keystead::custodian::{Custodian, CustodianError};
use keystead::model::{Algorithm, KeyId, KeySpec, StoreKind};
use keystead::stores::pkcs11::TokenStore;

use super::super::alone::{with_keychain_and_token, with_token};
use super::super::faults::calls::{Act, Call, Scene, can_watch};
use super::super::faults::kill::{begin_again, copy_of};
use super::super::keychain::session;
use super::super::lab::{Lab, assert_verified, key, passphrase, request, spec};
use super::{Hsm, MODULE, PIN, function};

struct Stage {
    lab: Lab,
    /// Looks into the token beside the program.
    judge: TokenStore,
    kind: StoreKind,
}

impl Stage {
    /// An inventory with the token of a module in it.
    fn set(kind: StoreKind, module: impl FnOnce(&Hsm) -> String) -> Self {
        let (lab, hsm) = (Lab::new(), Hsm::here("office"));
        let custodian = lab.set_up(kind);
        let module = module(&hsm);
        custodian.add_token("hsm", module.as_ref(), "office", Some(&passphrase(PIN))).unwrap();
        custodian.close();
        std::fs::write(lab.path("pin"), PIN).unwrap();
        let judge = hsm.store("judge");
        judge.login(Some(&passphrase(PIN))).unwrap();
        Self { lab, judge, kind }
    }

    fn scene(&self, number: u32) -> Scene<'_> {
        Scene { lab: &self.lab, kind: self.kind, act: Act::Move, number, program: true }
    }

    fn generate(&self, number: u32) {
        let custodian = self.lab.open();
        let spec = KeySpec { algorithm: Algorithm::EcdsaP256, ..spec(&format!("key-{number}"), custodian.now()) };
        custodian.run(&keystead::model::Command::Generate(vec![spec]), &keystead::custodian::NoProgress).unwrap();
        custodian.close();
    }

    /// In how many places the private half of a key is: at home, and in the token.
    fn places(&self, custodian: &Custodian, public_key: &[u8], home_object: &str) -> (usize, usize) {
        let file = self.lab.file("secrets").join(format!("{home_object}.age"));
        let own = custodian.read(keystead::model::Inventory::id);
        let item = self.kind == StoreKind::Keychain && session::list().contains(&format!("{own}/{home_object}"));
        let home = if self.kind == StoreKind::Keychain { item } else { file.exists() };
        let objects = self.judge.objects().unwrap().into_iter();
        let there = objects.filter(|object| object.is_private && object.public_key == public_key);
        // A file is a copy that a keychain home keeps beside the item: it goes with it.
        if self.kind == StoreKind::Keychain && !home {
            assert!(!file.exists() || !custodian.read(|inventory| inventory.open_operations().is_empty()));
        }
        (usize::from(home), there.count())
    }

    /// What a kill left, and what the next start makes of it.
    #[track_caller]
    fn assert_one_copy(&self, number: u32, before: &(String, Vec<u8>), acknowledged: bool, context: &str) {
        let (home_object, public_key) = before;
        let custodian = self.lab.open();
        let (home, token) = self.places(&custodian, public_key, home_object);
        let is_open = custodian.read(|inventory| !inventory.open_operations().is_empty());
        assert!(home + token > 0, "{context}: the key is lost");
        assert!(home + token == 1 || is_open, "{context}: two copies, and the log knows of no move");
        // Nobody was asked for a PIN yet. With it the token says what became of it.
        custodian.log_in_to("hsm", Some(&passphrase(PIN))).unwrap();
        custodian.reconcile(Some("hsm")).unwrap();
        assert!(custodian.read(|inventory| inventory.open_operations().is_empty()), "{context}");
        let found = key(&custodian, &format!("key-{number}"));
        let arrived = &*found.versions[0].locator.store == "hsm";
        assert!(arrived || !acknowledged, "{context}: it was said to be done");
        assert_eq!(self.places(&custodian, public_key, home_object), if arrived { (0, 1) } else { (1, 0) }, "{context}");
        assert_eq!(*found.versions[0].public_key, **public_key, "{context}");
        request(&custodian, found.id).unwrap();
        if !arrived {
            custodian.move_key(found.id, "hsm").unwrap();
            request(&custodian, found.id).unwrap();
        }
        assert_eq!(self.places(&custodian, public_key, home_object), (0, 1), "{context}");
        assert!(custodian.reconcile(Some("hsm")).unwrap().iter().all(is_settled), "{context}");
        assert_verified(&custodian);
        custodian.close();
    }

    fn before(&self, number: u32) -> (String, Vec<u8>) {
        let custodian = self.lab.open();
        let found = key(&custodian, &format!("key-{number}"));
        let version = &found.versions[0];
        (version.locator.object.to_string(), version.public_key.to_vec())
    }
}

/// Neither the store nor the inventory has what the other has not.
fn is_settled((_, found): &Looked) -> bool {
    found.as_ref().is_ok_and(|found| found.unknown.is_empty() && found.missing.is_empty())
}

fn killed_at_every_call(kind: StoreKind) {
    if !can_watch(&format!("a_move_killed_at_every_call_{kind:?}")) {
        return;
    }
    let stage = Stage::set(kind, |_| MODULE.into());
    stage.generate(0);
    let (lab, tokens) = (stage.lab.path(""), std::path::absolute("tokens").unwrap());
    let begin = (copy_of(&lab), copy_of(&tokens));
    let mut calls: Vec<Call> = stage.scene(0).watched();
    // The worker opens the token's own files some fifty times; there it is the one that dies, and some of them will do.
    calls.retain(|call| call.path.is_some() || call.shared || call.name != "openat" || call.number.is_multiple_of(6));
    if kind == StoreKind::Keychain {
        // A keychain cannot be put back, so each round takes another key and longer than the last.
        calls.retain(|call| call.name != "openat");
    }
    assert!(calls.len() > 10, "{calls:?}");
    let mut killed = (0, 0);
    for (number, call) in (1..).zip(&calls) {
        let number = if kind == StoreKind::Keychain { number } else { 0 };
        if number == 0 {
            // Each round begins alike.
            stage.judge.lock();
            begin_again(begin.0.path(), &lab);
            begin_again(begin.1.path(), &tokens);
            stage.judge.login(Some(&passphrase(PIN))).unwrap();
        } else {
            stage.generate(number);
        }
        let before = stage.before(number);
        let ended = stage.scene(number).disturbed(call, "signal=KILL");
        // What the worker opens it opens while the program waits.
        let (own, dead) = (call.name != "openat", ended.code.is_none());
        killed = (killed.0 + usize::from(own && dead), killed.1 + usize::from(own));
        println!("{kind:?} {call:?}: {:?}", ended.code);
        // A worker makes calls too: where it is the one that is killed, the program tells.
        assert!(matches!(ended.code, None | Some(0 | 3)), "{call:?}: {:?} {}", ended.code, ended.stderr);
        stage.assert_one_copy(number, &before, ended.code == Some(0), &format!("{call:?}"));
    }
    assert!(killed.1 > 8 && killed.0 * 10 >= killed.1 * 8, "{} of {} were killed", killed.0, killed.1);
}

#[test]
fn a_move_killed_at_every_call_from_encrypted_files() {
    with_token(|| killed_at_every_call(StoreKind::Files));
}

#[test]
fn a_move_killed_at_every_call_from_a_keychain() {
    with_keychain_and_token(|| killed_at_every_call(StoreKind::Keychain));
}

/// The program is killed by the module at a call that changes the token, or right after it.
#[test]
fn a_move_killed_at_every_step_of_the_token() {
    with_token(|| {
        let die =
            r#"if (!access("/proc/self/cwd/die", F_OK)) { unlink("/proc/self/cwd/die"); kill(getppid(), 9); usleep(300000); }"#;
        for (name, function, parameters) in [
            ("create", function::CREATE_OBJECT, "a, b, c, d"),
            ("sign", function::SIGN, "a, b, c, d, e"),
            ("login", function::LOGIN, "a, b, c, d"),
        ] {
            for (when, body) in [
                ("before", format!("{die} return real({parameters});")),
                ("after", format!("unsigned long r = real({parameters}); {die} return r;")),
            ] {
                let _ = std::fs::remove_dir_all("tokens");
                let stage = Stage::set(StoreKind::Files, |hsm| hsm.module_with(&format!("{name}-{when}"), function, &body));
                for number in 0..3 {
                    stage.generate(number);
                    let before = stage.before(number);
                    std::fs::write(stage.lab.path("die"), "").unwrap();
                    let ended = stage.scene(number).undisturbed();
                    assert_eq!(ended.code, None, "{name} {when}: {}", ended.stderr);
                    stage.assert_one_copy(number, &before, false, &format!("{name} {when}"));
                }
            }
        }
    });
}

/// The token breaks, and not the program: the key stays where it lay.
#[test]
fn a_token_that_fails_in_a_move_leaves_the_key_where_it_was() {
    with_token(|| {
        for (name, function, body) in [
            ("full", function::CREATE_OBJECT, "return 0x31;"),
            ("second", function::CREATE_OBJECT, "static int n; if (++n == 2) return 0x31; return real(a, b, c, d);"),
            ("wrong", function::SIGN, "unsigned long r = real(a, b, c, d, e); if (d) *(unsigned char *)d ^= 1; return r;"),
        ] {
            let _ = std::fs::remove_dir_all("tokens");
            let stage = Stage::set(StoreKind::Files, |hsm| hsm.module_with(name, function, body));
            stage.generate(0);
            let before = stage.before(0);
            let custodian = stage.lab.open();
            custodian.log_in_to("hsm", Some(&passphrase(PIN))).unwrap();
            let moved: Result<_, CustodianError> = custodian.move_key(key_id(&custodian), "hsm");
            let error = moved.unwrap_err();
            assert_eq!(stage.places(&custodian, &before.1, &before.0), (1, 0), "{name}: {error}");
            assert!(custodian.read(|inventory| inventory.open_operations().is_empty()), "{name}: {error}");
            request(&custodian, key_id(&custodian)).unwrap();
        }
    });
}

fn key_id(custodian: &Custodian) -> KeyId {
    key(custodian, "key-0").id
}

impl Scene<'_> {
    fn undisturbed(&self) -> super::super::support::Ended {
        super::super::support::end_of(self.alone())
    }
}
