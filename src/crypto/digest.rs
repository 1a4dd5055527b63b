//! The hashes that signatures are made over (FIPS 180-4), also of what is too large to be held in memory.

use sha2::Digest as _;

/// A hash that a signature names.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum SignatureHash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl SignatureHash {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The digest of bytes.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }
}

/// A digest under way.
pub enum Hasher {
    /// Of SHA-256.
    Sha256(sha2::Sha256),
    /// Of SHA-384.
    Sha384(sha2::Sha384),
    /// Of SHA-512.
    Sha512(sha2::Sha512),
}

impl Hasher {
    /// Begins.
    pub fn new(hash: SignatureHash) -> Self {
        match hash {
            SignatureHash::Sha256 => Self::Sha256(sha2::Sha256::new()),
            SignatureHash::Sha384 => Self::Sha384(sha2::Sha384::new()),
            SignatureHash::Sha512 => Self::Sha512(sha2::Sha512::new()),
        }
    }

    /// Goes on with the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// The digest.
    pub fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Sha384(hasher) => hasher.finalize().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}
