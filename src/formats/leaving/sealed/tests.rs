//! Every sealed and wrapped form with every algorithm it holds, opened by the tools of those it is for, as one table.

use std::collections::BTreeMap;
use std::slice::from_ref;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};

use super::*;
use crate::crypto;
use crate::formats::found::{Content, Found};
use crate::formats::leaving::tests::{Subject, has_openssl, subjects, words};
use crate::formats::leaving::wrapped::{self, Under};
use crate::formats::live::Lab;
use crate::formats::{recognise, spki, x509};
use crate::model::{Digest, RecipientKey, RecipientKeyKind as Kind, hex};

const IDENTITIES: [&str; 3] = ["age.key", "id_ed25519", "id_rsa"];
const CERTIFICATES: [&str; 4] = ["rsa", "P-256", "P-384", "P-521"];

fn to(name: &str, kind: Kind, encoded: &str, service_id: &str) -> SealedTo {
    let (sha256, encoded, service_id) = (Digest([0; 32]), encoded.into(), service_id.into());
    let key = RecipientKey { kind, encoded, sha256, begins: None, expires: None, service_id, confirmed: None };
    SealedTo { name: name.into(), key }
}

/// An age key, an SSH key on Curve25519 and one of RSA, whose private halves lie in the lab.
fn age_recipients(lab: &Lab) -> Vec<SealedTo> {
    lab.run("age-keygen -o age.key");
    let age = String::from_utf8(lab.run("age-keygen -y age.key")).unwrap();
    let mut all = vec![to("a", Kind::AgeX25519, age.trim(), "")];
    for (kind, file, line) in [(Kind::SshEd25519, "id_ed25519", "-t ed25519"), (Kind::SshRsa, "id_rsa", "-t rsa -b 2048")] {
        lab.run_words(&words(&[&["ssh-keygen", "-q", "-f", file, "-N", ""], &line.split(' ').collect::<Vec<_>>()[..]].concat()));
        let public = String::from_utf8(lab.bytes(&format!("{file}.pub"))).unwrap();
        let line: Vec<_> = public.split_whitespace().take(2).collect();
        all.push(to(file, kind, &line.join(" "), ""));
    }
    all
}

/// A certificate with its key in the lab.
fn certified(lab: &Lab, name: &str, more: &str) -> SealedTo {
    let algorithm = match name {
        "rsa" => "-algorithm RSA -pkeyopt rsa_keygen_bits:2048".to_owned(),
        "ed25519" => "-algorithm ED25519".to_owned(),
        curve => format!("-algorithm EC -pkeyopt ec_paramgen_curve:{curve}"),
    };
    lab.run(&format!("openssl genpkey {algorithm} -out {name}.key"));
    lab.run(&format!("openssl req -x509 -new -key {name}.key -subj /CN={name} -out {name}.crt {more}"));
    let der = lab.run(&format!("openssl x509 -in {name}.crt -outform DER"));
    to(name, Kind::Certificate, &Base64::encode_string(&der), "")
}

const KID: &str = "https://vault.example/keys/kek/1";

/// The wrapping key of a service, whose private half the lab plays.
fn service(lab: &Lab, bits: u16) -> (SealedTo, Vec<u8>) {
    lab.run(&format!("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out service.key"));
    let spki = lab.run("openssl pkey -in service.key -pubout -outform DER");
    (to("service", Kind::WrappingKey, &Base64::encode_string(&spki), KID), spki)
}

fn sealed(format: Format, recipients: &[SealedTo], entries: &[PrivateEntry]) -> SecretBytes {
    let sealer = Sealer::new(format, recipients).unwrap();
    sealer.seal(&sealer.plain(entries).unwrap()).unwrap()
}

