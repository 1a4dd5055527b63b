//! The algorithms a key can have, with their names and their strength. What can be made here is a
//! part of what is understood; what is understood is a part of what is kept.

use serde::{Deserialize, Serialize};

use super::sized::{self, Family};
use super::slh_dsa::SlhDsaSet;

/// An algorithm together with its parameter set, curve or size. It is written to the log by the
/// name of its variant, so a variant keeps its name and its meaning.
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
    /// ML-DSA-44 (FIPS 204).
    MlDsa44,
    /// ML-DSA-65 (FIPS 204).
    MlDsa65,
    /// ML-DSA-87 (FIPS 204).
    MlDsa87,
    /// ECDSA on P-521.
    EcdsaP521,
    /// ECDSA on secp256k1 (SEC 2).
    EcdsaSecp256k1,
    /// Ed448 (RFC 8032).
    Ed448,
    /// X25519, key agreement (RFC 7748).
    X25519,
    /// X448, key agreement (RFC 7748).
    X448,
    /// RSA with a modulus of this many bits, other than the three sizes above: [`Algorithm::rsa`].
    Rsa(u16),
    /// RSA with a modulus of this many bits, for RSASSA-PSS alone (RFC 4055 section 1.2).
    RsaPss(u16),
    /// ML-KEM-512, key encapsulation (FIPS 203).
    MlKem512,
    /// ML-KEM-768, key encapsulation (FIPS 203).
    MlKem768,
    /// ML-KEM-1024, key encapsulation (FIPS 203).
    MlKem1024,
    /// SLH-DSA with this parameter set (FIPS 205).
    SlhDsa(SlhDsaSet),
    /// DSA with a prime of this many bits (FIPS 186-4); FIPS 186-5 has withdrawn it.
    Dsa(u16),
    /// A key for AES-128 (FIPS 197).
    Aes128,
    /// A key for AES-192 (FIPS 197).
    Aes192,
    /// A key for AES-256 (FIPS 197).
    Aes256,
    /// A key for HMAC (FIPS 198-1), of any length.
    Hmac,
    /// A sound key of an algorithm that is not known here, kept as it came.
    Unknown,
}

/// What an algorithm is called in scripts, on screen, and how strong it is.
struct Facts {
    id: &'static str,
    name: &'static str,
    strength_bits: u16,
}

impl Algorithm {
    /// Every algorithm that keys are made with here, weakest family first, in the order menus show them.
    pub const GENERATED: [Self; 10] = [
        Self::Ed25519,
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::EcdsaP521,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
    ];

    /// What is understood beside those that are made here, without the algorithms that have a size
    /// of their own: RSA, RSA-PSS and DSA.
    const IMPORTED: [Self; 24] = [
        Self::EcdsaSecp256k1,
        Self::Ed448,
        Self::X25519,
        Self::X448,
        Self::MlKem512,
        Self::MlKem768,
        Self::MlKem1024,
        Self::SlhDsa(SlhDsaSet::Sha2_128s),
        Self::SlhDsa(SlhDsaSet::Sha2_128f),
        Self::SlhDsa(SlhDsaSet::Sha2_192s),
        Self::SlhDsa(SlhDsaSet::Sha2_192f),
        Self::SlhDsa(SlhDsaSet::Sha2_256s),
        Self::SlhDsa(SlhDsaSet::Sha2_256f),
        Self::SlhDsa(SlhDsaSet::Shake128s),
        Self::SlhDsa(SlhDsaSet::Shake128f),
        Self::SlhDsa(SlhDsaSet::Shake192s),
        Self::SlhDsa(SlhDsaSet::Shake192f),
        Self::SlhDsa(SlhDsaSet::Shake256s),
        Self::SlhDsa(SlhDsaSet::Shake256f),
        Self::Aes128,
        Self::Aes192,
        Self::Aes256,
        Self::Hmac,
        Self::Unknown,
    ];

    /// Every algorithm that is understood and has one size: the words of filters and policies. The
    /// sized ones are words too: `rsa1024`, `rsa-pss3072`, `dsa2048`.
    pub fn understood() -> impl Iterator<Item = Self> {
        Self::GENERATED.into_iter().chain(Self::IMPORTED)
    }

    /// RSA with a modulus of this many bits.
    pub const fn rsa(bits: u16) -> Self {
        match bits {
            2048 => Self::Rsa2048,
            3072 => Self::Rsa3072,
            4096 => Self::Rsa4096,
            _ => Self::Rsa(bits),
        }
    }

    /// AES with a key of this many bits.
    pub const fn aes(bits: usize) -> Option<Self> {
        match bits {
            128 => Some(Self::Aes128),
            192 => Some(Self::Aes192),
            256 => Some(Self::Aes256),
            _ => None,
        }
    }

