//! A private key in its numbers, for forms that hold them apart.

use der::asn1::OctetStringRef;
use der::{Decode as _, asn1::UintRef};
use pkcs8::PrivateKeyInfoRef;
use spki::SubjectPublicKeyInfoRef;

use super::{LeavingError, PrivateEntry};
use crate::crypto;
use crate::model::Algorithm;

/// The numbers of a key; each is a view into what the store gave.
pub(super) enum Parts<'a> {
    /// RFC 8017 appendix A.1.2, with two primes.
    Rsa(pkcs1::RsaPrivateKeyRef<'a>),
    /// The private number at its full length.
    Ec { scalar: &'a [u8] },
    /// RFC 8410: both halves as they are.
    Edwards { private: &'a [u8], public: &'a [u8] },
    /// RFC 9881: the seed of 32 bytes.
    MlDsa { seed: &'a [u8] },
    /// RFC 3279 section 2.3.2: the private number; domain and public half are in the public form.
    Dsa { private: &'a [u8] },
    /// The bytes of a symmetric key.
    Symmetric(&'a [u8]),
}

const UNREADABLE: LeavingError = LeavingError::Unreadable("its form is not the one of its algorithm");

/// Takes a key apart.
pub(super) fn of<'a>(entry: &'a PrivateEntry) -> Result<Parts<'a>, LeavingError> {
    use Algorithm as A;
    if entry.algorithm.is_symmetric() {
        return Ok(Parts::Symmetric(entry.secret.expose()));
    }
    let info = PrivateKeyInfoRef::from_der(entry.secret.expose()).map_err(|_| UNREADABLE)?;
    let inner = info.private_key.as_bytes();
    let stated = SubjectPublicKeyInfoRef::from_der(entry.public_key).map_err(|_| UNREADABLE)?;
    let public = stated.subject_public_key.as_bytes().ok_or(UNREADABLE)?;
    match entry.algorithm {
        algorithm if algorithm.is_rsa() => {
            let key = pkcs1::RsaPrivateKeyRef::from_der(inner).map_err(|_| UNREADABLE)?;
            if key.other_prime_infos.is_some() {
                return Err(LeavingError::Unreadable(
                    "it has more than two primes, for which only PKCS#8 and PKCS#12 have a place",
                ));
            }
            Ok(Parts::Rsa(key))
        }
        A::EcdsaP256 | A::EcdsaP384 | A::EcdsaP521 | A::EcdsaSecp256k1 => {
            let scalar = sec1::EcPrivateKey::from_der(inner).map_err(|_| UNREADABLE)?.private_key;
            Ok(Parts::Ec { scalar })
        }
        A::Ed25519 | A::Ed448 | A::X25519 | A::X448 => {
            let private = <&OctetStringRef>::from_der(inner).map_err(|_| UNREADABLE)?.as_bytes();
            Ok(Parts::Edwards { private, public })
        }
        A::MlDsa44 | A::MlDsa65 | A::MlDsa87 => {
            let seed = crypto::seed(entry.secret)?;
            let seed = seed.ok_or(LeavingError::Unreadable("it came without its seed, and this form holds seeds alone"))?;
            Ok(Parts::MlDsa { seed })
        }
        A::Dsa(_) => {
            let private = UintRef::from_der(inner).map_err(|_| UNREADABLE)?.as_bytes();
            Ok(Parts::Dsa { private })
        }
        _ => Err(UNREADABLE),
    }
}
