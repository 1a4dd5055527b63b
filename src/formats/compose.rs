//! Keys from their numbers: PKCS#8 (RFC 5958) and `SubjectPublicKeyInfo` (RFC 5280) put together from
//! what forms without ASN.1 hold apart. Whether the numbers make a good key is the business of `crypto`.

use crypto_bigint::{BoxedUint, ConcatenatingMul as _, NonZero, Resize as _};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Encode as _, SecretDocument};
use pkcs8::PrivateKeyInfoRef;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfo};
use zeroize::Zeroizing;

use super::found::Reason;
use super::limits;
use super::spki::RsaPublicKey;
use crate::crypto;
use crate::secret::SecretBytes;

/// RFC 8410 section 3.
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// RFC 8410 section 3.
pub(super) const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");
/// RFC 8410 section 3.
pub(super) const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
/// RFC 8410 section 3.
pub(super) const X448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.111");
/// RFC 5480 section 2.1.1.
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// RFC 8017 appendix A.1.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 3279 section 2.3.2.
const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");

/// The longest number of a DSA key, in bytes: no program makes a modulus above 4,096 bits.
const DSA_BYTES: usize = 2_048;

/// A curve of RFC 5480 or RFC 8812.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
    K256,
}

impl Curve {
    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
            Self::P384 => ObjectIdentifier::new_unwrap("1.3.132.0.34"),
            Self::P521 => ObjectIdentifier::new_unwrap("1.3.132.0.35"),
            Self::K256 => ObjectIdentifier::new_unwrap("1.3.132.0.10"),
        }
    }

    /// Bytes of a coordinate and of a private scalar.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::P256 | Self::K256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// The numbers of an RSA private key, each a big-endian magnitude.
pub(super) struct RsaNumbers<'a> {
    pub(super) modulus: &'a [u8],
    pub(super) public: &'a [u8],
    pub(super) private: &'a [u8],
    /// Both primes and the inverse of the second modulo the first; computed where the form lacks them.
    pub(super) primes: Option<[&'a [u8]; 3]>,
}

/// RFC 8017 appendix A.1.2.
#[derive(der::Sequence)]
struct RsaPrivateKey<'a> {
    version: u8,
    modulus: UintRef<'a>,
    public: UintRef<'a>,
    private: UintRef<'a>,
    first: UintRef<'a>,
    second: UintRef<'a>,
    first_exponent: UintRef<'a>,
    second_exponent: UintRef<'a>,
    coefficient: UintRef<'a>,
}

/// RFC 3279 section 2.3.2.
#[derive(der::Sequence)]
struct DsaParameters<'a> {
    p: UintRef<'a>,
    q: UintRef<'a>,
    g: UintRef<'a>,
}

fn malformed(what: &str) -> Reason {
    Reason::Malformed(what.into())
}

fn inconsistent(what: &str) -> Reason {
    Reason::Inconsistent(what.into())
}

/// A number that is not zero.
fn positive(bytes: &[u8]) -> Result<UintRef<'_>, Reason> {
    match UintRef::new(bytes) {
        Ok(number) if number.as_bytes().iter().any(|&byte| byte != 0) => Ok(number),
        _ => Err(malformed("a number of its key is zero or missing")),
    }
}

fn pkcs8(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, inner: &[u8]) -> Result<SecretBytes, Reason> {
    let too_long = |_| malformed("its key is too long");
    let key = OctetStringRef::new(inner).map_err(too_long)?;
    let info = PrivateKeyInfoRef::new(AlgorithmIdentifierRef { oid, parameters }, key);
    let document = SecretDocument::encode_msg(&info).map_err(too_long)?;
    Ok(SecretBytes::new(document.as_bytes().to_vec()))
}

fn spki(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &[u8]) -> Result<Box<[u8]>, Reason> {
    let too_long = |_| malformed("its key is too long");
    let info = SubjectPublicKeyInfo {
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        subject_public_key: BitStringRef::from_bytes(key).map_err(too_long)?,
    };
    info.to_der().map(Into::into).map_err(too_long)
}

