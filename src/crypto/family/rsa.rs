//! RSA (RFC 8017) of any size between the limits, and RSA that is kept for RSASSA-PSS alone (RFC 4055).

use ::rsa::pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef};
use ::rsa::pkcs8::EncodePrivateKey as _;
use ::rsa::{BoxedUint, PrivateKey, PublicKey, pkcs1v15};
use crypto_bigint::{ConcatenatingMul as _, NonZero, Resize as _};
use crypto_primes::Flavor;
use der::{Decode as _, Encode as _};
use signature::hazmat::PrehashVerifier as _;
use signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use zeroize::Zeroizing;

use super::pss::{self, Hash};
use super::{Half, signing_failed};
use crate::crypto::envelope::Envelope;
use crate::crypto::{CryptoError, KeyFault, OaepHash, SignatureHash, oid};
use crate::model::Algorithm;
use crate::model::sized::{LEAST_RSA_BITS, MOST_RSA_BITS};
use crate::secret::SecretBytes;

/// A number in as many bits as it needs.
fn number(bytes: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(bytes)
}

/// A secret number in a width of its own; the key that has a longer one is not sound.
fn secret(bytes: &[u8], bits: u32) -> Option<Zeroizing<BoxedUint>> {
    BoxedUint::from_be_slice(bytes, bits).ok().map(Zeroizing::new)
}

/// The bits of a modulus, if both public numbers are such that anybody may use them (SP 800-56B rev. 2
/// section 6.4.2.2, and the limits that OpenSSL and SP 800-131A set).
fn size(modulus: &[u8], exponent: &[u8]) -> Result<usize, KeyFault> {
    let first = modulus.iter().position(|byte| *byte != 0).unwrap_or(modulus.len());
    let digits = modulus.get(first..).unwrap_or_default();
    let top = digits.first().map_or(8, |byte| byte.leading_zeros() as usize);
    let bits = (digits.len() * 8).saturating_sub(top);
    match bits {
        ..LEAST_RSA_BITS => return Err(KeyFault::ModulusTooSmall(bits)),
        _ if bits > MOST_RSA_BITS => return Err(KeyFault::ModulusTooLarge(bits)),
        _ => {}
    }
    let odd = |digits: &[u8]| digits.last().is_some_and(|last| last % 2 == 1);
    if !odd(digits) {
        return Err(KeyFault::ModulusEven);
    }
    let exponent = exponent.get(exponent.iter().position(|byte| *byte != 0).unwrap_or(exponent.len())..).unwrap_or_default();
    match exponent {
        [] => Err(KeyFault::ExponentTrivial(0)),
        [1] => Err(KeyFault::ExponentTrivial(1)),
        _ if !odd(exponent) => Err(KeyFault::ExponentEven),
        _ if (exponent.len(), exponent) >= (digits.len(), digits) => Err(KeyFault::ExponentTooLarge),
        _ => Ok(bits),
    }
}

/// A private key in PKCS#8 whose primes are found from its other numbers; `None` where there are no two.
pub fn with_its_primes(modulus: &[u8], public: &[u8], private: &[u8]) -> Option<SecretBytes> {
    let bits = u32::try_from(modulus.len() * 8).ok()?;
    let [modulus, public] = [modulus, public].map(|bytes| BoxedUint::from_be_slice(bytes, bits).ok());
    let private = (*secret(private, bits)?).clone();
    let key = PrivateKey::from_components(modulus?, public?, private, Vec::new()).ok()?;
    let document = key.to_pkcs8_der().ok()?;
    Some(SecretBytes::new(document.as_bytes().to_vec()))
}

fn algorithm(pss: bool, bits: usize) -> Algorithm {
    let bits = u16::try_from(bits).unwrap_or(u16::MAX);
    if pss { Algorithm::RsaPss(bits) } else { Algorithm::rsa(bits) }
}

/// The algorithm of a public key.
pub(in crate::crypto) fn algorithm_of(pss: bool, key: &[u8]) -> Result<Algorithm, CryptoError> {
    let key = RsaPublicKeyRef::from_der(key).map_err(|_| CryptoError::Unreadable("public key"))?;
    Ok(algorithm(pss, size(key.modulus.as_bytes(), key.public_exponent.as_bytes())?))
}

fn private<'a>(envelope: &Envelope<'a>) -> Result<RsaPrivateKeyRef<'a>, KeyFault> {
    let key = RsaPrivateKeyRef::from_der(envelope.private).map_err(|_| KeyFault::Malformed)?;
    if key.other_prime_infos.is_some() { Err(KeyFault::ManyPrimes) } else { Ok(key) }
}

/// RSA with more than two primes (RFC 8017 section 3.2), which is kept as it is: nothing here works with it.
pub(super) fn has_many_primes(envelope: &Envelope<'_>) -> bool {
    RsaPrivateKeyRef::from_der(envelope.private).is_ok_and(|key| key.other_prime_infos.is_some())
}

