//! Every form with every algorithm it holds: read back here, and by other programs, as one table.

use std::collections::BTreeMap;

use super::*;
use crate::crypto;
use crate::formats::found::{Content, Found};
use crate::formats::live::{Lab, PASSPHRASE};
use crate::formats::recognise::read;
use crate::formats::{openssh, spki};

/// A key as the table names it.
pub(super) struct Subject {
    pub(super) algorithm: Algorithm,
    pub(super) secret: SecretBytes,
    pub(super) public_key: Box<[u8]>,
}

impl Subject {
    pub(super) fn entry<'a>(&'a self, certificates: Vec<&'a [u8]>) -> PrivateEntry<'a> {
        let (algorithm, secret, public_key) = (self.algorithm, &self.secret, &*self.public_key);
        PrivateEntry { name: "a key of ours", algorithm, secret, public_key, certificates }
    }
}

/// A new key of openssl's.
fn pkcs8(lab: &Lab, line: &str) -> SecretBytes {
    lab.run(&format!("openssl genpkey {line} -out made.pem"));
    SecretBytes::new(lab.run("openssl pkcs8 -topk8 -nocrypt -in made.pem -outform DER"))
}

/// One key of every algorithm that openssl makes or this program does, and symmetric ones.
pub(super) fn subjects(lab: &Lab) -> Vec<Subject> {
    let openssl = [
        "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        "-algorithm ED25519",
        "-algorithm ED448",
        "-algorithm X25519",
        "-algorithm X448",
    ];
    let mut made: Vec<SecretBytes> = Vec::new();
    for line in openssl {
        made.push(pkcs8(lab, line));
    }
    lab.run("openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -out dsa.params");
    made.push(pkcs8(lab, "-paramfile dsa.params"));
    for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87] {
        made.push(crypto::generate(algorithm).unwrap().private);
    }
    let mut subjects: Vec<Subject> = made
        .into_iter()
        .map(|pkcs8| {
            let inspected = crypto::inspect(&pkcs8, None).unwrap();
            let public_key = inspected.public_key.unwrap();
            Subject { algorithm: inspected.algorithm, secret: inspected.pkcs8, public_key }
        })
        .collect();
    for (algorithm, length) in [(Algorithm::Aes128, 16), (Algorithm::Aes192, 24), (Algorithm::Aes256, 32), (Algorithm::Hmac, 64)]
    {
        let secret = SecretBytes::new((0..length).collect());
        subjects.push(Subject { algorithm, secret, public_key: Box::default() });
    }
    subjects
}

fn passphrase(format: Format) -> Option<Passphrase> {
    format.is_encrypted().then(|| Passphrase::new(PASSPHRASE.to_owned()))
}

/// What this program reads back.
fn ours(subject: &Subject, format: Format, written: &SecretBytes) {
    let found = read(written.expose(), &[Passphrase::new(PASSPHRASE.to_owned())]);
    let secret = found.iter().find_map(|found| match found {
        Found { content: Ok(Content::Private { pkcs8, .. }), .. } => Some(pkcs8),
        Found { content: Ok(Content::Symmetric { secret, .. }), .. } => Some(secret),
        _ => None,
    });
    let name = subject.algorithm.name();
    let secret = secret.unwrap_or_else(|| panic!("{name} as {}: {}", format.name(), crate::formats::live::said(&found)));
    if subject.algorithm.is_symmetric() {
        assert!(secret.same_as(&subject.secret), "{name} as {}", format.name());
    } else {
        let inspected = crypto::inspect(secret, None).unwrap();
        assert_eq!(inspected.public_key.as_deref(), Some(&*subject.public_key), "{name} as {}", format.name());
    }
    if !matches!(format, Format::OpenSshPrivate | Format::Ppk | Format::JwkPrivate | Format::Jwe) {
        assert!(secret.same_as(&subject.secret), "{name} as {} is not the very bytes", format.name());
    }
}

