//! Keys that are not sound: each wrong part has its own error, and none is taken in.

use ::rsa::pkcs1::RsaPrivateKeyRef;
use der::Decode as _;
use pkcs8::PrivateKeyInfoRef;

use super::{genpkey, integer, oid, pkcs8, public_of, secret, tlv};
use crate::crypto::{Beside, CryptoError, KeyFault, inspect};
use crate::model::Algorithm;

const EC: &str = "1.2.840.10045.2.1";
const RSA: &str = "1.2.840.113549.1.1.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P521: &str = "1.3.132.0.35";

fn fault(key: &[u8], beside: Option<&[u8]>) -> KeyFault {
    match inspect(&secret(key), beside) {
        Err(CryptoError::Fault(fault)) => fault,
        Err(other) => panic!("{other}"),
        Ok(found) => panic!("{} was taken in", found.algorithm.name()),
    }
}

/// An elliptic curve key (RFC 5915) with a public point or without.
fn ec_key(curve: &str, scalar: &[u8], point: Option<&[u8]>) -> Vec<u8> {
    let public = point.map(|point| tlv(0xa1, &[&tlv(3, &[&[0], point])])).unwrap_or_default();
    let inner = tlv(0x30, &[&[2, 1, 1], &tlv(4, &[scalar]), &public]);
    pkcs8(&[&oid(EC), &oid(curve)], &inner)
}

/// The uncompressed point of a secret number, by way of a sound key.
fn point_of(curve: &str, scalar: &[u8]) -> Vec<u8> {
    let spki = inspect(&secret(&ec_key(curve, scalar, None)), None).unwrap().public_key.unwrap();
    let info = spki::SubjectPublicKeyInfoRef::from_der(&spki).unwrap();
    info.subject_public_key.as_bytes().unwrap().to_vec()
}

#[test]
fn a_secret_number_of_zero_is_refused() {
    assert_eq!(fault(&ec_key(P256, &[0; 32], None), None), KeyFault::ScalarZero);
    assert_eq!(fault(&ec_key(P521, &[0; 66], None), None), KeyFault::ScalarZero);
}

#[test]
fn a_secret_number_as_large_as_the_order_is_refused() {
    // SEC 2 section 2.4.2: n of secp256r1.
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let mut order: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&order[2 * at..2 * at + 2], 16).unwrap()).collect();
    assert_eq!(fault(&ec_key(P256, &order, None), None), KeyFault::ScalarTooLarge);
    assert_eq!(fault(&ec_key(P256, &[1; 33], None), None), KeyFault::ScalarTooLarge);
    order[31] -= 1;
    assert!(inspect(&secret(&ec_key(P256, &order, None)), None).is_ok(), "n - 1 is a secret number");
    assert_eq!(fault(&ec_key(P521, &[0xff; 66], None), None), KeyFault::ScalarTooLarge);
}

#[test]
fn a_short_secret_number_is_the_same_key() {
    let full = inspect(&secret(&ec_key(P256, &[&[0; 31][..], &[7]].concat(), None)), None).unwrap();
    let short = inspect(&secret(&ec_key(P256, &[7], None)), None).unwrap();
    assert_eq!(full.public_key, short.public_key);
}

#[test]
fn a_point_off_its_curve_is_refused() {
    for (curve, length) in [(P256, 32), (P521, 66), ("1.3.132.0.34", 48), ("1.3.132.0.10", 32)] {
        let scalar = vec![1; length];
        let mut point = point_of(curve, &scalar);
        assert!(inspect(&secret(&ec_key(curve, &scalar, Some(&point))), None).is_ok());
        *point.last_mut().unwrap() ^= 1;
        assert_eq!(fault(&ec_key(curve, &scalar, Some(&point)), None), KeyFault::OffCurve(Beside::Inside));
    }
}

#[test]
fn a_compressed_point_is_compared_as_what_it_is() {
    let scalar = [5; 32];
    let point = point_of(P256, &scalar);
    let compressed = [&[2 + (point[64] & 1)][..], &point[1..33]].concat();
    assert!(inspect(&secret(&ec_key(P256, &scalar, Some(&compressed))), None).is_ok());
    let negated = [&[3 - (point[64] & 1)][..], &point[1..33]].concat();
    assert_eq!(fault(&ec_key(P256, &scalar, Some(&negated)), None), KeyFault::OtherPublic(Beside::Inside));
}

#[test]
fn the_point_of_another_key_is_refused() {
    let other = point_of(P256, &[2; 32]);
    assert_eq!(fault(&ec_key(P256, &[1; 32], Some(&other)), None), KeyFault::OtherPublic(Beside::Inside));
}

