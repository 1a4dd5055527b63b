//! ML-DSA (FIPS 204), kept as a seed, as the expanded key or as both (RFC 9881 section 6). Keys made here
//! are seeds.

use ml_dsa::{
    EncodedVerifyingKey, ExpandedSigningKey, ExpandedSigningKeyBytes, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature,
    SigningKey, VerifyingKey,
};
use signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use zeroize::Zeroizing;

use super::{Half, exactly, signing_failed};
use crate::crypto::envelope::{Envelope, Seeded};
use crate::crypto::{CryptoError, KeyFault};
use crate::model::Algorithm;
use crate::secret::SecretBytes;

/// The same code on each parameter set.
macro_rules! on_set {
    ($algorithm:expr, $function:ident($($argument:expr),*)) => {
        match $algorithm {
            Algorithm::MlDsa44 => $function::<MlDsa44>($($argument),*),
            Algorithm::MlDsa65 => $function::<MlDsa65>($($argument),*),
            _ => $function::<MlDsa87>($($argument),*),
        }
    };
}

pub(super) fn public_half(envelope: &Envelope<'_>, algorithm: Algorithm) -> Result<Half, CryptoError> {
    let bits = on_set!(algorithm, public_as(envelope.private, algorithm))?;
    Ok(Half { algorithm, bits })
}

fn public_as<P: MlDsaParams>(private: &[u8], algorithm: Algorithm) -> Result<Vec<u8>, KeyFault> {
    Ok(key_as::<P>(private, algorithm)?.verifying_key().encode().to_vec())
}

/// The key, whichever form it is kept in.
fn key_as<P: MlDsaParams>(private: &[u8], algorithm: Algorithm) -> Result<ExpandedSigningKey<P>, KeyFault> {
    let from_seed = |seed: &[u8]| {
        let seed = Zeroizing::new(exactly::<32>("seed", seed)?);
        Ok::<_, KeyFault>(SigningKey::<P>::from_seed(&(*seed).into()))
    };
    match Seeded::read(private)? {
        Seeded::Seed(seed) => Ok(from_seed(seed)?.expanded_key().clone()),
        Seeded::Expanded(expanded) => expanded_as(expanded, algorithm),
        Seeded::Both { seed, expanded } => {
            let key = from_seed(seed)?;
            #[expect(deprecated, reason = "both forms of RFC 9881 are compared")]
            let made = Zeroizing::new(key.expanded_key().to_expanded().to_vec());
            if *made == *expanded { Ok(key.expanded_key().clone()) } else { Err(KeyFault::OtherSeed) }
        }
    }
}

/// FIPS 204 algorithm 24.
pub(super) fn expanded(envelope: &Envelope<'_>, algorithm: Algorithm) -> Result<SecretBytes, KeyFault> {
    on_set!(algorithm, written_out_as(envelope.private, algorithm))
}

fn written_out_as<P: MlDsaParams>(private: &[u8], algorithm: Algorithm) -> Result<SecretBytes, KeyFault> {
    #[expect(deprecated, reason = "a token takes in this form, and some no other")]
    let bytes = Zeroizing::new(key_as::<P>(private, algorithm)?.to_expanded());
    Ok(SecretBytes::new(bytes.to_vec()))
}

/// FIPS 204 algorithm 25, for a key from elsewhere: the numbers of its secret vectors are looked at first.
fn expanded_as<P: MlDsaParams>(expanded: &[u8], algorithm: Algorithm) -> Result<ExpandedSigningKey<P>, KeyFault> {
    let wanted = size_of::<ExpandedSigningKeyBytes<P>>();
    let bytes = ExpandedSigningKeyBytes::<P>::try_from(expanded);
    let bytes = bytes.map_err(|_| KeyFault::Length { part: "expanded key", wanted, found: expanded.len() })?;
    let bytes = Zeroizing::new(bytes);
    if !secrets_in_range(&bytes, algorithm) {
        return Err(KeyFault::Expanded);
    }
    #[expect(deprecated, reason = "a key that has no seed can be had in no other way")]
    Ok(ExpandedSigningKey::from_expanded(&bytes))
}

/// Whether s1 and s2 have numbers between -eta and eta alone (FIPS 204 algorithm 25 warns of others): they are
/// written as eta minus the number, in three bits for an eta of 2 and in four for one of 4 (table 1).
fn secrets_in_range(expanded: &[u8], algorithm: Algorithm) -> bool {
    const HEAD: usize = 32 + 32 + 64;
    let (bits, most, polynomials) = match algorithm {
        Algorithm::MlDsa44 => (3, 4, 4 + 4),
        Algorithm::MlDsa65 => (4, 8, 5 + 6),
        _ => (3, 4, 7 + 8),
    };
    let vectors = expanded.get(HEAD..HEAD + 32 * bits * polynomials).unwrap_or_default();
    // Eight numbers fill three bytes, or two fill one.
    vectors.chunks(bits).all(|chunk| {
        let joined = chunk.iter().rev().fold(0_u32, |joined, byte| joined << 8 | u32::from(*byte));
        (0..chunk.len() * 8 / bits).all(|at| (joined >> (at * bits)) & ((1 << bits) - 1) <= most)
    })
}

