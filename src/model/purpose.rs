//! What a key is for.

use serde::{Deserialize, Serialize};

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

    /// Keys of this purpose may wrap others; the named ones sign or authenticate, and serve nothing beside.
    pub const fn wraps(self) -> bool {
        matches!(self, Self::Custom)
    }

    /// Reads the command-line word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.id().eq_ignore_ascii_case(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_as_it_is_written() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_id(purpose.id()), Some(purpose));
        }
    }
}
