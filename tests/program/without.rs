//! A build without PKCS#11, OpenBao and network, on an inventory that a whole build made: what it cannot reach stays, and is
//! said. `KEYSTEAD_WHOLE` names the program of that other build; `packaging/test` has both.

use std::path::PathBuf;
use std::process::Command;

use super::support::{Ended, Home, end_of, has, skip};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "4711-0815";

/// A home whose inventory has a key in a token, made by the whole program.
fn made_by_the_whole(test: &str) -> Option<Home> {
    let Some(whole) = std::env::var_os("KEYSTEAD_WHOLE").map(PathBuf::from) else {
        skip(test, "KEYSTEAD_WHOLE names no program");
        return None;
    };
    if !has("softhsm2-util") {
        skip(test, "softhsm2-util is not installed");
        return None;
    }
    let home = Home::with_files();
    std::fs::create_dir(home.path("tokens")).unwrap();
    let configuration = format!("directories.tokendir = {}\nobjectstore.backend = file\n", home.path("tokens").display());
    std::fs::write(home.path("softhsm2.conf"), configuration).unwrap();
    std::fs::write(home.path("pin"), PIN).unwrap();
    let mut blank = Command::new("softhsm2-util");
    blank.args(["--init-token", "--free", "--label", "office", "--pin", PIN, "--so-pin", "12345678"]);
    end_of(reached(&home, blank)).done();
    for arguments in [
        &["store", "add", "pkcs11", "hsm", "--module", MODULE, "--token", "office"][..],
        &["generate", "in-token", "--algorithm", "p256", "--purpose", "code-signing", "--store", "hsm"],
    ] {
        let mut command = Command::new(&whole);
        home.at_home(&mut command);
        command.args(arguments).arg("--passphrase-file").arg(home.path("passphrase")).args(["--pin-fd", "0"]);
        command.stdin(std::fs::File::open(home.path("pin")).unwrap());
        end_of(reached(&home, command)).done();
    }
    Some(home)
}

fn reached(home: &Home, mut command: Command) -> Command {
    command.env("SOFTHSM2_CONF", home.path("softhsm2.conf"));
    command
}

#[track_caller]
fn assert_says_no_pkcs11(ended: &Ended) {
    assert!(ended.stderr.contains("this build of Keystead has no PKCS#11"), "{}", ended.stderr);
}

#[test]
fn what_a_token_holds_stays_and_is_said_to_be_out_of_reach() {
    let Some(home) = made_by_the_whole("what_a_token_holds_stays_and_is_said_to_be_out_of_reach") else { return };
    let shown = |key: &str| home.run(["show", key, "--json"]).done().json();
    let before = shown("in-token");
    assert_eq!((&before["store"], &before["state"]), (&"hsm".into(), &"active".into()));
    let stores = home.run(["store", "list", "--json"]).done().json();
    assert!(stores.as_array().unwrap().iter().any(|store| store["name"] == "hsm"), "{stores}");
    std::fs::write(home.path("file"), "what is signed").unwrap();
    let (file, out) = (home.path("file"), home.path("out"));
    let (file, out) = (file.to_str().unwrap(), out.to_str().unwrap());
    assert_says_no_pkcs11(&home.open(["sign", "in-token", file, "--format", "raw", "--out", out]).with(3));
    assert_says_no_pkcs11(&home.open(["request", "in-token", "--subject", "CN=a.example", "--out", out]).with(3));
    assert_says_no_pkcs11(&home.open(["destroy", "in-token", "--now", "--confirm", "in-token"]).with(3));
    assert!(!home.path("out").exists());
    assert_eq!(shown("in-token"), before, "nothing of it changed");
    home.run(["export", "in-token", "--format", "spki-pem", "--out", out]).done();
    home.open(["generate", "at-home", "--algorithm", "p256"]).done();
    home.open(["audit", "verify"]).done();
}

#[test]
fn no_token_and_no_server_is_added_or_looked_at() {
    let home = Home::with_files();
    let token = ["store", "add", "pkcs11", "hsm", "--module", MODULE, "--token", "office"];
    let refused = home.open(token).with(2);
    assert!(refused.stderr.contains("This build of Keystead has no PKCS#11"), "{}", refused.stderr);
    for (arguments, unknown) in [
        (&["store", "add", "openbao", "team", "--address", "https://127.0.0.1:1", "--token-fd", "0"][..], "openbao"),
        (&["probe", "127.0.0.1:1"], "probe"),
    ] {
        let refused = home.open(arguments.iter().copied());
        assert!(refused.code != Some(0) && refused.stderr.contains(unknown), "{arguments:?}: {}", refused.stderr);
    }
    let stores = home.run(["store", "list", "--json"]).done().json();
    assert_eq!(stores.as_array().unwrap().len(), 1);
}