    /// Strengths: SP 800-57 part 1 rev. 5 table 2 for elliptic curves, AES, RSA and DSA, other sizes
    /// of the latter two as [`sized`] computes them; RFC 8032 and RFC 7748 for the curve of 448 bits;
    /// FIPS 203 table 2, FIPS 204 table 1 and FIPS 205 table 2 by category: 1 and 2 count as 128, 3 as
    /// 192, 5 as 256. HMAC is as strong as its key is long (SP 800-107 rev. 1 section 5.3.4), which the
    /// algorithm does not say: none is stated, as for an unknown one.
    fn facts(self) -> Facts {
        let (id, name, strength_bits) = match self {
            Self::Ed25519 => ("ed25519", "Ed25519", 128),
            Self::EcdsaP256 => ("p256", "ECDSA P-256", 128),
            Self::EcdsaP384 => ("p384", "ECDSA P-384", 192),
            Self::EcdsaP521 => ("p521", "ECDSA P-521", 256),
            Self::EcdsaSecp256k1 => ("secp256k1", "ECDSA secp256k1", 128),
            Self::Ed448 => ("ed448", "Ed448", 224),
            Self::X25519 => ("x25519", "X25519", 128),
            Self::X448 => ("x448", "X448", 224),
            Self::Rsa2048 => ("rsa2048", "RSA 2048", 112),
            Self::Rsa3072 => ("rsa3072", "RSA 3072", 128),
            Self::Rsa4096 => ("rsa4096", "RSA 4096", 152),
            Self::MlDsa44 => ("ml-dsa-44", "ML-DSA-44", 128),
            Self::MlDsa65 => ("ml-dsa-65", "ML-DSA-65", 192),
            Self::MlDsa87 => ("ml-dsa-87", "ML-DSA-87", 256),
            Self::MlKem512 => ("ml-kem-512", "ML-KEM-512", 128),
            Self::MlKem768 => ("ml-kem-768", "ML-KEM-768", 192),
            Self::MlKem1024 => ("ml-kem-1024", "ML-KEM-1024", 256),
            Self::Aes128 => ("aes128", "AES-128", 128),
            Self::Aes192 => ("aes192", "AES-192", 192),
            Self::Aes256 => ("aes256", "AES-256", 256),
            Self::Hmac => ("hmac", "HMAC", 0),
            Self::Unknown => ("unknown", "unknown algorithm", 0),
            Self::SlhDsa(set) => (set.id(), set.name(), set.strength_bits()),
            Self::Rsa(bits) => return sized_facts(Family::Rsa, bits),
            Self::RsaPss(bits) => return sized_facts(Family::RsaPss, bits),
            Self::Dsa(bits) => return sized_facts(Family::Dsa, bits),
        };
        Facts { id, name, strength_bits }
    }

    /// The word used on the command line and in JSON.
    pub fn id(self) -> &'static str {
        self.facts().id
    }

    /// The name shown on screen.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Security strength in bits against a classical attacker; 0 where the algorithm does not say.
    pub fn strength_bits(self) -> u16 {
        self.facts().strength_bits
    }

    /// Its strength in words; empty where the algorithm does not say.
    pub fn strength_words(self) -> String {
        match self.strength_bits() {
            0 => String::new(),
            bits => format!("{bits} bits"),
        }
    }

    /// Reads the command-line word.
    pub fn from_id(id: &str) -> Option<Self> {
        let named = Self::understood().find(|algorithm| algorithm.id().eq_ignore_ascii_case(id));
        named.or_else(|| {
            sized::read(id).map(|(family, bits)| match family {
                Family::Rsa => Self::rsa(bits),
                Family::RsaPss => Self::RsaPss(bits),
                Family::Dsa => Self::Dsa(bits),
            })
        })
    }

    /// Whether a word, in small letters, begins as that of an algorithm does.
    pub fn is_begun_by(word: &str) -> bool {
        Self::understood().any(|algorithm| algorithm.id().starts_with(word)) || sized::is_begun_by(word)
    }

    /// A place among all, by family and then by size, for lists that are in order.
    pub fn rank(self) -> u32 {
        let family = |algorithm: Self| Self::understood().position(|known| known == algorithm);
        match self {
            Self::Rsa(bits) => 0x1_0000 + u32::from(bits),
            Self::RsaPss(bits) => 0x2_0000 + u32::from(bits),
            Self::Dsa(bits) => 0x3_0000 + u32::from(bits),
            _ => family(self).map_or(u32::MAX, |at| at as u32),
        }
    }

    /// Keys of it are made here.
    pub fn is_generated(self) -> bool {
        Self::GENERATED.contains(&self)
    }

    /// SP 800-131A rev. 2 sections 3 and 6 no longer let it protect anything: DSA, and RSA below 2048 bits.
    pub const fn is_legacy(self) -> bool {
        matches!(self, Self::Dsa(_) | Self::Rsa(..2048) | Self::RsaPss(..2048))
    }

    /// Signatures are made and verified with it here.
    pub const fn signs(self) -> bool {
        !matches!(self, Self::Dsa(_) | Self::Unknown) && !self.agrees() && !self.encapsulates() && !self.is_symmetric()
    }

    /// Two parties agree on a secret with it.
    pub const fn agrees(self) -> bool {
        matches!(self, Self::X25519 | Self::X448)
    }

    /// What is encrypted to its public half can be opened with it.
    pub const fn decrypts(self) -> bool {
        self.encapsulates() || matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 | Self::Rsa(_))
    }

    /// It encapsulates a secret (ML-KEM).
    pub const fn encapsulates(self) -> bool {
        matches!(self, Self::MlKem512 | Self::MlKem768 | Self::MlKem1024)
    }

    /// It has one key and no public half.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Aes128 | Self::Aes192 | Self::Aes256 | Self::Hmac)
    }

    /// RSA that is not restricted to PSS, of any size.
    pub const fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 | Self::Rsa(_))
    }

    /// ML-DSA, of any parameter set.
    pub const fn is_ml_dsa(self) -> bool {
        matches!(self, Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87)
    }

    /// RSA of a size that the cloud services take in.
    pub const fn is_usual_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }

    /// OpenSSH has a public key format for it (RFC 4253, RFC 5656, RFC 8709).
    pub const fn has_openssh_form(self) -> bool {
        self.is_rsa() || matches!(self, Self::Ed25519 | Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521 | Self::Dsa(_))
    }
}

