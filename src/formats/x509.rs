//! Certificates, requests and revocation lists of X.509, and public keys, in DER: whether they are sound, and the key
//! they are for. What a certificate says is read by `certificate`.

use ::spki::SubjectPublicKeyInfoRef;
use der::Decode as _;
use x509_cert::certificate::Raw;
use x509_cert::crl::CertificateList;

use super::ber::{self, BIT_STRING, INTEGER, OID, SEQUENCE};
use super::found::{Content, Reason};
use super::{certificate, curves, pbe, pkcs1, sec1};

/// A certificate.
pub(super) fn certificate(der: &[u8]) -> Result<Content, Reason> {
    match certificate::check(der) {
        Ok(()) => Ok(Content::Certificate(der.into())),
        Err(_) if begins_before_1970(der) => {
            Err(Reason::Unsupported("A certificate with a date that is not between 1970 and 9999".to_owned()))
        }
        Err(error) => Err(Reason::Malformed(format!("the certificate's form: {error}"))),
    }
}

/// Whether one of its dates is a sound one, but of a year that dates of certificates here do not reach.
fn begins_before_1970(der: &[u8]) -> bool {
    const GENERALIZED_TIME: u8 = 0x18;
    let dates = || {
        let mut to_be_signed = ber::first(ber::only(der, SEQUENCE)?, 1).first()?.content;
        ber::take(&mut to_be_signed, ber::context(0));
        ber::first(to_be_signed, 4).get(3).map(|validity| ber::first(validity.content, 2))
    };
    let early = |date: &ber::Element| {
        let is_date = date.content.len() == 15 && date.content[..14].iter().all(u8::is_ascii_digit) && date.content[14] == b'Z';
        date.tag == GENERALIZED_TIME && is_date && date.content < &b"1970"[..]
    };
    dates().is_some_and(|dates| dates.iter().any(early))
}

/// The key that a certificate is for (DER `SubjectPublicKeyInfo`), as it stands there.
pub(super) fn key_of_certificate(der: &[u8]) -> Option<&[u8]> {
    let mut to_be_signed = ber::first(ber::only(der, SEQUENCE)?, 1).first()?.content;
    ber::take(&mut to_be_signed, ber::context(0));
    ber::first(to_be_signed, 6).get(5).map(|key| key.whole)
}

/// A certificate request.
pub(super) fn request(der: &[u8]) -> Result<Content, Reason> {
    let malformed = |what: String| Reason::Malformed(format!("the request's form: {what}"));
    x509_cert::request::CertReq::from_der(der).map_err(|error| malformed(error.to_string()))?;
    let info = ber::only(der, SEQUENCE).map(|content| ber::first(content, 1));
    let info = info.and_then(|elements| elements.first().map(|info| ber::first(info.content, 3))).unwrap_or_default();
    let key = info.get(2).ok_or_else(|| malformed("it holds no key".to_owned()))?;
    let Content::Public(public_key) = public(key.whole)? else { return Err(malformed("it holds no key".to_owned())) };
    Ok(Content::Request { der: der.into(), public_key })
}

/// A revocation list.
pub(super) fn revocation_list(der: &[u8]) -> Result<Content, Reason> {
    // The crate reads version 2 alone. Version 1 says no version and has no extensions, and is the same otherwise.
    let second = || {
        let parts = ber::only(der, SEQUENCE).and_then(ber::all)?;
        let (list, rest) = parts.split_first()?;
        if ber::first(list.content, 1).first()?.tag == INTEGER {
            return None;
        }
        let list = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 1], list.content]);
        let parts: Vec<&[u8]> = std::iter::once(list.as_slice()).chain(rest.iter().map(|part| part.whole)).collect();
        Some(ber::wrap(SEQUENCE, &parts))
    };
    let second = second();
    match CertificateList::<Raw>::from_der(second.as_ref().map_or(der, |second| second)) {
        Ok(_) => Ok(Content::RevocationList(der.into())),
        Err(error) => Err(Reason::Malformed(format!("the revocation list's form: {error}"))),
    }
}

/// A public key. One that writes its curve out comes back with the name.
pub(super) fn public(der: &[u8]) -> Result<Content, Reason> {
    let malformed = |error: der::Error| Reason::Malformed(format!("the public key's form: {error}"));
    let key = SubjectPublicKeyInfoRef::from_der(der).map_err(malformed)?;
    if matches!(key.algorithm.oid, pkcs1::RSA | pkcs1::RSA_PSS) {
        let bits = key.subject_public_key.as_bytes();
        pkcs1::check_public(bits.ok_or_else(|| Reason::Malformed("the bits of its public key".to_owned()))?)?;
    }
    if key.algorithm.oid == sec1::EC {
        let algorithm = ber::only(der, SEQUENCE).map(|content| ber::first(content, 2)).unwrap_or_default();
        let [algorithm, bits] = algorithm.as_slice() else { return Err(Reason::Malformed("its public key".to_owned())) };
        let parameters = pbe::identifier(algorithm.content)?.1;
        let curve = curves::named(parameters)?;
        if sec1::written_out(Some(parameters)) {
            let algorithm = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[sec1::EC.as_bytes()]), &ber::wrap(OID, &[curve.as_bytes()])]);
            return Ok(Content::Public(
                ber::wrap(SEQUENCE, &[&algorithm, &ber::wrap(BIT_STRING, &[bits.content])]).to_vec().into(),
            ));
        }
    }
    Ok(Content::Public(der.into()))
}
