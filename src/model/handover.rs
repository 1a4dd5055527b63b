//! What was given to whom, when and in which format.

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::time::Time;

/// The form in which a public half, request, certificate or private half is written. It is written to the
/// log by the name of its variant, and to a checkpoint by its place.
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
    /// PKCS#8 in PEM under a passphrase (RFC 5958, PBES2 of RFC 8018).
    Pkcs8,
    /// PKCS#8 in PEM in clear.
    Pkcs8Plain,
    /// A PKCS#12 keystore with AES-256 and HMAC-SHA-256 (RFC 7292).
    Pkcs12,
    /// A PKCS#12 keystore with triple DES and HMAC-SHA-1, for old systems.
    Pkcs12Legacy,
    /// A private key of OpenSSH under a passphrase.
    OpenSshPrivate,
    /// A private key of PuTTY, version 3, under a passphrase.
    Ppk,
    /// A JSON Web Key with its private members in clear (RFC 7517).
    JwkPrivate,
    /// The same under a passphrase (RFC 7516).
    Jwe,
    /// The public facts of keys on a page to be printed, in HTML.
    Sheet,
    /// Private keys in an age file that recipients open with their own tool (C2SP age).
    Age,
    /// Private keys in CMS `EnvelopedData` for holders of certificates (RFC 5652 section 6).
    Cms,
    /// A key wrapped as AWS KMS imports it.
    ByokAws,
    /// A key wrapped as Azure Key Vault imports it.
    ByokAzure,
    /// A key wrapped as Google Cloud KMS imports it.
    ByokGcp,
    /// A key wrapped with AES-KWP (RFC 5649).
    AesKwp,
    /// A key wrapped with AES-KW (RFC 3394).
    AesKw,
    /// A key encrypted with RSA-OAEP and SHA-256 (RFC 8017 section 7.1).
    RsaOaep,
    /// A key under AES-KWP, whose own key is under RSA-OAEP with SHA-256 (PKCS#11 v3.1, `CKM_RSA_AES_KEY_WRAP`).
    RsaAesKwp,
    /// A private key as an SSH agent takes it (draft-ietf-sshm-ssh-agent section 3.2); never a file.
    AgentKey,
}

impl Format {
    /// Every format in the order menus show them.
    pub const ALL: [Self; 26] = [
        Self::SpkiPem,
        Self::SpkiDer,
        Self::OpenSsh,
        Self::Jwk,
        Self::RequestPem,
        Self::RequestDer,
        Self::Certificate,
        Self::Pkcs8,
        Self::Pkcs8Plain,
        Self::Pkcs12,
        Self::Pkcs12Legacy,
        Self::OpenSshPrivate,
        Self::Ppk,
        Self::JwkPrivate,
        Self::Jwe,
        Self::Sheet,
        Self::Age,
        Self::Cms,
        Self::ByokAws,
        Self::ByokAzure,
        Self::ByokGcp,
        Self::AesKwp,
        Self::AesKw,
        Self::RsaOaep,
        Self::RsaAesKwp,
        Self::AgentKey,
    ];

    /// The formats of private keys that are sealed to recipients.
    pub const SEALED: [Self; 5] = [Self::Age, Self::Cms, Self::ByokAws, Self::ByokAzure, Self::ByokGcp];

    /// The formats of a private key under another key of the inventory.
    pub const WRAPPED: [Self; 4] = [Self::AesKwp, Self::AesKw, Self::RsaOaep, Self::RsaAesKwp];

    /// The formats of files of a private key, those under a passphrase first.
    pub const PRIVATE: [Self; 8] = [
        Self::Pkcs8,
        Self::Pkcs12,
        Self::Pkcs12Legacy,
        Self::OpenSshPrivate,
        Self::Ppk,
        Self::Jwe,
        Self::Pkcs8Plain,
        Self::JwkPrivate,
    ];

    /// It holds private halves, in whatever way.
    pub fn is_private(self) -> bool {
        Self::PRIVATE.contains(&self) || self.is_sealed() || Self::WRAPPED.contains(&self) || matches!(self, Self::AgentKey)
    }

