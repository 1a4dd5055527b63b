//! What leaves by `export --private`: on purpose, under a passphrase, to somebody, on record.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use super::{looked, place, tool};
use crate::support::{Ended, Home};

const WORD: &str = "correct horse battery staple";

/// Two keys whose private halves may leave.
fn two_keys() -> Home {
    let home = Home::with_files();
    home.open(["generate", "ed", "--purpose", "ssh"]).done();
    home.open(["generate", "ec", "--algorithm", "p256"]).done();
    home.open(["policy", "set", "--key", "ec", "exportable=yes"]).done();
    home.open(["policy", "set", "--key", "ed", "exportable=yes"]).done();
    home
}

/// Exports with the passphrase of the file on a descriptor.
fn export(home: &Home, arguments: &[&str]) -> Ended {
    let mut file = std::fs::File::create(home.path("word")).unwrap();
    file.write_all(WORD.as_bytes()).unwrap();
    drop(file);
    let script = format!("exec 9< '{}'; exec \"$0\" \"$@\" --output-passphrase-fd 9", home.path("word").display());
    let mut command = std::process::Command::new("sh");
    home.at_home(&mut command);
    command.args(["-c", &script]).arg(crate::support::program()).args(["export", "--private"]).args(arguments);
    command.arg("--passphrase-file").arg(home.path("passphrase"));
    crate::support::end_of(command)
}

#[test]
fn every_encrypted_form_is_written_private_to_its_owner_and_opened_by_its_tools() {
    let home = two_keys();
    let at = |name: &str| place(&home, name);
    let pass = format!("pass:{WORD}");
    for (format, file) in [("pkcs8", "ec.key"), ("pkcs12", "ec.p12"), ("pkcs12-legacy", "ec-old.p12"), ("jwe", "ec.jwe")] {
        export(&home, &["ec", "--format", format, "--out", &at(file)]).done();
        assert_eq!(std::fs::metadata(home.path(file)).unwrap().permissions().mode() & 0o777, 0o600, "{format}");
    }
    for (format, file) in [("openssh", "id_ed"), ("ppk", "ed.ppk")] {
        export(&home, &["ed", "--format", format, "--out", &at(file)]).done();
        assert_eq!(std::fs::metadata(home.path(file)).unwrap().permissions().mode() & 0o777, 0o600, "{format}");
    }
    tool(&home, "openssl", ["pkey", "-in", &at("ec.key"), "-passin", &pass, "-noout"]);
    tool(&home, "openssl", ["pkcs12", "-in", &at("ec.p12"), "-passin", &pass, "-noout", "-info"]);
    tool(&home, "openssl", ["pkcs12", "-legacy", "-in", &at("ec-old.p12"), "-passin", &pass, "-noout"]);
    let line = tool(&home, "ssh-keygen", ["-y", "-P", WORD, "-f", &at("id_ed")]);
    let shown = looked(&home, "show", ["show", "ed"]);
    std::fs::write(home.path("line"), &line).unwrap();
    assert!(tool(&home, "ssh-keygen", ["-l", "-f", &at("line")]).contains(shown["ssh_fingerprint"].as_str().unwrap()));
    std::fs::write(home.path("old"), format!("{WORD}\n")).unwrap();
    tool(&home, "puttygen", [&at("ed.ppk"), "-L", "--old-passphrase", &at("old")]);
}

#[test]
fn what_leaves_is_on_record_as_given_to_somebody() {
    let home = two_keys();
    export(&home, &["ec", "--format", "pkcs8", "--to", "Web team", "--out", &place(&home, "one")]).done();
    export(&home, &["ed", "--format", "openssh", "--out", &place(&home, "two")]).done();
    let given = looked(&home, "handover-list", ["handover", "list"]);
    let given = given.as_array().unwrap();
    assert_eq!(given.len(), 2);
    let of = |key: &str| given.iter().find(|one| one["key"] == key || one["name"] == key).unwrap().to_string();
    assert!(of("ec").contains("Web team") && of("ec").contains("pkcs8"), "{}", of("ec"));
    assert!(of("ed").contains("openssh-private"), "{}", of("ed"));
    assert!(home.run(["audit", "show"]).done().text().contains("private key, PKCS#8"));
}

#[test]
fn in_clear_a_key_leaves_only_under_its_typed_name() {
    let home = two_keys();
    let file = place(&home, "clear");
    let with =
        |more: &[&str]| home.open(["export", "ec", "--private", "--format", "pkcs8-plain", "--out", &file].iter().chain(more));
    assert!(with(&[]).with(4).stderr.contains("its name is typed"));
    with(&["--confirm", "ed"]).with(4);
    assert!(!home.path("clear").exists());
    with(&["--confirm", "ec"]).done();
    assert_eq!(std::fs::metadata(home.path("clear")).unwrap().permissions().mode() & 0o777, 0o600);
    tool(&home, "openssl", ["pkey", "-in", &file, "-noout"]);
    export(&home, &["ec", "--format", "jwk", "--confirm", "ec", "--out", &place(&home, "jwk")]).with(2);
}

