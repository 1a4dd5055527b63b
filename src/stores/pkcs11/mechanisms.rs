//! Which algorithms a token has by its mechanisms, and how a message becomes what it signs: the hash is made here,
//! and what comes back is brought into the form that certificates and requests have.

use der::asn1::UintRef;
use der::{Encode as _, Sequence};

use super::protocol::{Hash, Hashing, Mechanism, MechanismKind as Kind, Signing};
use crate::crypto::SignatureHash;
use crate::model::Algorithm;
use crate::stores::Wrapping;

/// What keys of the house are made of in tokens, in the order menus show them.
const MADE: [Algorithm; 13] = [
    Algorithm::Ed25519,
    Algorithm::EcdsaP256,
    Algorithm::EcdsaP384,
    Algorithm::EcdsaP521,
    Algorithm::Rsa2048,
    Algorithm::Rsa3072,
    Algorithm::Rsa4096,
    Algorithm::MlDsa44,
    Algorithm::MlDsa65,
    Algorithm::MlDsa87,
    Algorithm::Aes128,
    Algorithm::Aes192,
    Algorithm::Aes256,
];

/// The algorithms that a token makes keys of and can use.
pub(super) fn algorithms(mechanisms: &[Mechanism]) -> Vec<Algorithm> {
    MADE.into_iter().filter(|algorithm| makes(mechanisms, *algorithm)).collect()
}

fn makes(mechanisms: &[Mechanism], algorithm: Algorithm) -> bool {
    let there = |kind| mechanisms.iter().any(|mechanism| mechanism.kind == kind);
    // Some tokens state no sizes.
    let takes = |kind, size: u64| {
        let fits = |one: &Mechanism| one.largest == 0 || (one.smallest..=one.largest).contains(&size);
        mechanisms.iter().any(|one| one.kind == kind && fits(one))
    };
    let ml_dsa = |size: u64| {
        let fits = |one: &Mechanism| one.largest < 1_312 || (one.smallest..=one.largest).contains(&size);
        mechanisms.iter().any(|one| one.kind == Kind::MakeMlDsa && fits(one)) && there(Kind::SignMlDsa)
    };
    match algorithm {
        Algorithm::Ed25519 => there(Kind::MakeEdwards) && there(Kind::SignEddsa),
        Algorithm::EcdsaP256 => takes(Kind::MakeEc, 256) && there(Kind::SignEcdsa),
        Algorithm::EcdsaP384 => takes(Kind::MakeEc, 384) && there(Kind::SignEcdsa),
        Algorithm::EcdsaP521 => takes(Kind::MakeEc, 521) && there(Kind::SignEcdsa),
        Algorithm::Rsa2048 => takes(Kind::MakeRsa, 2048) && there(Kind::SignRsaPkcs),
        Algorithm::Rsa3072 => takes(Kind::MakeRsa, 3072) && there(Kind::SignRsaPkcs),
        Algorithm::Rsa4096 => takes(Kind::MakeRsa, 4096) && there(Kind::SignRsaPkcs),
        // In bytes of the public key (PKCS#11 3.2, the section on ML-DSA); a number below all of them counts something else.
        Algorithm::MlDsa44 => ml_dsa(1_312),
        Algorithm::MlDsa65 => ml_dsa(1_952),
        Algorithm::MlDsa87 => ml_dsa(2_592),
        // In bytes (PKCS#11 2.40 section 2.8.1), where most tokens hold to that.
        Algorithm::Aes128 => takes(Kind::MakeAes, 16) || takes(Kind::MakeAes, 128),
        Algorithm::Aes192 => takes(Kind::MakeAes, 24) || takes(Kind::MakeAes, 192),
        Algorithm::Aes256 => takes(Kind::MakeAes, 32) || takes(Kind::MakeAes, 256),
        _ => false,
    }
}

/// The ways in which a token puts secrets under its keys.
pub(super) fn wrappings(mechanisms: &[Mechanism]) -> Vec<Wrapping> {
    let kind = |by: Wrapping| match by {
        Wrapping::AesKw => Kind::WrapAes,
        Wrapping::AesKwp => Kind::WrapAesPadded,
        Wrapping::RsaOaep => Kind::WrapRsaOaep,
    };
    Wrapping::ALL.into_iter().filter(|by| mechanisms.iter().any(|mechanism| mechanism.kind == kind(*by))).collect()
}