#[test]
fn a_key_that_names_two_curves_is_refused() {
    let inner = tlv(0x30, &[&[2, 1, 1], &tlv(4, &[&[1; 32]]), &tlv(0xa0, &[&oid("1.3.132.0.10")])]);
    assert_eq!(fault(&pkcs8(&[&oid(EC), &oid(P256)], &inner), None), KeyFault::TwoCurves);
}

/// One public key beside another's private half, for every algorithm that has both.
#[test]
fn the_public_half_of_another_key_beside_it_is_refused() {
    for words in [
        &["-algorithm", "ED25519"][..],
        &["-algorithm", "ED448"],
        &["-algorithm", "X25519"],
        &["-algorithm", "X448"],
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
        &["-algorithm", "RSA"],
    ] {
        let (one, other) = (genpkey(words), public_of(&genpkey(words)));
        assert_eq!(fault(&one, Some(&other)), KeyFault::OtherPublic(Beside::File), "{words:?}");
        assert_eq!(fault(&one, Some(b"no key")), KeyFault::UnreadablePublic(Beside::File), "{words:?}");
    }
    let (ed, x) = (genpkey(&["-algorithm", "ED25519"]), genpkey(&["-algorithm", "X25519"]));
    assert_eq!(fault(&ed, Some(&public_of(&x))), KeyFault::OtherPublic(Beside::File));
}

#[test]
fn the_public_half_of_another_key_inside_is_refused() {
    for name in ["ED25519", "ED448", "X25519", "X448"] {
        let (key, other) = (genpkey(&["-algorithm", name]), public_of(&genpkey(&["-algorithm", name])));
        let inside = tlv(0x30, &[&[2, 1, 1], &key[5..], &tlv(0x81, &[&[0], &other[12..]])]);
        assert_eq!(fault(&inside, None), KeyFault::OtherPublic(Beside::Inside), "{name}");
    }
}

#[test]
fn a_secret_of_another_length_is_refused() {
    let wrong = |part, wanted, found| KeyFault::Length { part, wanted, found };
    assert_eq!(fault(&pkcs8(&[&oid("1.3.101.112")], &tlv(4, &[&[1; 31]])), None), wrong("secret", 32, 31));
    assert_eq!(fault(&pkcs8(&[&oid("1.3.101.111")], &tlv(4, &[&[1; 57]])), None), wrong("secret", 56, 57));
    assert_eq!(fault(&pkcs8(&[&oid("2.16.840.1.101.3.4.3.17")], &tlv(0x80, &[&[1; 33]])), None), wrong("seed", 32, 33));
    assert_eq!(fault(&pkcs8(&[&oid("2.16.840.1.101.3.4.4.1")], &tlv(4, &[&[1; 9]])), None), wrong("expanded key", 1632, 9));
}

/// The nine numbers of an RSA key of OpenSSL (RFC 8017 appendix A.1.2), from n to the coefficient.
fn numbers() -> Vec<Vec<u8>> {
    let key = genpkey(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]);
    let info = PrivateKeyInfoRef::from_der(&key).unwrap();
    let rsa = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).unwrap();
    let all = [
        rsa.modulus,
        rsa.public_exponent,
        rsa.private_exponent,
        rsa.prime1,
        rsa.prime2,
        rsa.exponent1,
        rsa.exponent2,
        rsa.coefficient,
    ];
    all.map(|number| number.as_bytes().to_vec()).to_vec()
}

fn rsa_key(numbers: &[Vec<u8>]) -> Vec<u8> {
    let numbers: Vec<Vec<u8>> = numbers.iter().map(|number| integer(number)).collect();
    let parts: Vec<&[u8]> = std::iter::once(&[2, 1, 0][..]).chain(numbers.iter().map(Vec::as_slice)).collect();
    pkcs8(&[&oid(RSA), &[5, 0]], &tlv(0x30, &parts))
}

