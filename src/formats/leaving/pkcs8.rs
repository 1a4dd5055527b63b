//! PKCS#8 in PEM (RFC 5958, RFC 7468 sections 10 and 11), several keys one after the other. The key goes out byte
//! for byte as it lies in its store.

use zeroize::Zeroizing;

use super::sealing::{self, Strength};
use super::{LeavingError, PrivateEntry};
use crate::formats::ber::{self, OCTET_STRING, SEQUENCE};
use crate::formats::pem;
use crate::secret::{Passphrase, SecretBytes};

/// `PRIVATE KEY` blocks.
pub(super) fn plain(entries: &[PrivateEntry]) -> SecretBytes {
    let blocks = entries.iter().map(|entry| Zeroizing::new(pem::write("PRIVATE KEY", entry.secret.expose())));
    SecretBytes::new(blocks.fold(Vec::new(), |mut text, block| {
        text.extend_from_slice(block.as_bytes());
        text
    }))
}

/// `ENCRYPTED PRIVATE KEY` blocks.
pub(super) fn encrypted(entries: &[PrivateEntry], passphrase: &Passphrase) -> Result<SecretBytes, LeavingError> {
    let mut text = Vec::new();
    for entry in entries {
        let der = shrouded(entry.secret, passphrase, Strength::Modern)?;
        text.extend_from_slice(pem::write("ENCRYPTED PRIVATE KEY", &der).as_bytes());
    }
    Ok(SecretBytes::new(text))
}

/// `EncryptedPrivateKeyInfo` (RFC 5958 section 3).
pub(super) fn shrouded(pkcs8: &SecretBytes, passphrase: &Passphrase, strength: Strength) -> Result<ber::Bytes, LeavingError> {
    let sealed = sealing::seal(pkcs8.expose(), passphrase, strength)?;
    Ok(ber::wrap(SEQUENCE, &[&sealed.algorithm, &ber::wrap(OCTET_STRING, &[&sealed.data])]))
}
