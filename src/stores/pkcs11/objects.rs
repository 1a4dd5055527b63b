//! Inside the worker: what objects in a token look like. The templates they are made by, and the public halves
//! that are read out of them, as a DER `SubjectPublicKeyInfo`.

use cryptoki::error::Error;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode as _, Encode as _};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use zeroize::Zeroize as _;

use super::lattice;
use super::session::own;
use crate::crypto;
use crate::model::Algorithm;
use crate::secret::SecretBytes;

/// What the house's own objects are labelled with; which key it is, is the inventory's business.
pub(super) const LABEL: &str = "keystead";

/// RFC 3279 section 2.3.1, RFC 5480 section 2.1.1, RFC 8410 section 3.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// `CKA_EC_PARAMS` of Ed25519 by name: a `PrintableString` (PKCS#11 3.0 section 2.3.10). By identifier it is RFC 8410's.
const EDWARDS25519: &[u8] = b"\x13\x0cedwards25519";

/// 65537 (SP 800-56B section 6.2).
const EXPONENT: [u8; 3] = [1, 0, 1];

/// How a key is made.
pub(super) enum Making {
    /// A secret key.
    Secret { mechanism: Mechanism<'static>, template: Vec<Attribute> },
    /// A pair.
    Pair {
        mechanism: Mechanism<'static>,
        public: Vec<Attribute>,
        private: Vec<Attribute>,
        /// The template of the public half with its curve named the other way.
        other_curve: Option<Vec<Attribute>>,
    },
}

/// How a key of an algorithm is made: sensitive, and never to be taken out.
pub(super) fn making(algorithm: Algorithm, id: &[u8]) -> Option<Making> {
    let rsa = |bits: std::ffi::c_ulong| {
        let size = [Attribute::ModulusBits(bits.into()), Attribute::PublicExponent(EXPONENT.to_vec())];
        let public = [public(id, true), size.to_vec()].concat();
        Making::Pair { mechanism: Mechanism::RsaPkcsKeyPairGen, public, private: private(id, true), other_curve: None }
    };
    let on = |parameters: Vec<u8>| [public(id, false), vec![Attribute::EcParams(parameters)]].concat();
    let aes = |bytes: std::ffi::c_ulong| {
        let size = [Attribute::ValueLen(bytes.into())];
        Making::Secret { mechanism: Mechanism::AesKeyGen, template: [secret(id), size.to_vec()].concat() }
    };
    Some(match algorithm {
        Algorithm::Rsa2048 => rsa(2048),
        Algorithm::Rsa3072 => rsa(3072),
        Algorithm::Rsa4096 => rsa(4096),
        Algorithm::EcdsaP256 | Algorithm::EcdsaP384 | Algorithm::EcdsaP521 => Making::Pair {
            mechanism: Mechanism::EccKeyPairGen,
            public: on(curve(algorithm)?.to_der().ok()?),
            private: private(id, false),
            other_curve: None,
        },
        Algorithm::Ed25519 => Making::Pair {
            mechanism: Mechanism::EccEdwardsKeyPairGen,
            public: on(EDWARDS25519.to_vec()),
            private: private(id, false),
            other_curve: Some(on(ED25519.to_der().ok()?)),
        },
        Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => Making::Pair {
            mechanism: Mechanism::MlDsaKeyPairGen,
            public: [public(id, false), vec![lattice::set(algorithm)?]].concat(),
            private: private(id, false),
            other_curve: None,
        },
        Algorithm::Aes128 => aes(16),
        Algorithm::Aes192 => aes(24),
        Algorithm::Aes256 => aes(32),
        _ => return None,
    })
}

/// The templates by which a pair is taken in: the public half's and the private half's.
pub(super) fn taking_in(
    algorithm: Algorithm,
    id: &[u8],
    spki: &[u8],
    pkcs8: &SecretBytes,
) -> Option<(Vec<Attribute>, Vec<Attribute>)> {
    let info = pkcs8::PrivateKeyInfoRef::from_der(pkcs8.expose()).ok()?;
    let inner = info.private_key.as_bytes();
    let point = SubjectPublicKeyInfoRef::from_der(spki).ok()?.subject_public_key.as_bytes()?;
    let key = |class, kind, rsa: bool| {
        let base = if class == ObjectClass::PRIVATE_KEY { private(id, rsa) } else { public(id, rsa) };
        [vec![Attribute::Class(class), Attribute::KeyType(kind)], base].concat()
    };
    let (kind, ours, theirs) = if algorithm.is_rsa() || matches!(algorithm, Algorithm::RsaPss(_)) {
        let (ours, theirs) = rsa_numbers(inner)?;
        (KeyType::RSA, ours, theirs)
    } else if let Some(set) = lattice::set(algorithm) {
        let (ours, theirs) = lattice::values(pkcs8, point)?;
        (KeyType::ML_DSA, ours.into_iter().chain([set.clone()]).collect(), theirs.into_iter().chain([set]).collect())
    } else if algorithm == Algorithm::Ed25519 {
        let seed = <&OctetStringRef>::from_der(inner).ok()?.as_bytes();
        let (ours, theirs) = on_curve(EDWARDS25519.to_vec(), seed, point)?;
        (KeyType::EC_EDWARDS, ours, theirs)
    } else {
        let number = sec1::EcPrivateKey::from_der(inner).ok()?.private_key;
        let (ours, theirs) = on_curve(curve(algorithm)?.to_der().ok()?, number, point)?;
        (KeyType::EC, ours, theirs)
    };
    let rsa = kind == KeyType::RSA;
    let (mut public, mut private) = (key(ObjectClass::PUBLIC_KEY, kind, rsa), key(ObjectClass::PRIVATE_KEY, kind, rsa));
    public.extend(theirs);
    // Moved, not copied: what is wiped afterwards is all there is.
    private.extend(ours);
    Some((public, private))
}

fn rsa_numbers(pkcs1: &[u8]) -> Option<(Vec<Attribute>, Vec<Attribute>)> {
    let key = pkcs1::RsaPrivateKey::from_der(pkcs1).ok()?;
    let number = |number: UintRef<'_>| number.as_bytes().to_vec();
    let theirs = vec![Attribute::Modulus(number(key.modulus)), Attribute::PublicExponent(number(key.public_exponent))];
    let ours = vec![
        Attribute::Modulus(number(key.modulus)),
        Attribute::PublicExponent(number(key.public_exponent)),
        Attribute::PrivateExponent(number(key.private_exponent)),
        Attribute::Prime1(number(key.prime1)),
        Attribute::Prime2(number(key.prime2)),
        Attribute::Exponent1(number(key.exponent1)),
        Attribute::Exponent2(number(key.exponent2)),
        Attribute::Coefficient(number(key.coefficient)),
    ];
    Some((ours, theirs))
}

/// `CKA_EC_POINT` is an `OCTET STRING` around the point (PKCS#11 2.40 section 2.3.3).
fn on_curve(parameters: Vec<u8>, secret: &[u8], point: &[u8]) -> Option<(Vec<Attribute>, Vec<Attribute>)> {
    let point = OctetStringRef::new(point).ok()?.to_der().ok()?;
    let ours = vec![Attribute::EcParams(parameters.clone()), Attribute::Value(secret.to_vec())];
    Some((ours, vec![Attribute::EcParams(parameters), Attribute::EcPoint(point)]))
}

/// Overwrites what of a template is secret.
pub(super) fn wipe(template: Vec<Attribute>) {
    for attribute in template {
        match attribute {
            Attribute::Value(mut bytes)
            | Attribute::Seed(mut bytes)
            | Attribute::PrivateExponent(mut bytes)
            | Attribute::Prime1(mut bytes)
            | Attribute::Prime2(mut bytes)
            | Attribute::Exponent1(mut bytes)
            | Attribute::Exponent2(mut bytes)
            | Attribute::Coefficient(mut bytes) => bytes.zeroize(),
            _ => {}
        }
    }
}

fn private(id: &[u8], decrypts: bool) -> Vec<Attribute> {
    let mut template = own(id, true);
    template.extend([
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Decrypt(decrypts),
        Attribute::Unwrap(decrypts),
    ]);
    template
}

fn public(id: &[u8], encrypts: bool) -> Vec<Attribute> {
    let mut template = own(id, false);
    template.extend([Attribute::Verify(true), Attribute::Encrypt(encrypts), Attribute::Wrap(encrypts)]);
    template
}

/// A template without what it forbids of uses; what a token then allows beyond is nothing that a pair of its kind can do.
pub(super) fn allowing(mut template: Vec<Attribute>) -> Vec<Attribute> {
    template.retain(|attribute| {
        !matches!(
            attribute,
            Attribute::Decrypt(false) | Attribute::Unwrap(false) | Attribute::Encrypt(false) | Attribute::Wrap(false)
        )
    });
    template
}

/// A secret key wraps. It also encrypts, for its check value; it does not decrypt, or what it wraps could be had through
/// single blocks.
fn secret(id: &[u8]) -> Vec<Attribute> {
    let mut template = own(id, true);
    template.extend([
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Wrap(true),
        Attribute::Unwrap(true),
        Attribute::Encrypt(true),
        Attribute::Decrypt(false),
    ]);
    template
}

/// RFC 5480 section 2.1.1.1.
fn curve(algorithm: Algorithm) -> Option<ObjectIdentifier> {
    let name = match algorithm {
        Algorithm::EcdsaP256 => "1.2.840.10045.3.1.7",
        Algorithm::EcdsaP384 => "1.3.132.0.34",
        Algorithm::EcdsaP521 => "1.3.132.0.35",
        Algorithm::EcdsaSecp256k1 => "1.3.132.0.10",
        _ => return None,
    };
    ObjectIdentifier::new(name).ok()
}

/// The class of an object.
pub(super) fn class(session: &Session, object: ObjectHandle) -> Result<ObjectClass, Error> {
    match session.get_attributes(object, &[AttributeType::Class])?.pop() {
        Some(Attribute::Class(class)) => Ok(class),
        _ => Err(Error::InvalidValue),
    }
}

/// A private, public or secret key, and no certificate or data.
pub(super) fn is_key(session: &Session, object: ObjectHandle) -> bool {
    let keys = [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY, ObjectClass::SECRET_KEY];
    class(session, object).is_ok_and(|class| keys.contains(&class))
}

/// The id and the label of an object; `None` for one without an id, which cannot be named.
pub(super) fn names(session: &Session, object: ObjectHandle) -> Option<(Vec<u8>, String)> {
    let found = session.get_attributes(object, &[AttributeType::Id, AttributeType::Label]).ok()?;
    let id = found.iter().find_map(|attribute| if let Attribute::Id(id) = attribute { Some(id.clone()) } else { None })?;
    let label = found.iter().find_map(|attribute| if let Attribute::Label(label) = attribute { Some(label) } else { None });
    (!id.is_empty()).then(|| (id, String::from_utf8_lossy(label.map(Vec::as_slice).unwrap_or_default()).into_owned()))
}

/// Whether a key can be taken out; one that does not say so can.
pub(super) fn is_extractable(session: &Session, object: ObjectHandle) -> bool {
    let found = session.get_attributes(object, &[AttributeType::Extractable]);
    !found.is_ok_and(|found| found == [Attribute::Extractable(false)])
}

/// Whether a key wants the PIN for each use. A token that does not say so knows no such keys.
pub(super) fn asks_each_time(session: &Session, object: ObjectHandle) -> bool {
    let found = session.get_attributes(object, &[AttributeType::AlwaysAuthenticate]);
    found.is_ok_and(|found| found == [Attribute::AlwaysAuthenticate(true)])
}

/// The templates by which a wrapped key becomes an object: its own, without the secret, and that of its public half where
/// that is known beforehand.
pub(super) fn unwrapped(algorithm: Algorithm, id: &[u8], spki: &[u8]) -> Option<(Vec<Attribute>, Option<Vec<Attribute>>)> {
    if algorithm.is_symmetric() {
        let kind = [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::KeyType(KeyType::AES)];
        return Some(([kind.to_vec(), secret(id)].concat(), None));
    }
    let rsa = algorithm.is_rsa();
    let kind = match algorithm {
        _ if rsa => KeyType::RSA,
        Algorithm::Ed25519 => KeyType::EC_EDWARDS,
        _ => curve(algorithm).map(|_| KeyType::EC)?,
    };
    let of = |class, base| [vec![Attribute::Class(class), Attribute::KeyType(kind)], base].concat();
    let theirs = if spki.is_empty() {
        None
    } else {
        Some(of(ObjectClass::PUBLIC_KEY, [public(id, rsa), numbers(algorithm, spki)?].concat()))
    };
    Some((of(ObjectClass::PRIVATE_KEY, private(id, rsa)), theirs))
}

/// What a public half consists of.
fn numbers(algorithm: Algorithm, spki: &[u8]) -> Option<Vec<Attribute>> {
    let info = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
    let point = info.subject_public_key.as_bytes()?;
    if algorithm.is_rsa() {
        let key = RsaPublicKey::from_der(point).ok()?;
        let (modulus, exponent) = (key.modulus.as_bytes().to_vec(), key.exponent.as_bytes().to_vec());
        return Some(vec![Attribute::Modulus(modulus), Attribute::PublicExponent(exponent)]);
    }
    let parameters = if algorithm == Algorithm::Ed25519 { EDWARDS25519.to_vec() } else { curve(algorithm)?.to_der().ok()? };
    on_curve(parameters, &[], point).map(|(_, theirs)| theirs)
}

/// The public object of an RSA key that came without one: its private object knows the numbers.
pub(super) fn public_of(session: &Session, key: ObjectHandle, id: &[u8]) -> Option<Vec<Attribute>> {
    let numbers = session.get_attributes(key, &[AttributeType::Modulus, AttributeType::PublicExponent]).ok()?;
    let kind = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::KeyType(KeyType::RSA)];
    (numbers.len() == 2).then(|| [kind.to_vec(), public(id, true), numbers].concat())
}