/// The opened text is the very key: by openssl where it knows it, and by what is read here.
fn is_key(lab: &Lab, subject: &Subject, opened: &[u8]) {
    let name = subject.algorithm.name();
    let found = recognise::read(opened, &[]);
    match &found[..] {
        [Found { content: Ok(Content::Private { pkcs8, .. }), .. }] => assert!(pkcs8.same_as(&subject.secret), "{name}"),
        [Found { content: Ok(Content::Symmetric { secret, .. }), .. }] => assert!(secret.same_as(&subject.secret), "{name}"),
        other => panic!("{name}: {}", crate::formats::live::said(other)),
    }
    if has_openssl(subject.algorithm) {
        std::fs::write(lab.path("opened"), opened).unwrap();
        assert_eq!(lab.run("openssl pkey -in opened -pubout -outform DER"), *subject.public_key, "{name}");
    }
}

fn python(lab: &Lab, script: &str, arguments: &[&str]) -> Vec<u8> {
    lab.run_words(&words(&[&["/usr/bin/python3", "-c", script], arguments].concat()))
}

/// Opens a file for age's own key as the format's document says, by Python's cryptography.
const AGE: &str = r"
import sys, base64
from cryptography.hazmat.primitives import hashes, serialization as s
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey as Private, X25519PublicKey as Public
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305 as Aead
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
def derive(key, salt, info): return HKDF(hashes.SHA256(), 32, salt, info).derive(key)
raw = lambda text: base64.b64decode(text + b'=' * (-len(text) % 4))
own = Private.from_private_bytes(bytes.fromhex(sys.argv[1]))
data = open('file', 'rb').read()
end = data.index(b'\n---')
lines = data[:end].split(b'\n')
at = next(i for i, line in enumerate(lines) if line.startswith(b'-> X25519 '))
sent = raw(lines[at].split()[2])
public = own.public_key().public_bytes(s.Encoding.Raw, s.PublicFormat.Raw)
wrap = derive(own.exchange(Public.from_public_bytes(sent)), sent + public, b'age-encryption.org/v1/X25519')
file_key = Aead(wrap).decrypt(bytes(12), raw(lines[at + 1]), None)
body = data[data.index(b'\n', end + 1) + 1:]
key = derive(file_key, body[:16], b'payload')
chunks = [body[16:][i:i + 65552] for i in range(0, len(body) - 16, 65552)]
for i, chunk in enumerate(chunks):
    nonce = i.to_bytes(11, 'big') + bytes([i == len(chunks) - 1])
    sys.stdout.buffer.write(Aead(key).decrypt(nonce, chunk, None))
";

/// Opens CMS by its documents, by Python's cryptography.
const CMS: &str = r"
import sys
from cryptography.hazmat.primitives import hashes, keywrap, padding, serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.x509 import load_pem_x509_certificate
def parts(data):
    found = []
    while data:
        size, head = data[1], 2
        if size & 128: head = 2 + (size & 127); size = int.from_bytes(data[2:head], 'big')
        found.append((data[0], data[head:head + size], data[:head + size])); data = data[head + size:]
    return found
name = sys.argv[1]
own = s.load_pem_private_key(open(name + '.key', 'rb').read(), None)
serial = load_pem_x509_certificate(open(name + '.crt', 'rb').read()).serial_number
message = parts(parts(parts(open('file', 'rb').read())[0][1])[1][1])[0][1]
version, infos, content = parts(message)
def mine(id): return int.from_bytes(parts(id)[1][1], 'big') == serial
for tag, info, whole in parts(infos[1]):
    fields = parts(info)
    if tag == 0x30 and mine(fields[1][1]):
        hash = hashes.SHA256()
        key = own.decrypt(fields[3][1], rsa_padding.OAEP(rsa_padding.MGF1(hash), hash, None))
    if tag == 0xa1:
        id, sealed = parts(parts(fields[-1][1])[0][1])
        if mine(id[1]):
            point = parts(parts(fields[1][1])[0][1])[1][1][1:]
            shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(own.curve, point))
            wrap = parts(fields[2][1])[1][2]
            info = bytes([0x30, len(wrap) + 8]) + wrap + bytes.fromhex('a206040400000100')
            key = keywrap.aes_key_unwrap(X963KDF(hashes.SHA256(), 32, info).derive(shared), sealed[1])
