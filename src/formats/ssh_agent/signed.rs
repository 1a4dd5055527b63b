//! What a client wants signed: a login, a file, or something else. It is looked at so that a person can be told,
//! and is never changed.

use crate::crypto;
use crate::formats::found::Reason;
use crate::formats::signature::sshsig;
use crate::formats::ssh_wire::Wire;

/// The number of a login's message (RFC 4252 section 6).
const USERAUTH_REQUEST: u8 = 50;

/// What a signature is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data<'a> {
    /// A login (RFC 4252 section 7).
    Login {
        /// The session, as the host named it.
        session: &'a [u8],
        /// As whom.
        user: String,
    },
    /// A file or message (PROTOCOL.sshsig).
    File {
        /// What the signature is for.
        namespace: String,
    },
    /// Something else.
    Other,
}

/// Looks at what is to be signed.
pub fn data(bytes: &[u8]) -> Data<'_> {
    login(bytes).or_else(|_| file(bytes)).unwrap_or(Data::Other)
}

fn other(what: &str) -> Reason {
    Reason::Malformed(what.into())
}

fn login(bytes: &[u8]) -> Result<Data<'_>, Reason> {
    let mut wire = Wire(bytes);
    let session = wire.string()?;
    if session.is_empty() || wire.take(1)? != [USERAUTH_REQUEST] {
        return Err(other("it is no login"));
    }
    let user = shown(wire.string()?);
    let (service, method) = (wire.string()?, wire.string()?);
    let by_key = matches!(method, b"publickey" | b"publickey-hostbound-v00@openssh.com");
    if service != b"ssh-connection" || !by_key || wire.take(1)? != [1] {
        return Err(other("it is no login by a key"));
    }
    Ok(Data::Login { session, user })
}

fn file(bytes: &[u8]) -> Result<Data<'_>, Reason> {
    let mut wire = Wire(bytes);
    if wire.take(6)? != b"SSHSIG" {
        return Err(other("it is no file"));
    }
    let namespace = shown(wire.string()?);
    wire.string()?;
    wire.string()?;
    wire.string()?;
    wire.end()?;
    Ok(Data::File { namespace })
}

/// Text of others, cut to what a sentence can hold.
fn shown(text: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(text).chars().take(100).collect();
    crate::model::name::shown(&text).into_owned()
}

/// Whether a signature in SSH's form is that of a key over a message.
pub(super) fn fits(spki: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(algorithm), Ok((signature, hash, may))) = (crypto::algorithm_of(spki), sshsig::from_wire(signature)) else {
        return false;
    };
    let fits = match hash {
        Some(hash) => crypto::verify_digest(spki, hash, &hash.digest(message), &signature),
        None => crypto::verify(spki, message, &signature),
    };
    may(algorithm) && fits.unwrap_or(false)
}