    /// Nothing but the tools of its recipients opens it.
    pub fn is_sealed(self) -> bool {
        Self::SEALED.contains(&self)
    }

    /// A cloud service takes it in.
    pub const fn is_byok(self) -> bool {
        matches!(self, Self::ByokAws | Self::ByokAzure | Self::ByokGcp)
    }

    /// What it holds opens only with a passphrase.
    pub const fn is_encrypted(self) -> bool {
        matches!(self, Self::Pkcs8 | Self::Pkcs12 | Self::Pkcs12Legacy | Self::OpenSshPrivate | Self::Ppk | Self::Jwe)
    }

    /// The formats of a public key.
    pub const PUBLIC: [Self; 4] = [Self::SpkiPem, Self::SpkiDer, Self::OpenSsh, Self::Jwk];

    /// The formats of a public key, and the sheet that has more than the key.
    pub const WITHOUT_SECRET: [Self; 5] = [Self::SpkiPem, Self::SpkiDer, Self::OpenSsh, Self::Jwk, Self::Sheet];

    /// Its readers allow so little work against guessing that the passphrase itself has to be strong.
    pub const fn asks_strongest(self) -> bool {
        matches!(self, Self::Jwe)
    }

    /// A private form has a place for keys of an algorithm. PKCS#8 and PKCS#12 hold any pair, also of one that is not
    /// known; the others hold what their documents name.
    pub const fn holds(self, algorithm: Algorithm) -> bool {
        use Algorithm as A;
        match self {
            Self::Pkcs8 | Self::Pkcs8Plain | Self::Pkcs12 | Self::Pkcs12Legacy => !algorithm.is_symmetric(),
            Self::OpenSshPrivate | Self::AgentKey => algorithm.has_openssh_form(),
            Self::Ppk => algorithm.has_openssh_form() || matches!(algorithm, A::Ed448),
            Self::JwkPrivate | Self::Jwe => {
                algorithm.is_rsa()
                    || algorithm.is_symmetric()
                    || algorithm.agrees()
                    || matches!(
                        algorithm,
                        A::Ed25519
                            | A::Ed448
                            | A::EcdsaP256
                            | A::EcdsaP384
                            | A::EcdsaP521
                            | A::EcdsaSecp256k1
                            | A::MlDsa44
                            | A::MlDsa65
                            | A::MlDsa87
                    )
            }
            // What is inside is PKCS#8 or a JWK, and PKCS#8 holds any pair.
            Self::Age | Self::Cms | Self::AesKwp | Self::AesKw | Self::RsaOaep | Self::RsaAesKwp => true,
            // AWS KMS Developer Guide, "Requirements for imported key material".
            Self::ByokAws => {
                let pair = matches!(algorithm, A::EcdsaP256 | A::EcdsaP384 | A::EcdsaP521 | A::EcdsaSecp256k1);
                pair || algorithm.is_usual_rsa() || matches!(algorithm, A::Aes256 | A::Hmac)
            }
            // Azure Key Vault, "Bring your own key specification"; symmetric keys in Managed HSM alone.
            Self::ByokAzure => {
                let pair = matches!(algorithm, A::EcdsaP256 | A::EcdsaP384 | A::EcdsaP521 | A::EcdsaSecp256k1);
                pair || algorithm.is_usual_rsa() || matches!(algorithm, A::Aes128 | A::Aes192 | A::Aes256)
            }
            // Google Cloud KMS, "Formatting keys for import" and "Key purposes and algorithms".
            Self::ByokGcp => {
                let pair = matches!(algorithm, A::EcdsaP256 | A::EcdsaP384 | A::EcdsaSecp256k1 | A::Ed25519);
                pair || algorithm.is_usual_rsa() || matches!(algorithm, A::Aes128 | A::Aes256 | A::Hmac)
            }
            _ => false,
        }
    }

