//! Elliptic curves in short Weierstrass form: P-256, P-384, P-521 and secp256k1. Keys by RFC 5915 and
//! RFC 5480, ECDSA by FIPS 186-5 with the hash of the curve's size: SHA-256, SHA-384, SHA-512.

use der::Decode as _;
use der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef};
use rand::rngs::SysRng;
use signature::hazmat::PrehashVerifier as _;
use signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use zeroize::Zeroizing;

use super::{Half, signing_failed};
use crate::crypto::envelope::Envelope;
use crate::crypto::fault::Beside;
use crate::crypto::{CryptoError, KeyFault, oid};
use crate::model::Algorithm;
use crate::secret::SecretBytes;

/// A curve.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(in crate::crypto) enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
}

/// The same code on the crate of each curve.
macro_rules! on_curve {
    ($curve:expr, $krate:ident => $body:expr) => {
        match $curve {
            Curve::P256 => {
                use ::p256 as $krate;
                $body
            }
            Curve::P384 => {
                use ::p384 as $krate;
                $body
            }
            Curve::P521 => {
                use ::p521 as $krate;
                $body
            }
            Curve::Secp256k1 => {
                use ::k256 as $krate;
                $body
            }
        }
    };
}

impl Curve {
    pub(in crate::crypto) fn of(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::EcdsaP256 => Some(Self::P256),
            Algorithm::EcdsaP384 => Some(Self::P384),
            Algorithm::EcdsaP521 => Some(Self::P521),
            Algorithm::EcdsaSecp256k1 => Some(Self::Secp256k1),
            _ => None,
        }
    }

    /// The curve of an object identifier (RFC 5480 section 2.1.1.1).
    pub(in crate::crypto) fn named(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            oid::P256 => Some(Self::P256),
            oid::P384 => Some(Self::P384),
            oid::P521 => Some(Self::P521),
            oid::SECP256K1 => Some(Self::Secp256k1),
            _ => None,
        }
    }

    pub(in crate::crypto) const fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::EcdsaP256,
            Self::P384 => Algorithm::EcdsaP384,
            Self::P521 => Algorithm::EcdsaP521,
            Self::Secp256k1 => Algorithm::EcdsaSecp256k1,
        }
    }

    /// The bytes of a secret number (RFC 5915 section 3).
    const fn length(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// A point in its long form (SEC 1 section 2.3.3); `None` where it does not lie on the curve.
    pub(in crate::crypto) fn uncompressed(self, point: &[u8]) -> Option<Vec<u8>> {
        on_curve!(self, curve => {
            use curve::elliptic_curve::sec1::ToSec1Point as _;
            let key = curve::PublicKey::from_sec1_bytes(point).ok()?;
            Some(key.to_sec1_point(false).as_bytes().to_vec())
        })
    }

    /// A secret shared with the holder of a point: the point to send, and the secret.
    pub(in crate::crypto) fn agree(self, point: &[u8]) -> Result<(Vec<u8>, SecretBytes), CryptoError> {
        on_curve!(self, curve => {
            use curve::elliptic_curve::Generate as _;
            use curve::elliptic_curve::sec1::ToSec1Point as _;
            let theirs = curve::PublicKey::from_sec1_bytes(point).map_err(|_| KeyFault::OffCurve(Beside::File))?;
            let no_randomness = |error: rand::rngs::SysError| CryptoError::NoRandomness(error.to_string());
            let own = curve::SecretKey::try_generate_from_rng(&mut SysRng).map_err(no_randomness)?;
            let shared = curve::elliptic_curve::ecdh::diffie_hellman(own.to_nonzero_scalar(), theirs.as_affine());
            let sent = own.public_key().to_sec1_point(false).as_bytes().to_vec();
            Ok((sent, SecretBytes::new(shared.raw_secret_bytes().to_vec())))
        })
    }

    /// The point of a secret number, which is at least 1 and below the order of the curve.
    fn point(self, scalar: &[u8]) -> Option<Vec<u8>> {
        on_curve!(self, curve => {
            use curve::elliptic_curve::sec1::ToSec1Point as _;
            let key = curve::SecretKey::from_slice(scalar).ok()?;
            Some(key.public_key().to_sec1_point(false).as_bytes().to_vec())
        })
    }
}

/// An elliptic curve private key (RFC 5915 section 3).
#[derive(der::Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// A secret number at the length of its curve, with what else the key says.
struct Secret<'a> {
    curve: Curve,
    scalar: Zeroizing<Vec<u8>>,
    stated: Option<&'a [u8]>,
}

