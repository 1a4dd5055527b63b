//! Public keys of recipients as their own tools make them, and every kind of bad one.

use std::path::Path;
use std::process::Command;

use bech32::{Bech32, Hrp};

use super::*;

fn now() -> Time {
    Time::from_second(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().cast_signed())
}

#[track_caller]
fn shell(folder: &Path, script: &str) -> Vec<u8> {
    let run = Command::new("sh").args(["-ec", script]).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{script}: {}", String::from_utf8_lossy(&run.stderr));
    run.stdout
}

fn said(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap().trim().to_owned()
}

/// A certificate that vouches for itself, in PEM.
fn made(folder: &Path, kind: &str, more: &str) -> Vec<u8> {
    shell(
        folder,
        &format!("openssl req -x509 -nodes -days 90 -subj /CN=Ada {kind} {more} -keyout key -out crt 2>/dev/null; cat crt"),
    )
}

const P256: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
const RSA: &str = "-newkey rsa:2048";

#[track_caller]
fn refused(bytes: &[u8]) -> RecipientError {
    read(bytes, now()).unwrap_err()
}

fn bech(bytes: &[u8]) -> String {
    bech32::encode::<Bech32>(Hrp::parse("age").unwrap(), bytes).unwrap()
}

#[test]
fn a_recipient_of_age_keygen_is_read_however_it_is_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let line = said(shell(folder.path(), "age-keygen 2>/dev/null > one; age-keygen -y one"));
    for form in
        [line.clone(), format!("\n  {line}\r\n"), format!("# Ada\n{line}\n"), line.to_uppercase(), format!("Public key: {line}")]
    {
        let key = read(form.as_bytes(), now()).unwrap();
        assert_eq!((key.kind, &*key.encoded), (RecipientKeyKind::AgeX25519, line.as_str()), "{form:?}");
        assert_eq!(key.fingerprint(), line);
        assert_eq!(key.sha256, crypto::sha256(&bech32::decode(&line).unwrap().1));
        assert_eq!(again(&key, now()), Ok(key));
    }
}

#[test]
fn lines_of_ssh_keygen_are_read_with_its_fingerprints_and_age_takes_them() {
    for (kind, wanted) in [("ed25519", RecipientKeyKind::SshEd25519), ("rsa -b 3072", RecipientKeyKind::SshRsa)] {
        let folder = tempfile::tempdir().unwrap();
        shell(folder.path(), &format!("ssh-keygen -q -t {kind} -N '' -C 'ada@host' -f one; ssh-keygen -e -f one.pub > two.pub"));
        let listed = said(shell(folder.path(), "ssh-keygen -lf one.pub"));
        for file in ["one.pub", "two.pub"] {
            let key = read(&std::fs::read(folder.path().join(file)).unwrap(), now()).unwrap();
            assert_eq!(key.kind, wanted);
            assert!(listed.contains(&key.fingerprint()), "{listed}: {}", key.fingerprint());
            assert!(key.encoded.parse::<age::ssh::Recipient>().is_ok());
            assert_eq!(key.encoded.split(' ').count(), 2, "without its comment");
            assert_eq!(again(&key, now()), Ok(key));
        }
    }
}

#[test]
fn certificates_of_openssl_are_read_in_pem_and_der_with_their_dates() {
    for kind in [RSA, P256, "-newkey ec -pkeyopt ec_paramgen_curve:P-384", "-newkey ec -pkeyopt ec_paramgen_curve:P-521"] {
        let folder = tempfile::tempdir().unwrap();
        let pem = made(folder.path(), kind, "");
        let der = shell(folder.path(), "openssl x509 -in crt -outform DER");
        let shown = said(shell(folder.path(), "openssl x509 -in crt -noout -fingerprint -sha256"));
        for bytes in [&pem, &der] {
            let key = read(bytes, now()).unwrap();
            assert_eq!(key.kind, RecipientKeyKind::Certificate);
            assert!(key.has_fingerprint(shown.rsplit('=').next().unwrap()), "{shown}");
            assert_eq!(key.expires.unwrap().seconds_since(key.begins.unwrap()), 90 * 86_400);
            assert_eq!(*Base64::decode_vec(&key.encoded).unwrap(), *der);
            assert_eq!(again(&key, now()), Ok(key));
        }
    }
}

