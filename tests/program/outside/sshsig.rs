//! Detached signatures, as `ssh-keygen` reads them.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use keystead::crypto;
use keystead::formats::openssh;
use keystead::formats::signature::sshsig;
use keystead::model::Algorithm;

use crate::support::{has, skip};

/// Who signs in these tests.
const SIGNER: &str = "notices@example.com";

/// Signs a message and writes `message`, `message.sig` and `allowed`, as a person would receive them.
#[track_caller]
pub fn sign_into(folder: &Path, algorithm: Algorithm, namespace: &str, message: &[u8]) {
    let pair = crypto::generate(algorithm).unwrap();
    let signature = crypto::sign(&pair.private, algorithm, &sshsig::signed_data(namespace, message).unwrap()).unwrap();
    let armoured = sshsig::armoured(&pair.public_key, namespace, &signature).unwrap();
    std::fs::write(folder.join("message"), message).unwrap();
    std::fs::write(folder.join("message.sig"), armoured).unwrap();
    let line = openssh::line(&pair.public_key, "notice key").unwrap();
    std::fs::write(folder.join("allowed"), format!("{SIGNER} {line}")).unwrap();
}

/// Whether `ssh-keygen -Y` accepts `message`, and what it said.
pub fn accepts(folder: &Path, how: &str, namespace: &str) -> (bool, String) {
    let mut command = Command::new("ssh-keygen");
    command.current_dir(folder).args(["-Y", how, "-n", namespace, "-s", "message.sig"]);
    if how == "verify" {
        command.args(["-f", "allowed", "-I", SIGNER]);
    }
    let message = File::open(folder.join("message")).unwrap();
    let output = command.stdin(message).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn ssh_keygen_accepts_a_signature_and_refuses_a_changed_message() {
    if !has("ssh-keygen") {
        return skip("ssh_keygen_accepts_a_signature_and_refuses_a_changed_message", "ssh-keygen is not installed");
    }
    // A signature's numbers have another length each time.
    let many = [(Algorithm::Ed25519, 1), (Algorithm::EcdsaP256, 8), (Algorithm::EcdsaP384, 8), (Algorithm::Rsa2048, 1)];
    for (algorithm, times) in many {
        for time in 0..times {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path();
            sign_into(folder, algorithm, "file", format!("message {time}\n").as_bytes());
            for how in ["check-novalidate", "verify"] {
                let (accepted, said) = accepts(folder, how, "file");
                assert!(accepted && said.starts_with("Good \"file\" signature"), "{algorithm:?} {how}: {said}");
                assert!(!accepts(folder, how, "email").0, "{algorithm:?} {how}: for another use");
            }
            std::fs::write(folder.join("message"), format!("massage {time}\n")).unwrap();
            for how in ["check-novalidate", "verify"] {
                assert!(!accepts(folder, how, "file").0, "{algorithm:?} {how}: a changed message");
            }
        }
    }
}

#[test]
fn a_signature_has_the_form_that_ssh_keygen_writes() {
    if !has("ssh-keygen") {
        return skip("a_signature_has_the_form_that_ssh_keygen_writes", "ssh-keygen is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let ended = Command::new("ssh-keygen").args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
    };
    run(&["-q", "-t", "ed25519", "-N", "", "-f", "key"]);
    std::fs::write(folder.path().join("theirs"), "message").unwrap();
    run(&["-q", "-Y", "sign", "-n", "file", "-f", "key", "theirs"]);
    sign_into(folder.path(), Algorithm::Ed25519, "file", b"message");
    let shape = |name: &str| {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        text.lines().map(|line| if line.starts_with('-') { line.to_owned() } else { line.len().to_string() }).collect::<Vec<_>>()
    };
    assert_eq!(shape("message.sig"), shape("theirs.sig"));
}
