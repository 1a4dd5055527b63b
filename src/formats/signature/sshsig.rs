//! Detached signatures in OpenSSH's form (PROTOCOL.sshsig), as `ssh-keygen -Y verify` reads them.
//!
//! A store signs bytes as they are given: [`signed_data`] makes the bytes, [`armoured`] wraps what
//! came back. Of the algorithms that have an OpenSSH form every one signs with the hash that this
//! form asks for: ECDSA with that of its curve (RFC 5656 section 6.2.1), RSA with SHA-256, which is
//! `rsa-sha2-256` (RFC 8332 section 3).

use der::Decode as _;
use der::asn1::UintRef;

use super::openssh::{blob, mpint, strings};
use super::{FormatError, pem};
use crate::crypto;
use crate::model::Algorithm;

/// What both the signed bytes and the signature begin with.
const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;
/// How the message is hashed before it is signed.
const HASH: &[u8] = b"sha512";
/// `ssh-keygen` breaks its lines there.
const LINE: usize = 70;
/// Kept for later versions of the form; always empty.
const RESERVED: &[u8] = b"";

/// The bytes to be signed. The namespace says what the signature is for, so that it cannot be
/// passed off as one for something else; it is not empty.
pub fn signed_data(namespace: &str, message: &[u8]) -> Vec<u8> {
    let digest = crypto::sha512(message);
    [MAGIC, &strings([namespace.as_bytes(), RESERVED, HASH, &digest])].concat()
}

/// The signature file: `signature` is what the key of `spki` made of [`signed_data`].
pub fn armoured(spki: &[u8], namespace: &str, signature: &[u8]) -> Result<String, FormatError> {
    let algorithm = crypto::algorithm_of(spki).map_err(|_| FormatError::Unreadable("public key"))?;
    if !algorithm.has_openssh_form() || !algorithm.signs() {
        return Err(FormatError::NoForm { algorithm: algorithm.name(), format: "OpenSSH signature" });
    }
    let (_, key) = blob(spki)?;
    let signature = wire(algorithm, signature)?;
    let body = [MAGIC, &VERSION.to_be_bytes(), &strings([&key, namespace.as_bytes(), RESERVED, HASH, &signature])].concat();
    Ok(pem::write_lines("SSH SIGNATURE", &body, LINE))
}

/// ECDSA-Sig-Value (RFC 3279 section 2.2.3).
#[derive(der::Sequence)]
struct Pair<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// A signature as SSH sends it: the algorithm's name, then its own form.
fn wire(algorithm: Algorithm, signature: &[u8]) -> Result<Vec<u8>, FormatError> {
    let ecdsa = |name: &[u8]| {
        let pair = Pair::from_der(signature).map_err(|_| FormatError::Unreadable("signature"))?;
        let pair = strings([&mpint(pair.r.as_bytes()), &mpint(pair.s.as_bytes())]);
        Ok(strings([name, &pair]))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// PROTOCOL.sshsig, "Blob format": each field behind its length.
    #[test]
    fn the_signed_bytes_are_those_of_the_protocol() {
        let data = signed_data("file", b"");
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
