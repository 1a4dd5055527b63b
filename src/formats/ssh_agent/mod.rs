//! What a client and an SSH agent say to each other (draft-ietf-sshm-ssh-agent, OpenSSH's PROTOCOL.agent): bytes
//! to requests and answers, and back. Sockets, keys and the decision whether to sign are not here.
//!
//! Nothing that comes in makes this panic, and nothing is longer than [`MOST`].

mod add;
mod signed;
#[cfg(test)]
mod tests;

pub use add::{Added, add, read as read_added};
pub use signed::{Data, data};

use super::FormatError;
use super::found::Reason;
use super::openssh;
use super::signature::sshsig;
use super::ssh_wire::{self, Wire};
use crate::crypto::{self, SignatureHash};
use crate::model::{Algorithm, Digest, name};

/// No message is longer, in bytes without its length (`AGENT_MAX_LEN` of OpenSSH).
pub const MOST: usize = 256 * 1024;

/// Bytes of the length in front of each message.
pub const HEAD: usize = 4;

/// The extension by which a client tells with which host it talks (PROTOCOL.agent).
pub const SESSION_BIND: &str = "session-bind@openssh.com";

/// The extension that asks which extensions there are (draft section 3.8.1).
const QUERY: &str = "query";

/// Numbers of messages (draft section 5.1).
mod number {
    pub(super) const FAILURE: u8 = 5;
    pub(super) const SUCCESS: u8 = 6;
    pub(super) const REQUEST_IDENTITIES: u8 = 11;
    pub(super) const IDENTITIES_ANSWER: u8 = 12;
    pub(super) const SIGN_REQUEST: u8 = 13;
    pub(super) const SIGN_RESPONSE: u8 = 14;
    pub(super) const ADD_IDENTITY: u8 = 17;
    pub(super) const REMOVE_IDENTITY: u8 = 18;
    pub(super) const REMOVE_ALL_IDENTITIES: u8 = 19;
    pub(super) const ADD_SMARTCARD_KEY: u8 = 20;
    pub(super) const REMOVE_SMARTCARD_KEY: u8 = 21;
    pub(super) const LOCK: u8 = 22;
    pub(super) const UNLOCK: u8 = 23;
    pub(super) const ADD_ID_CONSTRAINED: u8 = 25;
    pub(super) const ADD_SMARTCARD_KEY_CONSTRAINED: u8 = 26;
    pub(super) const EXTENSION: u8 = 27;
    pub(super) const EXTENSION_FAILURE: u8 = 28;
    pub(super) const EXTENSION_RESPONSE: u8 = 29;
}

/// Flags of a request for a signature (draft section 5.3).
const RSA_SHA2_256: u32 = 2;
const RSA_SHA2_512: u32 = 4;

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request<'a> {
    /// Which keys there are.
    Identities,
    /// A signature.
    Sign {
        /// With the key of this public half, in SSH's form.
        key: &'a [u8],
        /// Over this.
        data: &'a [u8],
        /// As these flags ask.
        flags: u32,
    },
    /// This connection is for one session with a host.
    SessionBind {
        /// The host's key, in SSH's form.
        host_key: &'a [u8],
        /// The session's name.
        session: &'a [u8],
        /// The host's signature over it.
        signature: &'a [u8],
        /// The connection is forwarded to that host.
        forwarding: bool,
    },
    /// Which extensions there are.
    Query,
    /// An extension that is not known here.
    Extension(String),
    /// Something that only an agent with keys of its own does.
    Foreign(Foreign),
    /// A number that is not known here.
    Unknown(u8),
}

/// What an agent with keys of its own does, and this one does not.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Foreign {
    /// Take in a key.
    Add,
    /// Give up a key, or all.
    Remove,
    /// Use the keys of a card.
    Card,
    /// Be locked, or open again, by a passphrase.
    Lock,
}

/// What an agent answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was not done.
    Failure,
    /// The extension is known, and it was not done.
    ExtensionFailure,
    /// It was done.
    Success,
    /// The keys there are: public half in SSH's form, and comment.
    Identities(Vec<(Vec<u8>, String)>),
    /// A signature in SSH's form.
    Signature(Vec<u8>),
    /// The extensions there are.
    Extensions,
}

