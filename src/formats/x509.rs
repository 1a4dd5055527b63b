//! Certificates, requests and revocation lists of X.509, and public keys, in DER: whether they are sound, and the key
//! they are for. What a certificate says is read by `certificate`.

use ::spki::SubjectPublicKeyInfoRef;
use der::Decode as _;

use super::ber::{self, BIT_STRING, OID, SEQUENCE};
use super::curves::{self, Given};
use super::found::{Content, Reason};
use super::{certificate, pbe, pkcs1, revocation, sec1};

/// A certificate.
pub(super) fn certificate(der: &[u8]) -> Result<Content, Reason> {
    match certificate::check(der) {
        Ok(()) => Ok(Content::Certificate(der.into())),
        Err(error) => Err(Reason::Malformed(format!("the certificate's form: {error}"))),
    }
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
    revocation::check(der).map(|()| Content::RevocationList(der.into()))
}

/// A public key. One that writes a known curve out comes back with the name; every other one as it stands.
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
        if let (Given::Named(curve), true) = (curves::given(parameters)?, sec1::written_out(Some(parameters))) {
            let algorithm = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[sec1::EC.as_bytes()]), &ber::wrap(OID, &[curve.as_bytes()])]);
            return Ok(Content::Public(
                ber::wrap(SEQUENCE, &[&algorithm, &ber::wrap(BIT_STRING, &[bits.content])]).to_vec().into(),
            ));
        }
    }
    Ok(Content::Public(der.into()))
}
