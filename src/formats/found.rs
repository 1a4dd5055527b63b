//! What a file of others holds: one entry for each object, read or refused with the reason.

use std::fmt;

use crate::secret::SecretBytes;

/// What kind of object was recognised, by its content.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An RSA private key of its own form (RFC 8017 appendix A.1.2).
    Pkcs1,
    /// An elliptic curve private key of its own form (RFC 5915).
    Sec1,
    /// A DSA private key as OpenSSL wrote it.
    DsaPrivate,
    /// A private key (RFC 5958).
    Pkcs8,
    /// A private key under a passphrase (RFC 5958 section 3).
    Pkcs8Encrypted,
    /// A private key in the old encrypted PEM form of OpenSSL (`Proc-Type: 4,ENCRYPTED`).
    OldPem,
    /// An entry of a PKCS#12 keystore (RFC 7292).
    Pkcs12,
    /// A private key of OpenSSH (`openssh-key-v1`).
    OpenSsh,
    /// A private key of `PuTTY`.
    Ppk,
    /// An entry of a Java keystore.
    Jks,
    /// An entry of a Java keystore of the JCEKS kind.
    Jceks,
    /// A JSON Web Key (RFC 7517).
    Jwk,
    /// An identity of age.
    AgeIdentity,
    /// A public key (RFC 5280 section 4.1.2.7).
    Spki,
    /// A public key line of OpenSSH, alone or in `authorized_keys` or `known_hosts`.
    OpenSshPublic,
    /// A certificate of OpenSSH.
    OpenSshCertificate,
    /// A public key of SSH in the form of RFC 4716.
    Ssh2Public,
    /// An X.509 certificate (RFC 5280).
    Certificate,
    /// Certificates in PKCS#7 (RFC 5652).
    Pkcs7,
    /// A certificate request (RFC 2986).
    Request,
    /// A certificate revocation list (RFC 5280 section 5).
    RevocationList,
    /// Nothing that is known.
    Unknown,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 22] = [
        Self::Pkcs1,
        Self::Sec1,
        Self::DsaPrivate,
        Self::Pkcs8,
        Self::Pkcs8Encrypted,
        Self::OldPem,
        Self::Pkcs12,
        Self::OpenSsh,
        Self::Ppk,
        Self::Jks,
        Self::Jceks,
        Self::Jwk,
        Self::AgeIdentity,
        Self::Spki,
        Self::OpenSshPublic,
        Self::OpenSshCertificate,
        Self::Ssh2Public,
        Self::Certificate,
        Self::Pkcs7,
        Self::Request,
        Self::RevocationList,
        Self::Unknown,
    ];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Pkcs1 => "pkcs1",
            Self::Sec1 => "sec1",
            Self::DsaPrivate => "dsa",
            Self::Pkcs8 => "pkcs8",
            Self::Pkcs8Encrypted => "pkcs8-encrypted",
            Self::OldPem => "pem-encrypted",
            Self::Pkcs12 => "pkcs12",
            Self::OpenSsh => "openssh",
            Self::Ppk => "ppk",
            Self::Jks => "jks",
            Self::Jceks => "jceks",
            Self::Jwk => "jwk",
            Self::AgeIdentity => "age-identity",
            Self::Spki => "spki",
            Self::OpenSshPublic => "openssh-public",
            Self::OpenSshCertificate => "openssh-certificate",
            Self::Ssh2Public => "ssh2-public",
            Self::Certificate => "certificate",
            Self::Pkcs7 => "pkcs7",
            Self::Request => "request",
            Self::RevocationList => "revocation-list",
            Self::Unknown => "unknown",
        }
    }

    /// The words shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pkcs1 => "PKCS#1 private key",
            Self::Sec1 => "SEC 1 private key",
            Self::DsaPrivate => "DSA private key",
            Self::Pkcs8 => "PKCS#8 private key",
            Self::Pkcs8Encrypted => "encrypted PKCS#8 private key",
            Self::OldPem => "encrypted PEM private key",
            Self::Pkcs12 => "PKCS#12 keystore",
            Self::OpenSsh => "OpenSSH private key",
            Self::Ppk => "PuTTY private key",
            Self::Jks => "Java keystore",
            Self::Jceks => "Java keystore (JCEKS)",
            Self::Jwk => "JSON Web Key",
            Self::AgeIdentity => "age identity",
            Self::Spki => "public key",
            Self::OpenSshPublic => "OpenSSH public key",
            Self::OpenSshCertificate => "OpenSSH certificate",
            Self::Ssh2Public => "SSH2 public key",
            Self::Certificate => "certificate",
            Self::Pkcs7 => "PKCS#7 certificates",
            Self::Request => "certificate request",
            Self::RevocationList => "revocation list",
            Self::Unknown => "unknown object",
        }
    }
}

