//! What a key is for, and the sound choice of algorithm and dates for it.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;

/// What a key is for.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// Server authentication in TLS.
    TlsServer,
    /// Client authentication in TLS.
    TlsClient,
    /// SSH log-in, hosts and Git.
    Ssh,
    /// Signing of programs and packages.
    CodeSigning,
    /// Signing of documents and mail.
    DocumentSigning,
    /// Signing of tokens (JWT, JWS, webhooks).
    TokenSigning,
    /// A certification authority's or firmware's root.
    RootOfTrust,
    /// Every setting chosen by the person.
    Custom,
}

impl Purpose {
    /// Every purpose in the order screens show them.
    pub const ALL: [Self; 8] = [
        Self::TlsServer,
        Self::TlsClient,
        Self::Ssh,
        Self::CodeSigning,
        Self::DocumentSigning,
        Self::TokenSigning,
        Self::RootOfTrust,
        Self::Custom,
    ];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::TlsServer => "tls-server",
            Self::TlsClient => "tls-client",
            Self::Ssh => "ssh",
            Self::CodeSigning => "code-signing",
            Self::DocumentSigning => "document-signing",
            Self::TokenSigning => "token-signing",
            Self::RootOfTrust => "root-of-trust",
            Self::Custom => "custom",
        }
    }

    /// The name shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TlsServer => "TLS server",
            Self::TlsClient => "TLS client",
            Self::Ssh => "SSH",
            Self::CodeSigning => "Code signing",
            Self::DocumentSigning => "Document signing",
            Self::TokenSigning => "Token signing",
            Self::RootOfTrust => "Root of trust",
            Self::Custom => "Own choice",
        }
    }

    /// Who or what uses such a key, in three words.
    pub const fn examples(self) -> &'static str {
        match self {
            Self::TlsServer => "Web and API hosts",
            Self::TlsClient => "Services, devices",
            Self::Ssh => "Log-in, hosts, Git",
            Self::CodeSigning => "Releases, packages",
            Self::DocumentSigning => "PDF, seals, e-mail",
            Self::TokenSigning => "JWT, JWS, webhooks",
            Self::RootOfTrust => "Own CA, firmware",
            Self::Custom => "Every setting open",
        }
    }

    /// Reads the command-line word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.id().eq_ignore_ascii_case(id))
    }

    /// The sound choice for this purpose.
    pub fn defaults(self) -> &'static PurposeDefaults {
        static MISSING: PurposeDefaults = PurposeDefaults {
            purpose: Purpose::Custom,
            algorithm: Algorithm::Ed25519,
            cryptoperiod_days: 365,
            warn_days: Vec::new(),
            clause: String::new(),
        };
        SHIPPED.iter().find(|defaults| defaults.purpose == self).unwrap_or(&MISSING)
    }
}

/// The sound choice of algorithm and dates for a purpose, as shipped in `assets/purposes.ron`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PurposeDefaults {
    /// What the key is for.
    pub purpose: Purpose,
    /// The algorithm taken unless another is chosen.
    pub algorithm: Algorithm,
    /// Days from activation to expiry.
    pub cryptoperiod_days: u32,
    /// Days before expiry at which a person is warned, the earliest first.
    pub warn_days: Vec<u32>,
    /// Where the figures come from.
    pub clause: String,
}

/// A test reads the file, so a mistake in it never reaches a person.
static SHIPPED: LazyLock<Vec<PurposeDefaults>> =
    LazyLock::new(|| ron::from_str(include_str!("../../assets/purposes.ron")).unwrap_or_default());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_has_sound_figures_for_each_purpose() {
        assert_eq!(SHIPPED.len(), Purpose::ALL.len());
        for purpose in Purpose::ALL {
            let defaults = purpose.defaults();
            assert_eq!(defaults.purpose, purpose);
            assert!(!defaults.clause.is_empty());
            assert!(defaults.warn_days.windows(2).all(|pair| pair[0] > pair[1]), "{purpose:?}");
            assert!(defaults.warn_days.iter().all(|&days| days < defaults.cryptoperiod_days));
            assert_eq!(Purpose::from_id(purpose.id()), Some(purpose));
        }
    }
}