/// The length of a key of RFC 8410, private and public alike.
fn edwards_bytes(oid: ObjectIdentifier) -> usize {
    match oid {
        ED448 => 57,
        X448 => 56,
        _ => 32,
    }
}

/// A private key of RFC 8410, without its public half.
pub(super) fn edwards(oid: ObjectIdentifier, key: &[u8]) -> Result<SecretBytes, Reason> {
    if key.len() != edwards_bytes(oid) {
        return Err(malformed("its private key has not the length of its kind"));
    }
    let key = OctetStringRef::new(key).map_err(|_| malformed("its key is too long"))?;
    let inner = Zeroizing::new(key.to_der().map_err(|_| malformed("its key is too long"))?);
    pkcs8(oid, None, &inner)
}

/// A public key of RFC 8410.
pub(super) fn edwards_public(oid: ObjectIdentifier, key: &[u8]) -> Result<Box<[u8]>, Reason> {
    if key.len() != edwards_bytes(oid) {
        return Err(malformed("its public key has not the length of its kind"));
    }
    spki(oid, None, key)
}

/// A private key of ML-DSA as its seed (RFC 9881 section 6).
pub(super) fn ml_dsa(oid: ObjectIdentifier, seed: &[u8]) -> Result<SecretBytes, Reason> {
    if seed.len() != 32 {
        return Err(malformed("its seed has not 32 bytes"));
    }
    let inner = Zeroizing::new([&[0x80, 32], seed].concat());
    pkcs8(oid, None, &inner)
}

/// A public key whose bits stand for themselves.
pub(super) fn plain_public(oid: ObjectIdentifier, key: &[u8]) -> Result<Box<[u8]>, Reason> {
    spki(oid, None, key)
}

/// A private key on a curve; the scalar may lack leading zeros.
pub(super) fn ec(curve: Curve, scalar: &[u8], point: Option<&[u8]>) -> Result<SecretBytes, Reason> {
    let scalar = positive(scalar)?.as_bytes();
    let mut padded = Zeroizing::new(vec![0; curve.bytes()]);
    let start =
        padded.len().checked_sub(scalar.len()).ok_or_else(|| malformed("its private number is too long for its curve"))?;
    padded[start..].copy_from_slice(scalar);
    let key = sec1::EcPrivateKey { private_key: &padded, parameters: None, public_key: point };
    let inner = Zeroizing::new(key.to_der().map_err(|_| malformed("its key is too long"))?);
    pkcs8(EC, Some(AnyRef::from(&curve.oid())), &inner)
}

/// A public key on a curve: an uncompressed or compressed point (SEC 1 section 2.3.3).
pub(super) fn ec_public(curve: Curve, point: &[u8]) -> Result<Box<[u8]>, Reason> {
    let length = match point.first() {
        Some(4) => 1 + 2 * curve.bytes(),
        Some(2 | 3) => 1 + curve.bytes(),
        _ => return Err(malformed("its public point has no form that is known")),
    };
    if point.len() != length {
        return Err(malformed("its public point has not the length of its curve"));
    }
    spki(EC, Some(AnyRef::from(&curve.oid())), point)
}

fn rsa_modulus(bytes: &[u8]) -> Result<UintRef<'_>, Reason> {
    let modulus = positive(bytes)?;
    let bits = modulus.as_bytes().len() * 8 - modulus.as_bytes().first().map_or(0, |first| first.leading_zeros() as usize);
    if bits > limits::RSA_BITS {
        let (asked, limit) = (bits as u64, limits::RSA_BITS as u64);
        return Err(Reason::OverLimit { what: "bits of an RSA modulus", asked, limit });
    }
    Ok(modulus)
}

/// An RSA public key.
pub(super) fn rsa_public(modulus: &[u8], exponent: &[u8]) -> Result<Box<[u8]>, Reason> {
    let key = RsaPublicKey { modulus: rsa_modulus(modulus)?, public_exponent: positive(exponent)? };
    if key.public_exponent.as_bytes().len() > key.modulus.as_bytes().len() {
        return Err(inconsistent("the public exponent is longer than the modulus"));
    }
    let der = key.to_der().map_err(|_| malformed("its key is too long"))?;
    spki(RSA, Some(AnyRef::NULL), &der)
}

