//! The parameter sets of SLH-DSA (FIPS 205 section 11).

use serde::{Deserialize, Serialize};

/// A parameter set: its hash, its strength, and whether it is made for small or for fast signatures.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SlhDsaSet {
    /// SLH-DSA-SHA2-128s.
    Sha2_128s,
    /// SLH-DSA-SHA2-128f.
    Sha2_128f,
    /// SLH-DSA-SHA2-192s.
    Sha2_192s,
    /// SLH-DSA-SHA2-192f.
    Sha2_192f,
    /// SLH-DSA-SHA2-256s.
    Sha2_256s,
    /// SLH-DSA-SHA2-256f.
    Sha2_256f,
    /// SLH-DSA-SHAKE-128s.
    Shake128s,
    /// SLH-DSA-SHAKE-128f.
    Shake128f,
    /// SLH-DSA-SHAKE-192s.
    Shake192s,
    /// SLH-DSA-SHAKE-192f.
    Shake192f,
    /// SLH-DSA-SHAKE-256s.
    Shake256s,
    /// SLH-DSA-SHAKE-256f.
    Shake256f,
}

impl SlhDsaSet {
    /// Every set, in the order of their object identifiers (RFC 9909 section 3).
    pub const ALL: [Self; 12] = [
        Self::Sha2_128s,
        Self::Sha2_128f,
        Self::Sha2_192s,
        Self::Sha2_192f,
        Self::Sha2_256s,
        Self::Sha2_256f,
        Self::Shake128s,
        Self::Shake128f,
        Self::Shake192s,
        Self::Shake192f,
        Self::Shake256s,
        Self::Shake256f,
    ];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Sha2_128s => "slh-dsa-sha2-128s",
            Self::Sha2_128f => "slh-dsa-sha2-128f",
            Self::Sha2_192s => "slh-dsa-sha2-192s",
            Self::Sha2_192f => "slh-dsa-sha2-192f",
            Self::Sha2_256s => "slh-dsa-sha2-256s",
            Self::Sha2_256f => "slh-dsa-sha2-256f",
            Self::Shake128s => "slh-dsa-shake-128s",
            Self::Shake128f => "slh-dsa-shake-128f",
            Self::Shake192s => "slh-dsa-shake-192s",
            Self::Shake192f => "slh-dsa-shake-192f",
            Self::Shake256s => "slh-dsa-shake-256s",
            Self::Shake256f => "slh-dsa-shake-256f",
        }
    }

    /// The name shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha2_128s => "SLH-DSA-SHA2-128s",
            Self::Sha2_128f => "SLH-DSA-SHA2-128f",
            Self::Sha2_192s => "SLH-DSA-SHA2-192s",
            Self::Sha2_192f => "SLH-DSA-SHA2-192f",
            Self::Sha2_256s => "SLH-DSA-SHA2-256s",
            Self::Sha2_256f => "SLH-DSA-SHA2-256f",
            Self::Shake128s => "SLH-DSA-SHAKE-128s",
            Self::Shake128f => "SLH-DSA-SHAKE-128f",
            Self::Shake192s => "SLH-DSA-SHAKE-192s",
            Self::Shake192f => "SLH-DSA-SHAKE-192f",
            Self::Shake256s => "SLH-DSA-SHAKE-256s",
            Self::Shake256f => "SLH-DSA-SHAKE-256f",
        }
    }

    /// FIPS 205 table 2: categories 1, 3 and 5.
    pub const fn strength_bits(self) -> u16 {
        match self {
            Self::Sha2_128s | Self::Sha2_128f | Self::Shake128s | Self::Shake128f => 128,
            Self::Sha2_192s | Self::Sha2_192f | Self::Shake192s | Self::Shake192f => 192,
            Self::Sha2_256s | Self::Sha2_256f | Self::Shake256s | Self::Shake256f => 256,
        }
    }

    /// The security parameter n of FIPS 205 table 2, in bytes: a public key is two of them, a private four.
    pub const fn n(self) -> usize {
        self.strength_bits() as usize / 8
    }
}
