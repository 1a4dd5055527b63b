//! The parameters of RSASSA-PSS (RFC 4055 section 3.1): a key that has them signs by them alone.

use der::asn1::ObjectIdentifier;
use spki::AlgorithmIdentifierRef;

use crate::crypto::{CryptoError, KeyFault, oid};

/// A hash that signatures are made with here.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// SHA-256, MGF1 with SHA-256 and a salt of 32 bytes, in DER: what a key without parameters signs with.
pub const STANDARD: [u8; 54] = [
    0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa1, 0x1c,
    0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
    0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20,
];

/// The parameters as they are written; what is left out has the values of RFC 8017 appendix A.2.3.
#[derive(der::Sequence)]
pub(super) struct Parameters<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt: Option<u32>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// The parameters of a key; `None` where it leaves them open.
pub(super) fn parameters<'a>(identifier: &AlgorithmIdentifierRef<'a>) -> Result<Option<Parameters<'a>>, KeyFault> {
    let Some(any) = identifier.parameters else { return Ok(None) };
    let read: Parameters<'a> = any.decode_as().map_err(|_| KeyFault::PssParameters)?;
    if read.trailer.is_some_and(|trailer| trailer != 1) { Err(KeyFault::PssParameters) } else { Ok(Some(read)) }
}

/// The hash and the length of the salt of a key's signatures.
pub(super) fn scheme(identifier: &AlgorithmIdentifierRef<'_>) -> Result<(Hash, usize), CryptoError> {
    let Some(parameters) = parameters(identifier)? else { return Ok((Hash::Sha256, 32)) };
    let other =
        || CryptoError::Signing("its RSA-PSS parameters ask for a hash other than SHA-256, SHA-384 and SHA-512".to_owned());
    let named = parameters.hash.ok_or_else(other)?.oid;
    let hash = hash(named).ok_or_else(other)?;
    let mask = parameters.mask.filter(|mask| mask.oid == oid::MGF1).and_then(|mask| mask.parameters);
    let inner = mask.and_then(|any| any.decode_as::<AlgorithmIdentifierRef<'_>>().ok());
    if inner.is_none_or(|inner| inner.oid != named) {
        return Err(CryptoError::Signing(
            "its RSA-PSS parameters ask for another hash in the mask than for the message".to_owned(),
        ));
    }
    Ok((hash, parameters.salt.unwrap_or(20) as usize))
}

/// FIPS 180-4; identifiers by RFC 4055 section 2.1.
fn hash(oid: ObjectIdentifier) -> Option<Hash> {
    const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
    const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
    const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
    match oid {
        SHA256 => Some(Hash::Sha256),
        SHA384 => Some(Hash::Sha384),
        SHA512 => Some(Hash::Sha512),
        _ => None,
    }
}
