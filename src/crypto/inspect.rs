//! Looking at a private key that somebody else made, before it is stored: what it is, and whether its
//! parts fit together.

use super::envelope::{Envelope, Seeded};
use super::family::{self, Half, Unlike};
use super::fault::Beside;
use super::{CryptoError, KeyFault, algorithm, oid};
use crate::model::Algorithm;
use crate::secret::SecretBytes;

/// A private key that is sound.
pub struct Inspected {
    /// Its algorithm; [`Algorithm::Unknown`] where it is not known here.
    pub algorithm: Algorithm,
    /// Its public half (DER `SubjectPublicKeyInfo`), derived from the private one; `None` for an unknown
    /// algorithm.
    pub public_key: Option<Box<[u8]>>,
    /// What is to be stored, PKCS#8 DER: the bytes as they came, unless `rewritten`.
    pub pkcs8: SecretBytes,
    /// The public half was taken out of the private key, because OpenSSL 3.0 refuses to read one with it
    /// (RFC 5958 version 2). Both halves are the same keys as before.
    pub rewritten: bool,
    /// The numbers that only speed RSA up did not follow from the others, and were computed anew from them
    /// (RFC 8017 section 3.2). Signing with the wrong ones would give the primes away.
    pub mended: bool,
}

impl Inspected {
    /// The object identifier of the algorithm, as text.
    pub fn oid(&self) -> Result<String, CryptoError> {
        Ok(Envelope::read(&self.pkcs8)?.algorithm.oid.to_string())
    }
}

/// Looks at a private key in PKCS#8 DER and makes every check that its algorithm has: the public half
/// follows from the private one and is the one stated inside and `beside` it (DER
/// `SubjectPublicKeyInfo`), points lie on their curve, the numbers of RSA and DSA fit, a seed makes the expanded
/// key beside it. A sound form around an algorithm that is not known is kept as it is.
///
/// It takes its time: a second and more for RSA of 16,384 bits and for the small sets of SLH-DSA.
pub fn inspect(pkcs8: &SecretBytes, beside: Option<&[u8]>) -> Result<Inspected, CryptoError> {
    let envelope = Envelope::read(pkcs8)?;
    let keep = || SecretBytes::new(pkcs8.expose().to_vec());
    let Some(half) = family::public_half(&envelope)? else {
        return Ok(Inspected { algorithm: Algorithm::Unknown, public_key: None, pkcs8: keep(), rewritten: false, mended: false });
    };
    if let Err(error) = family::check(&envelope, half.algorithm) {
        let mended = family::mended(&envelope, half.algorithm, &error)?.ok_or(error)?;
        let inspected = inspect(&mended, beside)?;
        return Ok(Inspected { rewritten: true, mended: true, ..inspected });
    }
    if let Some(stated) = envelope.public {
        compare(&half, stated, Beside::Inside)?;
    }
    if let Some(spki) = beside {
        compare_spki(&envelope, &half, spki)?;
    }
    let rewritten = envelope.public.is_some();
    let kept = if rewritten { envelope.without_public()? } else { keep() };
    let public_key = Some(algorithm::spki(&envelope, &half)?);
    Ok(Inspected { algorithm: half.algorithm, public_key, pkcs8: kept, rewritten, mended: false })
}

/// The algorithm and the public half of a private key, without the checks that take their time.
pub fn public_key(pkcs8: &SecretBytes) -> Result<(Algorithm, Box<[u8]>), CryptoError> {
    let envelope = Envelope::read(pkcs8)?;
    let half = family::public_half(&envelope)?.ok_or(CryptoError::UnknownAlgorithm)?;
    Ok((half.algorithm, algorithm::spki(&envelope, &half)?))
}

/// The seed of an ML-DSA or ML-KEM private key (RFC 9881 section 6, RFC 9935 section 6); `None` where it came expanded
/// alone.
pub fn seed(pkcs8: &SecretBytes) -> Result<Option<&[u8]>, CryptoError> {
    Ok(match Seeded::read(Envelope::read(pkcs8)?.private)? {
        Seeded::Seed(seed) | Seeded::Both { seed, .. } => Some(seed),
        Seeded::Expanded(_) => None,
    })
}

/// An ML-DSA private key as FIPS 204 writes it out (algorithm 24), whichever form it is kept in (RFC 9881 section 6).
///
/// # Errors
///
/// [`CryptoError::OtherAlgorithm`] for a key of another kind, and what is wrong with a key that is not sound.
pub fn expanded(pkcs8: &SecretBytes) -> Result<SecretBytes, CryptoError> {
    family::expanded(&Envelope::read(pkcs8)?)
}

fn compare(half: &Half, stated: &[u8], place: Beside) -> Result<(), KeyFault> {
    match family::same_public(half.algorithm, &half.bits, stated) {
        Ok(true) => Ok(()),
        Ok(false) => Err(KeyFault::OtherPublic(place)),
        Err(Unlike::OffCurve) => Err(KeyFault::OffCurve(place)),
        Err(Unlike::Unreadable) => Err(KeyFault::UnreadablePublic(place)),
    }
}

/// The public half beside it is of the same algorithm and the same key. RSA may be stated without its restriction to PSS, as many
/// certificates do.
fn compare_spki(envelope: &Envelope<'_>, half: &Half, spki: &[u8]) -> Result<(), KeyFault> {
    use der::Decode as _;
    let info = spki::SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| KeyFault::UnreadablePublic(Beside::File))?;
    let stated = info.subject_public_key.as_bytes().ok_or(KeyFault::UnreadablePublic(Beside::File))?;
    let family = |oid| if oid == oid::RSA_PSS { oid::RSA } else { oid };
    if family(info.algorithm.oid) != family(envelope.algorithm.oid) {
        return Err(KeyFault::OtherPublic(Beside::File));
    }
    // The curve of a point, and the domain of a DSA key, are parts of the key.
    let with_parameters = matches!(info.algorithm.oid, oid::EC | oid::DSA);
    if with_parameters && info.algorithm.parameters != envelope.algorithm.parameters {
        return Err(KeyFault::OtherPublic(Beside::File));
    }
    compare(half, stated, Beside::File)
}