/// The same key with both exponents and the coefficient computed anew.
pub(super) fn with_new_remainders(envelope: &Envelope<'_>) -> Result<Option<SecretBytes>, CryptoError> {
    use ::rsa::pkcs1::EncodeRsaPrivateKey as _;
    let key = signing_key(envelope)?;
    let document = key.to_pkcs1_der().map_err(|_| KeyFault::Malformed)?;
    let mended = envelope.with_private(document.as_bytes()).without_public()?;
    Ok((mended.expose() != envelope.without_public()?.expose()).then_some(mended))
}

pub(super) fn public_half(envelope: &Envelope<'_>) -> Result<Half, CryptoError> {
    let key = private(envelope)?;
    let bits = size(key.modulus.as_bytes(), key.public_exponent.as_bytes())?;
    let pss = envelope.algorithm.oid == oid::RSA_PSS;
    if pss {
        pss::parameters(&envelope.algorithm)?;
    }
    let public = RsaPublicKeyRef { modulus: key.modulus, public_exponent: key.public_exponent };
    let encoded = public.to_der().map_err(|_| KeyFault::Malformed)?;
    Ok(Half { algorithm: algorithm(pss, bits), bits: encoded })
}

/// Whether two RSA public keys are the same numbers.
pub(super) fn same_public(derived: &[u8], stated: &[u8]) -> Option<bool> {
    let (derived, stated) = (RsaPublicKeyRef::from_der(derived).ok()?, RsaPublicKeyRef::from_der(stated).ok()?);
    Some(derived.modulus == stated.modulus && derived.public_exponent == stated.public_exponent)
}

/// Every number against every other (SP 800-56B rev. 2 section 6.4.1.2.3, RFC 8017 section 3.2).
pub(super) fn check(envelope: &Envelope<'_>) -> Result<(), KeyFault> {
    let key = private(envelope)?;
    let bits = size(key.modulus.as_bytes(), key.public_exponent.as_bytes())? as u32;
    let modulus = number(key.modulus.as_bytes());
    let p = secret(key.prime1.as_bytes(), bits).ok_or(KeyFault::NotTheProduct)?;
    let q = secret(key.prime2.as_bytes(), bits).ok_or(KeyFault::NotTheProduct)?;
    if p.concatenating_mul(&*q) != modulus {
        return Err(KeyFault::NotTheProduct);
    }
    if *p == *q {
        return Err(KeyFault::SamePrimes);
    }
    let d = secret(key.private_exponent.as_bytes(), bits).filter(|d| **d < modulus).ok_or(KeyFault::PrivateExponent)?;
    let e = BoxedUint::from_be_slice(key.public_exponent.as_bytes(), bits).map_err(|_| KeyFault::ExponentTooLarge)?;
    for (prime, stated, name) in [(&p, key.exponent1, "first exponent"), (&q, key.exponent2, "second exponent")] {
        let less = prime.wrapping_sub(BoxedUint::one_with_precision(bits));
        let less = NonZero::new(less).into_option().map(Zeroizing::new).ok_or(KeyFault::NotTheProduct)?;
        if *remainder(&e.concatenating_mul(&*d), &less) != BoxedUint::one() {
            return Err(KeyFault::PrivateExponent);
        }
        if *remainder(&d, &less) != number(stated.as_bytes()) {
            return Err(KeyFault::Remainder(name));
        }
    }
    let wrong = KeyFault::Remainder("coefficient");
    let inverse = secret(key.coefficient.as_bytes(), bits).filter(|inverse| **inverse < *p).ok_or(wrong.clone())?;
    let modulo = NonZero::new((*p).clone()).into_option().map(Zeroizing::new).ok_or(KeyFault::NotTheProduct)?;
    if *remainder(&inverse.concatenating_mul(&*q), &modulo) != BoxedUint::one() {
        return Err(wrong);
    }
    for (prime, name) in [(&p, "first prime"), (&q, "second prime")] {
        let prime = Zeroizing::new(BoxedUint::clone(prime).resize_unchecked(prime.bit_width()));
        if !crypto_primes::is_prime(Flavor::Any, &*prime) {
            return Err(KeyFault::NotPrime(name));
        }
    }
    Ok(())
}

/// What is left of a secret number.
fn remainder(number: &BoxedUint, modulo: &NonZero<BoxedUint>) -> Zeroizing<BoxedUint> {
    Zeroizing::new(number.rem(modulo))
}

fn signing_key(envelope: &Envelope<'_>) -> Result<PrivateKey, CryptoError> {
    let key = private(envelope)?;
    let bits = size(key.modulus.as_bytes(), key.public_exponent.as_bytes())? as u32;
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bits).map_err(|_| KeyFault::NotTheProduct);
    let primes = vec![number(key.prime1.as_bytes())?, number(key.prime2.as_bytes())?];
    let (modulus, exponent) = (number(key.modulus.as_bytes())?, number(key.public_exponent.as_bytes())?);
    PrivateKey::from_components(modulus, exponent, number(key.private_exponent.as_bytes())?, primes)
        .map_err(|error| CryptoError::Signing(error.to_string()))
}