kind, cipher, data = parts(content[1])
iv = parts(cipher[1])[1][1]
plain = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
unpad = padding.PKCS7(128).unpadder()
sys.stdout.buffer.write(unpad.update(plain.update(data[1]) + plain.finalize()) + unpad.finalize())
";

/// Plays a service, or the holder of a wrapping key: RSA-OAEP, alone or before AES-KWP.
const UNWRAP: &str = r"
import sys
from cryptography.hazmat.primitives import hashes, keywrap, serialization as s
from cryptography.hazmat.primitives.asymmetric import padding
own = s.load_pem_private_key(open('service.key', 'rb').read(), None)
hash = {'sha1': hashes.SHA1, 'sha256': hashes.SHA256}[sys.argv[1]]()
data, size = open('file', 'rb').read(), own.key_size // 8
plain = own.decrypt(data[:size], padding.OAEP(padding.MGF1(hash), hash, None))
if data[size:]: plain = keywrap.aes_key_unwrap_with_padding(plain, data[size:])
sys.stdout.buffer.write(plain)
";

/// The same by openssl's command line.
fn openssl_unwraps(lab: &Lab, hash: &str, file: &[u8]) -> Vec<u8> {
    let (first, rest) = file.split_at(lab.bytes("modulus").len());
    std::fs::write(lab.path("first"), first).unwrap();
    let line = "openssl pkeyutl -decrypt -inkey service.key -in first -pkeyopt rsa_padding_mode:oaep";
    let opened = lab.run(&format!("{line} -pkeyopt rsa_oaep_md:{hash} -pkeyopt rsa_mgf1_md:{hash}"));
    if rest.is_empty() { opened } else { openssl_unpads(lab, "id-aes256-wrap-pad", &opened, rest) }
}

fn openssl_unpads(lab: &Lab, cipher: &str, key: &[u8], wrapped: &[u8]) -> Vec<u8> {
    std::fs::write(lab.path("rest"), wrapped).unwrap();
    let iv = if cipher.ends_with("pad") { "A65959A6" } else { "A6A6A6A6A6A6A6A6" };
    lab.run(&format!("openssl enc -d -{cipher} -K {} -iv {iv} -in rest", hex::encode(key)))
}

type Table = BTreeMap<(&'static str, &'static str), Vec<String>>;

fn print(table: &Table) {
    for ((format, algorithm), judges) in table {
        println!("{format:<40} {algorithm:<20} {}", judges.join(", "));
    }
}

#[test]
fn age_files_of_every_algorithm_are_opened_by_each_identity() {
    let lab = Lab::new();
    let recipients = age_recipients(&lab);
    let text = String::from_utf8(lab.bytes("age.key")).unwrap();
    let secret = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    let scalar = hex::encode(&bech32::decode(secret).unwrap().1);
    let mut table = Table::new();
    for subject in &subjects(&lab) {
        let file = sealed(Format::Age, &recipients, &[subject.entry(Vec::new())]);
        std::fs::write(lab.path("file"), file.expose()).unwrap();
        let row = table.entry((Format::Age.name(), subject.algorithm.name())).or_default();
        for identity in IDENTITIES {
            is_key(&lab, subject, &lab.run(&format!("age -d -i {identity} file")));
            row.push(format!("age with {identity}"));
        }
        is_key(&lab, subject, &python(&lab, AGE, &[&scalar]));
        row.push("cryptography".to_owned());
    }
    print(&table);
}

#[test]
fn cms_of_every_algorithm_is_opened_by_each_certificate() {
    let lab = Lab::new();
    let recipients: Vec<_> = CERTIFICATES.iter().map(|name| certified(&lab, name, "")).collect();
    let mut table = Table::new();
    for subject in &subjects(&lab) {
        let file = sealed(Format::Cms, &recipients, &[subject.entry(Vec::new())]);
        std::fs::write(lab.path("file"), file.expose()).unwrap();
        let row = table.entry((Format::Cms.name(), subject.algorithm.name())).or_default();
        for name in CERTIFICATES {
            let opened =
                lab.run(&format!("openssl cms -decrypt -binary -inform DER -in file -recip {name}.crt -inkey {name}.key"));
            is_key(&lab, subject, &opened);
            is_key(&lab, subject, &python(&lab, CMS, &[name]));
            row.push(format!("openssl and cryptography with {name}"));
        }
    }
    print(&table);
}

