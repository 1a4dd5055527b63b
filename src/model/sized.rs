//! Algorithms that have any size: their words and names, made once for each size that occurs, and
//! their strength.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// An algorithm whose keys have any size.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    Rsa,
    RsaPss,
    Dsa,
}

/// The smallest RSA modulus that is taken in, in bits: SP 800-131A rev. 2 lets no smaller one even
/// verify what was signed long ago.
pub const LEAST_RSA_BITS: usize = 1_024;

/// The largest RSA modulus that is taken in, in bits (OpenSSL's own limit).
pub const MOST_RSA_BITS: usize = 16_384;

/// The smallest and the largest prime of DSA, in bits (FIPS 186 of 1994; OpenSSL's own limit).
pub const DSA_BITS: std::ops::RangeInclusive<usize> = 512..=10_000;

impl Family {
    /// Longest word first, because one begins as the other.
    const ALL: [Self; 3] = [Self::RsaPss, Self::Rsa, Self::Dsa];

    const fn id(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::RsaPss => "rsa-pss",
            Self::Dsa => "dsa",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::RsaPss => "RSA-PSS",
            Self::Dsa => "DSA",
        }
    }

    fn has(self, bits: u16) -> bool {
        let bits = usize::from(bits);
        if self == Self::Dsa { DSA_BITS.contains(&bits) } else { (LEAST_RSA_BITS..=MOST_RSA_BITS).contains(&bits) }
    }
}

/// The word and the name of a size. Few sizes occur, so each pair is made once and kept.
pub(super) fn words(family: Family, bits: u16) -> (&'static str, &'static str) {
    type Known = BTreeMap<(Family, u16), (&'static str, &'static str)>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    *known.entry((family, bits)).or_insert_with(|| {
        let id = format!("{}{bits}", family.id());
        let name = format!("{} {bits}", family.name());
        (Box::leak(id.into_boxed_str()), Box::leak(name.into_boxed_str()))
    })
}

/// Reads a word such as `rsa1024`.
pub(super) fn read(word: &str) -> Option<(Family, u16)> {
    let lower = word.to_ascii_lowercase();
    let (family, digits) = Family::ALL.into_iter().find_map(|family| Some((family, lower.strip_prefix(family.id())?)))?;
    let canonical = digits.starts_with(|first: char| ('1'..='9').contains(&first));
    let bits = digits.parse().ok().filter(|_| canonical)?;
    family.has(bits).then_some((family, bits))
}

/// Whether a word begins as one that [`read`] reads.
pub(super) fn is_begun_by(word: &str) -> bool {
    Family::ALL.into_iter().any(|family| {
        let digits = word.strip_prefix(family.id());
        family.id().starts_with(word)
            || digits.is_some_and(|digits| digits.len() <= 5 && digits.bytes().all(|digit| digit.is_ascii_digit()))
    })
}

/// The strength of a modulus or prime of so many bits: the sizes of SP 800-57 part 1 rev. 5 table 2 as
/// it says, others by the formula of FIPS 140-3 IG D.B (the number field sieve), to the nearest
/// multiple of eight and never above the next size of the table.
pub(super) fn strength_bits(bits: u16) -> u16 {
    let least_above = [(1024, 80), (2048, 112), (3072, 128), (7680, 192), (15360, 256)];
    let product = f64::from(bits.max(8)) * std::f64::consts::LN_2;
    let exponent = 1.923 * product.cbrt() * product.ln().powi(2).cbrt() - 4.69;
    let strength = (exponent / std::f64::consts::LN_2 / 8.0).round() as u16 * 8;
    let table = least_above.into_iter().find(|(size, _)| *size >= bits);
    match table {
        Some((size, exact)) if size == bits => exact,
        Some((_, most)) => strength.min(most),
        None => strength.max(256),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_are_those_of_the_table_and_between_them() {
        let sizes = [1024, 2048, 3072, 4096, 7680, 8192, 15360, 16384];
        assert_eq!(sizes.map(strength_bits), [80, 112, 128, 152, 192, 200, 256, 272]);
        assert!((512..=16_384).collect::<Vec<u16>>().windows(2).all(|pair| strength_bits(pair[0]) <= strength_bits(pair[1])));
    }
}
