//! Files that are damaged, cut off, wrapped oddly, or ask for more than is given: what is said of them, and how soon.

use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding as _};

use super::ber::{self, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::found::{Content, Found, Kind, Place, Reason};
use super::live::said;
use super::recognise::read;
use super::{limits, pem};
use crate::crypto;
use crate::model::Algorithm;
use crate::secret::Passphrase;

fn key() -> Vec<u8> {
    crypto::generate(Algorithm::EcdsaP256).unwrap().private.expose().to_vec()
}

fn reason(bytes: &[u8]) -> Reason {
    let found = read(bytes, &[Passphrase::new("password".to_owned())]);
    assert_eq!(found.len(), 1, "{}", said(&found));
    found.into_iter().next().unwrap().content.err().unwrap()
}

fn is_key(found: &[Found], pkcs8: &[u8]) -> bool {
    matches!(found, [Found { content: Ok(Content::Private { pkcs8: read, .. }), .. }] if read.expose() == pkcs8)
}

#[test]
fn a_key_is_read_however_it_is_wrapped() {
    let key = key();
    let armoured = pem::write("PRIVATE KEY", &key);
    let base64 = Base64::encode_string(&key);
    let wide = |text: &str, bytes: fn(u16) -> [u8; 2], mark: [u8; 2]| {
        mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect::<Vec<u8>>()
    };
    let ways: [(&str, Vec<u8>); 17] = [
        ("DER", key.clone()),
        ("PEM", armoured.clone().into_bytes()),
        ("carriage returns", armoured.replace('\n', "\r").into_bytes()),
        ("Windows", armoured.replace('\n', "\r\n").into_bytes()),
        ("byte order mark", format!("\u{feff}{armoured}").into_bytes()),
        ("UTF-16, little end first", wide(&armoured.replace('\n', "\r\n"), u16::to_le_bytes, [0xff, 0xfe])),
        ("UTF-16, big end first", wide(&armoured, u16::to_be_bytes, [0xfe, 0xff])),
        ("text around", format!("a key of mine:\n{armoured}\nkeep it\n").into_bytes()),
        ("text around in Latin-1", [&b"Schl\xfcssel\n"[..], armoured.as_bytes()].concat()),
        ("wrong label", armoured.replace("PRIVATE KEY", "CERTIFICATE").into_bytes()),
        ("label that is unknown", armoured.replace("PRIVATE KEY", "SOME KEY").into_bytes()),
        ("one line", armoured.replace('\n', "").into_bytes()),
        ("indented", armoured.replace('\n', "\n    ").into_bytes()),
        ("no padding", armoured.replace('=', "").into_bytes()),
        ("bare base64", base64.clone().into_bytes()),
        ("bare base64 of the web", base64.replace('+', "-").replace('/', "_").into_bytes()),
        ("within JSON", format!("{{\"private_key\": \"{}\"}}", armoured.replace('\n', "\\n")).into_bytes()),
    ];
    for (way, bytes) in ways {
        let found = read(&bytes, &[]);
        assert!(is_key(&found, &key), "{way}: {}", said(&found));
    }
}

#[test]
fn what_is_damaged_says_so_at_its_line() {
    let key = key();
    let armoured = pem::write("PRIVATE KEY", &key);
    let cut = armoured.split_inclusive('\n').take(3).collect::<String>();
    let both = format!("first\n{cut}{armoured}");
    let found = read(both.as_bytes(), &[]);
    assert_eq!((&found[0].place, found[0].kind), (&Place::Line(2), Kind::Pkcs8));
    assert!(matches!(found[0].content, Err(Reason::Truncated(_))), "{}", said(&found));
    assert!(found[1].place == Place::Line(5) && is_key(&found[1..], &key));
    assert!(matches!(reason(&key[..key.len() - 1]), Reason::Truncated(_)));
    assert!(matches!(reason(armoured.replace("\nM", "\n!M").as_bytes()), Reason::Malformed(_)));
    let mut short = key.clone();
    short[2] = 0x10;
    assert!(matches!(read(&short, &[])[0].content, Err(Reason::Malformed(_))), "{}", said(&read(&short, &[])));
    assert_eq!(reason(b""), Reason::Unrecognised);
    assert_eq!(reason(b"0 is the first letter of this text"), Reason::Unrecognised);
    assert_eq!(reason(&[0xff, 0xfe, 0x41]), Reason::Unrecognised);
    assert!(matches!(
        reason(b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n-----END PGP PRIVATE KEY BLOCK-----\n"),
        Reason::Unsupported(_)
    ));
    assert!(matches!(reason(b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"), Reason::Malformed(_)));
}

#[test]
fn an_unknown_algorithm_is_kept_whole() {
    let algorithm = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[&[0x2a, 3, 4, 5]])]);
    let attributes = ber::wrap(0xa0, &[&ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[&[0x2a, 3]]), &ber::wrap(0x31, &[&[5, 0]])])]);
    let key = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 0], &algorithm, &ber::wrap(OCTET_STRING, &[b"anything"]), &attributes]);
    assert!(is_key(&read(&key, &[]), &key));
}