#[test]
fn cms_for_rsa_alone_and_for_one_curve_alone_opens() {
    let lab = Lab::new();
    let subject = &subjects(&lab)[2];
    for name in ["rsa", "P-521"] {
        let file = sealed(Format::Cms, &[certified(&lab, name, "")], &[subject.entry(Vec::new())]);
        std::fs::write(lab.path("file"), file.expose()).unwrap();
        let printed = String::from_utf8(lab.run("openssl cms -cmsout -print -noout -inform DER -in file")).unwrap();
        assert!(printed.contains(if name == "rsa" { "version: 0" } else { "version: 2" }), "{printed}");
        let opened = lab.run(&format!("openssl cms -decrypt -binary -inform DER -in file -recip {name}.crt -inkey {name}.key"));
        is_key(&lab, subject, &opened);
    }
}

/// What a service unwraps is the PKCS#8 or the bytes of the key.
#[test]
fn byok_files_of_every_algorithm_are_unwrapped_by_the_service() {
    let lab = Lab::new();
    let (service, _) = service(&lab, 3072);
    std::fs::write(lab.path("modulus"), [0; 384]).unwrap();
    let mut table = Table::new();
    for format in [Format::ByokAws, Format::ByokAzure, Format::ByokGcp] {
        let hash = if format == Format::ByokAzure { "sha1" } else { "sha256" };
        for subject in &subjects(&lab) {
            let entry = subject.entry(Vec::new());
            let sealer = Sealer::new(format, std::slice::from_ref(&service)).unwrap();
            if !format.holds(subject.algorithm) {
                let refused = sealer.plain(&[entry]).err().unwrap();
                assert!(matches!(refused, LeavingError::NoForm { .. }), "{refused}");
                continue;
            }
            let mut file = sealed(format, std::slice::from_ref(&service), &[entry]).expose().to_vec();
            if format == Format::ByokAzure {
                file = transfer_blob(&file);
            }
            std::fs::write(lab.path("file"), &file).unwrap();
            let long = !subject.algorithm.is_symmetric() || format == Format::ByokAzure;
            assert_eq!(file.len() > 384, long, "{} {}", format.name(), subject.algorithm.name());
            assert_eq!(openssl_unwraps(&lab, hash, &file), subject.secret.expose());
            assert_eq!(python(&lab, UNWRAP, &[hash]), subject.secret.expose());
            let row = table.entry((format.name(), subject.algorithm.name())).or_default();
            row.extend(["openssl".to_owned(), "cryptography".to_owned()]);
        }
    }
    print(&table);
}

/// The ciphertext of Azure's file, whose other fields are as documented.
fn transfer_blob(file: &[u8]) -> Vec<u8> {
    let blob: serde_json::Value = serde_json::from_slice(file).unwrap();
    assert_eq!(blob["schema_version"], "1.0.0");
    assert_eq!(blob["header"], serde_json::json!({ "kid": KID, "alg": "dir", "enc": "CKM_RSA_AES_KEY_WRAP" }));
    assert!(blob["generator"].as_str().unwrap().starts_with("Keystead "));
    Base64UrlUnpadded::decode_vec(blob["ciphertext"].as_str().unwrap()).unwrap()
}

