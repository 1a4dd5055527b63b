//! The binary form that SSH keys share (RFC 4251 section 5): a reader that is never led past its
//! bytes, and public keys (RFC 4253 section 6.6, RFC 5656, RFC 8709, OpenSSH's `PROTOCOL.u2f`).
//! By hand, because the crates for it refuse a whole key for a part they do not know and know no Ed448.

use super::compose::{self, Curve};
use super::found::Reason;

/// What is left to read.
pub(super) struct Wire<'a>(pub(super) &'a [u8]);

impl<'a> Wire<'a> {
    /// This many bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Reason> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Reason::Truncated("a length goes beyond its end"))?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number of 32 bits.
    pub(super) fn number(&mut self) -> Result<u32, Reason> {
        Ok(self.take(4)?.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }

    /// Bytes behind their length.
    pub(super) fn string(&mut self) -> Result<&'a [u8], Reason> {
        let length = self.number()? as usize;
        self.take(length)
    }

    /// Text behind its length; what is no UTF-8 is shown as such.
    pub(super) fn text(&mut self) -> Result<String, Reason> {
        Ok(String::from_utf8_lossy(self.string()?).into_owned())
    }

    /// The magnitude of a number that is not negative.
    pub(super) fn positive(&mut self) -> Result<&'a [u8], Reason> {
        let number = self.string()?;
        match number.first() {
            Some(first) if *first >= 0x80 => Err(Reason::Malformed("a number of its key is negative".into())),
            _ => Ok(number),
        }
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), Reason> {
        if self.0.is_empty() { Ok(()) } else { Err(Reason::Malformed("something follows its end".into())) }
    }
}

/// A public key.
pub(super) struct Public {
    /// DER `SubjectPublicKeyInfo`.
    pub(super) spki: Box<[u8]>,
    /// Its private half never leaves a security key (FIDO).
    pub(super) held: bool,
}

/// The curve of an ECDSA key, by the name of RFC 5656 section 10.1.
pub(super) fn curve(name: &[u8]) -> Result<Curve, Reason> {
    match name {
        b"nistp256" => Ok(Curve::P256),
        b"nistp384" => Ok(Curve::P384),
        b"nistp521" => Ok(Curve::P521),
        other => Err(Reason::Unsupported(format!("The curve {}", quoted(other)))),
    }
}

/// A name of the file's own, cut to what a sentence can hold.
pub(super) fn quoted(name: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(name).chars().take(60).collect();
    format!("“{}”", crate::model::name::shown(&text))
}

/// A public key from its fields, behind the name of its type, which has been read.
pub(super) fn public_fields(kind: &[u8], wire: &mut Wire<'_>) -> Result<Public, Reason> {
    let mut held = false;
    let spki = match kind {
        b"ssh-rsa" => {
            let (exponent, modulus) = (wire.positive()?, wire.positive()?);
            compose::rsa_public(modulus, exponent)?
        }
        b"ssh-dss" => {
            let domain = [wire.positive()?, wire.positive()?, wire.positive()?];
            compose::dsa_public(domain, wire.positive()?)?
        }
        b"ssh-ed25519" => compose::edwards_public(compose::ED25519, wire.string()?)?,
        b"ssh-ed448" => compose::edwards_public(compose::ED448, wire.string()?)?,
        b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" | b"ecdsa-sha2-nistp521" => {
            let name = wire.string()?;
            if !kind.ends_with(name) {
                return Err(Reason::Inconsistent("its curve is not that of its type".into()));
            }
            compose::ec_public(curve(name)?, wire.string()?)?
        }
        b"sk-ssh-ed25519@openssh.com" => {
            held = true;
            let spki = compose::edwards_public(compose::ED25519, wire.string()?)?;
            wire.string()?;
            spki
        }
        b"sk-ecdsa-sha2-nistp256@openssh.com" => {
            held = true;
            let spki = compose::ec_public(curve(wire.string()?)?, wire.string()?)?;
            wire.string()?;
            spki
        }
        other => return Err(Reason::Unsupported(format!("The key type {}", quoted(other)))),
    };
    Ok(Public { spki, held })
}

/// A public key in its binary form.
pub(super) fn public(blob: &[u8]) -> Result<Public, Reason> {
    let mut wire = Wire(blob);
    let kind = wire.string()?;
    let public = public_fields(kind, &mut wire)?;
    wire.end()?;
    Ok(public)
}

/// What a key is called whose private half stays on a security key.
pub(super) fn held_name(name: Option<String>) -> String {
    name.map_or_else(|| "held on a security key".into(), |name| format!("{name} (held on a security key)"))
}

/// A comment, if there is one.
pub(super) fn named(comment: &str) -> Option<String> {
    let comment = comment.trim();
    (!comment.is_empty()).then(|| comment.to_owned())
}