fn changed(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> KeyFault {
    let mut numbers = numbers();
    change(&mut numbers);
    fault(&rsa_key(&numbers), None)
}

/// Adds two to the last byte, so that an odd number stays odd.
fn next_odd(number: &mut [u8]) {
    let last = number.last_mut().unwrap();
    *last = last.wrapping_add(2);
}

#[test]
fn an_rsa_key_that_is_put_together_again_is_sound() {
    assert_eq!(inspect(&secret(&rsa_key(&numbers())), None).unwrap().algorithm, Algorithm::rsa(1024));
}

#[test]
fn an_rsa_modulus_that_is_not_the_product_is_refused() {
    assert_eq!(changed(|numbers| next_odd(&mut numbers[0])), KeyFault::NotTheProduct);
    assert_eq!(changed(|numbers| next_odd(&mut numbers[3])), KeyFault::NotTheProduct);
}

#[test]
fn an_even_rsa_modulus_is_refused() {
    assert_eq!(changed(|numbers| *numbers[0].last_mut().unwrap() &= 0xfe), KeyFault::ModulusEven);
}

#[test]
fn a_trivial_or_even_rsa_exponent_is_refused() {
    assert_eq!(changed(|numbers| numbers[1] = vec![1]), KeyFault::ExponentTrivial(1));
    assert_eq!(changed(|numbers| numbers[1] = vec![0]), KeyFault::ExponentTrivial(0));
    assert_eq!(changed(|numbers| numbers[1] = vec![1, 0, 0]), KeyFault::ExponentEven);
    assert_eq!(changed(|numbers| numbers[1] = numbers[0].clone()), KeyFault::ExponentTooLarge);
}

#[test]
fn a_wrong_private_exponent_is_refused() {
    assert_eq!(changed(|numbers| next_odd(&mut numbers[2])), KeyFault::PrivateExponent);
    assert_eq!(changed(|numbers| numbers[1] = vec![3]), KeyFault::PrivateExponent);
    assert_eq!(changed(|numbers| numbers[2] = numbers[0].clone()), KeyFault::PrivateExponent);
}

#[test]
fn a_wrong_remainder_of_rsa_is_computed_anew() {
    for number in [5, 6, 7] {
        let right = numbers();
        let mut wrong = right.clone();
        next_odd(&mut wrong[number]);
        let inspected = inspect(&secret(&rsa_key(&wrong)), None).unwrap();
        assert!(inspected.mended && inspected.rewritten);
        assert_eq!(inspected.pkcs8.expose(), rsa_key(&right), "as it was before it was damaged");
        assert!(!inspect(&inspected.pkcs8, None).unwrap().mended);
        // What else is wrong is not hidden by that.
        wrong[3].clone_from(&right[4]);
        wrong[4].clone_from(&right[4]);
        assert_eq!(fault(&rsa_key(&wrong), None), KeyFault::NotTheProduct);
    }
}

#[test]
fn rsa_of_more_than_two_primes_is_kept_whole_as_an_unknown_algorithm() {
    let key = genpkey(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_primes:3"]);
    let inspected = inspect(&secret(&key), None).unwrap();
    assert_eq!((inspected.algorithm, inspected.public_key), (Algorithm::Unknown, None));
    assert_eq!(inspected.pkcs8.expose(), key);
}

#[test]
fn rsa_beyond_its_limits_is_refused() {
    let small = |bytes: usize| {
        let mut numbers = numbers();
        numbers[0] = vec![0xff; bytes];
        fault(&rsa_key(&numbers), None)
    };
    assert_eq!(small(127), KeyFault::ModulusTooSmall(1016));
    assert_eq!(small(2049), KeyFault::ModulusTooLarge(16_392));
}

#[test]
fn rsa_of_one_prime_twice_is_refused() {
    use crypto_bigint::{BoxedUint, ConcatenatingMul as _};
    let mut numbers = numbers();
    let prime = BoxedUint::from_be_slice_vartime(&numbers[3]);
    numbers[0] = prime.concatenating_mul(&prime).to_be_bytes().to_vec();
    numbers[4] = numbers[3].clone();
    assert_eq!(fault(&rsa_key(&numbers), None), KeyFault::SamePrimes);
}

/// A key whose "primes" are products passes every check of its numbers but that of the primes.
#[test]
fn rsa_of_composite_primes_is_refused() {
    use crypto_bigint::{BoxedUint, ConcatenatingMul as _, NonZero, Resize as _};
    let number = |bits: u32| crypto_primes::random_prime::<BoxedUint, _>(&mut rand::rng(), crypto_primes::Flavor::Any, bits);
    loop {
        let (a, b, q) = (number(256), number(256), number(512));
        let p = a.concatenating_mul(&b);
        let modulus = p.concatenating_mul(&q);
        if modulus.bit_width_vartime() != 1024 {
            continue;
        }
        let bits = 1024;
        let less = |prime: &BoxedUint| prime.clone().resize(bits).wrapping_sub(BoxedUint::one_with_precision(bits));
        let order = NonZero::new(less(&p).concatenating_mul(&less(&q))).unwrap();
        let exponent = BoxedUint::from(65_537_u32).resize(order.bits_precision());
        let Some(private) = exponent.invert_mod(&order).into_option() else { continue };
        let rest = |prime: &BoxedUint| private.rem(&NonZero::new(less(prime)).unwrap()).to_be_bytes().to_vec();
        let modulo = NonZero::new(p.clone().resize(bits)).unwrap();
        let Some(inverse) = q.clone().resize(bits).invert_mod(&modulo).into_option() else { continue };
        let be = |number: &BoxedUint| number.to_be_bytes().to_vec();
        let numbers = [be(&modulus), vec![1, 0, 1], be(&private), be(&p), be(&q), rest(&p), rest(&q), be(&inverse)];
        assert_eq!(fault(&rsa_key(&numbers), None), KeyFault::NotPrime("first prime"));
        return;
    }
}

#[test]
fn what_is_cut_off_or_goes_on_is_refused() {
    let key = genpkey(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    for length in 0..key.len() {
        assert!(inspect(&secret(&key[..length]), None).is_err(), "{length}");
    }
    assert!(inspect(&secret(&[&key[..], &[0]].concat()), None).is_err());
    // And no single changed byte makes it panic.
    for at in 0..key.len() {
        let mut other = key.clone();
        other[at] ^= 0x55;
        drop(inspect(&secret(&other), None));
    }
}

#[expect(deprecated, reason = "expanded keys are what is tested")]
fn ml_dsa() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let key = ml_dsa::SigningKey::<ml_dsa::MlDsa65>::from_seed(&[7; 32].into());
    let public = key.expanded_key().verifying_key().encode().to_vec();
    (vec![7; 32], key.expanded_key().to_expanded().to_vec(), public)
}

const ML_DSA_65: &str = "2.16.840.1.101.3.4.3.18";

/// RFC 9881 section 6: a seed, an expanded key, or both.
#[test]
fn the_three_forms_of_ml_dsa_are_one_key() {
    let (seed, expanded, public) = ml_dsa();
    let both = tlv(0x30, &[&tlv(4, &[&seed]), &tlv(4, &[&expanded])]);
    for form in [tlv(0x80, &[&seed]), tlv(4, &[&expanded]), both] {
        let key = pkcs8(&[&oid(ML_DSA_65)], &form);
        let found = inspect(&secret(&key), None).unwrap();
        assert_eq!(found.algorithm, Algorithm::MlDsa65);
        assert!(found.public_key.as_deref().unwrap().ends_with(&public));
        assert_eq!(found.pkcs8.expose(), key, "kept as it is");
        let signature = crate::crypto::sign(&secret(&key), Algorithm::MlDsa65, b"message").unwrap();
        assert!(crate::crypto::verify(&found.public_key.unwrap(), b"message", &signature).unwrap());
    }
}

#[test]
fn a_seed_of_ml_dsa_that_makes_another_key_is_refused() {
    let (_, expanded, _) = ml_dsa();
    let both = tlv(0x30, &[&tlv(4, &[&[8; 32]]), &tlv(4, &[&expanded])]);
    assert_eq!(fault(&pkcs8(&[&oid(ML_DSA_65)], &both), None), KeyFault::OtherSeed);
}

#[test]
fn an_expanded_ml_dsa_key_that_does_not_fit_together_is_refused() {
    let (_, expanded, _) = ml_dsa();
    // The hash of the public key, a number of s1, and t0.
    for (at, count) in [(64, 1), (130, 1), (expanded.len() - 2_000, 2_000)] {
        let mut other = expanded.clone();
        other[at..at + count].iter_mut().for_each(|byte| *byte ^= 1);
        assert_eq!(fault(&pkcs8(&[&oid(ML_DSA_65)], &tlv(4, &[&other])), None), KeyFault::Expanded, "{at}");
    }
    let mut out_of_range = expanded;
    out_of_range[130] = 0xff;
    assert_eq!(fault(&pkcs8(&[&oid(ML_DSA_65)], &tlv(4, &[&out_of_range])), None), KeyFault::Expanded);
}

#[test]
fn slh_dsa_with_another_root_is_refused() {
    use slh_dsa::{Shake128f, SigningKey};
    let mut private = SigningKey::<Shake128f>::slh_keygen_internal(&[1; 16], &[2; 16], &[3; 16]).to_bytes().to_vec();
    let form = |private: &[u8]| pkcs8(&[&oid("2.16.840.1.101.3.4.3.27")], private);
    let found = inspect(&secret(&form(&private)), None).unwrap();
    assert_eq!(found.algorithm.id(), "slh-dsa-shake-128f");
    let signature = crate::crypto::sign(&secret(&form(&private)), found.algorithm, b"message").unwrap();
    assert!(crate::crypto::verify(found.public_key.as_deref().unwrap(), b"message", &signature).unwrap());
    assert!(!crate::crypto::verify(found.public_key.as_deref().unwrap(), b"massage", &signature).unwrap());
    private[63] ^= 1;
    assert_eq!(fault(&form(&private), None), KeyFault::OtherRoot);
    assert_eq!(fault(&form(&private[..63]), None), KeyFault::Length { part: "private half", wanted: 64, found: 63 });
}

#[test]
fn dsa_outside_its_domain_is_refused() {
    // A tiny domain would do for the numbers, but not for the limit of 512 bits.
    let domain = tlv(0x30, &[&integer(&[23]), &integer(&[11]), &integer(&[4])]);
    assert_eq!(fault(&pkcs8(&[&oid("1.2.840.10040.4.1"), &domain], &integer(&[3])), None), KeyFault::DsaDomain);
}
