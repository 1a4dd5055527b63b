//! What others may hand in, one phrase a test: refused at once and naming the limit where it asks for too much, refused
//! with the reason where it is damaged, taken where only its wrapping is odd.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::read::read;
use super::sources::Source;
use super::{Facts, Link, Object, Verdict};
use crate::crypto;
use crate::custodian::NoProgress;
use crate::model::name::shown;
use crate::model::{Algorithm, Inventory, Time, hex};
use crate::secret::Passphrase;

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// An element of DER.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|digit| **digit == 0).count()..];
    let head = match content.len() {
        short @ ..128 => vec![tag, short as u8],
        _ => [&[tag, 0x80 | digits.len() as u8], digits].concat(),
    };
    [head, content].concat()
}

/// What is found in bytes that were pasted, decided against an empty inventory.
fn found(bytes: &[u8]) -> Vec<Object> {
    let begun = Instant::now();
    let passphrases = ["password", "pässwörd"].map(|word| Passphrase::new(word.to_owned()));
    let mut reading = read(&[Source::pasted(bytes.to_vec())], &passphrases, &NoProgress);
    reading.compare(&Inventory::default(), now());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    reading.objects
}

fn now() -> Time {
    Time::from(jiff::Timestamp::now())
}

/// Why the one thing in it was refused.
fn refused(bytes: &[u8]) -> String {
    let objects = found(bytes);
    match &objects[..] {
        [Object { verdict: Verdict::Refused(why), .. }] => why.clone(),
        _ => panic!("{objects:?}"),
    }
}

/// Refused before any work was done, naming the limit.
fn refused_at_once(bytes: &[u8], limit: &str) {
    let begun = Instant::now();
    let why = refused(bytes);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(why.contains("is the limit") && why.contains(limit), "{why}");
}

/// Everything in it is taken.
fn taken(bytes: &[u8]) -> Vec<Object> {
    let objects = found(bytes);
    assert!(!objects.is_empty() && objects.iter().all(|object| object.verdict.acts()), "{objects:?}");
    objects
}

fn openssl(folder: &Path, line: &str) -> Vec<u8> {
    let run = Command::new("openssl").args(line.split(' ')).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{line}: {}", String::from_utf8_lossy(&run.stderr));
    run.stdout
}

/// `EncryptedPrivateKeyInfo` (RFC 5958 section 3) under AES whose key is derived like this.
fn encrypted(derivation: &str, parameters: &[&[u8]]) -> Vec<u8> {
    let oid = |text: &str| tlv(OID, &[&hex::decode(text).unwrap()]);
    let derivation = tlv(SEQUENCE, &[&oid(derivation), &tlv(SEQUENCE, parameters)]);
    let cipher = tlv(SEQUENCE, &[&oid("60864801650304012a"), &tlv(OCTETS, &[&[0; 16]])]);
    let scheme = tlv(SEQUENCE, &[&oid("2a864886f70d01050d"), &tlv(SEQUENCE, &[&derivation, &cipher])]);
    tlv(SEQUENCE, &[&scheme, &tlv(OCTETS, &[&[0; 32]])])
}

#[test]
fn pbkdf2_of_2147483647_iterations_is_refused_at_once() {
    let parameters: [&[u8]; 2] = [&tlv(OCTETS, &[&[0; 8]]), &[INTEGER, 4, 0x7f, 0xff, 0xff, 0xff]];
    refused_at_once(&encrypted("2a864886f70d01050c", &parameters), "2147483647 iterations, and 10000000");
}

#[test]
fn scrypt_that_asks_for_gigabytes_is_refused_at_once() {
    let parameters: [&[u8]; 4] = [&tlv(OCTETS, &[&[0; 8]]), &[INTEGER, 4, 0x04, 0, 0, 0], &[INTEGER, 1, 8], &[INTEGER, 1, 1]];
    refused_at_once(&encrypted("2b06010401da47040b", &parameters), "bytes of memory, and 1073741824");
}

#[test]
fn argon2_that_asks_for_gigabytes_is_refused_at_once() {
    let file = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\nComment: c\nPublic-Lines: 2\n\
        AAAAC3NzaC1lZDI1NTE5AAAAIN7flqO3AEKlhGULkGk6eTKkfVvfP5v3kYfoqCZ6\nAAAA\nKey-Derivation: Argon2id\n\
        Argon2-Memory: 4194304\nArgon2-Passes: 1\nArgon2-Parallelism: 1\nArgon2-Salt: 00112233445566778899aabbccddeeff\n\
        Private-Lines: 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nPrivate-MAC: 00\n";
    refused_at_once(file.as_bytes(), "4294967296 bytes of memory, and 1073741824");
}