/// What a secret key is, where it is understood.
pub(super) fn secret_algorithm(session: &Session, object: ObjectHandle) -> Option<Algorithm> {
    let found = session.get_attributes(object, &[AttributeType::KeyType, AttributeType::ValueLen]).ok()?;
    let [Attribute::KeyType(KeyType::AES), Attribute::ValueLen(length)] = found[..] else { return None };
    Algorithm::aes(usize::try_from(*length).ok()? * 8)
}

/// The public half of a pair: out of its public object, else out of what the private one says of it.
pub(super) fn public_half(session: &Session, key: ObjectHandle, public: Option<ObjectHandle>) -> Option<Vec<u8>> {
    let from = public.unwrap_or(key);
    let wanted = [
        AttributeType::KeyType,
        AttributeType::Modulus,
        AttributeType::PublicExponent,
        AttributeType::EcParams,
        AttributeType::EcPoint,
    ];
    let composed = session.get_attributes(from, &wanted).ok().and_then(|found| composed(&found));
    let composed = composed.or_else(|| {
        let (oid, bits) = lattice::public_half(session, public?)?;
        assembled(oid, None, &bits)
    });
    let spki = composed.or_else(|| {
        let found = session.get_attributes(key, &[AttributeType::PublicKeyInfo]).ok()?;
        found.into_iter().find_map(|attribute| if let Attribute::PublicKeyInfo(info) = attribute { Some(info) } else { None })
    })?;
    crypto::algorithm_of(&spki).ok().map(|_| spki)
}

