//! DSA (FIPS 186-4, RFC 3279 section 2.3.2): recognised, checked and kept, and neither made nor used to
//! sign, because FIPS 186-5 has withdrawn it.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd, Resize as _};
use der::asn1::UintRef;
use der::{Decode as _, Encode as _};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::Half;
use crate::crypto::envelope::Envelope;
use crate::crypto::{CryptoError, KeyFault};
use crate::model::Algorithm;
use crate::model::sized::DSA_BITS;

/// The domain (RFC 3279 section 2.3.2).
#[derive(der::Sequence)]
struct Domain<'a> {
    p: UintRef<'a>,
    q: UintRef<'a>,
    g: UintRef<'a>,
}

/// The domain as numbers of one width.
struct Numbers {
    p: Odd<BoxedUint>,
    q: BoxedUint,
    g: BoxedUint,
    bits: u32,
}

fn numbers(identifier: &AlgorithmIdentifierRef<'_>) -> Result<Numbers, KeyFault> {
    let parameters = identifier.parameters.ok_or(KeyFault::DsaDomain)?;
    let domain: Domain<'_> = parameters.decode_as().map_err(|_| KeyFault::DsaDomain)?;
    let p = BoxedUint::from_be_slice_vartime(domain.p.as_bytes());
    let bits = p.bit_width_vartime();
    if !DSA_BITS.contains(&(bits as usize)) {
        return Err(KeyFault::DsaDomain);
    }
    let p = p.resize_unchecked(bits);
    let below = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bits).ok().filter(|number| *number < p).ok_or(KeyFault::DsaDomain);
    let (q, g) = (below(domain.q.as_bytes())?, below(domain.g.as_bytes())?);
    if q <= BoxedUint::one() || g <= BoxedUint::one() {
        return Err(KeyFault::DsaDomain);
    }
    Ok(Numbers { p: Odd::new(p).into_option().ok_or(KeyFault::DsaDomain)?, q, g, bits })
}

impl Numbers {
    fn power(&self, base: &BoxedUint, exponent: &BoxedUint) -> BoxedUint {
        let parameters = BoxedMontyParams::new(self.p.clone());
        BoxedMontyForm::new(base.clone(), &parameters).pow(exponent).retrieve()
    }
}

/// The algorithm of a public key: its size is that of p.
pub(in crate::crypto) fn algorithm_of(identifier: &AlgorithmIdentifierRef<'_>, key: &[u8]) -> Result<Algorithm, CryptoError> {
    UintRef::from_der(key).map_err(|_| CryptoError::Unreadable("public key"))?;
    Ok(Algorithm::Dsa(numbers(identifier)?.bits as u16))
}

pub(super) fn public_half(envelope: &Envelope<'_>) -> Result<Half, CryptoError> {
    let numbers = numbers(&envelope.algorithm)?;
    let secret = UintRef::from_der(envelope.private).map_err(|_| KeyFault::Malformed)?;
    let secret = BoxedUint::from_be_slice(secret.as_bytes(), numbers.bits).map_err(|_| KeyFault::DsaSecret)?;
    let secret = Zeroizing::new(secret);
    if *secret >= numbers.q || secret.is_zero().into() {
        return Err(KeyFault::DsaSecret.into());
    }
    let public = numbers.power(&numbers.g, &secret).to_be_bytes();
    let bits = UintRef::new(&public).and_then(|number| number.to_der()).map_err(|_| KeyFault::Malformed)?;
    Ok(Half { algorithm: Algorithm::Dsa(numbers.bits as u16), bits })
}

/// The domain: q divides p - 1, g makes the subgroup of q elements, and p and q are prime (FIPS 186-4
/// appendix A.1 and A.2).
pub(super) fn check(envelope: &Envelope<'_>) -> Result<(), KeyFault> {
    let numbers = numbers(&envelope.algorithm)?;
    let q = NonZero::new(numbers.q.clone()).into_option().ok_or(KeyFault::DsaDomain)?;
    let less = numbers.p.as_ref().wrapping_sub(BoxedUint::one_with_precision(numbers.bits));
    let divides: bool = less.rem_vartime(&q).is_zero().into();
    let makes_subgroup = numbers.power(&numbers.g, &numbers.q) == BoxedUint::one();
    let prime = |number: &BoxedUint| {
        crypto_primes::is_prime(crypto_primes::Flavor::Any, &number.clone().resize_unchecked(number.bit_width_vartime()))
    };
    if divides && makes_subgroup && prime(numbers.p.as_ref()) && prime(&numbers.q) { Ok(()) } else { Err(KeyFault::DsaDomain) }
}