/// An RSA private key. Exponents of the primes are computed, and primes that are not given are found.
pub(super) fn rsa(numbers: &RsaNumbers<'_>) -> Result<SecretBytes, Reason> {
    let modulus = rsa_modulus(numbers.modulus)?;
    let [public, private] = [positive(numbers.public)?, positive(numbers.private)?];
    let bits = modulus.as_bytes().len() as u32 * 8;
    let number = |number: UintRef<'_>| match BoxedUint::from_be_slice(number.as_bytes(), bits) {
        Ok(number) => Ok(Zeroizing::new(number)),
        Err(_) => Err(inconsistent("a number is longer than the modulus")),
    };
    let Some([first, second, coefficient]) = numbers.primes else {
        let found = crypto::rsa_with_its_primes(numbers.modulus, numbers.public, numbers.private);
        return found.ok_or_else(|| inconsistent("no two primes give its modulus and exponents"));
    };
    let [whole, decrypting] = [number(modulus)?, number(private)?];
    let [first, second, coefficient] = [positive(first)?, positive(second)?, positive(coefficient)?];
    let primes = [number(first)?, number(second)?];
    let product = Zeroizing::new(primes[0].concatenating_mul(&*primes[1]));
    if *product != (*whole).clone().resize_unchecked(product.bits_precision()) {
        return Err(inconsistent("its primes do not give its modulus"));
    }
    let exponent = |prime: &BoxedUint| {
        let less = NonZero::new(prime.wrapping_sub(BoxedUint::one_with_precision(bits))).into_option();
        let less = less.ok_or_else(|| inconsistent("one of its primes is 1"))?;
        Ok(Zeroizing::new((&*decrypting % less).to_be_bytes()))
    };
    let [first_exponent, second_exponent] = [exponent(&primes[0])?, exponent(&primes[1])?];
    let key = RsaPrivateKey {
        version: 0,
        modulus,
        public,
        private,
        first,
        second,
        first_exponent: positive(&first_exponent)?,
        second_exponent: positive(&second_exponent)?,
        coefficient,
    };
    let inner = Zeroizing::new(key.to_der().map_err(|_| malformed("its key is too long"))?);
    pkcs8(RSA, Some(AnyRef::NULL), &inner)
}

fn dsa_parameters([p, q, g]: [&[u8]; 3]) -> Result<Vec<u8>, Reason> {
    if let Some(long) = [p, q, g].iter().find(|number| number.len() > DSA_BYTES) {
        return Err(Reason::OverLimit { what: "bytes of a DSA number", asked: long.len() as u64, limit: DSA_BYTES as u64 });
    }
    let parameters = DsaParameters { p: positive(p)?, q: positive(q)?, g: positive(g)? };
    parameters.to_der().map_err(|_| malformed("its key is too long"))
}

/// A DSA private key: its domain (p, q, g) and its number.
pub(super) fn dsa(domain: [&[u8]; 3], private: &[u8]) -> Result<SecretBytes, Reason> {
    let parameters = dsa_parameters(domain)?;
    let inner = Zeroizing::new(positive(private)?.to_der().map_err(|_| malformed("its key is too long"))?);
    pkcs8(DSA, AnyRef::try_from(&parameters[..]).ok(), &inner)
}

/// A DSA public key: its domain (p, q, g) and its number.
pub(super) fn dsa_public(domain: [&[u8]; 3], public: &[u8]) -> Result<Box<[u8]>, Reason> {
    let parameters = dsa_parameters(domain)?;
    let public = positive(public)?.to_der().map_err(|_| malformed("its key is too long"))?;
    spki(DSA, AnyRef::try_from(&parameters[..]).ok(), &public)
}

/// A PKCS#8 key as another form holds it, without a public half inside.
pub(super) fn plain_pkcs8(der: &[u8]) -> Result<SecretBytes, Reason> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| malformed("what it seals is no PKCS#8 private key"))?;
    if info.public_key.is_none() {
        return Ok(SecretBytes::new(der.to_vec()));
    }
    pkcs8(info.algorithm.oid, info.algorithm.parameters, info.private_key.as_bytes())
}
