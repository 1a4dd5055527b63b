//! The test material of other projects: each file is read, or refused for a reason its source gives.

use std::path::Path;

use super::super::found::{Content, Found, Kind, Place};
use super::super::{age_identity, jks, jwk_private, openssh_private, pem, ppk, ssh_lines, ssh2};
use super::words;

/// The passphrases that the sources name.
const WORDS: [&str; 14] = [
    "hunter42",
    "123",
    "password",
    "asdf",
    "foobar",
    "hunter2",
    "12345678",
    "123456",
    "changeit",
    "1234",
    "cryptography",
    "keypassword",
    "asecretpassword",
    "test",
];

/// What whoever receives a file will do: ask each reader whether it is its own.
fn dispatched(bytes: &[u8]) -> Vec<Found> {
    let words = words(&WORDS);
    if jks::is(bytes) {
        return jks::read(bytes, &words);
    }
    if jwk_private::is(bytes) {
        return jwk_private::read_with(bytes, &words);
    }
    if age_identity::is_binary(bytes) {
        return age_identity::read(bytes, &words);
    }
    let text = &*String::from_utf8_lossy(bytes);
    if ppk::is(text) {
        return ppk::read(text, &words);
    }
    if text.trim_start().starts_with("---- BEGIN SSH2") || text.starts_with("SSH PRIVATE KEY FILE") {
        return ssh2::read(text, Place::Whole);
    }
    if age_identity::is(text) {
        return age_identity::read(bytes, &words);
    }
    let blocks = pem::blocks(text).into_iter().filter(|(label, _)| *label == "OPENSSH PRIVATE KEY");
    let keys: Vec<Found> =
        blocks.flat_map(|(_, der)| openssh_private::read(&der.unwrap_or_default(), &words, Place::Whole)).collect();
    if !keys.is_empty() || !ssh_lines::is(text) {
        return keys;
    }
    ssh_lines::read(text)
}

fn told(found: &Found) -> String {
    match &found.content {
        Ok(Content::Private { .. }) => "private".into(),
        Ok(Content::Symmetric { .. }) => "symmetric".into(),
        Ok(Content::Public(_)) => "public".into(),
        Ok(Content::Certificate(_) | Content::SshCertificate { .. }) => "certificate".into(),
        Ok(_) => "other".into(),
        Err(reason) => format!("refused: {reason}"),
    }
}

#[test]
fn each_is_read_or_refused_for_a_reason_of_its_source() {
    let Some(vectors) = std::env::var_os("KEYSTEAD_VECTORS") else {
        eprintln!("skipped: vectors_read_or_refused: KEYSTEAD_VECTORS is not set");
        return;
    };
    let folders = [
        "RustCrypto+SSH/ssh-key/tests/examples",
        "TritonDataCenter+node-sshpk/test/assets",
        "pyca+cryptography/asymmetric/OpenSSH",
        "pyca+cryptography/asymmetric/OpenSSH/certs",
        "pavlo-v-chernykh+keystore-go/testdata",
        "kaikramer+keystore-explorer/kse/src/test/resources/testdata/CryptoFileUtilTest",
        "latchset+jose/tests/vectors",
    ];
    let mut unexpected = Vec::new();
    let mut read_well = std::collections::BTreeMap::<Kind, usize>::new();
    for folder in folders {
        let mut paths: Vec<_> =
            std::fs::read_dir(Path::new(&vectors).join(folder)).unwrap().flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.is_file()) {
            let name = path.file_name().unwrap().to_string_lossy();
            for found in dispatched(&std::fs::read(path).unwrap()) {
                let told = told(&found);
                println!("{folder}/{name}: {} ({}): {told}", found.kind.id(), found.name.as_deref().unwrap_or(""));
                if !told.starts_with("refused") {
                    *read_well.entry(found.kind).or_default() += 1;
                } else if !EXPECTED.iter().any(|(file, reason)| *name == **file && told.contains(reason)) {
                    unexpected.push(format!("{folder}/{name}: {told}"));
                }
            }
        }
    }
    println!("{read_well:?}");
    assert!(unexpected.is_empty(), "\n{}", unexpected.join("\n"));
}

/// Files that are refused, and a part of the sentence.
const EXPECTED: [(&str, &str); 7] = [
    // A made-up type, which its source keeps as bytes.
    ("id_opaque", "The key type “name@example.com” is not read."),
    // Its source expects an error: the count of lines is wrong on purpose.
    ("dsa-pub-err.ppk", "fewer lines of a key than it says"),
    // Its source raises an error for each of these.
    ("p256-p256-duplicate-crit-opts.pub", "does not follow the form"),
    ("p256-p256-duplicate-extension.pub", "does not follow the form"),
    ("p256-p256-invalid-cert-type.pub", "does not follow the form"),
    ("p256-p256-non-lexical-crit-opts.pub", "does not follow the form"),
    ("p256-p256-non-lexical-extensions.pub", "does not follow the form"),
];

/// age's own test kit says of each file whether it opens; what it seals is no identity.
#[test]
fn age_files_under_a_passphrase_open_as_their_source_says() {
    let Some(vectors) = std::env::var_os("KEYSTEAD_VECTORS") else {
        eprintln!("skipped: vectors_age: KEYSTEAD_VECTORS is not set");
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(Path::new(&vectors).join("C2SP+CCTV/age/testdata")).unwrap().flatten() {
        let bytes = std::fs::read(entry.path()).unwrap();
        let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        if !head.contains("passphrase: password") || head.contains("compressed:") {
            continue;
        }
        let found = age_identity::read(&bytes[end + 2..], &words(&["password"]));
        let opened = found.iter().all(|one| matches!(one.content, Err(super::super::found::Reason::Unrecognised)));
        println!("{:?}: {}", entry.file_name(), told(&found[0]));
        assert_eq!(opened, head.contains("expect: success"), "{:?}: {}", entry.file_name(), told(&found[0]));
        count += 1;
    }
    assert!(count >= 8, "{count}");
}
