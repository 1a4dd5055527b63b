//! Private keys in PKCS#8 (RFC 5208, RFC 5958), plain and under a passphrase.
//!
//! A sound key is kept byte for byte, also one of an algorithm that is not known. Three slips of other programs are
//! mended, because every strict reader would refuse them later: a version that does not fit the public key, a public key
//! in an explicit tag (`ring` and what was built on it), and elliptic curve keys that write their curve out or
//! drop leading zeros.

use ::pkcs8::PrivateKeyInfoRef;
use der::Decode as _;
use der::asn1::ObjectIdentifier;

use super::ber::{self, BIT_STRING, INTEGER, OCTET_STRING, SEQUENCE};
use super::found::{Content, Reason};
use super::opening::Opening;
use super::pbe::{self, Encoding, Scheme};
use super::{dsa, pkcs1, sec1};
use crate::secret::SecretBytes;

/// `[0]` and `[1]` of a plain value.
const ATTRIBUTES: u8 = ber::context(0);
const PUBLIC_KEY: u8 = 0x81;

struct Parts<'a> {
    /// The algorithm, whole and its content.
    algorithm: ber::Element<'a>,
    oid: ObjectIdentifier,
    /// Its parameters as a whole element, or nothing.
    parameters: &'a [u8],
    key: &'a [u8],
    /// The content of the public key's bit string.
    public: Option<&'a [u8]>,
    attributes: &'a [u8],
}

/// A private key.
pub(super) fn private(der: &[u8], encrypted: bool) -> Result<Content, Reason> {
    let parts = parts(der)?;
    let mut inner_public = None;
    match parts.oid {
        pkcs1::RSA | pkcs1::RSA_PSS => pkcs1::check_private(parts.key)?,
        dsa::DSA => dsa::check_private(parts.key)?,
        sec1::EC => {
            if !sec1::is_plain(parts.key, parts.parameters)? {
                return sec1::private(parts.key, Some(parts.parameters), encrypted);
            }
            inner_public = sec1::public_bits(parts.key);
        }
        _ => {}
    }
    let bits = parts.public.or(inner_public).map(|bits| ber::wrap(BIT_STRING, &[bits]));
    let public_key = bits.map(|bits| ber::wrap(SEQUENCE, &[parts.algorithm.whole, &bits]).to_vec().into());
    let pkcs8 = if PrivateKeyInfoRef::from_der(der).is_ok() { der.to_vec() } else { mended(&parts)? };
    Ok(Content::Private { pkcs8: SecretBytes::new(pkcs8), public_key, encrypted })
}

/// Version and public key made to fit each other.
fn mended(parts: &Parts) -> Result<Vec<u8>, Reason> {
    let public = parts.public.map(|bits| ber::wrap(PUBLIC_KEY, &[bits]));
    let version = [INTEGER, 1, u8::from(public.is_some())];
    let public: &[u8] = public.as_ref().map_or(&[], |public| public);
    let key = ber::wrap(OCTET_STRING, &[parts.key]);
    let der = ber::wrap(SEQUENCE, &[&version, parts.algorithm.whole, &key, parts.attributes, public]);
    match PrivateKeyInfoRef::from_der(&der) {
        Ok(_) => Ok(der.to_vec()),
        Err(error) => Err(Reason::Malformed(format!("its form: {error}"))),
    }
}

fn parts(der: &[u8]) -> Result<Parts<'_>, Reason> {
    let no_key = || Reason::Malformed("no private key is in it".to_owned());
    let mut rest = ber::only(der, SEQUENCE).ok_or_else(no_key)?;
    let version = ber::take_number(&mut rest).ok_or_else(no_key)?;
    if version > 1 {
        return Err(Reason::Unsupported(format!("Version {} of PKCS#8", version.saturating_add(1))));
    }
    let algorithm = ber::take(&mut rest, SEQUENCE).ok_or_else(no_key)?;
    let (oid, parameters) = pbe::identifier(algorithm.content)?;
    let key = ber::take(&mut rest, OCTET_STRING).ok_or_else(no_key)?.content;
    let attributes = ber::take(&mut rest, ATTRIBUTES).map_or(&[][..], |attributes| attributes.whole);
    let plain = ber::take(&mut rest, PUBLIC_KEY).map(|element| element.content);
    let public = match ber::take(&mut rest, ber::context(1)) {
        Some(element) => Some(ber::only(element.content, BIT_STRING).ok_or_else(no_key)?),
        None => plain,
    };
    Ok(Parts { algorithm, oid, parameters, key, public, attributes })
}

/// The name of the algorithm and the bytes of the key, for keys that are no key pair.
pub(super) fn bare(der: &[u8]) -> Option<(ObjectIdentifier, &[u8])> {
    parts(der).ok().map(|parts| (parts.oid, parts.key))
}

/// An `EncryptedPrivateKeyInfo` taken apart, and checked as far as that goes without a passphrase.
pub(super) struct Encrypted<'a> {
    pub(super) scheme: Scheme,
    pub(super) bytes: &'a [u8],
}

/// Takes an `EncryptedPrivateKeyInfo` apart.
pub(super) fn encrypted(der: &[u8]) -> Result<Encrypted<'_>, Reason> {
    let no_key = || Reason::Malformed("no encrypted private key is in it".to_owned());
    let mut rest = ber::only(der, SEQUENCE).ok_or_else(no_key)?;
    let algorithm = ber::take(&mut rest, SEQUENCE).ok_or_else(no_key)?.content;
    let bytes = ber::take(&mut rest, OCTET_STRING).ok_or_else(no_key)?.content;
    let scheme = Scheme::parse(algorithm)?;
    scheme.check(bytes)?;
    Ok(Encrypted { scheme, bytes })
}

/// A private key under a passphrase.
pub(super) fn open(der: &[u8], opening: &Opening) -> Result<Content, Reason> {
    let Encrypted { scheme, bytes } = encrypted(der)?;
    opening.each(|passphrase| match scheme.open(bytes, passphrase, Encoding::Standard, opening)? {
        Some(plain) => sound(private(&plain, true)),
        None => Ok(None),
    })
}

/// What was decrypted with a key that may be the wrong one: what is no key at all says that it was.
pub(super) fn sound(read: Result<Content, Reason>) -> Result<Option<Content>, Reason> {
    match read {
        Ok(content) => Ok(Some(content)),
        Err(Reason::Malformed(_) | Reason::Truncated(_)) => Ok(None),
        Err(reason) => Err(reason),
    }
}