#[test]
fn the_wrapping_key_of_a_cloud_service_is_read_in_pem_and_der() {
    let folder = tempfile::tempdir().unwrap();
    shell(folder.path(), "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out key 2>/dev/null");
    let pem = shell(folder.path(), "openssl pkey -in key -pubout");
    let der = shell(folder.path(), "openssl pkey -in key -pubout -outform DER");
    let old = shell(folder.path(), "openssl rsa -in key -RSAPublicKey_out 2>/dev/null");
    for bytes in [&pem, &der, &old] {
        let key = read(bytes, now()).unwrap();
        assert_eq!((key.kind, key.sha256), (RecipientKeyKind::WrappingKey, crypto::sha256(&der)));
        assert_eq!(again(&RecipientKey { service_id: "kek/1".into(), ..key.clone() }, now()).unwrap().service_id, "kek/1".into());
    }
}

#[test]
fn a_malformed_key_is_refused_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let line = said(shell(folder.path(), "age-keygen 2>/dev/null > one; age-keygen -y one"));
    let mistyped = line.replace(&line[10..11], if &line[10..11] == "q" { "p" } else { "q" });
    let ssh = said(shell(folder.path(), "ssh-keygen -q -t ed25519 -N '' -f two; cat two.pub"));
    let pem = made(folder.path(), P256, "");
    let cut = &pem[..pem.len() / 2];
    for bytes in [mistyped.as_bytes(), &line.as_bytes()[..40], &ssh.as_bytes()[..40], cut, b"ssh-ed25519", b"hello", &[0xff; 64]]
    {
        let error = refused(bytes);
        assert!(matches!(error, RecipientError::Malformed(_)), "{error:?}");
        assert!(error.to_string().starts_with("This is not a readable public key"), "{error}");
    }
    assert!(matches!(refused(bech(&[7; 31]).as_bytes()), RecipientError::Malformed(why) if why.contains("31 bytes")));
    assert_eq!(refused(b" \n"), RecipientError::Empty);
    assert!(matches!(refused(&vec![b'a'; LONGEST + 1]), RecipientError::Malformed(_)));
}

#[test]
fn an_age_recipient_of_small_order_is_refused() {
    // RFC 7748 section 6.1 and https://cr.yp.to/ecdh.html#validate: 0, 1, the two points of order 8, p - 1, p, p + 1.
    let points = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for point in points {
        let line = bech(&crate::model::hex::decode(point).unwrap());
        assert_eq!(refused(line.as_bytes()), RecipientError::SmallOrder("age recipient"), "{point}");
    }
}

fn ed25519_line(point: &[u8; 32]) -> String {
    format!("ssh-ed25519 {}", Base64::encode_string(&openssh::strings([&b"ssh-ed25519"[..], point])))
}

#[test]
fn an_ed25519_key_that_is_no_point_or_one_of_small_order_is_refused() {
    // The two y of which about half have no x: 2 has none (RFC 8032 section 5.1.3), 1 is the neutral element, 0 has order 4.
    let y = |first: u8| std::array::from_fn(|at| if at == 0 { first } else { 0 });
    assert_eq!(refused(ed25519_line(&y(2)).as_bytes()), RecipientError::OffCurve("ssh-ed25519 key"));
    for small in [y(0), y(1)] {
        assert_eq!(refused(ed25519_line(&small).as_bytes()), RecipientError::SmallOrder("ssh-ed25519 key"));
    }
}

