//! One file a format: bytes to keys, requests, certificates, and back.

pub mod age_identity;
mod armour;
pub mod backup;
mod ber;
pub mod calendar;
pub mod certificate;
pub mod certificate_details;
mod cipher;
mod compose;
mod curves;
mod dsa;
pub mod found;
pub mod fuzz;
#[cfg(test)]
mod hostile;
mod java_object;
pub mod jks;
mod json;
mod jwe;
pub mod jwk;
pub mod jwk_private;
mod kdf;
pub mod leaving;
pub mod limits;
#[cfg(test)]
mod live;
#[cfg(test)]
mod live_stores;
pub mod notice;
mod old_pem;
mod opening;
pub mod openssh;
pub mod openssh_private;
mod pbe;
#[cfg(test)]
mod peers;
mod pem;
mod pkcs1;
mod pkcs12;
mod pkcs12_mac;
mod pkcs7;
mod pkcs8;
pub mod ppk;
pub mod recipient;
pub mod recognise;
pub mod request;
pub mod revocation;
mod sec1;
pub mod sheet;
pub mod signature;
pub mod spki;
pub mod ssh2;
pub mod ssh_agent;
pub mod ssh_lines;
mod ssh_wire;
mod structure;
mod validity;
#[cfg(test)]
mod variants;
#[cfg(test)]
mod vectors;
mod x509;

use zeroize::Zeroizing;

use crate::model::Format;
use crate::secret::SecretBytes;

/// A private key in PEM (RFC 7468 section 10), wiped when it is dropped.
pub fn pkcs8_pem(pkcs8: &SecretBytes) -> Zeroizing<String> {
    Zeroizing::new(pem::write("PRIVATE KEY", pkcs8.expose()))
}

/// A public key to be written.
pub struct PublicEntry<'a> {
    /// The key's name, for forms that carry a comment.
    pub name: &'a str,
    /// DER `SubjectPublicKeyInfo`.
    pub spki: &'a [u8],
}

/// A form cannot hold what was to be written, or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The algorithm has no such form.
    #[error("{algorithm} has no {format} form.")]
    NoForm {
        /// The algorithm.
        algorithm: &'static str,
        /// The form.
        format: &'static str,
    },
    /// The form holds one key.
    #[error("A {0} file holds one public key. Choose PEM, OpenSSH or JWK for several.")]
    One(&'static str),
    /// It is not what it should be.
    #[error("This is not a readable {0}.")]
    Unreadable(&'static str),
}

/// Writes public keys: one, or several as one PEM, one OpenSSH file or one JWK set.
pub fn write_public(entries: &[PublicEntry], format: Format) -> Result<Vec<u8>, FormatError> {
    match format {
        Format::SpkiPem => Ok(entries.iter().map(|entry| spki::to_pem(entry.spki)).collect::<String>().into_bytes()),
        Format::SpkiDer => match entries {
            [entry] => Ok(entry.spki.to_vec()),
            _ => Err(FormatError::One("DER")),
        },
        Format::OpenSsh => {
            let lines = entries.iter().map(|entry| openssh::line(entry.spki, entry.name)).collect::<Result<String, _>>()?;
            Ok(lines.into_bytes())
        }
        Format::Jwk => match entries {
            [entry] => jwk::one(entry.spki),
            entries => jwk::set(entries.iter().map(|entry| entry.spki)),
        },
        _ => Err(FormatError::Unreadable("public key form")),
    }
}

/// Reads public keys back from what [`write_public`] wrote.
pub fn read_public(bytes: &[u8], format: Format) -> Result<Vec<Box<[u8]>>, FormatError> {
    let text = || std::str::from_utf8(bytes).map_err(|_| FormatError::Unreadable("text"));
    match format {
        Format::SpkiPem => spki::from_pem(text()?),
        Format::SpkiDer => spki::check(bytes).map(|()| vec![bytes.into()]),
        Format::OpenSsh => text()?.lines().filter(|line| !line.trim().is_empty()).map(openssh::parse).collect(),
        Format::Jwk => jwk::parse(bytes),
        // A page has its keys in PEM among other things.
        Format::Sheet => sheet::keys(text()?),
        _ => Err(FormatError::Unreadable("public key form")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto;
    use crate::model::Algorithm;

    #[test]
    fn what_is_written_reads_back_as_the_same_keys() {
        let keys: Vec<Box<[u8]>> = Algorithm::GENERATED
            .into_iter()
            .filter(|algorithm| !matches!(algorithm, Algorithm::Rsa3072 | Algorithm::Rsa4096))
            .map(|algorithm| crypto::generate(algorithm).unwrap().public_key)
            .collect();
        for format in Format::PUBLIC {
            let fitting: Vec<&Box<[u8]>> = keys
                .iter()
                .filter(|spki| format != Format::OpenSsh || crypto::algorithm_of(spki).unwrap().has_openssh_form())
                .collect();
            let entries: Vec<PublicEntry> = fitting.iter().map(|spki| PublicEntry { name: "a key", spki }).collect();
            for entry in &entries {
                let one = std::slice::from_ref(entry);
                let bytes = write_public(one, format).unwrap();
                assert_eq!(read_public(&bytes, format).unwrap(), [entry.spki.into()], "{format:?}");
            }
            if format != Format::SpkiDer {
                let bytes = write_public(&entries, format).unwrap();
                assert_eq!(read_public(&bytes, format).unwrap().len(), entries.len());
            }
        }
    }
}