/// Where in a file an object lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// From a line on, counted from 1.
    Line(u32),
    /// An entry of a keystore or set, by its name or number.
    Entry(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("the file"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Entry(name) => write!(f, "entry “{}”", crate::model::name::shown(name)),
        }
    }
}

/// One object of a file.
pub struct Found {
    /// Where it lies.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
    /// What the file calls it: a comment, an alias, a friendly name, a key id.
    pub name: Option<String>,
    /// What was read, or why it could not be.
    pub content: Result<Content, Reason>,
}

/// What an object is, once read. It may hold a secret, so it derives nothing.
pub enum Content {
    /// A private key in PKCS#8 DER (RFC 5958), as the file has it or brought to this form. Whether
    /// both halves fit is the business of `crypto`, which looks at every imported pair.
    Private {
        /// PKCS#8 DER.
        pkcs8: SecretBytes,
        /// The public half that the file has beside it (DER `SubjectPublicKeyInfo`), to be compared.
        public_key: Option<Box<[u8]>>,
        /// It lay under a passphrase.
        encrypted: bool,
    },
    /// A symmetric key.
    Symmetric {
        /// Its bytes.
        secret: SecretBytes,
        /// What it is for, as far as the file says.
        cipher: SymmetricKind,
        /// It lay under a passphrase.
        encrypted: bool,
    },
    /// A public key (DER `SubjectPublicKeyInfo`).
    Public(Box<[u8]>),
    /// An X.509 certificate in DER.
    Certificate(Box<[u8]>),
    /// A certificate of OpenSSH: its line, and the key it certifies (DER `SubjectPublicKeyInfo`).
    SshCertificate {
        /// The line without a comment.
        line: Box<str>,
        /// The certified key.
        public_key: Box<[u8]>,
        /// The names it is valid for.
        principals: Vec<String>,
        /// Valid from and until, in seconds since 1970; none at its end is for ever.
        valid: (u64, Option<u64>),
    },
    /// A certificate request in DER, with the key it is for (DER `SubjectPublicKeyInfo`).
    Request {
        /// The request.
        der: Box<[u8]>,
        /// Its key.
        public_key: Box<[u8]>,
    },
    /// A certificate revocation list in DER.
    RevocationList(Box<[u8]>),
}

/// What a symmetric key is for.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash)]
pub enum SymmetricKind {
    /// AES of this many bits, by its length.
    Aes,
    /// HMAC.
    Hmac,
    /// The file does not say, or names another cipher.
    Other,
}

/// Why an object could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It is encrypted, and no passphrase was given.
    #[error("It is encrypted. Give its passphrase.")]
    PassphraseNeeded,
    /// It is encrypted, and none of those given opens it.
    #[error("None of the passphrases given opens it.")]
    WrongPassphrase,
    /// No passphrase opens it, or it is damaged: the form cannot tell which.
    #[error("None of the passphrases given opens it, or it is damaged; its form cannot tell which.")]
    WrongPassphraseOrDamaged,
    /// It ends before it is whole.
    #[error("It is cut off: {0}.")]
    Truncated(&'static str),
    /// It does not follow its own form.
    #[error("It is damaged: {0}.")]
    Malformed(String),
    /// It asks for more than is given.
    #[error("It asks for {asked} {what}, and {limit} is the limit.")]
    OverLimit {
        /// Of what.
        what: &'static str,
        /// How much it asks for.
        asked: u64,
        /// The most that is given.
        limit: u64,
    },
    /// It is too weak to be taken in.
    #[error("It has {has} {what}, and {least} is the least that is taken in.")]
    UnderLimit {
        /// Of what.
        what: &'static str,
        /// How much it has.
        has: u64,
        /// The least that is taken in.
        least: u64,
    },
    /// A form, cipher or algorithm that is known and not read.
    #[error("{0} is not read.")]
    Unsupported(String),
    /// Its parts contradict each other.
    #[error("Its parts do not fit together: {0}.")]
    Inconsistent(String),
    /// Nothing that is known.
    #[error("Nothing in it is a key, certificate, request or revocation list that is known.")]
    Unrecognised,
}
