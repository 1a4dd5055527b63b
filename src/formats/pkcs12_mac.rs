//! The integrity check of a PKCS#12 keystore: the one of RFC 7292 section 5.1 and PBMAC1 of RFC 9579.

use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use subtle::ConstantTimeEq as _;

use super::ber::{self, OCTET_STRING, SEQUENCE};
use super::found::Reason;
use super::kdf::{Hash, Kdf, Use};
use super::opening::Opening;
use super::pbe::{self, Encoding};
use super::pkcs12::Candidate;

/// What the check says.
pub(super) enum Integrity {
    /// The keystore has none.
    Absent,
    /// It holds with this candidate.
    Verified(usize),
    /// It holds with none.
    Failed,
}

/// `PBMAC1` (RFC 8018 appendix A.5).
const PBMAC1: &str = "1.2.840.113549.1.5.14";

/// Tries the candidates on `MacData` (its content).
pub(super) fn verify(mac: &[u8], data: &[u8], candidates: &[Candidate], opening: &Opening) -> Result<Integrity, Reason> {
    let malformed = || Reason::Malformed("its integrity check".to_owned());
    let mut rest = mac;
    let mut info = ber::take(&mut rest, SEQUENCE).ok_or_else(malformed)?.content;
    let algorithm = ber::take(&mut info, SEQUENCE).ok_or_else(malformed)?.content;
    let expected = ber::take(&mut info, OCTET_STRING).ok_or_else(malformed)?.content;
    let salt = ber::take(&mut rest, OCTET_STRING).ok_or_else(malformed)?.content.to_vec();
    let iterations = ber::take_number(&mut rest).unwrap_or(1);
    let (oid, parameters) = pbe::identifier(algorithm)?;
    let pbmac1 = oid.to_string() == PBMAC1;
    let (kdf, hash, length) = if pbmac1 { pbmac1_of(parameters)? } else { own(&oid.to_string(), salt, iterations)? };
    kdf.check()?;
    for (index, (passphrase, encoding)) in candidates.iter().enumerate() {
        if pbmac1 && *encoding != Encoding::Standard {
            continue;
        }
        let letters = (!pbmac1).then(|| pbe::utf16(passphrase, *encoding));
        let secret = letters.as_ref().map_or(passphrase.as_bytes(), |letters| letters);
        opening.spend(kdf.cost(length))?;
        let key = kdf.derive(secret, Use::Mac, length).ok_or_else(malformed)?;
        if authenticate(hash, &key, data).is_some_and(|computed| bool::from(computed.ct_eq(expected))) {
            return Ok(Integrity::Verified(index));
        }
    }
    Ok(Integrity::Failed)
}

/// RFC 7292: a hash, and PKCS#12's derivation with it.
fn own(hash: &str, salt: Vec<u8>, iterations: u64) -> Result<(Kdf, Hash, usize), Reason> {
    let hash = match hash {
        "1.2.840.113549.2.5" => Hash::Md5,
        "1.3.14.3.2.26" => Hash::Sha1,
        "2.16.840.1.101.3.4.2.1" => Hash::Sha256,
        "2.16.840.1.101.3.4.2.2" => Hash::Sha384,
        "2.16.840.1.101.3.4.2.3" => Hash::Sha512,
        "2.16.840.1.101.3.4.2.4" => Hash::Sha224,
        "2.16.840.1.101.3.4.2.5" => Hash::Sha512With224,
        "2.16.840.1.101.3.4.2.6" => Hash::Sha512With256,
        other => return Err(Reason::Unsupported(format!("An integrity check with the hash {other}"))),
    };
    Ok((Kdf::Pkcs12 { hash, salt, iterations }, hash, hash.len()))
}

/// RFC 9579: a derivation that says the length of its key, and an HMAC.
fn pbmac1_of(parameters: &[u8]) -> Result<(Kdf, Hash, usize), Reason> {
    let malformed = || Reason::Malformed("its integrity check".to_owned());
    let mut content = ber::only(parameters, SEQUENCE).ok_or_else(malformed)?;
    let (kdf, length) = pbe::derivation(ber::take(&mut content, SEQUENCE).ok_or_else(malformed)?.content)?;
    let hash = pbe::prf_hash(pbe::identifier(ber::take(&mut content, SEQUENCE).ok_or_else(malformed)?.content)?.0)?;
    // RFC 9579 section 4: the length must be there. A key beyond any hash's block is nothing but work.
    match length {
        Some(length @ 1..=256) => Ok((kdf, hash, length as usize)),
        _ => Err(Reason::Malformed("its integrity check does not say how long its key is".to_owned())),
    }
}

fn authenticate(hash: Hash, key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    use md5::Md5;
    use sha1::Sha1;
    use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
    super::kdf::with_hash!(hash, D => {
        let mut mac = Hmac::<D>::new_from_slice(key).ok()?;
        mac.update(data);
        Some(mac.finalize().into_bytes().to_vec())
    })
}
