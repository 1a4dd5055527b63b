//! The facts of requests and certificates that the inventory keeps.

use serde::{Deserialize, Serialize};

use super::ids::Digest;
use super::purpose::Purpose;
use super::time::Time;

/// What a request asks for; kept with the version so that the next one starts from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestProfile {
    /// Distinguished name in the form of RFC 4514, such as `CN=a.example,O=X`.
    pub subject: String,
    /// DNS names (RFC 5280 section 4.2.1.6).
    pub dns: Vec<String>,
    /// IP addresses.
    pub ips: Vec<String>,
    /// Email addresses.
    pub emails: Vec<String>,
    /// Uniform resource identifiers.
    pub uris: Vec<String>,
    /// Bits of the key usage extension (RFC 5280 section 4.2.1.3).
    pub key_usage: Vec<KeyUsage>,
    /// Purposes of the extended key usage extension (RFC 5280 section 4.2.1.12).
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
}

impl RequestProfile {
    /// The usages that fit a purpose.
    pub fn usages_for(purpose: Purpose) -> (Vec<KeyUsage>, Vec<ExtendedKeyUsage>) {
        let signature = vec![KeyUsage::DigitalSignature];
        match purpose {
            Purpose::TlsServer => (signature, vec![ExtendedKeyUsage::ServerAuth]),
            Purpose::TlsClient => (signature, vec![ExtendedKeyUsage::ClientAuth]),
            Purpose::CodeSigning => (signature, vec![ExtendedKeyUsage::CodeSigning]),
            Purpose::DocumentSigning => {
                (vec![KeyUsage::DigitalSignature, KeyUsage::NonRepudiation], vec![ExtendedKeyUsage::EmailProtection])
            }
            Purpose::RootOfTrust => (vec![KeyUsage::KeyCertSign, KeyUsage::CrlSign], Vec::new()),
            Purpose::Ssh | Purpose::TokenSigning | Purpose::Custom => (signature, Vec::new()),
        }
    }
}

/// A bit of the key usage extension.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyUsage {
    /// Signatures other than on certificates and revocation lists.
    DigitalSignature,
    /// Signatures meant to bind a person (content commitment).
    NonRepudiation,
    /// Signatures on certificates.
    KeyCertSign,
    /// Signatures on revocation lists.
    CrlSign,
}

/// A purpose of the extended key usage extension.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExtendedKeyUsage {
    /// TLS server authentication.
    ServerAuth,
    /// TLS client authentication.
    ClientAuth,
    /// Signing of programs.
    CodeSigning,
    /// Signing of mail.
    EmailProtection,
}

impl KeyUsage {
    /// The words shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DigitalSignature => "digital signature",
            Self::NonRepudiation => "non-repudiation",
            Self::KeyCertSign => "certificate signing",
            Self::CrlSign => "revocation list signing",
        }
    }
}

impl ExtendedKeyUsage {
    /// The words shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServerAuth => "server authentication",
            Self::ClientAuth => "client authentication",
            Self::CodeSigning => "code signing",
            Self::EmailProtection => "e-mail protection",
        }
    }
}

/// What a certificate says, and the certificate itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// Whom it names (RFC 4514).
    pub subject: String,
    /// Who signed it (RFC 4514).
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// Subject alternative names as text: `DNS:a.example`, `IP:192.0.2.1`.
    pub names: Vec<String>,
    /// Valid from.
    pub not_before: Time,
    /// Valid until.
    pub not_after: Time,
    /// SHA-256 of `der`.
    pub sha256: Digest,
    /// The whole certificate in DER, in hexadecimal where the form is text.
    #[serde(with = "super::hex")]
    pub der: Box<[u8]>,
    /// Its usages in words: bits of the key usage extension, then purposes of the extended one, an
    /// unknown purpose as its object identifier.
    #[serde(default)]
    pub usages: Vec<String>,
    /// It may sign other certificates (RFC 5280 section 4.2.1.9).
    #[serde(default)]
    pub authority: bool,
    /// The issuers that were found beside it, its own issuer first.
    #[serde(default)]
    pub chain: Vec<Der>,
}

/// A certificate in DER, in hexadecimal where the form is text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Der(#[serde(with = "super::hex")] pub Box<[u8]>);
