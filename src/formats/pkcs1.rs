//! RSA keys in their own form, PKCS#1 (RFC 8017 appendix A.1), brought to PKCS#8 and `SubjectPublicKeyInfo`.

use der::Decode as _;
use der::asn1::ObjectIdentifier;

use super::ber::{self, BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::found::{Content, Reason};
use super::limits;
use crate::secret::SecretBytes;

/// `rsaEncryption` and `id-RSASSA-PSS` (RFC 8017 appendix A).
pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

const NULL: &[u8] = &[0x05, 0];

/// A private key.
pub(super) fn private(der: &[u8], encrypted: bool) -> Result<Content, Reason> {
    check_private(der)?;
    let algorithm = algorithm();
    let pkcs8 = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 0], &algorithm, &ber::wrap(OCTET_STRING, &[der])]);
    Ok(Content::Private { pkcs8: SecretBytes::new(pkcs8.to_vec()), public_key: None, encrypted })
}

/// A public key.
pub(super) fn public(der: &[u8]) -> Result<Content, Reason> {
    check_public(der)?;
    let spki = ber::wrap(SEQUENCE, &[&algorithm(), &ber::wrap(BIT_STRING, &[&[0], der])]);
    Ok(Content::Public(spki.to_vec().into()))
}

fn algorithm() -> ber::Bytes {
    ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[RSA.as_bytes()]), NULL])
}

/// Whether this is an RSA private key of a size that is taken in.
pub(super) fn check_private(der: &[u8]) -> Result<(), Reason> {
    check_size(der, 1)?;
    match pkcs1::RsaPrivateKeyRef::from_der(der) {
        Ok(_) => Ok(()),
        Err(error) => Err(Reason::Malformed(format!("its RSA numbers: {error}"))),
    }
}

/// Whether this is an RSA public key of a size that is taken in.
pub(super) fn check_public(der: &[u8]) -> Result<(), Reason> {
    check_size(der, 0)?;
    match pkcs1::RsaPublicKeyRef::from_der(der) {
        Ok(_) => Ok(()),
        Err(error) => Err(Reason::Malformed(format!("its RSA numbers: {error}"))),
    }
}

/// The modulus is looked at before anything is done with it.
fn check_size(der: &[u8], before: usize) -> Result<(), Reason> {
    let no_key = || Reason::Malformed("no RSA key is in it".to_owned());
    let numbers = ber::first(ber::only(der, SEQUENCE).ok_or_else(no_key)?, before + 1);
    let modulus = numbers.get(before).filter(|number| number.tag == INTEGER).ok_or_else(no_key)?;
    let digits = ber::magnitude(modulus.content).ok_or_else(|| Reason::Malformed("its modulus is negative".to_owned()))?;
    let bits = digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize);
    if bits > limits::RSA_BITS {
        return Err(Reason::OverLimit { what: "bits of an RSA modulus", asked: bits as u64, limit: limits::RSA_BITS as u64 });
    }
    if bits < limits::LEAST_RSA_BITS {
        let (has, least) = (bits as u64, limits::LEAST_RSA_BITS as u64);
        return Err(Reason::UnderLimit { what: "bits of an RSA modulus", has, least });
    }
    Ok(())
}
