//! DSA private keys as OpenSSL writes them (six numbers, no standard but `DSAPrivateKey` of its manual) and inside
//! PKCS#8 (RFC 5958 with the parameters of RFC 3279 section 2.3.2). Written by hand: no maintained crate reads the former
//! without doing DSA itself.

use der::asn1::ObjectIdentifier;

use super::ber::{self, BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::found::{Content, Reason};
use super::limits;
use crate::secret::SecretBytes;

/// `id-dsa`.
pub(super) const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");

/// A private key in OpenSSL's form.
pub(super) fn private(der: &[u8], encrypted: bool) -> Result<Content, Reason> {
    let no_key = || Reason::Malformed("no DSA key is in it".to_owned());
    let numbers = ber::only(der, SEQUENCE).and_then(ber::all).ok_or_else(no_key)?;
    let [version, prime, order, generator, public, private] = numbers.as_slice() else { return Err(no_key()) };
    if ber::number(version.content) != Some(0) || numbers.iter().any(|number| number.tag != INTEGER) {
        return Err(no_key());
    }
    for number in [prime, order, generator, public, private] {
        check(number.content)?;
    }
    let parameters = ber::wrap(SEQUENCE, &[prime.whole, order.whole, generator.whole]);
    let algorithm = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[DSA.as_bytes()]), &parameters]);
    let pkcs8 = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 0], &algorithm, &ber::wrap(OCTET_STRING, &[private.whole])]);
    let public_key = ber::wrap(SEQUENCE, &[&algorithm, &ber::wrap(BIT_STRING, &[&[0], public.whole])]);
    Ok(Content::Private { pkcs8: SecretBytes::new(pkcs8.to_vec()), public_key: Some(public_key.to_vec().into()), encrypted })
}

/// A public key in OpenSSL's form: the public number, then the parameters.
pub(super) fn public(der: &[u8]) -> Result<Content, Reason> {
    let no_key = || Reason::Malformed("no DSA key is in it".to_owned());
    let numbers = ber::only(der, SEQUENCE).and_then(ber::all).ok_or_else(no_key)?;
    let [public, prime, order, generator] = numbers.as_slice() else { return Err(no_key()) };
    for number in [public, prime, order, generator] {
        check(number.content)?;
    }
    let parameters = ber::wrap(SEQUENCE, &[prime.whole, order.whole, generator.whole]);
    let algorithm = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[DSA.as_bytes()]), &parameters]);
    Ok(Content::Public(ber::wrap(SEQUENCE, &[&algorithm, &ber::wrap(BIT_STRING, &[&[0], public.whole])]).to_vec().into()))
}

/// What PKCS#8 holds of such a key: the private number.
pub(super) fn check_private(inner: &[u8]) -> Result<(), Reason> {
    check(ber::only(inner, INTEGER).ok_or_else(|| Reason::Malformed("its DSA number".to_owned()))?)
}

fn check(content: &[u8]) -> Result<(), Reason> {
    let digits = ber::magnitude(content).filter(|digits| !digits.is_empty());
    let bits = digits.ok_or_else(|| Reason::Malformed("one of its DSA numbers is not positive".to_owned()))?.len() * 8;
    if bits > limits::RSA_BITS {
        return Err(Reason::OverLimit { what: "bits of a DSA number", asked: bits as u64, limit: limits::RSA_BITS as u64 });
    }
    Ok(())
}
