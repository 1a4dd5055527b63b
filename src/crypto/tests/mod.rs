//! Tests of keys that others made: OpenSSL's, damaged ones, and the sets of Wycheproof.

mod damaged;
mod openssl;
mod wycheproof;

use std::process::{Command, Stdio};

use super::{generate, sign, verify};
use crate::model::Algorithm;
use crate::secret::{SecretBytes, WIPED_STACK};

/// What the program `openssl` answers to bytes on its input.
fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may answer without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A new private key of `openssl genpkey`, in PKCS#8 DER.
fn genpkey(arguments: &[&str]) -> Vec<u8> {
    let pem = openssl(&[&["genpkey"], arguments].concat(), b"");
    openssl(&["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], &pem)
}

/// The public half that OpenSSL derives.
fn public_of(pkcs8: &[u8]) -> Vec<u8> {
    openssl(&["pkey", "-inform", "DER", "-pubout", "-outform", "DER"], pkcs8)
}

fn secret(bytes: &[u8]) -> SecretBytes {
    SecretBytes::new(bytes.to_vec())
}

/// A DER value of at most 64 KB around others.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = match body.len() {
        short @ ..128 => vec![short as u8],
        middle @ 128..256 => vec![0x81, middle as u8],
        long => vec![0x82, (long >> 8) as u8, long as u8],
    };
    [&[tag][..], &length, &body].concat()
}

/// The object identifier's bytes as DER.
fn oid(text: &str) -> Vec<u8> {
    use der::Encode as _;
    der::asn1::ObjectIdentifier::new(text).unwrap().to_der().unwrap()
}

/// PKCS#8 version 1 around an algorithm and its key.
fn pkcs8(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&[2, 1, 0], &tlv(0x30, algorithm), &tlv(4, &[key])])
}

/// A positive number in DER.
fn integer(magnitude: &[u8]) -> Vec<u8> {
    let first = magnitude.iter().position(|byte| *byte != 0).unwrap_or(magnitude.len());
    let digits = &magnitude[first..];
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    tlv(2, &[sign, digits])
}

#[test]
fn the_deepest_work_fits_in_the_stack_that_is_wiped() {
    let work = || {
        for algorithm in Algorithm::GENERATED {
            let pair = generate(algorithm).unwrap();
            if algorithm.signs() {
                let signature = sign(&pair.private, algorithm, b"deep").unwrap();
                assert!(verify(&pair.public_key, b"deep", &signature).unwrap());
            }
        }
    };
    // Anything deeper overflows it, and that ends the tests.
    std::thread::Builder::new().stack_size(WIPED_STACK).spawn(work).unwrap().join().unwrap();
}
