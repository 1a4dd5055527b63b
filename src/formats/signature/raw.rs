//! What an algorithm makes of a file and nothing else: it names neither its signer nor its hash.

use super::is_ecdsa;
use crate::model::Algorithm;

/// Whether a key of an algorithm can have made a signature, by its length and how it begins.
pub fn may_be(algorithm: Algorithm, signature: &[u8]) -> bool {
    use Algorithm as A;
    let length = signature.len();
    let modulus = |bits: u16| length == usize::from(bits).div_ceil(8);
    match algorithm {
        A::Ed25519 => length == 64,
        A::Ed448 => length == 114,
        A::Rsa2048 => modulus(2048),
        A::Rsa3072 => modulus(3072),
        A::Rsa4096 => modulus(4096),
        A::Rsa(bits) | A::RsaPss(bits) => modulus(bits),
        // FIPS 204 table 2.
        A::MlDsa44 => length == 2420,
        A::MlDsa65 => length == 3309,
        A::MlDsa87 => length == 4627,
        A::SlhDsa(_) => length >= 7_856,
        algorithm if is_ecdsa(algorithm) => signature.first() == Some(&0x30) && (8..=141).contains(&length),
        _ => false,
    }
}

/// Whether keys of an algorithm sign a digest, so that the file need not be held whole; those name no hash, so that each is tried.
pub fn signs_digests(algorithm: Algorithm) -> bool {
    is_ecdsa(algorithm) || algorithm.is_rsa()
}