/// Reads a key; `None` where its curve is not known, or written out in numbers.
fn secret<'a>(envelope: &Envelope<'a>) -> Result<Option<Secret<'a>>, KeyFault> {
    let Some(parameters) = envelope.algorithm.parameters else { return Err(KeyFault::Malformed) };
    let Ok(named) = parameters.decode_as::<ObjectIdentifier>() else { return Ok(None) };
    let Some(curve) = Curve::named(named) else { return Ok(None) };
    let key = EcPrivateKey::from_der(envelope.private).map_err(|_| KeyFault::Malformed)?;
    if key.version != 1 {
        return Err(KeyFault::Malformed);
    }
    if key.parameters.is_some_and(|inside| inside != named) {
        return Err(KeyFault::TwoCurves);
    }
    let stated = key.public_key.map(|bits| bits.as_bytes().ok_or(KeyFault::UnreadablePublic(Beside::Inside))).transpose()?;
    // RFC 5915 asks for the whole length; some programs leave leading zeros away, or add one.
    let bytes = key.private_key.as_bytes();
    let first = bytes.iter().position(|byte| *byte != 0).ok_or(KeyFault::ScalarZero)?;
    let digits = bytes.get(first..).unwrap_or_default();
    let missing = curve.length().checked_sub(digits.len()).ok_or(KeyFault::ScalarTooLarge)?;
    let mut scalar = Zeroizing::new(vec![0; curve.length()]);
    scalar.iter_mut().skip(missing).zip(digits).for_each(|(to, from)| *to = *from);
    Ok(Some(Secret { curve, scalar, stated }))
}

pub(super) fn public_half(envelope: &Envelope<'_>) -> Result<Option<Half>, CryptoError> {
    let Some(secret) = secret(envelope)? else { return Ok(None) };
    let bits = secret.curve.point(&secret.scalar).ok_or(KeyFault::ScalarTooLarge)?;
    if let Some(stated) = secret.stated {
        let stated = secret.curve.uncompressed(stated).ok_or(KeyFault::OffCurve(Beside::Inside))?;
        if stated != bits {
            return Err(KeyFault::OtherPublic(Beside::Inside).into());
        }
    }
    Ok(Some(Half { algorithm: secret.curve.algorithm(), bits }))
}

/// ECDSA in DER (RFC 3279 section 2.2.3).
pub(super) fn sign(envelope: &Envelope<'_>, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let found = secret(envelope)?.filter(|secret| secret.curve.algorithm() == algorithm);
    let secret = found.ok_or(CryptoError::OtherAlgorithm)?;
    on_curve!(secret.curve, curve => {
        let key = curve::ecdsa::SigningKey::from_slice(&secret.scalar).map_err(|_| KeyFault::ScalarTooLarge)?;
        let signature: curve::ecdsa::DerSignature = key.try_sign(message).map_err(|error| signing_failed(&error))?;
        Ok(signature.to_vec())
    })
}

pub(super) fn verify(algorithm: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let unreadable = || CryptoError::Unreadable("public key");
    let curve = Curve::of(algorithm).ok_or_else(unreadable)?;
    on_curve!(curve, curve => {
        let key = curve::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(|_| unreadable())?;
        // Both s and n - s fit (FIPS 186-5 section 6.4.2); the crate of secp256k1 takes the smaller alone.
        let signature = curve::ecdsa::Signature::from_der(signature).map(|signature| signature.normalize_s());
        Ok(signature.is_ok_and(|signature| key.verify(message, &signature).is_ok()))
    })
}

/// The digest may be of any hash (FIPS 186-5 section 6.4.2 takes as many bits of it as the order has).
pub(super) fn verify_digest(algorithm: Algorithm, key: &[u8], digest: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let unreadable = || CryptoError::Unreadable("public key");
    let curve = Curve::of(algorithm).ok_or_else(unreadable)?;
    on_curve!(curve, curve => {
        let key = curve::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(|_| unreadable())?;
        let signature = curve::ecdsa::Signature::from_der(signature).map(|signature| signature.normalize_s());
        Ok(signature.is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()))
    })
}

/// A new key: PKCS#8 with the public half inside the key of RFC 5915, and that half.
pub(in crate::crypto) fn generate(curve: Curve) -> Result<pkcs8::SecretDocument, CryptoError> {
    on_curve!(curve, curve => {
        use curve::elliptic_curve::Generate as _;
        use pkcs8::EncodePrivateKey as _;
        let key = curve::SecretKey::try_generate_from_rng(&mut SysRng)
            .map_err(|error| CryptoError::NoRandomness(error.to_string()))?;
        key.to_pkcs8_der().map_err(|_| CryptoError::Unreadable("private key"))
    })
}
