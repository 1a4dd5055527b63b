//! `SubjectPublicKeyInfo` in DER (RFC 5280 section 4.1.2.7) and PEM (RFC 7468 section 13).

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use der::{Decode as _, Encode as _};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfo};

use super::{FormatError, pem};
use crate::crypto;
use crate::model::Algorithm;

const LABEL: &str = "PUBLIC KEY";

/// One PEM block.
pub fn to_pem(spki: &[u8]) -> String {
    pem::write(LABEL, spki)
}

/// Every public key of a PEM text, in order.
pub fn from_pem(text: &str) -> Result<Vec<Box<[u8]>>, FormatError> {
    let keys = pem::blocks(text).into_iter().map(|(label, der)| match der {
        Some(der) if label == LABEL => check(&der).map(|()| der.into_boxed_slice()),
        _ => Err(FormatError::Unreadable("PEM public key")),
    });
    match keys.collect::<Result<Vec<_>, _>>()? {
        keys if keys.is_empty() => Err(FormatError::Unreadable("PEM public key")),
        keys => Ok(keys),
    }
}

/// Whether bytes are a public key that is understood.
pub fn check(der: &[u8]) -> Result<(), FormatError> {
    crypto::algorithm_of(der).map(drop).map_err(|_| FormatError::Unreadable("public key"))
}

/// The bits of the key inside.
pub(super) fn bits(der: &[u8]) -> Option<&[u8]> {
    ::spki::SubjectPublicKeyInfoRef::from_der(der).ok()?.subject_public_key.as_bytes()
}

/// An RSA public key (RFC 8017 appendix A.1.1).
#[derive(der::Sequence)]
pub(super) struct RsaPublicKey<'a> {
    pub(super) modulus: UintRef<'a>,
    pub(super) public_exponent: UintRef<'a>,
}

/// A `SubjectPublicKeyInfo` around the bits of a key; `None` when they are no such key.
pub(super) fn compose(algorithm: Algorithm, key: &[u8]) -> Option<Box<[u8]>> {
    let oid = |text| ObjectIdentifier::new(text).ok();
    let rsa = algorithm.is_rsa();
    let curve = match algorithm {
        Algorithm::EcdsaP256 => oid("1.2.840.10045.3.1.7"),
        Algorithm::EcdsaP384 => oid("1.3.132.0.34"),
        Algorithm::EcdsaP521 => oid("1.3.132.0.35"),
        Algorithm::EcdsaSecp256k1 => oid("1.3.132.0.10"),
        _ => None,
    };
    let identifier = oid(match algorithm {
        _ if rsa => "1.2.840.113549.1.1.1",
        _ if curve.is_some() => "1.2.840.10045.2.1",
        Algorithm::X25519 => "1.3.101.110",
        Algorithm::X448 => "1.3.101.111",
        Algorithm::Ed25519 => "1.3.101.112",
        Algorithm::Ed448 => "1.3.101.113",
        Algorithm::MlDsa44 => "2.16.840.1.101.3.4.3.17",
        Algorithm::MlDsa65 => "2.16.840.1.101.3.4.3.18",
        Algorithm::MlDsa87 => "2.16.840.1.101.3.4.3.19",
        _ => return None,
    })?;
    let parameters = curve.as_ref().map(AnyRef::from).or(rsa.then_some(AnyRef::NULL));
    let der = assemble(identifier, parameters, key)?;
    let found = crypto::algorithm_of(&der).ok()?;
    (rsa || found == algorithm).then_some(der)
}

fn assemble(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &[u8]) -> Option<Box<[u8]>> {
    let algorithm = AlgorithmIdentifierRef { oid, parameters };
    let info = SubjectPublicKeyInfo { algorithm, subject_public_key: BitStringRef::from_bytes(key).ok()? };
    info.to_der().ok().map(Into::into)
}

/// The domain of a DSA key (RFC 3279 section 2.3.2).
#[derive(der::Sequence)]
pub(super) struct DsaDomain<'a> {
    pub(super) p: UintRef<'a>,
    pub(super) q: UintRef<'a>,
    pub(super) g: UintRef<'a>,
}

/// The same around a DSA key; `None` when its domain is none.
pub(super) fn compose_dsa(p: &[u8], q: &[u8], g: &[u8], key: &[u8]) -> Option<Box<[u8]>> {
    let domain = DsaDomain { p: UintRef::new(p).ok()?, q: UintRef::new(q).ok()?, g: UintRef::new(g).ok()? }.to_der().ok()?;
    let domain = AnyRef::try_from(&domain[..]).ok()?;
    let der = assemble(ObjectIdentifier::new("1.2.840.10040.4.1").ok()?, Some(domain), &UintRef::new(key).ok()?.to_der().ok()?)?;
    crypto::algorithm_of(&der).is_ok().then_some(der)
}

/// The same around an RSA key.
pub(super) fn compose_rsa(modulus: &[u8], exponent: &[u8]) -> Option<Box<[u8]>> {
    let key = RsaPublicKey { modulus: UintRef::new(modulus).ok()?, public_exponent: UintRef::new(exponent).ok()? };
    compose(Algorithm::Rsa2048, &key.to_der().ok()?)
}