fn composed(found: &[Attribute]) -> Option<Vec<u8>> {
    let (mut modulus, mut exponent, mut parameters, mut point, mut kind) = (None, None, None, None, None);
    for attribute in found {
        match attribute {
            Attribute::KeyType(found) => kind = Some(*found),
            Attribute::Modulus(found) => modulus = Some(&found[..]),
            Attribute::PublicExponent(found) => exponent = Some(&found[..]),
            Attribute::EcParams(found) => parameters = Some(&found[..]),
            Attribute::EcPoint(found) => point = Some(&found[..]),
            _ => {}
        }
    }
    match kind? {
        KeyType::RSA => {
            let key = RsaPublicKey { modulus: UintRef::new(modulus?).ok()?, exponent: UintRef::new(exponent?).ok()? };
            assembled(RSA, Some(AnyRef::NULL), &key.to_der().ok()?)
        }
        KeyType::EC => assembled(EC, Some(AnyRef::try_from(parameters?).ok()?), bare(point?, 0x04)),
        KeyType::EC_EDWARDS => assembled(ED25519, None, bare(point?, 0)),
        _ => None,
    }
}

/// A point without the `OCTET STRING` around it. Some tokens leave that away; `first` is then the byte it begins with,
/// where it has a certain one, which an `OCTET STRING` happens to begin with as well.
fn bare(point: &[u8], first: u8) -> &[u8] {
    match <&OctetStringRef>::from_der(point) {
        Ok(inner) if first == 0 || inner.as_bytes().first() == Some(&first) => inner.as_bytes(),
        _ => point,
    }
}

fn assembled(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &[u8]) -> Option<Vec<u8>> {
    let algorithm = AlgorithmIdentifierRef { oid, parameters };
    SubjectPublicKeyInfo { algorithm, subject_public_key: BitStringRef::from_bytes(key).ok()? }.to_der().ok()
}

/// RFC 8017 appendix A.1.1.
#[derive(der::Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}