fn verifying_key(key: &[u8]) -> Result<PublicKey, CryptoError> {
    let key = RsaPublicKeyRef::from_der(key).map_err(|_| CryptoError::Unreadable("public key"))?;
    let (modulus, exponent) = (number(key.modulus.as_bytes()), number(key.public_exponent.as_bytes()));
    PublicKey::new_with_size_limits(modulus, exponent, LEAST_RSA_BITS..=MOST_RSA_BITS)
        .map_err(|_| CryptoError::Unreadable("public key"))
}

/// RSAES-OAEP with an empty label (RFC 8017 section 7.1).
pub(in crate::crypto) fn encrypt_oaep(key: &[u8], hash: OaepHash, secret: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let key = verifying_key(key)?;
    let encrypted = match hash {
        OaepHash::Sha1 => key.oaep_encrypt::<sha1::Sha1>(secret),
        OaepHash::Sha256 => key.oaep_encrypt::<sha2::Sha256>(secret),
    };
    encrypted.map_err(|error| match error {
        ::rsa::Error::MessageTooLong => CryptoError::Wrapping("it is too long for the RSA key"),
        _ => CryptoError::Wrapping("the RSA key does not take it"),
    })
}

/// PKCS#1 v1.5 with SHA-256 (RFC 8017 section 8.2).
pub(super) fn sign(envelope: &Envelope<'_>, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let key = pkcs1v15::SigningKey::<sha2::Sha256>::new(signing_key(envelope)?);
    Ok(key.try_sign(message).map_err(|error| signing_failed(&error))?.to_vec())
}

pub(super) fn verify(key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let key = pkcs1v15::VerifyingKey::<sha2::Sha256>::new(verifying_key(key)?);
    let signature = pkcs1v15::Signature::from_bytes_with_max_len(signature, MOST_RSA_BITS / 8);
    Ok(signature.is_ok_and(|signature| key.verify(message, &signature).is_ok()))
}

/// PKCS#1 v1.5 with a hash that the signature names.
pub(super) fn verify_digest(key: &[u8], hash: SignatureHash, digest: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let key = verifying_key(key)?;
    let Ok(signature) = pkcs1v15::Signature::from_bytes_with_max_len(signature, MOST_RSA_BITS / 8) else { return Ok(false) };
    let fits = match hash {
        SignatureHash::Sha256 => pkcs1v15::VerifyingKey::<sha2::Sha256>::new(key).verify_prehash(digest, &signature),
        SignatureHash::Sha384 => pkcs1v15::VerifyingKey::<sha2::Sha384>::new(key).verify_prehash(digest, &signature),
        SignatureHash::Sha512 => pkcs1v15::VerifyingKey::<sha2::Sha512>::new(key).verify_prehash(digest, &signature),
    };
    Ok(fits.is_ok())
}

/// RSASSA-PSS with the hash and the salt that the key's parameters ask for, otherwise with SHA-256 and a
/// salt of 32 bytes (RFC 8017 section 8.1, RFC 4055 section 3).
pub(super) fn sign_pss(envelope: &Envelope<'_>, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let (hash, salt) = pss::scheme(&envelope.algorithm)?;
    let key = signing_key(envelope)?;
    let signature = match hash {
        Hash::Sha256 => ::rsa::pss::SigningKey::<sha2::Sha256>::new_with_salt_len(key, salt).try_sign(message),
        Hash::Sha384 => ::rsa::pss::SigningKey::<sha2::Sha384>::new_with_salt_len(key, salt).try_sign(message),
        Hash::Sha512 => ::rsa::pss::SigningKey::<sha2::Sha512>::new_with_salt_len(key, salt).try_sign(message),
    };
    Ok(signature.map_err(|error| signing_failed(&error))?.to_vec())
}

pub(super) fn verify_pss(
    identifier: &spki::AlgorithmIdentifierRef<'_>,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<bool, CryptoError> {
    let (hash, salt) = pss::scheme(identifier)?;
    let key = verifying_key(key)?;
    let Ok(signature) = ::rsa::pss::Signature::from_bytes_with_max_len(signature, MOST_RSA_BITS / 8) else { return Ok(false) };
    let fits = match hash {
        Hash::Sha256 => ::rsa::pss::VerifyingKey::<sha2::Sha256>::new_with_salt_len(key, salt).verify(message, &signature),
        Hash::Sha384 => ::rsa::pss::VerifyingKey::<sha2::Sha384>::new_with_salt_len(key, salt).verify(message, &signature),
        Hash::Sha512 => ::rsa::pss::VerifyingKey::<sha2::Sha512>::new_with_salt_len(key, salt).verify(message, &signature),
    };
    Ok(fits.is_ok())
}
