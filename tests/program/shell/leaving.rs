//! What leaves by `export`: forms that others read, and targets that cannot be.

use super::{facts, looked, place, tool};
use crate::support::Home;

fn two_keys() -> Home {
    let home = Home::with_files();
    home.open(["generate", "ed"]).done();
    home.open(["generate", "ec", "--algorithm", "p256"]).done();
    home
}

#[test]
fn every_form_is_read_by_the_tools_that_use_it() {
    let home = two_keys();
    for (key, algorithm) in [("ed", "ED25519"), ("ec", "ECDSA")] {
        let file = |ending: &str| place(&home, &format!("{key}.{ending}"));
        for (format, ending) in [("spki-pem", "pem"), ("spki-der", "der"), ("openssh", "pub"), ("jwk", "jwk")] {
            home.open(["export", key, "--format", format, "--out", &file(ending)]).done();
        }
        tool(&home, "openssl", ["pkey", "-pubin", "-noout", "-in", &file("pem")]);
        tool(&home, "openssl", ["pkey", "-pubin", "-noout", "-inform", "DER", "-in", &file("der")]);
        let said = tool(&home, "ssh-keygen", ["-l", "-f", &file("pub")]);
        let shown = looked(&home, "show", ["show", key]);
        assert!(said.contains(shown["ssh_fingerprint"].as_str().unwrap()) && said.contains(algorithm), "{said}");
        let digest = tool(&home, "openssl", ["dgst", "-sha256", &file("der")]);
        assert!(digest.contains(shown["spki_sha256"].as_str().unwrap()), "{digest}");
    }
    let thumbprint = tool(&home, "jose", ["jwk", "thp", "-i", &place(&home, "ec.jwk")]);
    let jwk: serde_json::Value = serde_json::from_slice(&std::fs::read(home.path("ec.jwk")).unwrap()).unwrap();
    assert_eq!(jwk["kid"], thumbprint.trim());
}

#[test]
fn several_keys_become_one_pem_and_one_jwk_set() {
    let home = two_keys();
    let pem = home.run(["export", "ed", "ec", "--format", "spki-pem", "--out", "-"]).done().text();
    assert_eq!(pem.matches("-----BEGIN PUBLIC KEY-----").count(), 2);
    let set = home.run(["export", "ed", "ec", "--format", "jwk", "--out", "-"]).done().json();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
    assert_eq!(home.run(["export", "ed", "ec", "--format", "openssh", "--out", "-"]).done().text().lines().count(), 2);
    home.run(["export", "ed", "ec", "--format", "spki-der", "--out", "-"]).with(2);
}

#[test]
fn ml_dsa_has_no_openssh_form_and_the_others_are_written() {
    let home = Home::with_files();
    home.open(["generate", "pq", "--algorithm", "ml-dsa-44"]).done();
    let ended = home.run(["export", "pq", "--format", "openssh", "--out", "-"]).with(2);
    assert!(ended.stderr.contains("no form"), "{}", ended.stderr);
    for format in ["spki-pem", "jwk"] {
        home.run(["export", "pq", "--format", format, "--out", "-"]).done();
    }
}

#[test]
fn an_export_is_on_record_and_with_a_recipient_a_hand_over() {
    let home = two_keys();
    facts(&home, "done", ["export", "ed", "ec", "--format", "jwk", "--to", "Gateway", "--out", &place(&home, "set")]);
    let given = looked(&home, "handover-list", ["handover", "list", "Gateway"]);
    assert_eq!(given.as_array().unwrap().len(), 2);
    home.open(["export", "ed", "--format", "jwk", "--out", &place(&home, "ed.jwk")]).done();
    assert!(home.run(["audit", "show"]).done().text().contains("export"), "{}", home.run(["audit", "show"]).text());
    let locked = looked(&home, "done", ["export", "ed", "--format", "jwk", "--out", &place(&home, "two")]);
    assert!(locked["notice"].as_str().unwrap().contains("not in the audit log"));
    home.run(["export", "ed", "--format", "jwk", "--out", "-", "--json"]).with(2);
}

#[test]
fn a_file_is_replaced_only_when_it_was_said() {
    let home = two_keys();
    let file = place(&home, "ed.pem");
    std::fs::write(&file, "mine").unwrap();
    let export = ["export", "ed", "--format", "spki-pem", "--out", &file];
    home.run(export).with(4);
    home.open(["request", "ed", "--subject", "CN=a", "--out", &file]).with(4);
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    home.run(export.into_iter().chain(["--replace"])).done();
    assert!(std::fs::read_to_string(&file).unwrap().contains("BEGIN PUBLIC KEY"));
}

#[test]
fn an_export_target_that_is_a_folder_is_refused() {
    let home = two_keys();
    std::fs::create_dir(home.path("folder")).unwrap();
    let ended = home.run(["export", "ed", "--format", "jwk", "--replace", "--out", &place(&home, "folder")]).with(3);
    assert!(ended.stderr.contains("is a folder"), "{}", ended.stderr);
    home.run(["export", "ed", "--format", "jwk", "--out", &place(&home, "missing/file")]).with(3);
}

#[test]
#[cfg(unix)]
fn an_export_target_that_is_a_fifo_is_refused_at_once() {
    let home = two_keys();
    tool(&home, "mkfifo", ["pipe"]);
    let ended =
        home.open(["export", "ed", "--format", "jwk", "--to", "Bob", "--replace", "--out", &place(&home, "pipe")]).with(3);
    assert!(ended.stderr.contains("not a regular file"), "{}", ended.stderr);
    assert_eq!(looked(&home, "handover-list", ["handover", "list"]).as_array().unwrap().len(), 0);
}

#[test]
#[cfg(unix)]
fn an_export_target_that_is_a_symlink_is_refused_and_what_it_names_is_untouched() {
    let home = two_keys();
    std::fs::write(home.path("file"), "mine").unwrap();
    std::os::unix::fs::symlink(home.path("file"), home.path("link")).unwrap();
    let ended = home.run(["export", "ed", "--format", "jwk", "--replace", "--out", &place(&home, "link")]).with(3);
    assert!(ended.stderr.contains("symbolic link"), "{}", ended.stderr);
    assert_eq!(std::fs::read(home.path("file")).unwrap(), b"mine");
}

#[test]
#[cfg(target_os = "linux")]
fn an_export_target_that_is_unwritable_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = two_keys();
    let ended = home.run(["export", "ed", "--format", "jwk", "--out", "/proc/keystead.jwk"]).with(3);
    assert!(ended.stderr.starts_with("Nothing was written"), "{}", ended.stderr);
    let folder = home.path("closed");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    let program = crate::support::program().to_str().unwrap();
    let export = [program, "export", "ed", "--format", "jwk", "--out", "closed/ed.jwk"];
    let (name, before): (&str, &[&str]) = if tool(&home, "id", ["-u"]).trim() == "0" {
        // Modes do not bind root: somebody else tries, who owns all but that folder.
        tool(&home, "chown", ["-R", "65534:65534", "."]);
        tool(&home, "chown", ["0:0", "closed"]);
        ("setpriv", &["--reuid=65534", "--regid=65534", "--clear-groups"])
    } else {
        ("env", &[])
    };
    let mut command = std::process::Command::new(name);
    home.at_home(&mut command);
    command.args(before).args(export).current_dir(home.path(""));
    let ended = crate::support::end_of(command);
    // The program itself may lie where that somebody cannot start it.
    if ended.code != Some(127) && ended.code != Some(126) {
        let ended = ended.with(3);
        assert!(ended.stderr.contains("may not be written by you"), "{}", ended.stderr);
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}
