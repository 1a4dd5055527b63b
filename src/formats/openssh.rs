//! OpenSSH public key lines (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4). DSA lines
//! are written as well, for keys that were imported; OpenSSH itself reads them until version 9.9.

use ::spki::SubjectPublicKeyInfoRef;
use base64ct::{Base64, Encoding as _};
use der::Decode as _;
use der::asn1::UintRef;

use super::spki::{DsaDomain, RsaPublicKey};
use super::{FormatError, spki};
use crate::crypto;
use crate::model::{Algorithm, Digest, name};

const UNREADABLE: FormatError = FormatError::Unreadable("OpenSSH public key");

/// The algorithm's name and the binary form that its line encodes.
pub(super) fn blob(spki: &[u8]) -> Result<(&'static str, Vec<u8>), FormatError> {
    let algorithm = crypto::algorithm_of(spki).map_err(|_| UNREADABLE)?;
    let info = SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| UNREADABLE)?;
    let key = info.subject_public_key.as_bytes().ok_or(UNREADABLE)?;
    match algorithm {
        Algorithm::Ed25519 => Ok(("ssh-ed25519", strings([&b"ssh-ed25519"[..], key]))),
        Algorithm::EcdsaP256 => Ok(("ecdsa-sha2-nistp256", strings([b"ecdsa-sha2-nistp256", &b"nistp256"[..], key]))),
        Algorithm::EcdsaP384 => Ok(("ecdsa-sha2-nistp384", strings([b"ecdsa-sha2-nistp384", &b"nistp384"[..], key]))),
        Algorithm::EcdsaP521 => Ok(("ecdsa-sha2-nistp521", strings([b"ecdsa-sha2-nistp521", &b"nistp521"[..], key]))),
        Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 | Algorithm::Rsa(_) => {
            let rsa = RsaPublicKey::from_der(key).map_err(|_| UNREADABLE)?;
            let (exponent, modulus) = (mpint(rsa.public_exponent.as_bytes()), mpint(rsa.modulus.as_bytes()));
            Ok(("ssh-rsa", strings([&b"ssh-rsa"[..], &exponent, &modulus])))
        }
        Algorithm::Dsa(_) => {
            let parameters = info.algorithm.parameters.ok_or(UNREADABLE)?;
            let domain: DsaDomain<'_> = parameters.decode_as().map_err(|_| UNREADABLE)?;
            let public = UintRef::from_der(key).map_err(|_| UNREADABLE)?;
            let [p, q, g, y] = [domain.p, domain.q, domain.g, public].map(|number| mpint(number.as_bytes()));
            Ok(("ssh-dss", strings([&b"ssh-dss"[..], &p, &q, &g, &y])))
        }
        _ => Err(FormatError::NoForm { algorithm: algorithm.name(), format: "OpenSSH" }),
    }
}

/// Byte strings in a row, each behind its length (RFC 4251 section 5).
pub(super) fn strings<const COUNT: usize>(parts: [&[u8]; COUNT]) -> Vec<u8> {
    parts.into_iter().fold(Vec::new(), |mut row, part| {
        row.extend_from_slice(&(part.len() as u32).to_be_bytes());
        row.extend_from_slice(part);
        row
    })
}

/// A positive number with room for its sign (RFC 4251 section 5).
pub(super) fn mpint(magnitude: &[u8]) -> Vec<u8> {
    let mut number = Vec::with_capacity(magnitude.len() + 1);
    if magnitude.first().is_some_and(|&first| first >= 0x80) {
        number.push(0);
    }
    number.extend_from_slice(magnitude);
    number
}

/// One line with a newline. The comment is the name as it is shown, so that it cannot break out.
pub fn line(spki: &[u8], comment: &str) -> Result<String, FormatError> {
    let (kind, blob) = blob(spki)?;
    let comment = name::shown(comment);
    Ok(format!("{kind} {} {comment}\n", Base64::encode_string(&blob)))
}

/// SHA-256 of the binary form, as `ssh-keygen -l` shows it; `None` where OpenSSH has no form.
pub fn fingerprint(spki: &[u8]) -> Option<Digest> {
    blob(spki).ok().map(|(_, blob)| crypto::sha256(&blob))
}

/// Reads a line back to a DER `SubjectPublicKeyInfo`.
pub fn parse(line: &str) -> Result<Box<[u8]>, FormatError> {
    let encoded = line.split_whitespace().nth(1).ok_or(UNREADABLE)?;
    let blob = Base64::decode_vec(encoded).map_err(|_| UNREADABLE)?;
    let mut rest = &blob[..];
    let mut take = || -> Result<&[u8], FormatError> {
        let (length, after) = rest.split_at_checked(4).ok_or(UNREADABLE)?;
        let length = u32::from_be_bytes(length.try_into().map_err(|_| UNREADABLE)?) as usize;
        let (part, after) = after.split_at_checked(length).ok_or(UNREADABLE)?;
        rest = after;
        Ok(part)
    };
    let spki = match take()? {
        b"ssh-ed25519" => spki::compose(Algorithm::Ed25519, take()?),
        b"ecdsa-sha2-nistp256" => {
            take()?;
            spki::compose(Algorithm::EcdsaP256, take()?)
        }
        b"ecdsa-sha2-nistp384" => {
            take()?;
            spki::compose(Algorithm::EcdsaP384, take()?)
        }
        b"ecdsa-sha2-nistp521" => {
            take()?;
            spki::compose(Algorithm::EcdsaP521, take()?)
        }
        b"ssh-dss" => {
            let (p, q, g, y) = (take()?, take()?, take()?, take()?);
            spki::compose_dsa(p, q, g, y)
        }
        b"ssh-rsa" => {
            let (exponent, modulus) = (take()?, take()?);
            spki::compose_rsa(modulus, exponent)
        }
        _ => return Err(UNREADABLE),
    };
    spki.ok_or(UNREADABLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn ssh_keygen_shows_the_same_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        for algorithm in
            [Algorithm::Ed25519, Algorithm::EcdsaP256, Algorithm::EcdsaP384, Algorithm::EcdsaP521, Algorithm::Rsa2048]
        {
            let spki = crypto::generate(algorithm).unwrap().public_key;
            let path = folder.path().join("key.pub");
            std::fs::write(&path, line(&spki, "host\nssh-ed25519 AAAA").unwrap()).unwrap();
            let output = Command::new("ssh-keygen").arg("-lf").arg(&path).output().unwrap();
            let shown = String::from_utf8(output.stdout).unwrap();
            let own = crate::model::ssh_fingerprint(&fingerprint(&spki).unwrap());
            assert!(shown.contains(&own), "{algorithm:?}: {shown} against {own}");
            assert_eq!(shown.lines().count(), 1);
        }
    }
}
