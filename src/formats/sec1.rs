//! Elliptic curve private keys in their own form (RFC 5915), brought to PKCS#8 (RFC 5958 with RFC 5480).
//!
//! The parts are taken apart here: the crate `sec1` refuses a key whose curve is written out, and one whose number is
//! shorter than its curve, as old versions of OpenSSL wrote it.

use der::asn1::ObjectIdentifier;

use super::ber::{self, BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::curves::{self, Given};
use super::found::{Content, Reason};
use crate::secret::SecretBytes;

/// `id-ecPublicKey` (RFC 5480 section 2.1.1).
pub(super) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// A private key; `outside` are the curve's parameters that stand beside it, in an `EC PARAMETERS` block or in PKCS#8.
pub(super) fn private(der: &[u8], outside: Option<&[u8]>, encrypted: bool) -> Result<Content, Reason> {
    let key = parts(der)?;
    let no_curve = || Reason::Malformed("it names no curve, and no parameters stand before it".to_owned());
    let parameters = key.parameters.or(outside).ok_or_else(no_curve)?;
    let curve = curves::given(parameters)?;
    if let (Some(inside), Some(outside)) = (key.parameters, outside)
        && curves::given(outside).is_ok_and(|given| given != curve || (given == Given::Other && inside != outside))
    {
        return Err(Reason::Inconsistent("the curve inside is not the curve outside".to_owned()));
    }
    let Given::Named(curve) = curve else { return Ok(whole(der, &key, parameters, encrypted)) };
    let number = fitted(key.number, curve)?;
    let algorithm = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[EC.as_bytes()]), &ber::wrap(OID, &[curve.as_bytes()])]);
    let public = key.public.map(|bits| ber::wrap(BIT_STRING, &[bits]));
    let tail = public.as_ref().map(|bits| ber::wrap(ber::context(1), &[bits]));
    let tail: &[u8] = tail.as_ref().map_or(&[], |tail| tail);
    let inner = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 1], &ber::wrap(OCTET_STRING, &[&number]), tail]);
    let pkcs8 = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 0], &algorithm, &ber::wrap(OCTET_STRING, &[&inner])]);
    let public_key = public.map(|bits| ber::wrap(SEQUENCE, &[&algorithm, &bits]).to_vec().into());
    Ok(Content::Private { pkcs8: SecretBytes::new(pkcs8.to_vec()), public_key, encrypted })
}

/// A key on a curve that is not known: nothing of it is changed.
fn whole(der: &[u8], key: &Parts<'_>, parameters: &[u8], encrypted: bool) -> Content {
    let algorithm = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[EC.as_bytes()]), parameters]);
    let pkcs8 = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 0], &algorithm, &ber::wrap(OCTET_STRING, &[der])]);
    let bits = key.public.map(|bits| ber::wrap(BIT_STRING, &[bits]));
    let public_key = bits.map(|bits| ber::wrap(SEQUENCE, &[&algorithm, &bits]).to_vec().into());
    Content::Private { pkcs8: SecretBytes::new(pkcs8.to_vec()), public_key, encrypted }
}

struct Parts<'a> {
    number: &'a [u8],
    parameters: Option<&'a [u8]>,
    /// The content of the bit string.
    public: Option<&'a [u8]>,
}

fn parts(der: &[u8]) -> Result<Parts<'_>, Reason> {
    let no_key = || Reason::Malformed("no elliptic curve key is in it".to_owned());
    let mut rest = ber::only(der, SEQUENCE).ok_or_else(no_key)?;
    if ber::take_number(&mut rest) != Some(1) {
        return Err(no_key());
    }
    let number = ber::take(&mut rest, OCTET_STRING).ok_or_else(no_key)?.content;
    let parameters = ber::take(&mut rest, ber::context(0)).map(|element| element.content);
    let public = match ber::take(&mut rest, ber::context(1)) {
        Some(element) => Some(ber::only(element.content, BIT_STRING).ok_or_else(no_key)?),
        None => None,
    };
    if rest.is_empty() { Ok(Parts { number, parameters, public }) } else { Err(no_key()) }
}

/// The private number in exactly as many bytes as its curve has.
fn fitted(number: &[u8], curve: ObjectIdentifier) -> Result<ber::Bytes, Reason> {
    let Some(curve) = curves::of(curve) else { return Ok(number.to_vec().into()) };
    let zeros = number.iter().take_while(|digit| **digit == 0).count();
    let digits = &number[zeros..];
    let missing = curve.bytes.checked_sub(digits.len());
    let missing = missing.ok_or_else(|| Reason::Malformed("its number is longer than its curve".to_owned()))?;
    let mut fitted = ber::Bytes::new(Vec::with_capacity(curve.bytes));
    fitted.resize(missing, 0);
    fitted.extend_from_slice(digits);
    Ok(fitted)
}

/// Whether a `SubjectPublicKeyInfo` of this algorithm writes its curve out.
pub(super) fn written_out(parameters: Option<&[u8]>) -> bool {
    parameters.is_some_and(|parameters| parameters.first() == Some(&SEQUENCE))
}

/// What PKCS#8 holds of such a key, and whether nothing has to be changed in it: the number has its full length and the
/// curve is named, or the curve is not known.
pub(super) fn is_plain(inner: &[u8], parameters: &[u8]) -> Result<bool, Reason> {
    let key = parts(inner)?;
    let same = key.parameters.is_none_or(|own| own == parameters);
    let Given::Named(curve) = curves::given(key.parameters.unwrap_or(parameters))? else { return Ok(same) };
    let fits = fitted(key.number, curve)?.as_slice() == key.number;
    Ok(fits && same && parameters.first() == Some(&OID))
}

/// The public key inside (the content of its bit string).
pub(super) fn public_bits(inner: &[u8]) -> Option<&[u8]> {
    parts(inner).ok()?.public
}
