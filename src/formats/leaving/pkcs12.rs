//! PKCS#12 keystores (RFC 7292): each key in a shrouded bag, its certificate and the chain above it in encrypted
//! content, tied together by a local key id, with an integrity check over all of it.

use super::sealing::{self, Strength};
use super::{LeavingError, PrivateEntry, pkcs8};
use crate::crypto;
use crate::formats::ber::{self, Bytes, OCTET_STRING, SEQUENCE, SET, identifier, integer, oid};
use crate::secret::{Passphrase, SecretBytes};

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERT_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const X509_CERTIFICATE: &str = "1.2.840.113549.1.9.22.1";
const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";
const BMP_STRING: u8 = 0x1e;

/// A keystore in DER.
pub(super) fn write(entries: &[PrivateEntry], passphrase: &Passphrase, strength: Strength) -> Result<SecretBytes, LeavingError> {
    let mut parts = Vec::new();
    let certificates = certificates(entries);
    if !certificates.is_empty() {
        parts.push(encrypted(&ber::wrap(SEQUENCE, &views(&certificates)), passphrase, strength)?);
    }
    let mut keys = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let shrouded = pkcs8::shrouded(entry.secret, passphrase, strength)?;
        keys.push(bag(SHROUDED_KEY_BAG, &shrouded, Some(entry.name), Some(&key_id(index, entry))));
    }
    parts.push(data(&ber::wrap(SEQUENCE, &views(&keys))));
    let safe = ber::wrap(SEQUENCE, &views(&parts));
    let check = sealing::integrity(&safe, passphrase, strength)?;
    let keystore = ber::wrap(SEQUENCE, &[&integer(3), &data(&safe), &check]);
    Ok(SecretBytes::new(keystore.to_vec()))
}

fn views(parts: &[Bytes]) -> Vec<&[u8]> {
    parts.iter().map(|part| &part[..]).collect()
}

/// What ties a key to its certificate: the certificate's SHA-256, cut to the length of the SHA-1 that is usual there;
/// without one a number.
fn key_id(index: usize, entry: &PrivateEntry) -> Vec<u8> {
    match entry.certificates.first() {
        Some(certificate) => crypto::sha256(certificate).as_bytes()[..20].to_vec(),
        None => (index as u32 + 1).to_be_bytes().to_vec(),
    }
}

/// Every certificate once, each key's own under its name.
fn certificates(entries: &[PrivateEntry]) -> Vec<Bytes> {
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut bags = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        for (place, certificate) in entry.certificates.iter().enumerate() {
            if seen.contains(certificate) {
                continue;
            }
            seen.push(certificate);
            let value = ber::wrap(ber::context(0), &[&ber::wrap(OCTET_STRING, &[certificate])]);
            let inner = ber::wrap(SEQUENCE, &[&oid(X509_CERTIFICATE), &value]);
            let own = place == 0;
            let id = own.then(|| key_id(index, entry));
            bags.push(bag(CERT_BAG, &inner, own.then_some(entry.name), id.as_deref()));
        }
    }
    bags
}

fn bag(kind: &str, value: &[u8], name: Option<&str>, key_id: Option<&[u8]>) -> Bytes {
    let mut attributes = Vec::new();
    if let Some(name) = name {
        let letters: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        attributes.push(attribute(FRIENDLY_NAME, &ber::wrap(BMP_STRING, &[&letters])));
    }
    if let Some(id) = key_id {
        attributes.push(attribute(LOCAL_KEY_ID, &ber::wrap(OCTET_STRING, &[id])));
    }
    // DER puts the members of a set in the order of their bytes (X.690 section 11.6).
    attributes.sort_by(|one, other| one.cmp(other));
    let attributes = if attributes.is_empty() { Bytes::default() } else { ber::wrap(SET, &views(&attributes)) };
    ber::wrap(SEQUENCE, &[&oid(kind), &ber::wrap(ber::context(0), &[value]), &attributes])
}

fn attribute(name: &str, value: &[u8]) -> Bytes {
    ber::wrap(SEQUENCE, &[&oid(name), &ber::wrap(SET, &[value])])
}

/// `ContentInfo` of plain data.
fn data(content: &[u8]) -> Bytes {
    identifier(DATA, &ber::wrap(ber::context(0), &[&ber::wrap(OCTET_STRING, &[content])]))
}

/// `ContentInfo` of encrypted data (RFC 5652 section 8).
fn encrypted(content: &[u8], passphrase: &Passphrase, strength: Strength) -> Result<Bytes, LeavingError> {
    let sealed = sealing::seal(content, passphrase, strength)?;
    // `[0]`, implicit, around the octets themselves.
    let octets = ber::wrap(0x80, &[&sealed.data]);
    let info = ber::wrap(SEQUENCE, &[&oid(DATA), &sealed.algorithm, &octets]);
    let body = ber::wrap(SEQUENCE, &[&integer(0), &info]);
    Ok(identifier(ENCRYPTED_DATA, &ber::wrap(ber::context(0), &[&body])))
}
