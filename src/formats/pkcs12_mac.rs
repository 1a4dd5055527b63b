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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::ber::{INTEGER, OID};
    use crate::formats::found::{Content, Found};
    use crate::formats::live::{Lab, said};
    use crate::formats::recognise::read;
    use crate::secret::Passphrase;

    /// A keystore of openssl's without integrity check, whose key has the passphrase "keys".
    fn without_check(lab: &Lab) -> Vec<u8> {
        lab.run("openssl req -x509 -newkey ed25519 -nodes -subj /CN=one -keyout key -out crt");
        lab.run("openssl pkcs12 -export -inkey key -in crt -certpbe NONE -nomac -out store.p12 -passout pass:keys");
        lab.bytes("store.p12")
    }

    fn contents(store: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let parts = ber::first(ber::only(store, SEQUENCE).unwrap(), 2);
        let data = ber::only(ber::first(parts[1].content, 2)[1].content, OCTET_STRING).unwrap();
        (parts[1].whole.to_vec(), data.to_vec())
    }

    fn algorithm(oid: &str, parameters: &[u8]) -> ber::Bytes {
        let oid = der::asn1::ObjectIdentifier::new(oid).unwrap();
        ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[oid.as_bytes()]), parameters])
    }

    /// The keystore with an integrity check.
    fn with_check(safe: &[u8], data: &[u8], digest: &[u8], (kdf, secret, length): (&Kdf, &[u8], usize)) -> Vec<u8> {
        let key = kdf.derive(secret, Use::Mac, length).unwrap();
        let mac = authenticate(Hash::Sha256, &key, data).unwrap();
        let info = ber::wrap(SEQUENCE, &[digest, &ber::wrap(OCTET_STRING, &[&mac])]);
        let check = ber::wrap(SEQUENCE, &[&info, &ber::wrap(OCTET_STRING, &[b"salt"]), &[INTEGER, 1, 9]]);
        ber::wrap(SEQUENCE, &[&[INTEGER, 1, 3], safe, &check]).to_vec()
    }

    fn opened(store: &[u8], passphrases: &[&str]) -> Vec<Found> {
        let passphrases: Vec<Passphrase> = passphrases.iter().map(|text| Passphrase::new((*text).to_owned())).collect();
        read(store, &passphrases)
    }

    #[test]
    fn the_check_and_the_keys_may_have_passphrases_of_their_own() {
        let (safe, data) = contents(&without_check(&Lab::new()));
        let own = Kdf::Pkcs12 { hash: Hash::Sha256, salt: b"salt".to_vec(), iterations: 9 };
        let own_digest = algorithm("2.16.840.1.101.3.4.2.1", &[5, 0]);
        let own = with_check(&safe, &data, &own_digest, (&own, &pbe::utf16("check", Encoding::Standard), 32));
        // RFC 9579: PBKDF2 with a key of 20 bytes, and HMAC with SHA-256.
        let pbkdf2 = Kdf::Pbkdf2 { hash: Hash::Sha256, salt: b"salt".to_vec(), iterations: 9 };
        let prf = algorithm("1.2.840.113549.2.9", &[5, 0]);
        let parameters = ber::wrap(SEQUENCE, &[&ber::wrap(OCTET_STRING, &[b"salt"]), &[INTEGER, 1, 9], &[INTEGER, 1, 20], &prf]);
        let both = ber::wrap(SEQUENCE, &[&algorithm("1.2.840.113549.1.5.12", &parameters), &prf]);
        let pbmac1 = with_check(&safe, &data, &algorithm(PBMAC1, &both), (&pbkdf2, b"check", 20));
        for store in [own, pbmac1] {
            for both in [["check", "keys"], ["keys", "check"]] {
                let found = opened(&store, &both);
                let keys = found.iter().filter(|found| matches!(found.content, Ok(Content::Private { .. }))).count();
                assert_eq!((keys, found.len()), (1, 2), "{}", said(&found));
            }
            let found = opened(&store, &["check"]);
            assert!(found.iter().any(|found| matches!(found.content, Err(Reason::WrongPassphrase))), "{}", said(&found));
            let found = opened(&store, &["keys"]);
            assert!(matches!(&found[0].content, Err(Reason::Malformed(what)) if what.contains("integrity")), "{}", said(&found));
            assert_eq!(opened(&store, &["other"])[0].content.as_ref().err(), Some(&Reason::WrongPassphrase));
        }
    }

    /// Every length indefinite, every octet string in two pieces.
    fn in_pieces(der: &[u8]) -> Vec<u8> {
        let piece = |element: ber::Element| match element.tag {
            tag @ (OCTET_STRING | 0x80) if element.content.len() > 1 => {
                let (first, second) = element.content.split_at(1);
                let pieces = [ber::wrap(OCTET_STRING, &[first]).to_vec(), ber::wrap(OCTET_STRING, &[second]).to_vec()].concat();
                [&[tag | 0x20, 0x80][..], &pieces, &[0, 0]].concat()
            }
            tag if tag & 0x20 != 0 => [&[tag, 0x80][..], &in_pieces(element.content), &[0, 0]].concat(),
            _ => element.whole.to_vec(),
        };
        ber::all(der).unwrap().into_iter().flat_map(piece).collect()
    }

    #[test]
    fn a_keystore_in_ber_is_read_as_that_in_der() {
        let lab = Lab::new();
        let store = without_check(&lab);
        lab.run("openssl pkcs12 -export -inkey key -in crt -out checked.p12 -passout pass:keys");
        let (checked, unchecked) = (
            in_pieces(&lab.bytes("checked.p12")),
            lab.run("openssl pkcs12 -export -inkey key -in crt -nomac -passout pass:keys"),
        );
        let (_, data) = contents(&unchecked);
        let data = ber::wrap(ber::context(0), &[&ber::wrap(OCTET_STRING, &[&in_pieces(&data)])]);
        let safe = algorithm("1.2.840.113549.1.7.1", &data);
        let inside = in_pieces(&ber::wrap(SEQUENCE, &[&[INTEGER, 1, 3], &safe]));
        for store in [store, checked, inside] {
            let found = opened(&store, &["keys"]);
            assert!(found.len() == 2 && found.iter().all(|found| found.content.is_ok()), "{}", said(&found));
        }
    }
}
