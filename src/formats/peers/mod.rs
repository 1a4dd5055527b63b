//! What other programs write is read, and what it says is compared with what they say. The programs run
//! live; each file here is one of them. What they share lies here.

mod age;
mod java;
mod jose;
mod mutants;
mod openssh;
mod putty;
mod vectors;

use std::path::Path;
use std::process::{Command, Stdio};

use super::found::{Content, Found};
use crate::secret::Passphrase;

/// Runs a program to a good end and gives what it wrote.
fn run(command: &mut Command) -> Vec<u8> {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Runs a line of shell in a folder.
fn shell(folder: &Path, line: &str) -> Vec<u8> {
    run(Command::new("bash").args(["-euo", "pipefail", "-c", line]).current_dir(folder))
}

fn words(list: &[&str]) -> Vec<Passphrase> {
    list.iter().map(|word| Passphrase::new((*word).into())).collect()
}

/// What was read, or a failure that says why not.
fn content(found: &Found) -> &Content {
    match &found.content {
        Ok(content) => content,
        Err(reason) => panic!("{}: {reason}", found.place),
    }
}

/// PKCS#8, the public half beside it, and whether it lay under a passphrase.
fn private(found: &Found) -> (&[u8], Option<&[u8]>, bool) {
    match content(found) {
        Content::Private { pkcs8, public_key, encrypted } => (pkcs8.expose(), public_key.as_deref(), *encrypted),
        _ => panic!("{}: no private key", found.place),
    }
}

fn public(found: &Found) -> &[u8] {
    match content(found) {
        Content::Public(spki) => spki,
        _ => panic!("{}: no public key", found.place),
    }
}

fn refusal(found: &[Found]) -> String {
    match found {
        [Found { content: Err(reason), .. }] => reason.to_string(),
        _ => panic!("{} entries, none of them a refusal alone", found.len()),
    }
}

/// The public half that OpenSSL makes of a private key, so of what was read and not of what lay beside it.
fn by_openssl(pkcs8: &[u8]) -> Vec<u8> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pkcs8).unwrap();
    // RSA carries numbers that its public half says nothing of.
    if pkcs8.windows(9).any(|part| part == [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]) {
        run(Command::new("openssl").args(["pkey", "-inform", "DER", "-check", "-noout", "-in"]).arg(file.path()));
    }
    run(Command::new("openssl").args(["pkey", "-inform", "DER", "-pubout", "-outform", "DER", "-in"]).arg(file.path()))
}

/// The bytes inside a PEM block.
fn inside(text: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(text).unwrap();
    super::pem::blocks(text).remove(0).1.unwrap()
}