/// `SpecifiedECDomain` (SEC 1 appendix C.2) over the field of that many elements.
fn curve_of_nobody(prime: u8) -> ber::Bytes {
    let field = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 1, 1]]), &[INTEGER, 1, prime]]);
    let equation = ber::wrap(SEQUENCE, &[&[OCTET_STRING, 1, 1], &[OCTET_STRING, 1, 3]]);
    ber::wrap(SEQUENCE, &[&[INTEGER, 1, 1], &field, &equation, &[OCTET_STRING, 3, 4, 5, 6], &[INTEGER, 1, 19]])
}

#[test]
fn a_curve_that_has_no_name_is_an_unknown_algorithm_and_kept_whole() {
    const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    let bits = ber::wrap(3, &[&[0, 4, 7, 8]]);
    let unknown = |content: &Result<Content, Reason>| match content {
        Ok(Content::Private { pkcs8, public_key, .. }) => {
            let inspected = crypto::inspect(pkcs8, public_key.as_deref()).unwrap();
            assert_eq!(inspected.algorithm, Algorithm::Unknown);
            inspected.pkcs8.expose().to_vec()
        }
        Ok(Content::Public(spki)) => {
            assert!(crypto::algorithm_of(spki).is_err());
            spki.to_vec()
        }
        Ok(_) => panic!("it is no key"),
        Err(reason) => panic!("{reason}"),
    };
    for curve in [curve_of_nobody(17), ber::wrap(0x05, &[])] {
        let algorithm = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[EC]), &curve]);
        let own = ber::wrap(
            SEQUENCE,
            &[&[INTEGER, 1, 1], &[OCTET_STRING, 1, 9], &ber::wrap(0xa0, &[&curve]), &ber::wrap(0xa1, &[&bits])],
        );
        let pkcs8 = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 0], &algorithm, &ber::wrap(OCTET_STRING, &[&own])]);
        let spki = ber::wrap(SEQUENCE, &[&algorithm, &bits]);
        assert_eq!(unknown(&read(&pkcs8, &[])[0].content), *pkcs8);
        assert_eq!(unknown(&read(&own, &[])[0].content), *pkcs8, "its own form goes whole into PKCS#8");
        assert_eq!(unknown(&read(&spki, &[])[0].content), *spki);
    }
    let other = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[EC]), &curve_of_nobody(23)]);
    let own = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 1], &[OCTET_STRING, 1, 9], &ber::wrap(0xa0, &[&curve_of_nobody(17)])]);
    let two = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 0], &other, &ber::wrap(OCTET_STRING, &[&own])]);
    assert!(matches!(reason(&two), Reason::Inconsistent(_)));
    let none = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[EC]), &ber::wrap(SEQUENCE, &[&[INTEGER, 1, 1]])]);
    assert!(matches!(reason(&ber::wrap(SEQUENCE, &[&none, &bits])), Reason::Malformed(_)), "not every sequence is a curve");
}

#[test]
fn an_ed25519_key_with_its_public_half_is_read_in_both_forms() {
    let algorithm = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[&[0x2b, 0x65, 0x70]])]);
    let inner = ber::wrap(OCTET_STRING, &[&ber::wrap(OCTET_STRING, &[&[7; 32]])]);
    let plain = ber::wrap(0x81, &[&[0], &[9; 32]]);
    let explicit = ber::wrap(0xa1, &[&ber::wrap(3, &[&[0], &[9; 32]])]);
    let [standard, ring] = [&plain, &explicit].map(|public| ber::wrap(SEQUENCE, &[&[INTEGER, 1, 1], &algorithm, &inner, public]));
    let bare = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 1], &algorithm, &inner]);
    for (key, expected) in [(&standard, &standard), (&ring, &standard)] {
        let found = read(key, &[]);
        assert!(is_key(&found, expected), "{}", said(&found));
        let Ok(Content::Private { public_key: Some(public_key), .. }) = &found[0].content else { panic!() };
        assert!(public_key.ends_with(&[9; 32]));
    }
    assert!(is_key(&read(&bare, &[]), &ber::wrap(SEQUENCE, &[&[INTEGER, 1, 0], &algorithm, &inner])), "the version is mended");
}

/// PBKDF2 or scrypt with numbers that ask for too much.
fn encrypted(kdf: &[u8], parameters: &[&[u8]]) -> Vec<u8> {
    let kdf = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[kdf]), &ber::wrap(SEQUENCE, parameters)]);
    let iv = ber::wrap(OCTET_STRING, &[&[0; 16]]);
    let aes = ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a]]), &iv]);
    let pbes2 = [&ber::wrap(OID, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0d]])[..], &ber::wrap(SEQUENCE, &[&kdf, &aes])];
    ber::wrap(SEQUENCE, &[&ber::wrap(SEQUENCE, &pbes2), &ber::wrap(OCTET_STRING, &[&[0; 32]])]).to_vec()
}

const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0c];
const SCRYPT: &[u8] = &[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 0x0b];