/// What a token signs for a message, and how; `hash` is for RSA by PKCS #1 v1.5 alone, SHA-256 where none is named. `None`
/// for keys that sign nothing in a token.
pub(super) fn signing(algorithm: Algorithm, hash: Option<SignatureHash>, message: &[u8]) -> Option<(Signing, Vec<u8>)> {
    Some(match algorithm {
        Algorithm::EcdsaP256 | Algorithm::EcdsaSecp256k1 => (Signing::Ecdsa, SignatureHash::Sha256.digest(message)),
        Algorithm::EcdsaP384 => (Signing::Ecdsa, SignatureHash::Sha384.digest(message)),
        Algorithm::EcdsaP521 => (Signing::Ecdsa, SignatureHash::Sha512.digest(message)),
        Algorithm::Ed25519 => (Signing::Eddsa, message.to_vec()),
        Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => (Signing::MlDsa, message.to_vec()),
        Algorithm::RsaPss(_) => (Signing::RsaPss, SignatureHash::Sha256.digest(message)),
        rsa if rsa.is_rsa() => {
            let hash = hash.unwrap_or(SignatureHash::Sha256);
            (Signing::RsaPkcs, [&digest_info(hash)[..], &hash.digest(message)].concat())
        }
        _ => return None,
    })
}

/// As [`signing`], where the token makes the hash.
pub(super) fn hashing(algorithm: Algorithm, hash: Option<SignatureHash>) -> Option<Hashing> {
    let (with, _) = signing(algorithm, hash, b"")?;
    let hash = match (algorithm, hash) {
        (Algorithm::EcdsaP384, _) => Hash::Sha384,
        (Algorithm::EcdsaP521 | Algorithm::Ed25519, _) => Hash::Sha512,
        (ml_dsa, _) if ml_dsa.is_ml_dsa() => Hash::Sha512,
        (rsa, Some(SignatureHash::Sha384)) if rsa.is_rsa() => Hash::Sha384,
        (rsa, Some(SignatureHash::Sha512)) if rsa.is_rsa() => Hash::Sha512,
        _ => Hash::Sha256,
    };
    Some(Hashing { with, hash })
}

/// `DigestInfo` up to the digest (RFC 8017 section 9.2 note 1).
const fn digest_info(hash: SignatureHash) -> [u8; 19] {
    match hash {
        SignatureHash::Sha256 => *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        SignatureHash::Sha384 => *b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        SignatureHash::Sha512 => *b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
    }
}

/// A signature as the house writes it: ECDSA as `Ecdsa-Sig-Value` in DER (RFC 3279 section 2.2.3), the others as they
/// are. `None` where what the token gave is no signature.
pub(super) fn signature(with: Signing, given: Vec<u8>) -> Option<Vec<u8>> {
    if with != Signing::Ecdsa {
        return (!given.is_empty()).then_some(given);
    }
    if given.is_empty() || !given.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = given.split_at(given.len() / 2);
    EcdsaSignature { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kind: Kind, smallest: u64, largest: u64) -> Mechanism {
        Mechanism { kind, smallest, largest }
    }

    #[test]
    fn what_is_offered_follows_from_the_mechanisms_and_their_sizes() {
        assert_eq!(algorithms(&[]), []);
        assert_eq!(algorithms(&[one(Kind::MakeEc, 256, 384)]), [], "a key that could not sign is not offered");
        let curves = [one(Kind::MakeEc, 256, 384), one(Kind::SignEcdsa, 256, 384)];
        assert_eq!(algorithms(&curves), [Algorithm::EcdsaP256, Algorithm::EcdsaP384]);
        let card = [one(Kind::MakeRsa, 1024, 2048), one(Kind::SignRsaPkcs, 1024, 2048), one(Kind::MakeAes, 16, 32)];
        assert_eq!(algorithms(&card), [Algorithm::Rsa2048, Algorithm::Aes128, Algorithm::Aes192, Algorithm::Aes256]);
        let one_set = [one(Kind::MakeMlDsa, 1_312, 1_952), one(Kind::SignMlDsa, 1_312, 1_952)];
        assert_eq!(algorithms(&one_set), [Algorithm::MlDsa44, Algorithm::MlDsa65]);
        let unsized_sets = [one(Kind::MakeMlDsa, 1, 3), one(Kind::SignMlDsa, 1, 3)];
        assert_eq!(algorithms(&unsized_sets), [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87]);
        assert_eq!(algorithms(&unsized_sets[..1]), [], "a key that could not sign is not offered");
        assert_eq!(wrappings(&[one(Kind::WrapAesPadded, 0, 0)]), [Wrapping::AesKwp]);
    }

    #[test]
    fn both_halves_of_an_ecdsa_signature_become_numbers() {
        // r begins with a zero that DER drops, s with a bit that DER puts a zero in front of.
        let given = [&[0_u8, 1][..], &[0x80, 2]].concat();
        assert_eq!(signature(Signing::Ecdsa, given).unwrap(), [0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 2]);
        assert_eq!(signature(Signing::Ecdsa, vec![1, 2, 3]), None);
        assert_eq!(signature(Signing::Ecdsa, Vec::new()), None);
        assert_eq!(signature(Signing::Eddsa, Vec::new()), None);
    }
}
