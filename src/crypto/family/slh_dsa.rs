//! SLH-DSA (FIPS 205), in the forms of RFC 9909: the private key is its four parts, bare.
//!
//! It comes from a release candidate of `slh-dsa`: there is no maintained crate without, it is made by the
//! people who make `ml-dsa`, and it is held to its exact version.

use signature::{Signer as _, Verifier as _};
use slh_dsa::{
    ParameterSet, Sha2_128f, Sha2_128s, Sha2_192f, Sha2_192s, Sha2_256f, Sha2_256s, Shake128f, Shake128s, Shake192f, Shake192s,
    Shake256f, Shake256s, Signature, SigningKey, VerifyingKey,
};

use super::{Half, of_length, signing_failed};
use crate::crypto::envelope::Envelope;
use crate::crypto::{CryptoError, KeyFault};
use crate::model::{Algorithm, SlhDsaSet};

/// The same code on each parameter set.
macro_rules! on_set {
    ($set:expr, $function:ident($($argument:expr),*)) => {
        match $set {
            SlhDsaSet::Sha2_128s => $function::<Sha2_128s>($($argument),*),
            SlhDsaSet::Sha2_128f => $function::<Sha2_128f>($($argument),*),
            SlhDsaSet::Sha2_192s => $function::<Sha2_192s>($($argument),*),
            SlhDsaSet::Sha2_192f => $function::<Sha2_192f>($($argument),*),
            SlhDsaSet::Sha2_256s => $function::<Sha2_256s>($($argument),*),
            SlhDsaSet::Sha2_256f => $function::<Sha2_256f>($($argument),*),
            SlhDsaSet::Shake128s => $function::<Shake128s>($($argument),*),
            SlhDsaSet::Shake128f => $function::<Shake128f>($($argument),*),
            SlhDsaSet::Shake192s => $function::<Shake192s>($($argument),*),
            SlhDsaSet::Shake192f => $function::<Shake192f>($($argument),*),
            SlhDsaSet::Shake256s => $function::<Shake256s>($($argument),*),
            SlhDsaSet::Shake256f => $function::<Shake256f>($($argument),*),
        }
    };
}

/// The public half is the second half of the private one (FIPS 205 figure 15).
pub(super) fn public_half(envelope: &Envelope<'_>, set: SlhDsaSet) -> Result<Half, CryptoError> {
    of_length("private half", envelope.private, 4 * set.n())?;
    let bits = envelope.private.get(2 * set.n()..).unwrap_or_default().to_vec();
    Ok(Half { algorithm: Algorithm::SlhDsa(set), bits })
}

/// The root follows from the seeds (FIPS 205 algorithm 18). The small sets take most of a second.
pub(super) fn check(envelope: &Envelope<'_>, set: SlhDsaSet) -> Result<(), KeyFault> {
    of_length("private half", envelope.private, 4 * set.n())?;
    if on_set!(set, root_follows(envelope.private)) { Ok(()) } else { Err(KeyFault::OtherRoot) }
}

fn root_follows<P: ParameterSet>(private: &[u8]) -> bool {
    let mut parts = private.chunks_exact(private.len() / 4);
    let (Some(seed), Some(prf), Some(public_seed), Some(root)) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let made = SigningKey::<P>::slh_keygen_internal(seed, prf, public_seed);
    made.as_ref().to_bytes().ends_with(root)
}

/// With an empty context, deterministic (RFC 9909 section 4).
pub(super) fn sign(envelope: &Envelope<'_>, set: SlhDsaSet, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    on_set!(set, sign_as(envelope.private, message))
}

fn sign_as<P: ParameterSet>(private: &[u8], message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let key = SigningKey::<P>::try_from(private).map_err(|_| KeyFault::Malformed)?;
    let signature: Signature<P> = key.try_sign(message).map_err(|error| signing_failed(&error))?;
    Ok(signature.to_vec())
}

pub(super) fn verify(set: SlhDsaSet, key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    on_set!(set, verify_as(key, message, signature))
}

fn verify_as<P: ParameterSet>(key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let key = VerifyingKey::<P>::try_from(key).map_err(|_| CryptoError::Unreadable("public key"))?;
    Ok(Signature::<P>::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok()))
}
