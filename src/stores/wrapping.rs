//! How a secret is put under another key.

use serde::{Deserialize, Serialize};

/// A way to put a secret under a key.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wrapping {
    /// AES key wrap (RFC 3394, SP 800-38F KW): whole blocks of 8 bytes, at least two.
    AesKw,
    /// AES key wrap with padding (RFC 5649, SP 800-38F KWP): any length.
    AesKwp,
    /// RSA-OAEP (RFC 8017 section 7.1), with SHA-256 where the engine has it.
    RsaOaep,
}

impl Wrapping {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::AesKw, Self::AesKwp, Self::RsaOaep];

    /// The name shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesKw => "AES-KW",
            Self::AesKwp => "AES-KWP",
            Self::RsaOaep => "RSA-OAEP",
        }
    }
}