#[test]
fn keys_of_every_algorithm_are_unwrapped_from_under_another() {
    let lab = Lab::new();
    let (_, rsa) = service(&lab, 2048);
    std::fs::write(lab.path("modulus"), [0; 256]).unwrap();
    let keys = [16, 24, 32].map(|length: u8| SecretBytes::new((100..100 + length).collect()));
    let mut table = Table::new();
    let unwrap = "
import sys
from cryptography.hazmat.primitives import keywrap
open_it = {'aes-kw': keywrap.aes_key_unwrap, 'aes-kwp': keywrap.aes_key_unwrap_with_padding}[sys.argv[1]]
sys.stdout.buffer.write(open_it(bytes.fromhex(sys.argv[2]), open('file', 'rb').read()))";
    for subject in &subjects(&lab) {
        let (entry, secret) = (subject.entry(Vec::new()), subject.secret.expose());
        for format in Format::WRAPPED {
            let aes = matches!(format, Format::AesKw | Format::AesKwp);
            let mut judges = Vec::new();
            for key in &keys[..if aes { 3 } else { 1 }] {
                let under = if aes { Under::Aes(key) } else { Under::Rsa(&rsa) };
                let fits = match format {
                    Format::AesKw => secret.len() % 8 == 0,
                    Format::RsaOaep => secret.len() <= 190,
                    _ => true,
                };
                let file = match wrapped::wrap(&entry, format, &under) {
                    Ok(file) => file,
                    Err(error @ LeavingError::Length { .. }) if !fits => {
                        assert!(error.to_string().contains("instead"), "{error}");
                        continue;
                    }
                    Err(error) => panic!("{} {}: {error}", format.name(), subject.algorithm.name()),
                };
                assert!(fits && wrapped::has_form(file.expose(), format, &under, secret.len()));
                std::fs::write(lab.path("file"), file.expose()).unwrap();
                if aes {
                    let pad = if format == Format::AesKwp { "-pad" } else { "" };
                    let cipher = format!("id-aes{}-wrap{pad}", key.expose().len() * 8);
                    assert_eq!(openssl_unpads(&lab, &cipher, key.expose(), file.expose()), secret);
                    assert_eq!(python(&lab, unwrap, &[format.id(), &hex::encode(key.expose())]), secret);
                } else {
                    assert_eq!(openssl_unwraps(&lab, "sha256", file.expose()), secret);
                    assert_eq!(python(&lab, UNWRAP, &["sha256"]), secret);
                }
                judges = vec!["openssl".to_owned(), "cryptography".to_owned()];
            }
            if judges.is_empty() {
                judges.push("does not fit".to_owned());
            }
            table.insert((format.name(), subject.algorithm.name()), judges);
        }
    }
    print(&table);
}

#[test]
fn several_keys_lie_in_one_file_each_under_its_name_and_before_its_certificates() {
    let lab = Lab::new();
    let all = subjects(&lab);
    let certificate = certified(&lab, "P-256", "");
    let der = Base64::decode_vec(&certificate.key.encoded).unwrap();
    assert!(x509::key_of_certificate(&der).is_some());
    let odd = PrivateEntry { name: "odd\n-----BEGIN PRIVATE KEY-----", ..all[6].entry(Vec::new()) };
    let file = sealed(Format::Cms, &[certificate], &[all[2].entry(vec![&der]), odd]);
    std::fs::write(lab.path("file"), file.expose()).unwrap();
    let opened = lab.run("openssl cms -decrypt -binary -inform DER -in file -recip P-256.crt -inkey P-256.key");
    let text = String::from_utf8(opened).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| !line.is_empty() && "#-".contains(&line[..1])).collect();
    assert_eq!(lines[..2], ["# a key of ours", "-----BEGIN PRIVATE KEY-----"]);
    assert_eq!(lines[3], "-----BEGIN CERTIFICATE-----");
    assert!(lines[5].starts_with("# odd"), "{lines:?}");
    let keys = recognise::read(text.as_bytes(), &[]).into_iter().filter(|one| matches!(one.content, Ok(Content::Private { .. })));
    assert_eq!(keys.count(), 2);
    // As soon as one is symmetric all of them are JSON Web Keys.
    let aes = all.iter().find(|subject| subject.algorithm == Algorithm::Aes256).unwrap();
    let entries = [all[2].entry(Vec::new()), aes.entry(Vec::new())];
    let text = inside::write(&entries).unwrap();
    let set: serde_json::Value = serde_json::from_slice(text.expose()).unwrap();
    assert_eq!((set["keys"][0]["kty"].as_str(), set["keys"][1]["kty"].as_str()), (Some("EC"), Some("oct")));
    let dsa = all.iter().find(|subject| matches!(subject.algorithm, Algorithm::Dsa(_))).unwrap();
    let keys = [("dsa", dsa.algorithm), ("aes", aes.algorithm)];
    assert!(matches!(inside::check(&keys), Err(LeavingError::Mixed(name)) if name == "dsa"));
    assert!(inside::check(&keys[..1]).is_ok() && inside::check(&keys[1..]).is_ok());
}