fn sized_facts(family: Family, bits: u16) -> Facts {
    let (id, name) = sized::words(family, bits);
    Facts { id, name, strength_bits: sized::strength_bits(bits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        let sizes = [1024, 1536, 2048, 3072, 4096, 7680, 8192, 10_000].into_iter();
        let sized = sizes.flat_map(|bits| [Algorithm::rsa(bits), Algorithm::RsaPss(bits), Algorithm::Dsa(bits)]);
        for algorithm in Algorithm::understood().chain(sized).chain([Algorithm::rsa(16_384)]) {
            assert_eq!(Algorithm::from_id(algorithm.id()), Some(algorithm));
            assert!(Algorithm::is_begun_by(&algorithm.id()[..3]));
        }
        for word in ["rsa", "rsa0", "rsa1023", "rsa16385", "rsa01024", "rsa-pss", "dsa", "rsa99999", "rsa+2048", ""] {
            assert_eq!(Algorithm::from_id(word), None, "{word}");
        }
    }

    #[test]
    fn a_rare_size_has_a_word_a_name_and_a_strength() {
        let facts = |algorithm: Algorithm| (algorithm.id(), algorithm.name(), algorithm.strength_bits());
        assert_eq!(facts(Algorithm::rsa(1024)), ("rsa1024", "RSA 1024", 80));
        assert_eq!(facts(Algorithm::rsa(8192)), ("rsa8192", "RSA 8192", 200));
        assert_eq!(facts(Algorithm::RsaPss(4096)), ("rsa-pss4096", "RSA-PSS 4096", 152));
        assert_eq!(facts(Algorithm::Dsa(1024)), ("dsa1024", "DSA 1024", 80));
        assert_eq!(Algorithm::rsa(3072), Algorithm::Rsa3072);
    }

    #[test]
    fn the_log_keeps_the_names_it_has() {
        let known = "[Ed25519,EcdsaP256,EcdsaP384,Rsa2048,Rsa3072,Rsa4096,MlDsa44,MlDsa65,MlDsa87]";
        let read: Vec<Algorithm> = ron::from_str(known).unwrap();
        assert_eq!(ron::to_string(&read).unwrap(), known);
        // And a checkpoint their numbers.
        assert_eq!(postcard::to_stdvec(&read).unwrap(), [9, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let added = vec![Algorithm::rsa(1024), Algorithm::SlhDsa(SlhDsaSet::Shake128f), Algorithm::Unknown];
        assert_eq!(ron::to_string(&added).unwrap(), "[Rsa(1024),SlhDsa(Shake128f),Unknown]");
        assert_eq!(postcard::from_bytes::<Vec<Algorithm>>(&postcard::to_stdvec(&added).unwrap()).unwrap(), added);
    }

    #[test]
    fn each_does_one_kind_of_work() {
        for algorithm in Algorithm::GENERATED {
            assert!(algorithm.signs() && !algorithm.is_legacy() && !algorithm.is_symmetric(), "{}", algorithm.name());
        }
        for algorithm in Algorithm::IMPORTED {
            let kinds = [algorithm.signs(), algorithm.agrees(), algorithm.decrypts(), algorithm.is_symmetric()];
            let expected = usize::from(algorithm != Algorithm::Unknown);
            assert_eq!(kinds.into_iter().filter(|does| *does).count(), expected, "{}", algorithm.name());
        }
        assert!(Algorithm::Dsa(3072).is_legacy() && Algorithm::rsa(2047).is_legacy() && Algorithm::RsaPss(1024).is_legacy());
        assert!(!Algorithm::rsa(2048).is_legacy() && !Algorithm::rsa(2049).is_legacy() && !Algorithm::Dsa(2048).signs());
    }

    #[test]
    fn lists_are_in_order() {
        let order = [Algorithm::Ed25519, Algorithm::Rsa2048, Algorithm::Unknown, Algorithm::rsa(1024), Algorithm::rsa(8192)];
        assert!(order.windows(2).all(|pair| pair[0].rank() < pair[1].rank()));
    }
}