/// The length of the message that follows, or why it is not read.
pub fn length(head: [u8; HEAD]) -> Result<usize, Reason> {
    match u32::from_be_bytes(head) as usize {
        0 => Err(Reason::Malformed("its message is empty".into())),
        length if length > MOST => {
            Err(Reason::OverLimit { what: "bytes of a message", asked: length as u64, limit: MOST as u64 })
        }
        length => Ok(length),
    }
}

/// A request from the bytes behind its length.
pub fn read(message: &[u8]) -> Result<Request<'_>, Reason> {
    let mut wire = Wire(message);
    let [kind] = wire.take(1)? else { return Err(Reason::Truncated("its message is empty")) };
    let request = match *kind {
        number::REQUEST_IDENTITIES => Request::Identities,
        number::SIGN_REQUEST => Request::Sign { key: wire.string()?, data: wire.string()?, flags: wire.number()? },
        number::EXTENSION => return extension(&mut wire),
        // What they carry may be a secret, and is not looked at.
        number::ADD_IDENTITY | number::ADD_ID_CONSTRAINED => return Ok(Request::Foreign(Foreign::Add)),
        number::REMOVE_IDENTITY | number::REMOVE_ALL_IDENTITIES => return Ok(Request::Foreign(Foreign::Remove)),
        number::ADD_SMARTCARD_KEY | number::REMOVE_SMARTCARD_KEY | number::ADD_SMARTCARD_KEY_CONSTRAINED => {
            return Ok(Request::Foreign(Foreign::Card));
        }
        number::LOCK | number::UNLOCK => return Ok(Request::Foreign(Foreign::Lock)),
        other => return Ok(Request::Unknown(other)),
    };
    wire.end()?;
    Ok(request)
}

fn extension<'a>(wire: &mut Wire<'a>) -> Result<Request<'a>, Reason> {
    let name = wire.string()?;
    if name == QUERY.as_bytes() {
        wire.end()?;
        return Ok(Request::Query);
    }
    if name != SESSION_BIND.as_bytes() {
        return Ok(Request::Extension(ssh_wire::quoted(name)));
    }
    let (host_key, session, signature) = (wire.string()?, wire.string()?, wire.string()?);
    let forwarding = wire.take(1)?.first().is_some_and(|byte| *byte != 0);
    wire.end()?;
    Ok(Request::SessionBind { host_key, session, signature, forwarding })
}

/// A message behind its length. One that would be longer than [`MOST`] is a failure instead.
fn framed(body: &[u8]) -> Vec<u8> {
    if body.is_empty() || body.len() > MOST {
        return framed(&[number::FAILURE]);
    }
    [&(body.len() as u32).to_be_bytes(), body].concat()
}

/// An answer with its length in front.
pub fn write(answer: &Answer) -> Vec<u8> {
    let body = match answer {
        Answer::Failure => vec![number::FAILURE],
        Answer::ExtensionFailure => vec![number::EXTENSION_FAILURE],
        Answer::Success => vec![number::SUCCESS],
        Answer::Signature(signature) => [&[number::SIGN_RESPONSE][..], &openssh::strings([signature])].concat(),
        Answer::Extensions => {
            let names = openssh::strings([QUERY.as_bytes(), QUERY.as_bytes(), SESSION_BIND.as_bytes()]);
            [&[number::EXTENSION_RESPONSE][..], &names].concat()
        }
        Answer::Identities(keys) => {
            let mut body = vec![number::IDENTITIES_ANSWER];
            body.extend_from_slice(&(keys.len() as u32).to_be_bytes());
            for (key, comment) in keys {
                body.extend_from_slice(&openssh::strings([key, comment.as_bytes()]));
            }
            body
        }
    };
    framed(&body)
}

/// An answer from the bytes behind its length, as a client reads it.
pub fn read_answer(message: &[u8]) -> Result<Answer, Reason> {
    let mut wire = Wire(message);
    let [kind] = wire.take(1)? else { return Err(Reason::Truncated("its message is empty")) };
    match *kind {
        number::FAILURE => Ok(Answer::Failure),
        number::EXTENSION_FAILURE => Ok(Answer::ExtensionFailure),
        number::SUCCESS => Ok(Answer::Success),
        number::EXTENSION_RESPONSE => Ok(Answer::Extensions),
        number::SIGN_RESPONSE => {
            let signature = wire.string()?.to_vec();
            wire.end()?;
            Ok(Answer::Signature(signature))
        }
        number::IDENTITIES_ANSWER => {
            let mut keys = Vec::new();
            for _ in 0..wire.number()? {
                keys.push((wire.string()?.to_vec(), wire.text()?));
            }
            wire.end()?;
            Ok(Answer::Identities(keys))
        }
        other => Err(Reason::Unsupported(format!("The answer {other}"))),
    }
}

