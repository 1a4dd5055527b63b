//! What lies inside an age file or a CMS message: pairs as PKCS#8 in PEM (RFC 7468), each behind a line with its name and
//! before its certificates, so that `age -d | openssl pkey` works; a JSON Web Key Set (RFC 7517 section 5) of all
//! of them as soon as one is symmetric, because PEM has no form for those.

use crate::formats::leaving::{LeavingError, PrivateEntry, jwk};
use crate::formats::pem;
use crate::model::name::shown;
use crate::model::{Algorithm, Format};
use crate::secret::SecretBytes;
use zeroize::Zeroizing;

/// Whether keys go into one file.
pub(super) fn check(keys: &[(&str, Algorithm)]) -> Result<(), LeavingError> {
    let symmetric = keys.iter().any(|(_, algorithm)| algorithm.is_symmetric());
    let formless = keys.iter().find(|(_, algorithm)| symmetric && !Format::JwkPrivate.holds(*algorithm));
    formless.map_or(Ok(()), |(name, _)| Err(LeavingError::Mixed(shown(name).into_owned())))
}

/// The text.
pub(super) fn write(entries: &[PrivateEntry]) -> Result<SecretBytes, LeavingError> {
    if entries.iter().any(|entry| entry.algorithm.is_symmetric()) {
        return jwk::set(entries);
    }
    let blocks = |entry: &PrivateEntry| {
        let private = Zeroizing::new(pem::write("PRIVATE KEY", entry.secret.expose()));
        let certificates = entry.certificates.iter().map(|der| pem::write("CERTIFICATE", der)).collect::<String>();
        // Escaped, so that no name begins a line of its own.
        Zeroizing::new(format!("# {}\n{}{certificates}", shown(entry.name), &*private))
    };
    let blocks: Vec<_> = entries.iter().map(blocks).collect();
    let mut text = Vec::with_capacity(blocks.iter().map(|block| block.len()).sum());
    blocks.iter().for_each(|block| text.extend_from_slice(block.as_bytes()));
    Ok(SecretBytes::new(text))
}
