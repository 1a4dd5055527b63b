//! Detached signatures in OpenSSH's form (PROTOCOL.sshsig), as `ssh-keygen -Y verify` reads them.
//!
//! A store signs bytes as they are given: [`signed_data`] makes the bytes, [`armoured`] wraps what
//! came back. Of the algorithms that have an OpenSSH form every one signs with the hash that this
//! form asks for: ECDSA with that of its curve (RFC 5656 section 6.2.1), RSA with SHA-256, which is
//! `rsa-sha2-256` (RFC 8332 section 3).

use super::{Message, Over, Read, SignatureError, pair};
use crate::crypto::{self, SignatureHash};
use crate::formats::found::Reason;
use crate::formats::openssh::{blob, mpint, strings};
use crate::formats::ssh_wire::{self, Wire};
use crate::formats::{FormatError, pem};
use crate::model::{Algorithm, name};

/// What both the signed bytes and the signature begin with.
const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;
/// How the message is hashed before it is signed.
const HASH: &[u8] = b"sha512";
/// `ssh-keygen` breaks its lines there.
const LINE: usize = 70;
const LABEL: &str = "SSH SIGNATURE";
const FORM: &str = "OpenSSH signature";
/// Kept for later versions of the form; always empty.
const RESERVED: &[u8] = b"";

/// The bytes to be signed. The namespace says what the signature is for, so that it cannot be
/// passed off as one for something else; it is not empty.
pub fn signed_data<M: Message + ?Sized>(namespace: &str, message: &M) -> Result<Vec<u8>, SignatureError> {
    let digest = message.digest(SignatureHash::Sha512)?;
    Ok(framed(namespace.as_bytes(), RESERVED, HASH, &digest))
}

fn framed(namespace: &[u8], reserved: &[u8], hash: &[u8], digest: &[u8]) -> Vec<u8> {
    [MAGIC, &strings([namespace, reserved, hash, digest])].concat()
}

/// The signature file: `signature` is what the key of `spki` made of [`signed_data`].
pub fn armoured(spki: &[u8], namespace: &str, signature: &[u8]) -> Result<String, FormatError> {
    let algorithm = crypto::algorithm_of(spki).map_err(|_| FormatError::Unreadable("public key"))?;
    if !algorithm.has_openssh_form() || !algorithm.signs() {
        return Err(FormatError::NoForm { algorithm: algorithm.name(), format: FORM });
    }
    let (_, key) = blob(spki)?;
    let signature = wire(algorithm, signature)?;
    let body = [MAGIC, &VERSION.to_be_bytes(), &strings([&key, namespace.as_bytes(), RESERVED, HASH, &signature])].concat();
    Ok(pem::write_lines(LABEL, &body, LINE))
}

/// A signature as SSH sends it: the algorithm's name, then its own form.
pub(in crate::formats) fn wire(algorithm: Algorithm, signature: &[u8]) -> Result<Vec<u8>, FormatError> {
    let ecdsa = |name: &[u8]| {
        let [r, s] = pair::numbers(signature).ok_or(FormatError::Unreadable("signature"))?;
        Ok(strings([name, &strings([&mpint(&r), &mpint(&s)])]))
    };
    match algorithm {
        Algorithm::Ed25519 if signature.len() == 64 => Ok(strings([b"ssh-ed25519", signature])),
        Algorithm::EcdsaP256 => ecdsa(b"ecdsa-sha2-nistp256"),
        Algorithm::EcdsaP384 => ecdsa(b"ecdsa-sha2-nistp384"),
        Algorithm::EcdsaP521 => ecdsa(b"ecdsa-sha2-nistp521"),
        Algorithm::Rsa2048 if signature.len() == 256 => Ok(strings([b"rsa-sha2-256", signature])),
        Algorithm::Rsa3072 if signature.len() == 384 => Ok(strings([b"rsa-sha2-256", signature])),
        Algorithm::Rsa4096 if signature.len() == 512 => Ok(strings([b"rsa-sha2-256", signature])),
        Algorithm::Rsa(bits) if signature.len() == usize::from(bits).div_ceil(8) => Ok(strings([b"rsa-sha2-256", signature])),
        _ => Err(FormatError::Unreadable("signature")),
    }
}

/// Whether bytes look like one.
pub fn is(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"-----BEGIN SSH SIGNATURE-----")
}