#[test]
fn policy_and_state_keep_a_key_where_it_is() {
    let home = two_keys();
    home.open(["policy", "set", "--key", "ec", "exportable=no"]).done();
    let ended = export(&home, &["ec", "--format", "pkcs8", "--out", &place(&home, "kept")]).with(4);
    assert!(ended.stderr.contains("exportable"), "{}", ended.stderr);
    home.open(["suspend", "ed", "--reason", "looking into it"]).done();
    let ended = export(&home, &["ed", "--format", "openssh", "--out", &place(&home, "kept")]).with(4);
    assert!(ended.stderr.contains("suspended"), "{}", ended.stderr);
    assert!(!home.path("kept").exists());
    assert!(looked(&home, "handover-list", ["handover", "list"]).as_array().unwrap().is_empty());
}

#[test]
fn nothing_private_goes_to_standard_output_a_pipe_or_through_a_link() {
    let home = two_keys();
    export(&home, &["ec", "--format", "pkcs8", "--out", "-"]).with(2);
    tool(&home, "mkfifo", ["pipe"]);
    export(&home, &["ec", "--format", "pkcs8", "--replace", "--out", &place(&home, "pipe")]).with(3);
    std::fs::write(home.path("mine"), "mine").unwrap();
    std::os::unix::fs::symlink(home.path("mine"), home.path("link")).unwrap();
    export(&home, &["ec", "--format", "pkcs8", "--replace", "--out", &place(&home, "link")]).with(3);
    assert_eq!(std::fs::read(home.path("mine")).unwrap(), b"mine");
    export(&home, &["ec", "--format", "pkcs8", "--out", &place(&home, "mine")]).with(4);
    export(&home, &["ec", "--format", "pkcs8", "--out", "/proc/keystead.key"]).with(3);
}

#[test]
fn a_weak_passphrase_no_passphrase_and_a_form_without_a_place_are_refused() {
    let home = two_keys();
    let ended = home.open(["export", "ec", "--private", "--format", "pkcs8", "--out", &place(&home, "none")]).with(2);
    assert!(ended.stderr.contains("--output-passphrase-fd"), "{}", ended.stderr);
    let ended = export(&home, &["ec", "ed", "--format", "openssh", "--out", &place(&home, "none")]).with(2);
    assert!(ended.stderr.contains("one key"), "{}", ended.stderr);
    home.open(["generate", "pq", "--algorithm", "ml-dsa-65"]).done();
    home.open(["policy", "set", "--key", "pq", "exportable=yes"]).done();
    let ended = export(&home, &["pq", "--format", "ppk", "--out", &place(&home, "none")]).with(2);
    assert!(ended.stderr.contains("no place") && ended.stderr.contains("PKCS#8"), "{}", ended.stderr);
    export(&home, &["ec", "--format", "spki-pem", "--out", &place(&home, "none")]).with(2);
    home.open(["export", "ec", "--format", "pkcs12", "--out", &place(&home, "none")]).with(2);
    assert!(!home.path("none").exists());
}

#[test]
fn several_keys_leave_in_one_keystore() {
    let home = two_keys();
    export(&home, &["ec", "ed", "--format", "pkcs12", "--out", &place(&home, "both.p12")]).done();
    let listed = tool(
        &home,
        "openssl",
        ["pkcs12", "-in", &place(&home, "both.p12"), "-passin", &format!("pass:{WORD}"), "-nodes", "-nocerts"],
    );
    assert_eq!(listed.matches("BEGIN PRIVATE KEY").count(), 2, "{listed}");
    assert!(listed.contains("friendlyName: ec") && listed.contains("friendlyName: ed"), "{listed}");
}

#[test]
fn a_key_of_an_algorithm_that_is_not_known_leaves_byte_for_byte() {
    let home = Home::with_files();
    let algorithm = [&[0x30, 0x0b, 0x06, 0x09][..], &[0x2b, 6, 1, 4, 1, 0x86, 0x8d, 0x1f, 1]].concat();
    let inner = [&[2, 1, 0][..], &algorithm, &[4, 13], b"some material"].concat();
    let der = [&[0x30, u8::try_from(inner.len()).unwrap()][..], &inner].concat();
    std::fs::write(home.path("own.der"), &der).unwrap();
    home.open(["import", &place(&home, "own.der")]).done();
    let name = looked(&home, "list", ["list"])[0]["name"].as_str().unwrap().to_owned();
    home.open(["policy", "set", "--key", &name, "exportable=yes"]).done();
    let clear = place(&home, "clear");
    home.open(["export", &name, "--private", "--format", "pkcs8-plain", "--confirm", &name, "--out", &clear]).done();
    tool(&home, "openssl", ["asn1parse", "-in", &clear, "-out", &place(&home, "again.der"), "-noout"]);
    assert_eq!(std::fs::read(home.path("again.der")).unwrap(), der);
    export(&home, &[&name, "--format", "pkcs8", "--out", &place(&home, "sealed")]).done();
    export(&home, &[&name, "--format", "openssh", "--out", &place(&home, "none")]).with(2);
}
