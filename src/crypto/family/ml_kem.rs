//! ML-KEM (FIPS 203), kept as a seed, as the expanded key or as both (RFC 9935 section 6).
//!
//! The crate is the generation that `age` brings: the next one asks for a `kem` that cannot stand beside it.

use ml_kem::{EncodedSizeUser as _, KemCore, MlKem512, MlKem768, MlKem1024};
use sha3::Digest as _;
use zeroize::Zeroizing;

use super::{Half, exactly, of_length};
use crate::crypto::envelope::{Envelope, Seeded};
use crate::crypto::{CryptoError, KeyFault};
use crate::model::Algorithm;

/// The parameter k of FIPS 203 section 8.
fn k(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::MlKem512 => 2,
        Algorithm::MlKem768 => 3,
        _ => 4,
    }
}

/// The bytes of a public key (FIPS 203 table 3).
pub(in crate::crypto) fn public_length(algorithm: Algorithm) -> usize {
    384 * k(algorithm) + 32
}

pub(super) fn public_half(envelope: &Envelope<'_>, algorithm: Algorithm) -> Result<Half, CryptoError> {
    let bits = match Seeded::read(envelope.private)? {
        Seeded::Seed(seed) => expand(algorithm, seed)?.1,
        Seeded::Expanded(expanded) => public_inside(algorithm, expanded)?,
        Seeded::Both { seed, expanded } => {
            let (made, public) = expand(algorithm, seed)?;
            if *made != *expanded {
                return Err(KeyFault::OtherSeed.into());
            }
            public
        }
    };
    Ok(Half { algorithm, bits })
}

/// The expanded key of a seed, and the public key (FIPS 203 algorithm 16).
fn expand(algorithm: Algorithm, seed: &[u8]) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), KeyFault> {
    let seed = Zeroizing::new(exactly::<64>("seed", seed)?);
    let (d, z) = seed.split_at(32);
    Ok(match algorithm {
        Algorithm::MlKem512 => expand_as::<MlKem512>(d, z)?,
        Algorithm::MlKem768 => expand_as::<MlKem768>(d, z)?,
        _ => expand_as::<MlKem1024>(d, z)?,
    })
}

fn expand_as<K: KemCore>(d: &[u8], z: &[u8]) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), KeyFault> {
    let seed = |bytes: &[u8]| exactly::<32>("seed", bytes).map(Into::into);
    let (private, public) = K::generate_deterministic(&seed(d)?, &seed(z)?);
    Ok((Zeroizing::new(private.as_bytes().to_vec()), public.as_bytes().to_vec()))
}

/// The public key inside an expanded one, if the key fits together: its hash is right (FIPS 203 section
/// 7.3), and its numbers are below the modulus (section 7.2).
fn public_inside(algorithm: Algorithm, expanded: &[u8]) -> Result<Vec<u8>, KeyFault> {
    let (secret, public) = (384 * k(algorithm), public_length(algorithm));
    of_length("expanded key", expanded, secret + public + 64)?;
    let inside = expanded.get(secret..secret + public).unwrap_or_default();
    let hash = expanded.get(secret + public..secret + public + 32).unwrap_or_default();
    let vectors = [expanded.get(..secret), inside.get(..public - 32)];
    let in_range = vectors.into_iter().flatten().all(are_numbers);
    if !in_range || *sha3::Sha3_256::digest(inside) != *hash {
        return Err(KeyFault::Expanded);
    }
    Ok(inside.to_vec())
}

/// Whether every number of twelve bits is below q = 3329.
pub(in crate::crypto) fn are_numbers(vector: &[u8]) -> bool {
    vector.chunks(3).all(|three| match three {
        [low, middle, high] => {
            let (low, middle, high) = (u16::from(*low), u16::from(*middle), u16::from(*high));
            (low | (middle & 15) << 8) < 3329 && (middle >> 4 | high << 4) < 3329
        }
        _ => false,
    })
}
