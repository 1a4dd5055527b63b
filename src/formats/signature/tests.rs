//! Every form with every algorithm that has it: what is written reads back, and nothing else fits.

use super::*;
use crate::crypto::{KeyPair, generate, sign};
use crate::model::Time;

const MESSAGE: &[u8] = b"a release, say";
const OTHER: &[u8] = b"a release, sad";

/// A signature in a form, over the message; `None` where the algorithm has no such form.
fn signed(form: SignatureForm, algorithm: Algorithm, pair: &KeyPair) -> Option<Vec<u8>> {
    let with = |data: &[u8]| sign(&pair.private, algorithm, data).unwrap();
    match form {
        SignatureForm::SshSig => {
            let signature = with(&sshsig::signed_data("file", MESSAGE).unwrap());
            Some(sshsig::armoured(&pair.public_key, "file", &signature).ok()?.into_bytes())
        }
        SignatureForm::Jws => {
            let head = jws::head(&pair.public_key).ok()?;
            let signature = with(&jws::signed_data(&head, MESSAGE).unwrap());
            Some(jws::write(&head, algorithm, &signature).unwrap().into_bytes())
        }
        SignatureForm::Cms | SignatureForm::Raw => None,
    }
}

fn read(form: SignatureForm, bytes: &[u8], message: &[u8]) -> Result<Read, SignatureError> {
    match form {
        SignatureForm::SshSig => sshsig::read(bytes, message),
        SignatureForm::Jws => jws::read(bytes, message),
        _ => cms::read(bytes, message),
    }
}

#[test]
fn what_is_written_is_recognised_read_and_fits_its_key_alone() {
    let mut seen = 0;
    for algorithm in Algorithm::GENERATED.into_iter().filter(|one| !matches!(one, Algorithm::Rsa3072 | Algorithm::Rsa4096)) {
        let (pair, stranger) = (generate(algorithm).unwrap(), generate(algorithm).unwrap());
        for form in [SignatureForm::SshSig, SignatureForm::Jws] {
            let Some(bytes) = signed(form, algorithm, &pair) else { continue };
            assert_eq!(recognise(&bytes), form);
            let found = read(form, &bytes, MESSAGE).unwrap();
            assert!(found.verify(&pair.public_key).unwrap(), "{algorithm:?} {form:?}");
            assert!(!found.verify(&stranger.public_key).unwrap(), "{algorithm:?} {form:?}");
            let over_other = read(form, &bytes, OTHER);
            assert!(!over_other.is_ok_and(|found| found.verify(&pair.public_key).unwrap()), "{algorithm:?} {form:?}");
            seen += 1;
        }
    }
    assert!(seen >= 12, "{seen}");
}

#[test]
fn a_cut_or_changed_signature_never_fits_and_never_crashes() {
    let pair = generate(Algorithm::EcdsaP256).unwrap();
    for form in [SignatureForm::SshSig, SignatureForm::Jws] {
        let bytes = signed(form, Algorithm::EcdsaP256, &pair).unwrap();
        let good = bytes.trim_ascii_end().len();
        for at in 0..good {
            let fits = |bytes: &[u8]| {
                let found = read(form, bytes, MESSAGE);
                found.is_ok_and(|found| {
                    let key = found.public_key.as_ref().unwrap_or(&pair.public_key);
                    *key == pair.public_key && found.verify(key).unwrap_or(false)
                })
            };
            assert!(!fits(&bytes[..at]), "{form:?} cut at {at}");
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            assert!(!fits(&changed), "{form:?} changed at {at}");
        }
    }
}

#[test]
fn the_keys_that_a_form_has_no_place_for_are_named() {
    let refused = cms::draft(Algorithm::MlDsa65, MESSAGE, Time::from_second(0)).err().unwrap();
    assert_eq!(refused.to_string(), "ML-DSA-65 keys make no CMS signature here. Choose another form");
    let draft = cms::draft(Algorithm::Ed25519, MESSAGE, Time::from_second(0)).unwrap();
    assert_eq!(draft.finish(&[], &[0; 64]).unwrap_err(), SignatureError::NoCertificate);
}

#[test]
fn what_has_no_form_of_its_own_is_raw() {
    for bytes in [&b""[..], &[0x30, 6, 2, 1, 1, 2, 1, 1], b"hello", b"eyJ.a", &[7; 64]] {
        assert_eq!(recognise(bytes), SignatureForm::Raw);
    }
    assert!(raw::may_be(Algorithm::Rsa(2056), &[0; 257]) && !raw::may_be(Algorithm::Ed25519, &[0; 63]));
}
