//! The types of keys that a transit engine has, and what they are here.

use crate::model::Algorithm;

/// A type of key, by the server's word.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// `ecdsa-p256`.
    EcdsaP256,
    /// `ecdsa-p384`.
    EcdsaP384,
    /// `ecdsa-p521`.
    EcdsaP521,
    /// `ed25519`.
    Ed25519,
    /// `rsa-2048`.
    Rsa2048,
    /// `rsa-3072`.
    Rsa3072,
    /// `rsa-4096`.
    Rsa4096,
    /// `aes128-gcm96`.
    Aes128,
    /// `aes256-gcm96`.
    Aes256,
    /// `hmac`.
    Hmac,
    /// One that is not known here.
    Other,
}

impl KeyType {
    /// Every type that keys are made with.
    pub const MADE: [Self; 10] = [
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::Ed25519,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::Aes128,
        Self::Aes256,
        Self::Hmac,
    ];

    /// The server's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::EcdsaP521 => "ecdsa-p521",
            Self::Ed25519 => "ed25519",
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::Aes128 => "aes128-gcm96",
            Self::Aes256 => "aes256-gcm96",
            Self::Hmac => "hmac",
            Self::Other => "",
        }
    }

    /// Reads the server's word.
    pub fn from_word(word: &str) -> Self {
        Self::MADE.into_iter().find(|known| known.word() == word).unwrap_or(Self::Other)
    }

    /// What it is here.
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::EcdsaP256 => Algorithm::EcdsaP256,
            Self::EcdsaP384 => Algorithm::EcdsaP384,
            Self::EcdsaP521 => Algorithm::EcdsaP521,
            Self::Ed25519 => Algorithm::Ed25519,
            Self::Rsa2048 => Algorithm::Rsa2048,
            Self::Rsa3072 => Algorithm::Rsa3072,
            Self::Rsa4096 => Algorithm::Rsa4096,
            Self::Aes128 => Algorithm::Aes128,
            Self::Aes256 => Algorithm::Aes256,
            Self::Hmac => Algorithm::Hmac,
            Self::Other => Algorithm::Unknown,
        }
    }

    /// What a key of this algorithm is there; `None` where the engine has no such keys.
    pub fn of(algorithm: Algorithm) -> Option<Self> {
        Self::MADE.into_iter().find(|known| known.algorithm() == algorithm)
    }

    /// The word by which its private half is exported.
    pub(super) const fn export_word(self) -> &'static str {
        match self {
            Self::Hmac => "hmac-key",
            Self::Aes128 | Self::Aes256 => "encryption-key",
            _ => "signing-key",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_one_algorithm_and_back() {
        for key_type in KeyType::MADE {
            assert_eq!(KeyType::from_word(key_type.word()), key_type);
            assert_eq!(KeyType::of(key_type.algorithm()), Some(key_type));
        }
        assert_eq!(KeyType::from_word("ml-dsa"), KeyType::Other);
        assert_eq!(KeyType::of(Algorithm::MlDsa65), None);
        assert_eq!(KeyType::of(Algorithm::Unknown), None);
    }
}
