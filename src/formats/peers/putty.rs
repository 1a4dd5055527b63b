//! PuTTY's puttygen: both versions, every type, every flavour of Argon2.

use super::super::found::Place;
use super::super::{openssh_private, ppk, ssh_lines, ssh2};
use super::{by_openssl, inside, private, public, refusal, shell, words};

const TYPES: [&str; 7] = ["rsa -b 1024", "dsa -b 1024", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521", "ed25519", "ed448"];

fn made(folder: &std::path::Path, kind: &str, word: &str, parameters: &str) -> String {
    std::fs::write(folder.join("word"), word).unwrap();
    let make = "rm -f k; puttygen -q --random-device /dev/urandom --new-passphrase word -C 'a comment: näme' -o k";
    shell(folder, &format!("{make} -t {kind} --ppk-param {parameters}"));
    std::fs::read_to_string(folder.join("k")).unwrap()
}

/// Both public forms that puttygen writes are the key that was read.
fn same_as_peer(folder: &std::path::Path, text: &str, given: &[&str], kind: &str) {
    let found = ppk::read(text, &words(given));
    let (pkcs8, beside, encrypted) = private(&found[0]);
    assert_eq!(encrypted, text.contains("aes256-cbc"));
    assert_eq!(found[0].name.as_deref(), Some("a comment: näme"));
    let line = shell(folder, "puttygen k --old-passphrase word -O public-openssh");
    let line = ssh_lines::read(&String::from_utf8(line).unwrap());
    assert_eq!(by_openssl(pkcs8), public(&line[0]), "{kind}");
    assert_eq!(beside.unwrap(), public(&line[0]), "{kind}");
    let rfc = String::from_utf8(shell(folder, "puttygen k --old-passphrase word -O public")).unwrap();
    assert_eq!(public(&ssh2::read(&rfc, Place::Whole)[0]), public(&line[0]), "{kind}");
}

#[test]
fn every_type_and_version_of_puttygen_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for kind in TYPES {
        for parameters in ["version=2", "version=3,memory=256,passes=1"] {
            for word in ["", "a passphrase"] {
                let text = made(folder.path(), kind, word, parameters);
                assert!(ppk::is(&text) && text.starts_with(&format!("PuTTY-User-Key-File-{}", &parameters[8..9])));
                same_as_peer(folder.path(), &text, &["wrong", "a passphrase"], kind);
                let windows = text.replace('\n', "\r\n");
                assert!(private(&ppk::read(&windows, &words(&["a passphrase"]))[0]).1.is_some());
                if !word.is_empty() {
                    assert_eq!(refusal(&ppk::read(&text, &[])), "It is encrypted. Give its passphrase.");
                    let reason = refusal(&ppk::read(&text, &words(&["wrong"])));
                    assert!(reason.starts_with("None of the passphrases given opens it"));
                }
            }
        }
    }
}

#[test]
fn every_flavour_of_argon2_is_derived_and_too_much_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    for flavour in ["argon2id", "argon2i", "argon2d"] {
        let parameters = format!("version=3,kdf={flavour},memory=1024,passes=2,parallelism=3");
        let text = made(folder.path(), "ed25519", "päss", &parameters);
        same_as_peer(folder.path(), &text, &["päss"], flavour);
        let huge = text.replace("Argon2-Memory: 1024", "Argon2-Memory: 4000000000");
        let reason = refusal(&ppk::read(&huge, &words(&["päss"])));
        assert_eq!(reason, "It asks for 4096000000000 bytes of memory, and 1073741824 is the limit.");
        let long = text.replace("Argon2-Passes: 2", "Argon2-Passes: 4000000000");
        assert!(refusal(&ppk::read(&long, &words(&["päss"]))).contains("bytes of memory times passes"));
    }
}

#[test]
fn a_changed_file_is_not_called_a_wrong_passphrase_where_that_can_be_told() {
    let folder = tempfile::tempdir().unwrap();
    for (word, parameters) in
        [("", "version=2"), ("", "version=3"), ("word", "version=2"), ("word", "version=3,memory=64,passes=1")]
    {
        let text = made(folder.path(), "ed25519", word, parameters).replace("a comment", "b comment");
        let reason = refusal(&ppk::read(&text, &words(&["word"])));
        assert_eq!(reason, "It is damaged: its check code does not fit what it holds.", "{word} {parameters}");
    }
}

#[test]
fn what_putty_exports_is_read_or_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for kind in TYPES {
        let text = made(folder.path(), kind, "a word", "version=3,memory=64,passes=1");
        let found = ppk::read(&text, &words(&["a word"]));
        shell(
            folder.path(),
            "rm -f new; puttygen -q k --old-passphrase word --new-passphrase word -O private-openssh-new -o new",
        );
        let bytes = inside(&std::fs::read(folder.path().join("new")).unwrap());
        let exported = openssh_private::read(&bytes, &words(&["a word"]), Place::Whole);
        assert_eq!(private(&exported[0]).0, private(&found[0]).0, "{kind}");
        if kind.starts_with("rsa") {
            shell(folder.path(), "rm -f com; puttygen -q k --old-passphrase word --new-passphrase word -O private-sshcom -o com");
            let text = std::fs::read_to_string(folder.path().join("com")).unwrap();
            assert!(refusal(&ssh2::read(&text, Place::Whole)).contains("ssh.com"));
        }
    }
    assert_eq!(
        refusal(&ppk::read("PuTTY-User-Key-File-1: ssh-rsa\nEncryption: none\n", &[])),
        "Version “1” of PuTTY's private keys is not read."
    );
}
