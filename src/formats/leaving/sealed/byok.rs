//! Keys for cloud services that take them in, under the RSA key that the service gave:
//!
//! - AWS KMS (Developer Guide, "Importing key material step 3: Encrypt the key material" and "Requirements for imported key
//!   material"): symmetric keys by `RSAES_OAEP_SHA_256`, pairs in PKCS#8 by `RSA_AES_KEY_WRAP_SHA_256`, as
//!   binary `EncryptedKeyMaterial`.
//! - Azure Key Vault ("Bring your own key specification"): `CKM_RSA_AES_KEY_WRAP` with SHA-1 in OAEP, in a JSON file.
//! - Google Cloud KMS ("Formatting keys for import", "Wrapping a key using OpenSSL on Linux"): symmetric keys by
//!   `RSA_OAEP_…_SHA256`, pairs in PKCS#8 by `RSA_OAEP_…_SHA256_AES_256`, in binary.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};

use super::{LeavingError, SealedTo, der, refused};
use crate::crypto::{self, OaepHash};
use crate::formats::leaving::PrivateEntry;
use crate::formats::leaving::wrapped::{rsa_aes, rsa_aes_length};
use crate::model::name::shown;
use crate::model::{Algorithm, Format};
use crate::secret::SecretBytes;

/// A service's key, read.
pub(super) struct Service {
    format: Format,
    /// DER `SubjectPublicKeyInfo` of an RSA key.
    spki: Vec<u8>,
    /// Bytes of its modulus.
    modulus: usize,
    /// How the service names the key.
    id: Box<str>,
}

impl Service {
    pub(super) fn read(format: Format, to: &SealedTo) -> Result<Self, LeavingError> {
        let spki = der(to)?;
        let algorithm = crypto::algorithm_of(&spki).map_err(|error| refused(to, error.to_string().trim_end_matches('.')))?;
        let modulus = match (algorithm, format) {
            (Algorithm::Rsa2048, Format::ByokGcp) => {
                return Err(refused(to, "Google Cloud KMS gives wrapping keys of 3072 or 4096 bits, and this one has 2048"));
            }
            (Algorithm::Rsa2048, _) => 256,
            (Algorithm::Rsa3072, _) => 384,
            (Algorithm::Rsa4096, _) => 512,
            _ => {
                let reason = format!("it is for {}, and the service gives RSA keys of 2048, 3072 or 4096 bits", algorithm.name());
                return Err(refused(to, reason));
            }
        };
        if format == Format::ByokAzure && to.key.service_id.is_empty() {
            let reason = "Azure Key Vault needs the identifier of its key in the file. Add the key again with it (https://….vault.azure.net/keys/…)";
            return Err(refused(to, reason));
        }
        Ok(Self { format, spki, modulus, id: to.key.service_id.clone() })
    }

    /// PKCS#8 of a pair, or the bytes of a symmetric key of a length that the service takes.
    pub(super) fn plain(&self, entry: &PrivateEntry) -> Result<SecretBytes, LeavingError> {
        let secret = entry.secret.expose();
        let takes: &[usize] = match (self.format, entry.algorithm) {
            (Format::ByokAws, Algorithm::Hmac) => &[28, 32, 48, 64],
            (Format::ByokGcp, Algorithm::Hmac) => &[20, 28, 32, 48, 64],
            _ => &[],
        };
        if !takes.is_empty() && !takes.contains(&secret.len()) {
            let lengths: Vec<_> = takes.iter().map(ToString::to_string).collect();
            return Err(LeavingError::Length {
                name: shown(entry.name).into_owned(),
                length: secret.len(),
                format: self.format.name(),
                takes: format!("HMAC keys of {} bytes", lengths.join(", ")),
            });
        }
        Ok(SecretBytes::new(secret.to_vec()))
    }

    pub(super) fn seal(&self, plain: &SecretBytes, symmetric: bool) -> Result<SecretBytes, LeavingError> {
        let bytes = match self.format {
            Format::ByokAzure => self.transfer_blob(&rsa_aes(&self.spki, OaepHash::Sha1, plain)?)?,
            _ if symmetric => crypto::oaep(&self.spki, OaepHash::Sha256, plain.expose())?,
            _ => rsa_aes(&self.spki, OaepHash::Sha256, plain)?,
        };
        Ok(SecretBytes::new(bytes))
    }

    /// The "key transfer blob" of Azure.
    fn transfer_blob(&self, wrapped: &[u8]) -> Result<Vec<u8>, LeavingError> {
        let blob = json!({
            "schema_version": "1.0.0",
            "header": { "kid": self.id, "alg": "dir", "enc": "CKM_RSA_AES_KEY_WRAP" },
            "ciphertext": Base64UrlUnpadded::encode_string(wrapped),
            "generator": concat!("Keystead ", env!("CARGO_PKG_VERSION")),
        });
        let mut text = serde_json::to_vec_pretty(&blob).map_err(|_| LeavingError::Unreadable("it has no form as JSON"))?;
        text.push(b'\n');
        Ok(text)
    }

    /// The file has the form, and the length that the service's key makes.
    pub(super) fn has_form(&self, file: &[u8], symmetric: bool) -> bool {
        let is_long = |wrapped: &[u8]| rsa_aes_length(wrapped.len(), self.modulus);
        if self.format != Format::ByokAzure {
            return if symmetric { file.len() == self.modulus } else { is_long(file) };
        }
        let Ok(blob) = serde_json::from_slice::<Value>(file) else { return false };
        let wrapped = blob["ciphertext"].as_str().and_then(|text| Base64UrlUnpadded::decode_vec(text).ok());
        blob["header"]["kid"] == *self.id && wrapped.is_some_and(|wrapped| is_long(&wrapped))
    }
}