/// A program that reads a form and tells the public half it found.
pub(super) type Judge = (&'static str, fn(&Lab, &Subject) -> Option<Vec<u8>>);

/// The judges of a form. `None` from one means that it has no such algorithm, by its own documents or its version.
fn judges(format: Format) -> Vec<Judge> {
    match format {
        Format::Pkcs8 | Format::Pkcs8Plain => vec![("openssl", openssl_pkey), ("certtool", certtool), ("cryptography", python)],
        Format::Pkcs12 | Format::Pkcs12Legacy => {
            vec![("openssl", openssl_pkcs12), ("keytool", keytool), ("pk12util", pk12util), ("cryptography", python_pkcs12)]
        }
        Format::OpenSshPrivate => vec![("ssh-keygen", ssh_keygen), ("puttygen", puttygen), ("cryptography", python_ssh)],
        Format::Ppk => vec![("puttygen", puttygen)],
        Format::JwkPrivate => vec![("jose", jose), ("cryptography", python_jwk)],
        Format::Jwe => vec![("jose", jose_encrypted), ("cryptography", python_jwe)],
        _ => Vec::new(),
    }
}

pub(super) fn has_openssl(algorithm: Algorithm) -> bool {
    // OpenSSL 3.0 of Debian 12 knows no ML-DSA.
    !algorithm.is_symmetric() && !matches!(algorithm, Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87)
}

fn openssl_pkey(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    has_openssl(subject.algorithm).then(|| {
        lab.run_words(&words(&[
            "openssl",
            "pkey",
            "-in",
            "key",
            "-passin",
            &format!("pass:{PASSPHRASE}"),
            "-pubout",
            "-outform",
            "DER",
        ]))
    })
}

pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn certtool(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    use Algorithm as A;
    // GnuTLS 3.7 reads no DSA of 2,048 bits with q of 224 here, no secp256k1 and no X25519 in PKCS#8.
    let reads = matches!(subject.algorithm, A::EcdsaP256 | A::EcdsaP384 | A::EcdsaP521 | A::Ed25519 | A::Ed448)
        || subject.algorithm.is_rsa();
    reads.then(|| {
        let pass = format!("--password={PASSPHRASE}");
        let pem = lab.run_words(&words(&["certtool", "--load-privkey", "key", &pass, "--pubkey-info", "--no-text"]));
        spki::from_pem(&String::from_utf8(pem).unwrap()).unwrap().remove(0).into_vec()
    })
}

/// Runs Debian's Python with its cryptography, which prints the public half in DER.
fn python_with(lab: &Lab, load: &str) -> Vec<u8> {
    let script = format!(
        "import sys\nfrom cryptography.hazmat.primitives import serialization as s\n\
         from cryptography.hazmat.primitives.serialization import pkcs12\n\
         data = open('key', 'rb').read()\nword = sys.argv[1].encode()\n{load}\n\
         sys.stdout.buffer.write(key.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo))\n"
    );
    lab.run_words(&words(&["/usr/bin/python3", "-c", &script, PASSPHRASE]))
}

fn python_knows(algorithm: Algorithm) -> bool {
    // Version 38 of Debian 12 takes RSA-PSS for RSA, so that its public half is another.
    has_openssl(algorithm) && !matches!(algorithm, Algorithm::RsaPss(_))
}

fn python(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    let load = "key = s.load_pem_private_key(data, word if b'ENCRYPTED' in data else None)";
    python_knows(subject.algorithm).then(|| python_with(lab, load))
}

fn python_pkcs12(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    // It gives out no keys for key agreement.
    let gives = certified(subject.algorithm) || subject.algorithm == Algorithm::EcdsaSecp256k1;
    (python_knows(subject.algorithm) && gives).then(|| python_with(lab, "key = pkcs12.load_key_and_certificates(data, word)[0]"))
}

fn python_ssh(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    let bcrypt = !matches!(subject.algorithm, Algorithm::Dsa(_));
    bcrypt.then(|| python_with(lab, "key = s.load_ssh_private_key(data, word)"))
}

fn openssl_pkcs12(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    has_openssl(subject.algorithm).then(|| {
        let pass = format!("pass:{PASSPHRASE}");
        let line = [
            "openssl",
            "pkcs12",
            "-in",
            "key",
            "-nocerts",
            "-nodes",
            "-passin",
            &pass,
            "-provider",
            "default",
            "-provider",
            "legacy",
        ];
        std::fs::write(lab.path("out.pem"), lab.run_words(&words(&line))).unwrap();
        lab.run("openssl pkey -in out.pem -pubout -outform DER")
    })
}

/// Algorithms with which a certificate can be made here and that a judge of keystores reads.
fn certified(algorithm: Algorithm) -> bool {
    use Algorithm as A;
    matches!(algorithm, A::EcdsaP256 | A::EcdsaP384 | A::EcdsaP521 | A::Ed25519 | A::Ed448 | A::Dsa(_)) || algorithm.is_rsa()
}

fn keytool(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    // Keytool 17 takes no letters beyond ASCII on its command line: the passphrase goes in as bytes of the keystore's own.
    if !certified(subject.algorithm) {
        return None;
    }
    let certificate = lab.run_words(&words(&[
        "keytool",
        "-J-Dfile.encoding=UTF-8",
        "-exportcert",
        "-rfc",
        "-alias",
        "a key of ours",
        "-keystore",
        "ascii.p12",
        "-storetype",
        "PKCS12",
        "-storepass",
        ASCII,
    ]));
    std::fs::write(lab.path("out.crt"), certificate).unwrap();
    // That the key opens too: it is imported into another keystore.
    let _ = std::fs::remove_file(lab.path("copy.p12"));
    lab.run_words(&words(&[
        "keytool",
        "-importkeystore",
        "-srckeystore",
        "ascii.p12",
        "-srcstoretype",
        "PKCS12",
        "-srcstorepass",
        ASCII,
        "-destkeystore",
        "copy.p12",
        "-deststoretype",
        "PKCS12",
        "-deststorepass",
        ASCII,
        "-noprompt",
        "-srcalias",
        "a key of ours",
    ]));
    let pem = lab.run("openssl x509 -in out.crt -noout -pubkey");
    Some(spki::from_pem(&String::from_utf8(pem).unwrap()).unwrap().remove(0).into_vec())
}

const ASCII: &str = "correct horse battery";

fn pk12util(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    use Algorithm as A;
    // NSS 3.87 has no Ed25519 and no Ed448, and no key without its certificate.
    let reads = matches!(subject.algorithm, A::EcdsaP256 | A::EcdsaP384 | A::EcdsaP521) || subject.algorithm.is_rsa();
    reads.then(|| {
        let listed = lab.run_words(&words(&["pk12util", "-l", "ascii.p12", "-W", ASCII, "-r"]));
        // The raw listing writes the certificates to files of their own.
        drop(listed);
        let folder = lab.path("nss");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        lab.run("certutil -N -d sql:nss --empty-password");
        lab.run_words(&words(&["pk12util", "-i", "ascii.p12", "-d", "sql:nss", "-W", ASCII]));
        let pem = lab.run_words(&words(&["certutil", "-L", "-d", "sql:nss", "-n", "a key of ours", "-a"]));
        std::fs::write(lab.path("out.crt"), pem).unwrap();
        let keys = String::from_utf8(lab.run("certutil -K -d sql:nss")).unwrap();
        assert!(keys.contains("a key of ours"), "{keys}");
        let pem = lab.run("openssl x509 -in out.crt -noout -pubkey");
        spki::from_pem(&String::from_utf8(pem).unwrap()).unwrap().remove(0).into_vec()
    })
}

fn of_line(line: &[u8]) -> Vec<u8> {
    openssh::parse(std::str::from_utf8(line).unwrap()).unwrap().into_vec()
}

#[expect(clippy::unnecessary_wraps, reason = "a judge like the others")]
fn ssh_keygen(lab: &Lab, _: &Subject) -> Option<Vec<u8>> {
    Some(of_line(&lab.run_words(&words(&["ssh-keygen", "-y", "-P", PASSPHRASE, "-f", "key"]))))
}

#[expect(clippy::unnecessary_wraps, reason = "a judge like the others")]
fn puttygen(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    std::fs::write(lab.path("word"), format!("{PASSPHRASE}\n")).unwrap();
    let line = lab.run("puttygen key -L --old-passphrase word");
    if subject.algorithm == Algorithm::Ed448 {
        // Our own lines know no Ed448, which OpenSSH has not either.
        let blob = std::str::from_utf8(&line).unwrap().split_whitespace().nth(1).unwrap().to_owned();
        let blob = <base64ct::Base64 as base64ct::Encoding>::decode_vec(&blob).unwrap();
        return Some(crate::formats::spki::compose(Algorithm::Ed448, &blob[blob.len() - 57..]).unwrap().into_vec());
    }
    Some(of_line(&line))
}

/// José 11 knows RSA, the curves of NIST, secp256k1 and symmetric keys.
fn jose_knows(algorithm: Algorithm) -> bool {
    use Algorithm as A;
    algorithm.is_rsa() || matches!(algorithm, A::EcdsaP256 | A::EcdsaP384 | A::EcdsaP521 | A::EcdsaSecp256k1)
}

fn jose(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    jose_knows(subject.algorithm).then(|| {
        // It signs with the private half and verifies with the public one it takes out of it.
        std::fs::write(lab.path("message"), "message").unwrap();
        let public = lab.run("jose jwk pub -i key");
        std::fs::write(lab.path("public"), &public).unwrap();
        let knows_how = subject.algorithm != Algorithm::EcdsaSecp256k1;
        if knows_how {
            lab.run("jose jws sig -I message -k key -o signed");
            lab.run("jose jws ver -i signed -k public -O -");
        }
        crate::formats::jwk::parse(&public).unwrap().remove(0).into_vec()
    })
}

fn jose_encrypted(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    jose_knows(subject.algorithm).then(|| {
        // Its -p asks at a terminal alone; a password is a symmetric key to it.
        let word = <base64ct::Base64UrlUnpadded as base64ct::Encoding>::encode_string(PASSPHRASE.as_bytes());
        std::fs::write(lab.path("word"), format!("{{\"kty\":\"oct\",\"k\":\"{word}\"}}")).unwrap();
        let sealed = lab.bytes("key");
        std::fs::write(lab.path("sealed"), sealed.trim_ascii_end()).unwrap();
        let opened = lab.run("jose jwe dec -i sealed -k word");
        std::fs::write(lab.path("key"), opened).unwrap();
        jose(lab, subject).unwrap()
    })
}

/// Puts a JSON Web Key together from its numbers, as RFC 7518 and RFC 8037 name them.
pub(super) const OF_NUMBERS: &str = "
import base64, json
from cryptography.hazmat.primitives.asymmetric import ec, rsa, ed25519, ed448, x25519, x448
def raw(name): return base64.urlsafe_b64decode(jwk[name] + '==')
def num(name): return int.from_bytes(raw(name), 'big')
jwk = json.loads(data)
if jwk['kty'] == 'RSA':
    public = rsa.RSAPublicNumbers(num('e'), num('n'))
    key = rsa.RSAPrivateNumbers(num('p'), num('q'), num('d'), num('dp'), num('dq'), num('qi'), public).private_key()
elif jwk['kty'] == 'EC':
    curve = {'P-256': ec.SECP256R1, 'P-384': ec.SECP384R1, 'P-521': ec.SECP521R1, 'secp256k1': ec.SECP256K1}[jwk['crv']]()
    key = ec.EllipticCurvePrivateNumbers(num('d'), ec.EllipticCurvePublicNumbers(num('x'), num('y'), curve)).private_key()
else:
    kind = {'Ed25519': ed25519.Ed25519PrivateKey, 'Ed448': ed448.Ed448PrivateKey,
            'X25519': x25519.X25519PrivateKey, 'X448': x448.X448PrivateKey}[jwk['crv']]
    key = kind.from_private_bytes(raw('d'))
";

/// Opens a compact JWE as RFC 7516 section 5.2 and RFC 7518 section 4.8 say.
pub(super) const OPENED: &str = "
import base64, json
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
part = lambda text: base64.urlsafe_b64decode(text + b'==')
head, wrapped, nonce, sealed, tag = data.strip().split(b'.')
fields = json.loads(part(head))
salt = fields['alg'].encode() + bytes(1) + part(fields['p2s'].encode())
key = PBKDF2HMAC(hashes.SHA512(), 32, salt, fields['p2c']).derive(word)
key = keywrap.aes_key_unwrap(key, part(wrapped))
data = AESGCM(key).decrypt(part(nonce), part(sealed) + part(tag), head)
";

fn python_jwk(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    let knows = has_openssl(subject.algorithm) && subject.algorithm != Algorithm::Unknown;
    knows.then(|| python_with(lab, OF_NUMBERS))
}

fn python_jwe(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    // What jose opened lies in the file by now.
    if jose_knows(subject.algorithm) {
        std::fs::copy(lab.path("sealed"), lab.path("key")).unwrap();
    }
    has_openssl(subject.algorithm).then(|| python_with(lab, &format!("{OPENED}{OF_NUMBERS}")))
}

/// A certificate for the key, signed by itself, where openssl can make one.
fn certificate(lab: &Lab, subject: &Subject) -> Option<Vec<u8>> {
    certified(subject.algorithm).then(|| {
        std::fs::write(lab.path("own.der"), subject.secret.expose()).unwrap();
        lab.run("openssl req -x509 -new -key own.der -keyform DER -subj /CN=ours -outform DER")
    })
}

#[test]
fn every_form_of_every_algorithm_is_read_back_here_and_by_others() {
    let lab = Lab::new();
    let mut table: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let subjects = subjects(&lab);
    for subject in &subjects {
        let certificate = certificate(&lab, subject);
        for format in Format::private_of(subject.algorithm) {
            let entry = || subject.entry(certificate.iter().map(Vec::as_slice).collect());
            let written = write_private(&[entry()], format, passphrase(format).as_ref()).unwrap();
            ours(subject, format, &written);
            std::fs::write(lab.path("key"), written.expose()).unwrap();
            std::fs::set_permissions(lab.path("key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
            if matches!(format, Format::Pkcs12 | Format::Pkcs12Legacy) {
                let ascii = Passphrase::new(ASCII.to_owned());
                let written = write_private(&[entry()], format, Some(&ascii)).unwrap();
                std::fs::write(lab.path("ascii.p12"), written.expose()).unwrap();
            }
            let row = table.entry((format.name(), subject.algorithm.name())).or_default();
            for (judge, judged) in newer::judges(format).into_iter().chain(judges(format)) {
                let Some(public) = judged(&lab, subject) else { continue };
                assert_eq!(
                    public,
                    *subject.public_key,
                    "{judge} reads another {} from {}",
                    subject.algorithm.name(),
                    format.name()
                );
                row.push(judge);
            }
        }
    }
    let fetched = !newer::judges(Format::Pkcs8).is_empty() && !newer::judges(Format::Ppk).is_empty();
    for ((format, algorithm), judges) in &table {
        assert!(!fetched || judges.len() > 1, "{algorithm} as {format}: {judges:?}");
        println!(
            "{format:<40} {algorithm:<20} {}",
            if judges.is_empty() { "this program alone".to_owned() } else { judges.join(", ") }
        );
    }
}