    /// The private forms that hold keys of an algorithm, in the order menus show them.
    pub fn private_of(algorithm: Algorithm) -> impl Iterator<Item = Self> {
        Self::PRIVATE.into_iter().filter(move |format| format.holds(algorithm))
    }

    /// A file of the form holds one key and no more.
    pub const fn holds_one(self) -> bool {
        self.is_byok()
            || matches!(self, Self::AesKwp | Self::AesKw | Self::RsaOaep | Self::RsaAesKwp | Self::OpenSshPrivate | Self::Ppk)
            || matches!(self, Self::SpkiDer | Self::RequestPem | Self::RequestDer | Self::Certificate)
    }

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
            Self::Pkcs8 => "pkcs8",
            Self::Pkcs8Plain => "pkcs8-plain",
            Self::Pkcs12 => "pkcs12",
            Self::Pkcs12Legacy => "pkcs12-legacy",
            Self::OpenSshPrivate => "openssh-private",
            Self::Ppk => "ppk",
            Self::JwkPrivate => "jwk-private",
            Self::Jwe => "jwe",
            Self::Sheet => "sheet",
            Self::Age => "age",
            Self::Cms => "cms",
            Self::ByokAws => "byok-aws",
            Self::ByokAzure => "byok-azure",
            Self::ByokGcp => "byok-gcp",
            Self::AesKwp => "aes-kwp",
            Self::AesKw => "aes-kw",
            Self::RsaOaep => "rsa-oaep",
            Self::RsaAesKwp => "rsa-aes-kwp",
            Self::AgentKey => "agent",
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
            Self::Pkcs8 => "private key, PKCS#8",
            Self::Pkcs8Plain => "private key, PKCS#8 in clear",
            Self::Pkcs12 => "private key, PKCS#12",
            Self::Pkcs12Legacy => "private key, PKCS#12 for old systems",
            Self::OpenSshPrivate => "private key, OpenSSH",
            Self::Ppk => "private key, PuTTY",
            Self::JwkPrivate => "private key, JWK in clear",
            Self::Jwe => "private key, JWK in JWE",
            Self::Sheet => "sheet of public facts",
            Self::Age => "private key, age",
            Self::Cms => "private key, CMS",
            Self::ByokAws => "private key, for AWS KMS",
            Self::ByokAzure => "private key, for Azure Key Vault",
            Self::ByokGcp => "private key, for Google Cloud KMS",
            Self::AesKwp => "private key, AES-KWP",
            Self::AesKw => "private key, AES-KW",
            Self::RsaOaep => "private key, RSA-OAEP",
            Self::RsaAesKwp => "private key, RSA-OAEP with AES-KWP",
            Self::AgentKey => "private key, loaded into an SSH agent",
        }
    }

    /// The usual ending of a file in this format.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::SpkiPem => "pem",
            Self::SpkiDer | Self::RequestDer => "der",
            Self::OpenSsh => "pub",
            Self::Jwk | Self::JwkPrivate => "jwk",
            Self::RequestPem => "csr",
            Self::Certificate => "crt",
            Self::Pkcs8 | Self::Pkcs8Plain => "key",
            Self::Pkcs12 | Self::Pkcs12Legacy => "p12",
            // OpenSSH names private keys without an ending.
            Self::OpenSshPrivate | Self::AgentKey => "",
            Self::Ppk => "ppk",
            Self::Jwe => "jwe",
            Self::Sheet => "html",
            Self::Age => "age",
            Self::Cms => "p7m",
            Self::ByokAzure => "byok",
            Self::ByokAws | Self::ByokGcp => "bin",
            Self::AesKwp | Self::AesKw | Self::RsaOaep | Self::RsaAesKwp => "wrapped",
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

    /// Reads the command-line word of a private form, where `openssh` and `jwk` mean theirs.
    pub fn private_from_id(id: &str) -> Option<Self> {
        match id.to_ascii_lowercase().as_str() {
            "openssh" => Some(Self::OpenSshPrivate),
            "jwk" => Some(Self::JwkPrivate),
            id => Self::PRIVATE.into_iter().find(|format| format.id() == id),
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
