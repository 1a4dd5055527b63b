//! The algorithms a key can have, with their names and their strength.

use serde::{Deserialize, Serialize};

/// A signature algorithm together with its parameter set or modulus size.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ECDSA on P-256 (FIPS 186-5, SEC 2 secp256r1).
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
    /// ML-DSA-44 (FIPS 204), kept as its 32-byte seed.
    MlDsa44,
    /// ML-DSA-65 (FIPS 204), kept as its 32-byte seed.
    MlDsa65,
    /// ML-DSA-87 (FIPS 204), kept as its 32-byte seed.
    MlDsa87,
}

/// What an algorithm is called in scripts, on screen, and how strong it is.
struct Facts {
    id: &'static str,
    name: &'static str,
    strength_bits: u16,
}

impl Algorithm {
    /// Every algorithm, weakest family first, in the order menus show them.
    pub const ALL: [Self; 9] = [
        Self::Ed25519,
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
    ];

    /// Strengths: SP 800-57 part 1 rev. 5 table 2 (RSA 4096 by its section 5.6.1.1 interpolation,
    /// as FIPS 140 IG D.B computes it: 152); ML-DSA by FIPS 204 table 1, category 2 counted as 128.
    const fn facts(self) -> Facts {
        let (id, name, strength_bits) = match self {
            Self::Ed25519 => ("ed25519", "Ed25519", 128),
            Self::EcdsaP256 => ("p256", "ECDSA P-256", 128),
            Self::EcdsaP384 => ("p384", "ECDSA P-384", 192),
            Self::Rsa2048 => ("rsa2048", "RSA 2048", 112),
            Self::Rsa3072 => ("rsa3072", "RSA 3072", 128),
            Self::Rsa4096 => ("rsa4096", "RSA 4096", 152),
            Self::MlDsa44 => ("ml-dsa-44", "ML-DSA-44", 128),
            Self::MlDsa65 => ("ml-dsa-65", "ML-DSA-65", 192),
            Self::MlDsa87 => ("ml-dsa-87", "ML-DSA-87", 256),
        };
        Facts { id, name, strength_bits }
    }

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        self.facts().id
    }

    /// The name shown on screen.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Security strength in bits against a classical attacker.
    pub const fn strength_bits(self) -> u16 {
        self.facts().strength_bits
    }

    /// Reads the command-line word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.id().eq_ignore_ascii_case(id))
    }

    /// OpenSSH has a public key format for it (RFC 4253, RFC 5656, RFC 8709; none for ML-DSA).
    pub const fn has_openssh_form(self) -> bool {
        !matches!(self, Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_id(algorithm.id()), Some(algorithm));
        }
        assert_eq!(Algorithm::from_id("rsa1024"), None);
    }
}