#[test]
fn ber_nested_10000_deep_is_refused_at_once() {
    refused_at_once(&[SEQUENCE, 0x80].repeat(10_000), "64");
    // The same with lengths that are said.
    let mut nested = vec![INTEGER, 1, 0];
    for _ in 0..10_000 {
        let length = nested.len();
        nested.splice(0..0, [SEQUENCE, 0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8]);
    }
    let begun = Instant::now();
    refused(&nested);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn an_rsa_modulus_of_a_million_bits_is_refused_at_once() {
    let modulus = tlv(INTEGER, &[&[0], &vec![0xff; 125_000]]);
    let key = tlv(SEQUENCE, &[&[INTEGER, 1, 0], &modulus, &[INTEGER, 1, 3], &[INTEGER, 1, 3], &[INTEGER, 1, 3]]);
    refused_at_once(&key, "1000000 bits of an RSA modulus, and 16384");
    refused_at_once(&tlv(SEQUENCE, &[&modulus, &[INTEGER, 1, 3]]), "1000000 bits of an RSA modulus, and 16384");
}

/// An RSA key of OpenSSL in its own form, with one of its numbers (from the version on) changed.
fn rsa(number: usize, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    openssl(folder.path(), "genrsa -traditional -out key 1024");
    let der = openssl(folder.path(), "rsa -in key -traditional -outform DER");
    let (mut numbers, mut rest) = (Vec::new(), &der[4..]);
    while let [INTEGER, length, after @ ..] = rest {
        let (length, after) = if *length == 0x81 { (after[0] as usize, &after[1..]) } else { (*length as usize, after) };
        numbers.push(after[..length].to_vec());
        rest = &after[length..];
    }
    assert_eq!(numbers.len(), 9);
    change(&mut numbers[number]);
    let numbers: Vec<Vec<u8>> = numbers.iter().map(|number| tlv(INTEGER, &[number])).collect();
    tlv(SEQUENCE, &numbers.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn an_even_rsa_modulus_is_refused() {
    assert!(refused(&rsa(1, |modulus| *modulus.last_mut().unwrap() &= 0xfe)).contains("its modulus is even"));
}

#[test]
fn an_rsa_exponent_of_1_is_refused() {
    assert!(refused(&rsa(2, |exponent| *exponent = vec![1])).contains("its public exponent is 1"));
}

#[test]
fn an_rsa_modulus_that_is_not_p_times_q_is_refused() {
    let last = |number: &mut Vec<u8>| *number.last_mut().unwrap() ^= 2;
    assert!(refused(&rsa(1, last)).contains("is not the product of its primes"));
    assert!(refused(&rsa(4, last)).contains("is not the product of its primes"));
}

/// A private key of P-256 (RFC 5915) with this number and, where it is said, this point.
fn p256(number: &[u8], point: Option<&[u8]>) -> Vec<u8> {
    let curve = [OID, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let point = point.map(|point| tlv(0xa1, &[&tlv(3, &[&[0], point])])).unwrap_or_default();
    tlv(SEQUENCE, &[&[INTEGER, 1, 1], &tlv(OCTETS, &[number]), &tlv(0xa0, &[&curve]), &point])
}

#[test]
fn an_ec_point_off_the_curve_is_refused() {
    let point = [&[4][..], &[1; 64]].concat();
    assert!(refused(&p256(&[7; 32], Some(&point))).contains("does not lie on the curve"));
}

#[test]
fn a_private_number_of_0_is_refused() {
    assert!(refused(&p256(&[0; 32], None)).contains("its secret number is zero"));
}

#[test]
fn a_private_number_of_n_or_more_is_refused() {
    // SEC 2 section 2.4.2.
    let mut order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap().to_vec();
    let why = refused(&p256(&order, None));
    assert_eq!(refused(&p256(&[0xff; 32], None)), why);
    order[31] -= 1;
    taken(&p256(&order, None));
}

#[test]
fn an_ml_dsa_seed_that_does_not_make_its_expanded_key_is_refused() {
    // RFC 9881 section 6, with an expanded key of nothing but zeros.
    let both = tlv(SEQUENCE, &[&tlv(OCTETS, &[&[7; 32]]), &tlv(OCTETS, &[&[0; 2560]])]);
    let algorithm = tlv(SEQUENCE, &[&tlv(OID, &[&hex::decode("608648016503040311").unwrap()])]);
    let key = tlv(SEQUENCE, &[&[INTEGER, 1, 0], &algorithm, &tlv(OCTETS, &[&both])]);
    assert!(refused(&key).contains("its seed makes another key than the expanded key beside it"));
}

/// What is found at a path that a person named.
fn at(path: &Path) -> Vec<Object> {
    let begun = Instant::now();
    let mut reading = read(&[Source::Path(path.to_owned())], &[], &NoProgress);
    reading.compare(&Inventory::default(), now());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    reading.objects
}

fn refused_at(path: &Path) -> String {
    match &at(path)[..] {
        [Object { verdict: Verdict::Refused(why), .. }] => why.clone(),
        objects => panic!("{objects:?}"),
    }
}

#[test]
fn a_file_of_2_gb_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::File::create(folder.path().join("large")).unwrap().set_len(2 << 30).unwrap();
    let begun = Instant::now();
    assert!(refused_at(&folder.path().join("large")).contains("2147483648 bytes, and 67108864 is the limit"));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[cfg(unix)]
#[test]
fn dev_zero_is_refused() {
    assert!(refused_at(Path::new("/dev/zero")).contains("not a regular file"));
}

#[cfg(unix)]
#[test]
fn a_fifo_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    assert!(refused_at(&folder.path().join("pipe")).contains("not a regular file"));
}

#[cfg(unix)]
#[test]
fn a_socket_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    assert!(refused_at(&folder.path().join("socket")).contains("not a regular file"));
}

/// A new key in PKCS#8 DER, and in PEM.
fn key() -> (Vec<u8>, String) {
    let pair = crypto::generate(Algorithm::EcdsaP256).unwrap();
    (pair.private.expose().to_vec(), crate::formats::pkcs8_pem(&pair.private).to_string())
}

#[test]
fn a_folder_is_read_with_all_that_lies_below_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
    std::fs::write(folder.path().join("a/b/one.pem"), key().1).unwrap();
    std::fs::write(folder.path().join("two.der"), key().0).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "nothing that is known").unwrap();
    let names: Vec<String> = at(folder.path()).iter().map(|object| object.name.clone()).collect();
    assert_eq!(names, ["one", "two"]);
}