#[test]
fn what_cannot_be_sealed_to_is_refused_before_a_secret_is_touched() {
    let lab = Lab::new();
    let refused = |format, to: &SealedTo| Sealer::new(format, std::slice::from_ref(to)).err().unwrap().to_string();
    let signs = certified(&lab, "rsa", "-addext keyUsage=critical,digitalSignature");
    assert!(refused(Format::Cms, &signs).contains("no key encipherment"), "{}", refused(Format::Cms, &signs));
    let signs = certified(&lab, "P-256", "-addext keyUsage=digitalSignature,keyEncipherment");
    assert!(refused(Format::Cms, &signs).contains("no key agreement"));
    let ed = certified(&lab, "ed25519", "");
    assert!(refused(Format::Cms, &ed).contains("it is for Ed25519"));
    let (mut kek, spki) = service(&lab, 2048);
    assert!(refused(Format::ByokGcp, &kek).contains("3072 or 4096"));
    kek.key.service_id = "".into();
    assert!(refused(Format::ByokAzure, &kek).contains("identifier"));
    let ec = spki::to_pem(&crypto::generate(Algorithm::EcdsaP256).unwrap().public_key);
    let ec = Base64::encode_string(&spki::from_pem(&ec).unwrap()[0]);
    assert!(refused(Format::ByokAws, &to("s", Kind::WrappingKey, &ec, "")).contains("ECDSA P-256"));
    for broken in ["age1qqq", "ssh-ed25519 AAAA", "ssh-rsa x", "ssh-dss AAAA"] {
        assert!(refused(Format::Age, &to("s", Kind::SshRsa, broken, "")).contains("cannot be read"), "{broken}");
    }
    assert!(refused(Format::Cms, &to("s", Kind::Certificate, "MAA=", "")).contains("cannot be read"));
    let sealer = Sealer::new(Format::ByokAws, &[to("s", Kind::WrappingKey, &Base64::encode_string(&spki), "")]).unwrap();
    let two = [("a", Algorithm::Aes256), ("b", Algorithm::Aes256)];
    assert!(matches!(sealer.check(&two), Err(LeavingError::OneKey(_))));
    let short = SecretBytes::new(vec![1; 20]);
    let entry = PrivateEntry { name: "h", algorithm: Algorithm::Hmac, secret: &short, public_key: &[], certificates: Vec::new() };
    assert!(matches!(sealer.plain(&[entry]), Err(LeavingError::Length { length: 20, .. })));
}

#[test]
fn a_file_that_does_not_name_a_recipient_is_noticed() {
    let lab = Lab::new();
    let subject = &subjects(&lab)[6];
    let names_all = |format, sealed_to: &[SealedTo], asked: &[SealedTo]| {
        let sealer = Sealer::new(format, asked).unwrap();
        let plain = sealer.plain(&[subject.entry(Vec::new())]).unwrap();
        sealer.names_all(sealed(format, sealed_to, &[subject.entry(Vec::new())]).expose(), &plain)
    };
    let age = age_recipients(&lab);
    assert!(names_all(Format::Age, &age, &age));
    for without in 0..3 {
        let some: Vec<_> = age.iter().enumerate().filter(|(at, _)| *at != without).map(|(_, to)| to.clone()).collect();
        assert!(!names_all(Format::Age, &some, &age), "{without}");
    }
    let (rsa, curve) = (certified(&lab, "rsa", ""), certified(&lab, "P-384", ""));
    assert!(names_all(Format::Cms, &[rsa.clone(), curve.clone()], &[curve.clone(), rsa.clone()]));
    assert!(!names_all(Format::Cms, from_ref(&rsa), from_ref(&curve)));
    assert!(!names_all(Format::Cms, from_ref(&rsa), &[curve, rsa.clone()]));
}