/// The request for the list of keys.
pub fn ask_identities() -> Vec<u8> {
    framed(&[number::REQUEST_IDENTITIES])
}

/// The request for a signature; `hash` is for RSA alone.
pub fn ask_signature(key: &[u8], data: &[u8], hash: Option<SignatureHash>) -> Vec<u8> {
    let flags = match hash {
        Some(SignatureHash::Sha256) => RSA_SHA2_256,
        Some(SignatureHash::Sha512) => RSA_SHA2_512,
        _ => 0,
    };
    framed(&[&[number::SIGN_REQUEST][..], &openssh::strings([key, data]), &flags.to_be_bytes()].concat())
}

/// The hash that the flags of a request ask for; `None` where that is SHA-1, which nobody signs with any more.
/// SHA-512 comes before SHA-256, as in OpenSSH.
pub const fn hash(algorithm: Algorithm, flags: u32) -> Option<SignatureHash> {
    if !algorithm.is_rsa() || flags & RSA_SHA2_512 != 0 {
        Some(SignatureHash::Sha512)
    } else if flags & RSA_SHA2_256 != 0 {
        Some(SignatureHash::Sha256)
    } else {
        None
    }
}

/// A signature in SSH's form (RFC 4253 section 6.6, RFC 5656 section 3.1.2, RFC 8332 section 3, RFC 8709 section 6).
pub fn signature(algorithm: Algorithm, hash: SignatureHash, signature: &[u8]) -> Result<Vec<u8>, FormatError> {
    match (algorithm.is_rsa(), hash) {
        (true, SignatureHash::Sha512) => Ok(openssh::strings([b"rsa-sha2-512", signature])),
        (true, SignatureHash::Sha256) => Ok(openssh::strings([b"rsa-sha2-256", signature])),
        (true, SignatureHash::Sha384) => Err(FormatError::NoForm { algorithm: algorithm.name(), format: "SSH signature" }),
        (false, _) => sshsig::wire(algorithm, signature),
    }
}

/// The public half in SSH's form, under which the agent knows a key.
pub fn identity(spki: &[u8]) -> Result<Vec<u8>, FormatError> {
    openssh::blob(spki).map(|(_, blob)| blob)
}

/// The comment of a key: its name as it is shown, cut to a line of a list.
pub fn comment(key: &str) -> String {
    name::shown(key).chars().take(200).collect()
}

/// SHA-256 of a host's key, if its signature over the session is good.
pub fn bound_host(host_key: &[u8], session: &[u8], signature: &[u8]) -> Option<Digest> {
    let public = ssh_wire::public(host_key).ok().filter(|public| !public.held)?;
    signed::fits(&public.spki, session, signature).then(|| crypto::sha256(host_key))
}

/// The body of the fuzz target: whatever is read as a request is looked at as the agent does; an answer that is
/// read is written as it was read.
///
/// # Panics
/// Where an answer is not the same again: a finding.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let head: Option<[u8; HEAD]> = bytes.first_chunk().copied();
    let message = match head.map(length) {
        Some(Ok(length)) => bytes.get(HEAD..HEAD + length).unwrap_or(bytes),
        _ => bytes,
    };
    match read(message) {
        Ok(Request::Sign { data: signed, .. }) => drop(data(signed)),
        Ok(Request::SessionBind { host_key, session, signature, .. }) => drop(bound_host(host_key, session, signature)),
        _ => {}
    }
    if let Ok(answer) = read_answer(message)
        // Text that is no UTF-8 grows when it is shown.
        && message.len() <= MOST / 4
    {
        let again = write(&answer);
        let once_more = again.get(HEAD..).map(read_answer);
        assert!(once_more.is_some_and(|read| read.is_ok_and(|read| read == answer)), "an answer changes when written");
    }
    drop(read_added(message));
}