/// An expanded key without a seed was made by somebody else, and nothing tells whether a seed ever made it. What is
/// checked: its length; that the numbers of s1 and s2 are in their range (FIPS 204 algorithm 25); that its `tr` is the
/// hash of the public key that follows from rho, s1 and s2 (algorithm 6 line 9); that signatures made with it verify
/// under that public key as others read it, which a t0 of another key fails; and, by whoever compares them, that this
/// public key is the one stated beside it. What is not: that t0 is to the last bit the low half of `A s1 + s2` (the crate
/// shows no t, and a slip of a few units spoils a signature so rarely that no number of probes finds it), nor that K is
/// random.
pub(super) fn check(envelope: &Envelope<'_>, algorithm: Algorithm) -> Result<(), KeyFault> {
    match Seeded::read(envelope.private)? {
        Seeded::Expanded(_) => on_set!(algorithm, probe_as(envelope.private, algorithm)),
        Seeded::Seed(_) | Seeded::Both { .. } => Ok(()),
    }
}

fn probe_as<P: MlDsaParams>(private: &[u8], algorithm: Algorithm) -> Result<(), KeyFault> {
    const PROBES: [&[u8]; 4] = [b"keystead", b"pairwise", b"consistency", b"probe"];
    let key = key_as::<P>(private, algorithm)?;
    let encoded = key.verifying_key().encode();
    if let Seeded::Expanded(expanded) = Seeded::read(private)?
        && !is_hash_of(expanded.get(64..128).unwrap_or_default(), &encoded)
    {
        return Err(KeyFault::Expanded);
    }
    // The public key as others read it, so that its hash is taken from its bytes and not from the private key.
    let public = VerifyingKey::<P>::decode(&encoded);
    PROBES.iter().try_for_each(|probe| {
        let signature: Signature<P> = key.try_sign(probe).map_err(|_| KeyFault::Expanded)?;
        public.verify(probe, &signature).map_err(|_| KeyFault::Expanded)
    })
}

/// `tr`, 64 bytes of SHAKE256 over the public key (FIPS 204 algorithm 6 line 9).
fn is_hash_of(tr: &[u8], public: &[u8]) -> bool {
    use sha3::digest::ExtendableOutput as _;
    let mut hash = [0; 64];
    sha3::Shake256::digest_xof(public, &mut hash);
    tr == hash
}

/// With an empty context (RFC 9881 section 3).
pub(super) fn sign(envelope: &Envelope<'_>, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    on_set!(algorithm, sign_as(envelope.private, algorithm, message))
}

fn sign_as<P: MlDsaParams>(private: &[u8], algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let signature: Signature<P> = key_as::<P>(private, algorithm)?.try_sign(message).map_err(|error| signing_failed(&error))?;
    Ok(signature.to_vec())
}

pub(super) fn verify(algorithm: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    on_set!(algorithm, verify_as(key, message, signature))
}

fn verify_as<P: MlDsaParams>(key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let key = EncodedVerifyingKey::<P>::try_from(key).map_err(|_| CryptoError::Unreadable("public key"))?;
    let key = VerifyingKey::<P>::decode(&key);
    Ok(Signature::<P>::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok()))
}

/// A key of a new seed, as PKCS#8.
pub(in crate::crypto) fn generate(algorithm: Algorithm, seed: [u8; 32]) -> Result<pkcs8::SecretDocument, CryptoError> {
    use pkcs8::EncodePrivateKey as _;
    let document = match algorithm {
        Algorithm::MlDsa44 => SigningKey::<MlDsa44>::from_seed(&seed.into()).to_pkcs8_der(),
        Algorithm::MlDsa65 => SigningKey::<MlDsa65>::from_seed(&seed.into()).to_pkcs8_der(),
        _ => SigningKey::<MlDsa87>::from_seed(&seed.into()).to_pkcs8_der(),
    };
    document.map_err(|_| CryptoError::Unreadable("private key"))
}

/// The bytes of a public key (FIPS 204 table 2).
pub(in crate::crypto) fn public_length(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::MlDsa44 => 1312,
        Algorithm::MlDsa65 => 1952,
        _ => 2592,
    }
}
