//! The object identifiers of algorithms and curves, each with where it is defined.

use der::asn1::ObjectIdentifier;

use crate::model::{Algorithm, SlhDsaSet};

/// RFC 8410 section 3.
pub(super) const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
pub(super) const X448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.111");
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(super) const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");
/// RFC 5480 section 2.1.1.
pub(super) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// RFC 5480 section 2.1.1.1.
pub(super) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(super) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
pub(super) const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
/// SEC 2 version 2 appendix A.2.
pub(super) const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");
/// RFC 3279 section 2.3.1.
pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 4055 section 3.1.
pub(super) const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
/// RFC 4055 section 2.2.
pub(super) const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
/// RFC 3279 section 2.3.2.
pub(super) const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
/// RFC 9881 section 2.
pub(super) const ML_DSA_44: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.17");
pub(super) const ML_DSA_65: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18");
pub(super) const ML_DSA_87: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.19");
/// RFC 9935 section 3.
pub(super) const ML_KEM_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.4.1");
pub(super) const ML_KEM_768: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.4.2");
pub(super) const ML_KEM_1024: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.4.3");
/// RFC 9909 section 3, of the sets in the order of [`SlhDsaSet::ALL`].
const SLH_DSA: [ObjectIdentifier; 12] = [
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.20"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.21"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.22"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.23"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.24"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.25"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.26"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.27"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.28"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.29"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.30"),
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.31"),
];

/// The algorithm that an identifier alone names: all but those of curves and of RSA, RSA-PSS and DSA,
/// where the parameters or the size belong to the name.
pub(super) fn algorithm(oid: ObjectIdentifier) -> Option<Algorithm> {
    Some(match oid {
        ED25519 => Algorithm::Ed25519,
        ED448 => Algorithm::Ed448,
        X25519 => Algorithm::X25519,
        X448 => Algorithm::X448,
        ML_DSA_44 => Algorithm::MlDsa44,
        ML_DSA_65 => Algorithm::MlDsa65,
        ML_DSA_87 => Algorithm::MlDsa87,
        ML_KEM_512 => Algorithm::MlKem512,
        ML_KEM_768 => Algorithm::MlKem768,
        ML_KEM_1024 => Algorithm::MlKem1024,
        _ => {
            let at = SLH_DSA.iter().position(|known| *known == oid)?;
            Algorithm::SlhDsa(*SlhDsaSet::ALL.get(at)?)
        }
    })
}