#[cfg(unix)]
#[test]
fn a_file_name_that_is_not_utf_8_is_read_and_shown() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"k\xffey.pem"));
    std::fs::write(&path, key().1).unwrap();
    let objects = at(&path);
    assert!(matches!(&objects[..], [object] if object.verdict == Verdict::New && object.name == "k\u{fffd}ey"), "{objects:?}");
}

#[cfg(unix)]
#[test]
fn a_file_name_that_reverses_direction_is_shown_as_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pay\u{202e}moc.knab.pem");
    std::fs::write(&path, key().1).unwrap();
    let objects = at(&path);
    assert_eq!(objects[0].verdict, Verdict::New);
    assert!(shown(&objects[0].name).contains("\\u{202e}") && !shown(&objects[0].name).contains('\u{202e}'));
    assert!(!shown(&objects[0].path).contains('\u{202e}'));
}

#[test]
fn a_nul_in_the_name_of_a_certificate_is_no_end_of_it() {
    let folder = tempfile::tempdir().unwrap();
    openssl(
        folder.path(),
        "req -x509 -newkey ed25519 -nodes -keyout k -days 9 -subj /CN=bank.example.ATTACK -outform DER -out c",
    );
    let mut der = std::fs::read(folder.path().join("c")).unwrap();
    let name = b"bank.example.ATTACK";
    for at in 0..der.len() - name.len() {
        if der[at..].starts_with(name) {
            der[at + 12] = 0;
        }
    }
    let [object] = &found(&der)[..] else { panic!() };
    let Facts::Certificate(facts) = &object.facts else { panic!("{object:?}") };
    for name in [&facts.subject, &object.name] {
        assert!(name.contains("ATTACK"), "what follows the NUL is there: {name:?}");
        assert!(!shown(name).contains('\0'), "and the NUL is shown as what it is: {name:?}");
    }
}

