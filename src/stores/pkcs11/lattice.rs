//! Inside the worker: what ML-DSA keys look like in a token (PKCS#11 3.2, the section on ML-DSA; FIPS 204). Other
//! algorithms are in `objects`.

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::dsa::{HedgeType, SignAdditionalContext};
use cryptoki::object::{Attribute, AttributeType, KeyType, MlDsaParameterSetType, ObjectHandle, ParameterSetType};
use cryptoki::session::Session;
use der::asn1::ObjectIdentifier;

use crate::crypto;
use crate::model::Algorithm;
use crate::secret::SecretBytes;

/// Each algorithm with its parameter set, and its name in public keys (RFC 9881 section 2).
const SETS: [(Algorithm, MlDsaParameterSetType, ObjectIdentifier); 3] = [
    (Algorithm::MlDsa44, MlDsaParameterSetType::ML_DSA_44, ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.17")),
    (Algorithm::MlDsa65, MlDsaParameterSetType::ML_DSA_65, ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18")),
    (Algorithm::MlDsa87, MlDsaParameterSetType::ML_DSA_87, ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.19")),
];

/// The parameter set as a pair is made by it; `None` for another algorithm.
pub(super) fn set(algorithm: Algorithm) -> Option<Attribute> {
    let found = SETS.iter().find(|(known, ..)| *known == algorithm);
    found.map(|(_, set, _)| Attribute::ParameterSet(ParameterSetType::from(*set)))
}

/// The mechanism that signs a message as it is, with an empty context (RFC 9881 section 3) and with whatever randomness
/// the token adds.
pub(super) fn mechanism() -> Mechanism<'static> {
    Mechanism::MlDsa(SignAdditionalContext::new(HedgeType::Preferred, None))
}

/// What a private half and its public one consist of, apart from the set. A key that came without its seed goes without it.
pub(super) fn values(pkcs8: &SecretBytes, public: &[u8]) -> Option<(Vec<Attribute>, Vec<Attribute>)> {
    let (seed, expanded) = (crypto::seed(pkcs8).ok()?, crypto::expanded(pkcs8).ok()?);
    let seed = seed.map(|seed| Attribute::Seed(seed.to_vec()));
    let ours = seed.into_iter().chain([Attribute::Value(expanded.expose().to_vec())]).collect();
    Some((ours, vec![Attribute::Value(public.to_vec())]))
}

/// The name and the bits of the public half that lies in a public object; `None` where it is another kind of key. A private
/// object is never asked: there the same attribute is the secret.
pub(super) fn public_half(session: &Session, public: ObjectHandle) -> Option<(ObjectIdentifier, Vec<u8>)> {
    let wanted = [AttributeType::KeyType, AttributeType::ParameterSet, AttributeType::Value];
    let (mut kind, mut set, mut bits) = (None, None, None);
    for attribute in session.get_attributes(public, &wanted).ok()? {
        match attribute {
            Attribute::KeyType(found) => kind = Some(found),
            Attribute::ParameterSet(found) => set = Some(found),
            Attribute::Value(found) => bits = Some(found),
            _ => {}
        }
    }
    let (_, _, oid) = SETS.iter().find(|(_, known, _)| Some(ParameterSetType::from(*known)) == set)?;
    (kind? == KeyType::ML_DSA).then_some((*oid, bits?))
}