#[test]
fn a_certificate_whose_point_is_off_its_curve_is_refused() {
    for kind in [P256, "-newkey ec -pkeyopt ec_paramgen_curve:P-384", "-newkey ec -pkeyopt ec_paramgen_curve:P-521"] {
        let folder = tempfile::tempdir().unwrap();
        made(folder.path(), kind, "");
        let mut der = shell(folder.path(), "openssl x509 -in crt -outform DER");
        let spki = crate::formats::certificate::read(&der).unwrap().public_key;
        let at = memchr::memmem::find(&der, &spki).unwrap() + spki.len() - 1;
        assert!(read(&der, now()).is_ok());
        der[at] ^= 1;
        assert_eq!(refused(&der), RecipientError::OffCurve("certificate"), "{kind}");
    }
}

#[test]
fn an_expired_certificate_is_refused_with_its_date() {
    let folder = tempfile::tempdir().unwrap();
    let pem = made(folder.path(), P256, "");
    let expires = read(&pem, now()).unwrap().expires.unwrap();
    assert_eq!(read(&pem, expires).unwrap_err(), RecipientError::Expired(expires));
    assert!(RecipientError::Expired(expires).to_string().contains(&expires.to_string()[..10]));
    let before = read(&pem, expires.plus_days(-91)).unwrap();
    assert!(!before.is_usable(expires.plus_days(-91)), "one that begins later is taken in and waits");
}

#[test]
fn an_rsa_key_that_is_too_short_is_refused_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = made(folder.path(), "-newkey rsa:1024", "");
    let bare = shell(folder.path(), "openssl pkey -in key -pubout");
    let line = shell(folder.path(), "chmod 600 key; ssh-keygen -y -f key");
    for bytes in [certificate, bare, line] {
        assert_eq!(refused(&bytes), RecipientError::TooShort(1_024));
    }
    shell(folder.path(), "ssh-keygen -q -t rsa -b 4104 -N '' -f long");
    let long = std::fs::read(folder.path().join("long.pub")).unwrap();
    assert_eq!(refused(&long), RecipientError::TooLong { has: 4_104, most: 4_096 }, "age seals to none that is longer");
}

#[test]
fn a_post_quantum_recipient_and_one_of_a_plugin_are_told_by_name() {
    assert_eq!(refused(b"age1pq1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0s"), RecipientError::PostQuantum);
    let plugin = refused(b"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t");
    assert_eq!(plugin, RecipientError::Plugin("yubikey".into()));
    assert_eq!(refused(b"age1tag1qqqsyqcyq5rqwzqfpg9scrgwp"), RecipientError::Plugin("tag".into()));
}

#[test]
fn a_private_key_is_refused_loudly_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), P256, "");
    let scripts = [
        "cat key",
        "head -c 80 key",
        "openssl pkey -in key -outform DER",
        "openssl ec -in key 2>/dev/null",
        "openssl pkcs8 -topk8 -in key -passout pass:a",
        "openssl pkcs8 -topk8 -in key -passout pass:a -outform DER",
        "openssl pkcs12 -export -inkey key -in crt -passout pass:a",
        "cat crt key",
        "ssh-keygen -q -t ed25519 -N '' -f a; cat a",
        "ssh-keygen -q -t ed25519 -N word -f b; cat b",
        "puttygen a -O private -o a.ppk; cat a.ppk",
        "age-keygen 2>/dev/null",
        "age-keygen 2>/dev/null | grep -v '^#'",
    ];
    for script in scripts {
        assert_eq!(refused(&shell(folder.path(), script)), RecipientError::PrivateKey, "{script}");
    }
    let jwk = r#"{"kty":"OKP","crv":"X25519","d":"dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo","x":"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"}"#;
    assert_eq!(refused(jwk.as_bytes()), RecipientError::PrivateKey);
    assert!(RecipientError::PrivateKey.to_string().contains("PRIVATE key"));
}