#[test]
fn a_pem_block_that_is_cut_off_is_refused_as_such() {
    let armoured = key().1;
    assert!(refused(&armoured.as_bytes()[..armoured.len() - 40]).contains("It is cut off"));
    let lines: Vec<&str> = armoured.lines().collect();
    let short = [lines[0], lines[1], lines[lines.len() - 1]].join("\n");
    assert!(refused(short.as_bytes()).contains("It is cut off"));
}

#[test]
fn a_pem_block_that_is_padded_is_taken() {
    let armoured = key().1;
    let spaced = format!("  {}", armoured.replace('\n', " \t \n\n  "));
    for padded in
        [format!("\n\n \n{armoured}\n\n\n"), spaced, armoured.replace("\n-----END", "==\n-----END"), format!("{armoured}\0\0\0")]
    {
        assert_eq!(taken(padded.as_bytes()).len(), 1);
    }
}

#[test]
fn crlf_is_taken() {
    taken(key().1.replace('\n', "\r\n").as_bytes());
}

#[test]
fn a_byte_order_mark_is_taken() {
    taken(format!("\u{feff}{}", key().1).as_bytes());
}

#[test]
fn text_around_a_block_is_taken() {
    taken(format!("Dear all,\nthe key is:\n{}\nRegards\n-- \nMira\n", key().1).as_bytes());
}

#[test]
fn several_objects_in_one_file_are_taken_each_at_its_line() {
    let both = format!("{}between\n{}", key().1, key().1);
    let places: Vec<String> = taken(both.as_bytes()).iter().map(|object| object.place.to_string()).collect();
    assert_eq!(places, ["line 1", "line 7"]);
    assert_eq!(taken(&[key().0, key().0].concat()).len(), 2);
}

#[test]
fn the_wrong_label_is_no_matter() {
    for label in ["CERTIFICATE", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PUBLIC KEY", "ANY PRIVATE KEY"] {
        let objects = taken(key().1.replace("PRIVATE KEY", label).as_bytes());
        assert_eq!(objects[0].algorithm, Some(Algorithm::EcdsaP256), "{label}");
    }
}

#[test]
fn a_certificate_that_expired_before_it_arrived_is_taken_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    openssl(folder.path(), "req -x509 -newkey ed25519 -nodes -keyout k -days 1 -subj /CN=old.example -out c");
    let mut reading = read(&[Source::Path(folder.path().join("c"))], &[], &NoProgress);
    reading.compare(&Inventory::default(), now().plus_days(30));
    let [object] = &reading.objects[..] else { panic!() };
    assert!(object.verdict.acts());
    assert!(object.warnings.iter().any(|warning| warning.starts_with("The certificate expired on")), "{object:?}");
}

#[test]
fn the_same_key_twice_is_taken_once() {
    let (der, armoured) = key();
    let objects = found(&[armoured.as_bytes(), armoured.as_bytes()].concat());
    assert_eq!((&objects[0].verdict, objects[1].link), (&Verdict::New, Link::SameAs(0)));
    assert!(matches!(&objects[1].verdict, Verdict::Present { why, .. } if why.contains("the same key as in")), "{objects:?}");
    assert_eq!(found(&der).len(), 1);
}

#[test]
fn the_same_key_under_another_format_is_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), key().1).unwrap();
    openssl(folder.path(), "pkey -in a -traditional -outform DER -out b");
    openssl(folder.path(), "pkcs8 -topk8 -in a -out c -passout pass:password -iter 9");
    let passphrases = [Passphrase::new("password".to_owned())];
    let mut reading = read(&[Source::Path(folder.path().to_owned())], &passphrases, &NoProgress);
    reading.compare(&Inventory::default(), now());
    let links: Vec<Link> = reading.objects.iter().map(|object| object.link).collect();
    assert_eq!(links, [Link::Alone, Link::SameAs(0), Link::SameAs(0)], "{:?}", reading.objects);
}

#[test]
fn a_password_that_is_not_ascii_opens() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), key().1).unwrap();
    openssl(folder.path(), "req -x509 -key a -days 9 -subj /CN=x -out c");
    taken(&openssl(folder.path(), "pkcs8 -topk8 -in a -passout pass:pässwörd -iter 9"));
    let objects = found(&openssl(folder.path(), "pkcs12 -export -inkey a -in c -passout pass:pässwörd -iter 9"));
    assert!(objects.iter().any(|object| object.verdict == Verdict::New), "{objects:?}");
}
