//! What does not fit in a key that somebody else made.

use crate::model::sized::{LEAST_RSA_BITS, MOST_RSA_BITS};

/// Where a public half was found.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Beside {
    /// In the private key itself.
    Inside,
    /// In the file, beside the private key.
    File,
}

impl std::fmt::Display for Beside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Inside => "inside the private key",
            Self::File => "beside it",
        })
    }
}

/// A key is not sound: one part of it contradicts another, or its algorithm. Such a key is not taken
/// in, because what it signs nobody could verify, or because it would give itself away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The public half is that of another key.
    #[error("the public half {0} does not belong to the private half")]
    OtherPublic(Beside),
    /// The public half cannot be read as one of the algorithm.
    #[error("the public half {0} cannot be read")]
    UnreadablePublic(Beside),
    /// A point is not on its curve (SP 800-56A rev. 3 section 5.6.2.3.3).
    #[error("the public point {0} does not lie on the curve")]
    OffCurve(Beside),
    /// The secret number of an elliptic curve key is 0.
    #[error("its secret number is zero")]
    ScalarZero,
    /// The secret number of an elliptic curve key is as large as the order of its curve.
    #[error("its secret number is not below the order of its curve")]
    ScalarTooLarge,
    /// A key names two curves.
    #[error("it names two different curves")]
    TwoCurves,
    /// A part has another length than its algorithm asks for.
    #[error("its {part} has {found} bytes where {wanted} belong")]
    Length {
        /// Which part.
        part: &'static str,
        /// How long it should be.
        wanted: usize,
        /// How long it is.
        found: usize,
    },
    /// The modulus is below the limit.
    #[error("its modulus has {0} bits, and {LEAST_RSA_BITS} is the least that is taken in")]
    ModulusTooSmall(usize),
    /// The modulus is above the limit.
    #[error("its modulus has {0} bits, and {MOST_RSA_BITS} is the most that is taken in")]
    ModulusTooLarge(usize),
    /// The modulus is even.
    #[error("its modulus is even")]
    ModulusEven,
    /// The public exponent is 1, or 0: it would leave every message as it is.
    #[error("its public exponent is {0}, which hides nothing")]
    ExponentTrivial(u8),
    /// The public exponent is even: no private exponent can belong to it.
    #[error("its public exponent is even")]
    ExponentEven,
    /// The public exponent is not below the modulus.
    #[error("its public exponent is not below its modulus")]
    ExponentTooLarge,
    /// The modulus is not the product of the primes.
    #[error("its modulus is not the product of its primes")]
    NotTheProduct,
    /// Both primes are the same number.
    #[error("its two primes are the same number")]
    SamePrimes,
    /// A prime is none.
    #[error("its {0} is not a prime number")]
    NotPrime(&'static str),
    /// The private exponent does not undo the public one.
    #[error("its private exponent does not belong to its public exponent")]
    PrivateExponent,
    /// A number that only speeds up RSA is wrong, which would give the primes away with the first signature.
    #[error("its {0} does not follow from its other numbers")]
    Remainder(&'static str),
    /// RSA with more than two primes.
    #[error("it has more than two primes, which is not understood")]
    ManyPrimes,
    /// Parameters of RSASSA-PSS that are not understood (RFC 4055 section 3.1).
    #[error("its RSA-PSS parameters cannot be read")]
    PssParameters,
    /// The domain parameters of DSA contradict each other (FIPS 186-4 section 4.3).
    #[error("its DSA parameters do not fit together")]
    DsaDomain,
    /// The secret number of a DSA key is 0 or as large as the subgroup.
    #[error("its secret number is outside its range")]
    DsaSecret,
    /// A seed makes another key than the expanded one beside it (RFC 9881 section 8, RFC 9935 section 8).
    #[error("its seed makes another key than the expanded key beside it")]
    OtherSeed,
    /// An expanded key contradicts itself.
    #[error("its expanded key does not fit together")]
    Expanded,
    /// The tree of an SLH-DSA key has another root than the key says.
    #[error("its secret seed makes another public root than it states")]
    OtherRoot,
    /// It is cut off or does not follow its own form.
    #[error("its private half cannot be read")]
    Malformed,
}