/// Reads a signature over a message.
pub fn read<M: Message + ?Sized>(bytes: &[u8], message: &M) -> Result<Read, SignatureError> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is no text"))?;
    let block = pem::blocks(text).into_iter().find(|(label, _)| *label == LABEL);
    let (_, body) = block.ok_or(malformed("its armour has no end"))?;
    let body = body.ok_or(malformed("its armour holds no base64"))?;
    let body = body.strip_prefix(MAGIC).ok_or(malformed("it does not begin as one"))?;
    let mut wire = Wire(body);
    let version = wire.number().map_err(cut)?;
    if version != VERSION {
        return Err(SignatureError::Unsupported { form: FORM, what: format!("version {version} of its form") });
    }
    let [key, namespace, reserved, hash, signature] = {
        let mut next = || wire.string().map_err(cut);
        [next()?, next()?, next()?, next()?, next()?]
    };
    wire.end().map_err(|_| malformed("something follows its end"))?;
    let key = ssh_wire::public(key).map_err(|reason| refused(&reason))?;
    if key.held {
        return Err(unsupported("a security key"));
    }
    if namespace.is_empty() {
        return Err(malformed("it does not say what it is for"));
    }
    let digest = match hash {
        b"sha256" => message.digest(SignatureHash::Sha256)?,
        b"sha512" => message.digest(SignatureHash::Sha512)?,
        other => return Err(unsupported(&format!("the hash {}", String::from_utf8_lossy(other)))),
    };
    let (signature, own_hash, fits) = from_wire(signature)?;
    Ok(Read {
        public_key: Some(key.spki),
        signer: None,
        certificate: None,
        said_at: None,
        namespace: Some(String::from_utf8_lossy(namespace).into_owned()),
        over: Over::Bytes(framed(namespace, reserved, hash, &digest), own_hash),
        signature,
        fits,
    })
}

/// The signature itself, the hash of RSA, and the keys that can have made it.
pub(in crate::formats) type Parts = (Vec<u8>, Option<SignatureHash>, fn(Algorithm) -> bool);

/// A signature as SSH sends it. `ssh-rsa`, which is over SHA-1, is no signature here (PROTOCOL.sshsig).
pub(in crate::formats) fn from_wire(signature: &[u8]) -> Result<Parts, SignatureError> {
    let mut wire = Wire(signature);
    let (kind, body) = (wire.string().map_err(cut)?, wire.string().map_err(cut)?);
    wire.end().map_err(|_| malformed("something follows its signature"))?;
    let ecdsa = || {
        let mut wire = Wire(body);
        let (r, s) = (wire.positive().map_err(cut)?, wire.positive().map_err(cut)?);
        wire.end().map_err(|_| malformed("something follows its signature"))?;
        pair::to_der(r, s).ok_or(malformed("its signature"))
    };
    Ok(match kind {
        b"ssh-ed25519" => (body.to_vec(), None, |algorithm| algorithm == Algorithm::Ed25519),
        b"ecdsa-sha2-nistp256" => (ecdsa()?, None, |algorithm| algorithm == Algorithm::EcdsaP256),
        b"ecdsa-sha2-nistp384" => (ecdsa()?, None, |algorithm| algorithm == Algorithm::EcdsaP384),
        b"ecdsa-sha2-nistp521" => (ecdsa()?, None, |algorithm| algorithm == Algorithm::EcdsaP521),
        b"rsa-sha2-256" => (body.to_vec(), Some(SignatureHash::Sha256), Algorithm::is_rsa),
        b"rsa-sha2-512" => (body.to_vec(), Some(SignatureHash::Sha512), Algorithm::is_rsa),
        other => return Err(unsupported(&format!("the algorithm {}", String::from_utf8_lossy(other)))),
    })
}

const fn malformed(what: &'static str) -> SignatureError {
    SignatureError::Malformed { form: FORM, what }
}

fn cut(_: Reason) -> SignatureError {
    malformed("a length goes beyond its end")
}

fn unsupported(what: &str) -> SignatureError {
    let short: String = what.chars().take(60).collect();
    SignatureError::Unsupported { form: FORM, what: name::shown(&short).into_owned() }
}

fn refused(reason: &Reason) -> SignatureError {
    match reason {
        Reason::Unsupported(what) => unsupported(&what.to_lowercase()),
        _ => malformed("its public key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PROTOCOL.sshsig, "Blob format": each field behind its length.
    #[test]
    fn the_signed_bytes_are_those_of_the_protocol() {
        let data = signed_data("file", &b""[..]).unwrap();
        assert_eq!(data[..14], *b"SSHSIG\0\0\0\x04file");
        assert_eq!(data[14..28], *b"\0\0\0\0\0\0\0\x06sha512");
        // FIPS 180-4: SHA-512 of nothing begins so.
        assert_eq!(data[28..36], [0, 0, 0, 64, 0xcf, 0x83, 0xe1, 0x35]);
        assert_eq!(data.len(), 32 + 64);
    }

    #[test]
    fn what_has_no_form_or_is_no_signature_is_refused() {
        let ml_dsa = crypto::generate(Algorithm::MlDsa44).unwrap();
        let refused = armoured(&ml_dsa.public_key, "file", &[0; 2420]).unwrap_err();
        assert_eq!(refused.to_string(), "ML-DSA-44 has no OpenSSH signature form.");
        for algorithm in [Algorithm::Ed25519, Algorithm::EcdsaP256, Algorithm::Rsa2048] {
            let pair = crypto::generate(algorithm).unwrap();
            assert!(armoured(&pair.public_key, "file", b"no signature").is_err(), "{algorithm:?}");
        }
        assert!(armoured(b"no key", "file", &[0; 64]).is_err());
    }
}