#[test]
fn several_keys_in_one_file_are_refused_and_a_chain_gives_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let ages = shell(folder.path(), "for i in 1 2; do age-keygen 2>/dev/null > $i; age-keygen -y $i; done");
    assert_eq!(refused(&ages), RecipientError::Several(2));
    let lines = shell(folder.path(), "for i in a b c; do ssh-keygen -q -t ed25519 -N '' -f $i; cat $i.pub; done");
    assert_eq!(refused(&lines), RecipientError::Several(3));
    let two = shell(
        folder.path(),
        "for i in x y; do openssl req -x509 -nodes -newkey rsa:2048 -subj /CN=$i -addext basicConstraints=critical,CA:FALSE -keyout k -out $i 2>/dev/null; cat $i; done",
    );
    assert_eq!(refused(&two), RecipientError::Several(2));
    let chain = shell(
        folder.path(),
        "openssl req -x509 -nodes -newkey rsa:2048 -subj /CN=CA -keyout cakey -out ca 2>/dev/null;
         openssl req -new -nodes -newkey rsa:2048 -subj /CN=Ada -keyout k -out req 2>/dev/null;
         openssl x509 -req -in req -CA ca -CAkey cakey -days 9 -out leaf 2>/dev/null; cat ca leaf",
    );
    let leaf = std::fs::read(folder.path().join("leaf")).unwrap();
    assert_eq!(read(&chain, now()), read(&leaf, now()));
}

#[test]
fn a_certificate_for_signatures_alone_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, wanted, word) in [(RSA, "key encipherment", "keyEncipherment"), (P256, "key agreement", "keyAgreement")] {
        let signs = made(folder.path(), kind, "-addext keyUsage=critical,digitalSignature");
        assert_eq!(refused(&signs), RecipientError::KeyUsage(wanted));
        let seals = made(folder.path(), kind, &format!("-addext keyUsage=critical,digitalSignature,{word}"));
        assert!(read(&seals, now()).is_ok());
    }
}

#[test]
fn what_nothing_can_be_sealed_to_is_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let scripts = [
        ("ssh-keygen -q -t ecdsa -N '' -f a; cat a.pub", "SSH key of ECDSA P-256"),
        ("ssh-keygen -q -t ed25519 -N '' -f ca; ssh-keygen -q -s ca -I x a.pub; cat a-cert.pub", "certificate of OpenSSH"),
        ("openssl req -new -nodes -newkey rsa:2048 -subj /CN=a -keyout k 2>/dev/null", "certificate request"),
        ("openssl genpkey -algorithm ed25519 | openssl pkey -pubout", "without a certificate"),
        ("openssl req -x509 -nodes -newkey ed25519 -subj /CN=a -keyout k 2>/dev/null", "certificate with a key of Ed25519"),
    ];
    for (script, words) in scripts {
        let error = refused(&shell(folder.path(), script));
        assert!(matches!(error, RecipientError::Unsupported(_)) && error.to_string().contains(words), "{script}: {error}");
    }
    let point =
        said(shell(folder.path(), "ssh-keygen -q -t ed25519 -N '' -f p; cut -d' ' -f2 p.pub | base64 -d | tail -c 32 | base64"));
    let point = Base64::decode_vec(&point).unwrap();
    let blob = openssh::strings([&b"sk-ssh-ed25519@openssh.com"[..], &point, b"ssh:"]);
    let line = format!("sk-ssh-ed25519@openssh.com {} ada", Base64::encode_string(&blob));
    assert!(refused(line.as_bytes()).to_string().contains("stays on a security key"));
    let plain = said(std::fs::read(folder.path().join("p.pub")).unwrap());
    for front in ["@revoked host", "host", "command=\"true\""] {
        assert!(matches!(refused(format!("{front} {plain}").as_bytes()), RecipientError::Malformed(_)), "{front}");
    }
}

#[test]
fn changed_bytes_never_crash_and_what_is_read_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let line = shell(folder.path(), "age-keygen 2>/dev/null > one; age-keygen -y one");
    let ssh = shell(folder.path(), "ssh-keygen -q -t rsa -b 2048 -N '' -f a; cat a.pub");
    made(folder.path(), P256, "");
    let der = shell(folder.path(), "openssl x509 -in crt -outform DER");
    for sample in [line, ssh, der] {
        for at in 0..sample.len() {
            let mut changed = sample.clone();
            changed[at] ^= 0x15;
            crate::formats::fuzz::recipient(&changed);
            crate::formats::fuzz::recipient(&sample[..at]);
        }
    }
}
