//! What was given to whom, when and in which format.

use serde::{Deserialize, Serialize};

use super::time::Time;

/// The form in which a public half, request or certificate is written.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Format {
    /// `SubjectPublicKeyInfo` in PEM (RFC 7468 section 13).
    SpkiPem,
    /// `SubjectPublicKeyInfo` in DER (RFC 5280 section 4.1.2.7).
    SpkiDer,
    /// One OpenSSH line (RFC 4253 section 6.6).
    OpenSsh,
    /// JSON Web Key, or a JWK set for several (RFC 7517).
    Jwk,
    /// PKCS#10 request in PEM (RFC 2986, RFC 7468 section 7).
    RequestPem,
    /// PKCS#10 request in DER.
    RequestDer,
    /// An X.509 certificate.
    Certificate,
}

impl Format {
    /// Every format in the order menus show them.
    pub const ALL: [Self; 7] =
        [Self::SpkiPem, Self::SpkiDer, Self::OpenSsh, Self::Jwk, Self::RequestPem, Self::RequestDer, Self::Certificate];

    /// The formats of a public key.
    pub const PUBLIC: [Self; 4] = [Self::SpkiPem, Self::SpkiDer, Self::OpenSsh, Self::Jwk];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::SpkiPem => "spki-pem",
            Self::SpkiDer => "spki-der",
            Self::OpenSsh => "openssh",
            Self::Jwk => "jwk",
            Self::RequestPem => "request-pem",
            Self::RequestDer => "request-der",
            Self::Certificate => "certificate",
        }
    }

    /// The words shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SpkiPem => "public key, PEM",
            Self::SpkiDer => "public key, DER",
            Self::OpenSsh => "public key, OpenSSH",
            Self::Jwk => "public key, JWK",
            Self::RequestPem => "request, PEM",
            Self::RequestDer => "request, DER",
            Self::Certificate => "certificate",
        }
    }

    /// The usual ending of a file in this format.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::SpkiPem => "pem",
            Self::SpkiDer | Self::RequestDer => "der",
            Self::OpenSsh => "pub",
            Self::Jwk => "jwk",
            Self::RequestPem => "csr",
            Self::Certificate => "crt",
        }
    }

    /// Reads the command-line word; `pem`, `der` and `request` are understood as well.
    pub fn from_id(id: &str) -> Option<Self> {
        match id.to_ascii_lowercase().as_str() {
            "pem" => Some(Self::SpkiPem),
            "der" => Some(Self::SpkiDer),
            "request" | "csr" => Some(Self::RequestPem),
            id => Self::ALL.into_iter().find(|format| format.id() == id),
        }
    }
}

/// Something given to a recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    /// Which version of the key.
    pub version: u32,
    /// To whom.
    pub recipient: Box<str>,
    /// In which form.
    pub format: Format,
    /// When.
    pub at: Time,
    /// Made outside this program and only recorded here.
    pub elsewhere: bool,
}

/// A digest of an OpenSSH public key blob in the form `ssh-keygen -l` prints: `SHA256:…`.
pub fn ssh_fingerprint(digest: &super::ids::Digest) -> String {
    use base64ct::{Base64Unpadded, Encoding as _};
    format!("SHA256:{}", Base64Unpadded::encode_string(digest.as_bytes()))
}