#[test]
fn what_asks_for_too_much_is_refused_at_once_and_names_the_limit() {
    let salt = ber::wrap(OCTET_STRING, &[&[0; 8]]);
    let modulus = [&[INTEGER, 0x83, 1, 0xe8, 0x49, 0][..], &vec![0xff; 125_000]].concat();
    let cases: [(&str, Vec<u8>); 8] = [
        ("10000000", encrypted(PBKDF2, &[&salt, &[INTEGER, 4, 0x7f, 0xff, 0xff, 0xff]])),
        ("10000000", encrypted(PBKDF2, &[&salt, &[INTEGER, 9, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]])),
        ("1073741824", encrypted(SCRYPT, &[&salt, &[INTEGER, 4, 0x40, 0, 0, 0], &[INTEGER, 1, 8], &[INTEGER, 1, 1]])),
        ("1073741824", encrypted(SCRYPT, &[&salt, &[INTEGER, 1, 2], &[INTEGER, 4, 0x7f, 0, 0, 0], &[INTEGER, 4, 0x7f, 0, 0, 0]])),
        ("64", [0x30, 0x80].repeat(10_000)),
        (
            "16384",
            ber::wrap(SEQUENCE, &[&[INTEGER, 1, 0], &modulus, &[INTEGER, 1, 3], &[INTEGER, 1, 3], &[INTEGER, 1, 3]]).to_vec(),
        ),
        ("16777216", [&[0x30, 0x84, 0x02, 0, 0, 0, 2, 1, 0, 0x30, 0, 4, 0x84, 1, 0xff, 0xff, 0xf0][..], &[0; 100]].concat()),
        ("67108864", vec![b'A'; limits::FILE as usize + 1]),
    ];
    for (limit, bytes) in cases {
        let begun = Instant::now();
        let reason = reason(&bytes);
        assert!(matches!(reason, Reason::OverLimit { .. }) && reason.to_string().contains(limit), "{limit}: {reason}");
        assert!(begun.elapsed() < Duration::from_secs(1), "{limit}: {:?}", begun.elapsed());
    }
    let nested: Vec<u8> = (0..10_000)
        .fold(Vec::new(), |inner, _| if inner.len() < 30_000 { ber::wrap(SEQUENCE, &[&inner]).to_vec() } else { inner });
    assert!(matches!(read(&nested, &[])[0].content, Err(Reason::OverLimit { .. } | Reason::Unrecognised)));
}

#[test]
fn a_small_rsa_key_is_refused_as_too_small() {
    let numbers =
        ber::wrap(SEQUENCE, &[&[INTEGER, 1, 0], &ber::wrap(INTEGER, &[&[0x7f; 64]]), &[2, 1, 3], &[2, 1, 3], &[2, 1, 3]]);
    assert_eq!(reason(&numbers).to_string(), "It has 511 bits of an RSA modulus, and 1024 is the least that is taken in.");
}

#[test]
fn the_work_of_a_whole_file_is_limited() {
    let salt = ber::wrap(OCTET_STRING, &[&[0; 8]]);
    let one = encrypted(
        PBKDF2,
        &[
            &salt,
            &[INTEGER, 2, 0x27, 0x10],
            &ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9]])]),
        ],
    );
    let file = pem::write("ENCRYPTED PRIVATE KEY", &one).repeat(3);
    let passphrases = ["a", "b"].map(|passphrase| Passphrase::new(passphrase.to_owned()));
    // 10,000 iterations an object and passphrase: each is tried once.
    let opening = super::opening::Opening::with_work(&passphrases, 60_000);
    let found = super::recognise::read_with(file.as_bytes(), &opening);
    assert!(
        found.iter().all(|found| found.content.as_ref().err() == Some(&Reason::WrongPassphraseOrDamaged)),
        "{}",
        said(&found)
    );
    assert!(opening.spend(1).is_err(), "no more than once");
    let opening = super::opening::Opening::with_work(&passphrases, 59_999);
    let found = super::recognise::read_with(file.as_bytes(), &opening);
    assert!(matches!(found[2].content, Err(Reason::OverLimit { .. })));
}

#[test]
fn many_objects_are_read_in_a_straight_line() {
    let key = key();
    let timed = |bytes: &[u8]| {
        let begun = Instant::now();
        (read(bytes, &[Passphrase::new("password".to_owned())]), begun.elapsed())
    };
    let (found, took) = timed(pem::write("PRIVATE KEY", &key).repeat(10_000).as_bytes());
    assert!(found.len() == 10_000 && found.iter().all(|found| found.content.is_ok()));
    println!("10,000 keys: {took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}, without optimisation");
    let small = "-----BEGIN X-----\nAAAA\n-----END X-----\n";
    let (found, took) = timed(small.repeat(100_000).as_bytes());
    assert_eq!(found.len(), limits::OBJECTS);
    println!("100,000 objects: {took:?}");
    let (found, more) = timed(small.repeat(150_000).as_bytes());
    assert!(matches!(found.last().unwrap().content, Err(Reason::OverLimit { what: "objects", .. })), "{}", found.len());
    assert_eq!(found.len(), limits::OBJECTS + 1);
    assert!(more < 4 * took + Duration::from_secs(1), "{more:?} after {took:?}");
    let (found, _) = timed(&key.repeat(1_000));
    assert_eq!(found.len(), 1_000);
}
