//! Inside the worker: putting a secret under a key of the token and taking it out again (`C_WrapKey`, `C_UnwrapKey`).
//! The secret is an object of the session meanwhile and never one of the token.

use cryptoki::error::Error;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::objects;
use super::protocol::Fault;
use crate::model::Algorithm;
use crate::secret::SecretBytes;
use crate::stores::Wrapping;

/// Puts a secret under a key.
pub(super) fn wrap(session: &Session, key: ObjectHandle, by: Wrapping, secret: &SecretBytes) -> Result<Vec<u8>, Fault> {
    let mut template = of_session();
    template.push(Attribute::Value(secret.expose().to_vec()));
    let guest = session.create_object(&template);
    objects::wipe(template);
    let guest = guest?;
    let wrapped = tried(by, |mechanism| session.wrap_key(mechanism, key, guest));
    // The guest goes whatever became of it, and with the session at the latest.
    let _ = session.destroy_object(guest);
    wrapped
}

/// Takes a secret out from under a key.
pub(super) fn unwrap(session: &Session, key: ObjectHandle, by: Wrapping, wrapped: &[u8]) -> Result<SecretBytes, Fault> {
    let template = of_session();
    let guest = tried(by, |mechanism| session.unwrap_key(mechanism, key, wrapped, &template))?;
    let value = session.get_attributes(guest, &[AttributeType::Value]);
    let _ = session.destroy_object(guest);
    match value?.pop() {
        Some(Attribute::Value(value)) => Ok(SecretBytes::new(value)),
        _ => Err(Fault::Damaged),
    }
}

/// What a wrapped key is to become in the token.
pub(super) struct Guest<'a> {
    pub(super) id: &'a [u8],
    pub(super) algorithm: Algorithm,
    /// Its public half, where it is known; an elliptic curve's does not follow from what is wrapped.
    pub(super) spki: &'a [u8],
}

/// Makes a key of the token of what was wrapped: all of it, or nothing.
pub(super) fn unwrap_into(
    session: &Session,
    key: ObjectHandle,
    by: Wrapping,
    wrapped: &[u8],
    guest: &Guest,
) -> Result<(), Fault> {
    let Guest { id, algorithm, spki } = *guest;
    let (ours, theirs) = objects::unwrapped(algorithm, id, spki).ok_or(Fault::NoMechanism)?;
    let made = tried(by, |mechanism| session.unwrap_key(mechanism, key, wrapped, &ours)).map_err(opened)?;
    if algorithm.is_symmetric() {
        return Ok(());
    }
    let theirs = theirs.or_else(|| objects::public_of(session, made, id));
    let added = theirs.ok_or(Fault::Damaged).and_then(|theirs| Ok(session.create_object(&theirs)?));
    added.map(drop).inspect_err(|_| {
        // The first error is the one to tell.
        let _ = session.destroy_object(made);
    })
}

/// What a token answers where the file is not what it was said to be.
fn opened(fault: Fault) -> Fault {
    match fault {
        Fault::Other { answer, .. } if answer.starts_with("WrappedKey") || answer.starts_with("EncryptedData") => {
            Fault::NotWrapped
        }
        fault => fault,
    }
}

/// A secret that lives as long as the session and may be looked at by it.
fn of_session() -> Vec<Attribute> {
    vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::Token(false),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
    ]
}

/// OAEP with SHA-256 first; some tokens know it with SHA-1 alone (RFC 8017 appendix A.2.1 has that as the default).
fn tried<R>(by: Wrapping, work: impl Fn(&Mechanism<'_>) -> Result<R, Error>) -> Result<R, Fault> {
    let oaep = |hash, mgf| Mechanism::RsaPkcsOaep(PkcsOaepParams::new(hash, mgf, PkcsOaepSource::empty()));
    Ok(match by {
        Wrapping::AesKw => work(&Mechanism::AesKeyWrap)?,
        Wrapping::AesKwp => work(&Mechanism::AesKeyWrapPad)?,
        Wrapping::RsaOaep => work(&oaep(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256))
            .or_else(|_| work(&oaep(MechanismType::SHA1, PkcsMgfType::MGF1_SHA1)))?,
    })
}
