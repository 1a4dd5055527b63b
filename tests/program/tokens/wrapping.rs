//! Keys under a key that lies in a token, both ways. Debian's `openssl` and Python's `cryptography` are at the other end.

use std::process::Command;

use super::super::support::{end_of, skip};
use super::shell::Desk;

const KEY_ABOVE: [u8; 32] = *b"an AES key that the test knows..";

const PYTHON: &str = r"
import sys
from cryptography.hazmat.primitives import keywrap, serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
above = open('above', 'rb').read()
def public(key, name):
    open(name, 'wb').write(key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo))
def der(key):
    return key.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
if sys.argv[1] == 'make':
    for name, key in [('p256', ec.generate_private_key(ec.SECP256R1())), ('p384', ec.generate_private_key(ec.SECP384R1())),
                      ('p521', ec.generate_private_key(ec.SECP521R1())), ('rsa2048', rsa.generate_private_key(65537, 2048)),
                      ('ed25519', ed25519.Ed25519PrivateKey.generate())]:
        public(key, name + '.public')
        open(name + '.wrapped', 'wb').write(keywrap.aes_key_wrap_with_padding(above, der(key)))
    open('aes.wrapped', 'wb').write(keywrap.aes_key_wrap(above, bytes(range(32))))
else:
    how = {'aes-kwp': keywrap.aes_key_unwrap_with_padding, 'aes-kw': keywrap.aes_key_unwrap}[sys.argv[2]]
    plain = how(above, open(sys.argv[3], 'rb').read())
    public(s.load_der_private_key(plain, None), 'opened')
";

fn python(desk: &Desk, arguments: &[&str]) {
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-c", PYTHON]).args(arguments).current_dir(desk.home.path(""));
    let ended = end_of(command);
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
}

/// A key above in the token whose bytes the test knows: it came in under an RSA key of the token, wrapped by `openssl`.
fn with_key_above(test: &str) -> Option<Desk> {
    let mut trial = Command::new("/usr/bin/python3");
    trial.args(["-c", "import cryptography"]);
    if end_of(trial).code != Some(0) {
        skip(test, "python3-cryptography is not installed");
        return None;
    }
    let desk = Desk::added(test)?;
    desk.open(&["generate", "carrier", "--algorithm", "rsa2048", "--store", "hsm"]).done();
    desk.run(&["export", "carrier", "--format", "spki-pem", "--out", &desk.place("carrier.public")], None).done();
    std::fs::write(desk.home.path("above"), KEY_ABOVE).unwrap();
    let encrypt = ["pkeyutl", "-encrypt", "-pubin", "-inkey", "carrier.public", "-pkeyopt", "rsa_padding_mode:oaep"];
    desk.openssl(&[&encrypt[..], &["-in", "above", "-out", "above.wrapped"]].concat());
    let unwrap = ["unwrap", "above", "--in", &desk.place("above.wrapped"), "--under", "carrier", "--algorithm", "aes256"];
    let said = desk.open(&unwrap).done().text();
    assert!(said.contains("It existed outside of it before"), "{said}");
    Some(desk)
}

#[test]
fn what_others_wrapped_becomes_a_key_of_the_token() {
    let Some(desk) = with_key_above("what_others_wrapped_becomes_a_key_of_the_token") else { return };
    python(&desk, &["make"]);
    let before = desk.hsm.tool(&["--list-objects", "--type", "privkey"]).matches("Private Key Object").count();
    let all = ["p256", "p384", "p521", "rsa2048"];
    for algorithm in all {
        let (wrapped, public) = (desk.place(&format!("{algorithm}.wrapped")), desk.place(&format!("{algorithm}.public")));
        let unwrap = ["unwrap", algorithm, "--in", &wrapped, "--under", "above", "--algorithm", algorithm];
        // The public half of an RSA key is in what is wrapped.
        let named: &[&str] = if algorithm == "rsa2048" { &[] } else { &["--public", &public] };
        desk.open(&[&unwrap[..], named].concat()).done();
        let exported = desk.place(&format!("{algorithm}.exported"));
        desk.run(&["export", algorithm, "--format", "spki-pem", "--out", &exported], None).done();
        let text = |path: &str| std::fs::read_to_string(path).unwrap();
        assert_eq!(text(&exported), text(&public), "{algorithm}");
        let csr = desk.place(&format!("{algorithm}.csr"));
        desk.open(&["request", algorithm, "--subject", "CN=a.example", "--out", &csr]).done();
        assert!(desk.openssl(&["req", "-in", &csr, "-verify", "-noout"]).contains("verify OK"), "{algorithm}");
    }
    let listed = desk.hsm.tool(&["--list-objects", "--type", "privkey"]);
    assert_eq!(listed.matches("Private Key Object").count(), before + all.len());
    assert_eq!(listed.matches("never extractable").count(), before, "it is not claimed of what existed outside: {listed}");
    assert_eq!(listed.matches("Access:     sensitive").count(), before + all.len(), "{listed}");
    // SoftHSM 2.6 knows no Edwards curve here (CKR_FUNCTION_FAILED), and says so before anything is there.
    let (wrapped, public) = (desk.place("ed25519.wrapped"), desk.place("ed25519.public"));
    let edwards = ["unwrap", "ed", "--in", &wrapped, "--under", "above", "--algorithm", "ed25519", "--public", &public];
    assert!(desk.open(&edwards).with(3).stderr.contains("UnwrapKey answered FunctionFailed"));
    let aes = ["unwrap", "aes", "--in", &desk.place("aes.wrapped"), "--under", "above", "--algorithm", "aes256"];
    desk.open(&[&aes[..], &["--format", "aes-kw"]].concat()).done();
    assert!(desk.open(&["reconcile", "hsm"]).done().stderr.contains("versions are as the log knows them"));
    let told = desk.run(&["audit", "show"], None).done().text();
    assert!(told.contains("unwrapped where it lies") && told.contains("p256.wrapped, under above"), "{told}");
    desk.run(&["audit", "verify"], None).done();
}

#[test]
fn others_open_what_a_key_of_the_token_wrapped() {
    let Some(desk) = with_key_above("others_open_what_a_key_of_the_token_wrapped") else { return };
    let mut wrapped = Vec::new();
    for algorithm in ["p256", "p384", "p521", "rsa2048", "ed25519"] {
        desk.run(&["generate", algorithm, "--algorithm", algorithm], None).done();
        desk.run(&["policy", "set", "--key", algorithm, "exportable=yes"], None).done();
        let out = desk.place(&format!("{algorithm}.wrapped"));
        let ended = desk.open(&["wrap", algorithm, "--under", "above", "--out", &out]);
        if ended.code == Some(3) {
            // SoftHSM 2.6 fills up to whole blocks with zeros what it wraps; that is found out, and not given out.
            assert!(ended.stderr.contains("hsm does not wrap a secret of this length as"), "{}", ended.stderr);
            assert!(!desk.home.path(&format!("{algorithm}.wrapped")).exists());
            continue;
        }
        assert!(ended.done().text().contains("under above"));
        wrapped.push(algorithm);
        python(&desk, &["open", "aes-kwp", &out]);
        let public = desk.place(&format!("{algorithm}.public"));
        desk.run(&["export", algorithm, "--format", "spki-pem", "--out", &public], None).done();
        let text = |name: &str| std::fs::read_to_string(desk.home.path(name)).unwrap();
        assert_eq!(text("opened"), text(&format!("{algorithm}.public")), "{algorithm}");
    }
    println!("wrapped: {wrapped:?}");
    assert!(wrapped.contains(&"ed25519"), "its PKCS#8 has 48 bytes: {wrapped:?}");
    let told = desk.run(&["audit", "show"], None).done().text();
    assert!(told.contains("above"), "{told}");
    // RFC 3394 takes whole blocks alone; which a pair is, is a matter of its encoding.
    let out = desk.place("kw.wrapped");
    let ended = desk.open(&["wrap", "rsa2048", "--under", "above", "--format", "aes-kw", "--out", &out]);
    match ended.code {
        Some(0) => python(&desk, &["open", "aes-kw", &out]),
        _ => assert!(ended.with(2).stderr.contains("Choose aes-kwp instead")),
    }
    desk.open(&["wrap", "p256", "--under", "above", "--format", "rsa-oaep", "--out", &desk.place("no")]).with(2);
    // What lies in the token is wrapped under nothing.
    let stays = desk.open(&["wrap", "carrier", "--under", "above", "--out", &desk.place("no")]).with(4);
    assert!(!desk.home.path("no").exists(), "{}", stays.stderr);
}

#[test]
fn what_does_not_open_leaves_nothing_behind() {
    let Some(desk) = with_key_above("what_does_not_open_leaves_nothing_behind") else { return };
    python(&desk, &["make"]);
    let objects = || desk.hsm.tool(&["--list-objects"]).matches("Object;").count();
    let before = objects();
    let (wrapped, public) = (desk.place("p256.wrapped"), desk.place("p256.public"));
    let unwrap = |arguments: &[&str]| desk.open(&[&["unwrap", "new", "--under", "above"], arguments].concat());
    let no_public = unwrap(&["--in", &wrapped, "--algorithm", "p256"]).with(2);
    assert!(no_public.stderr.contains("does not follow from what is wrapped"), "{}", no_public.stderr);
    // The public half of another key.
    desk.run(&["generate", "other", "--algorithm", "p256"], None).done();
    desk.run(&["export", "other", "--format", "spki-pem", "--out", &desk.place("other.public")], None).done();
    unwrap(&["--in", &wrapped, "--algorithm", "p256", "--public", &desk.place("other.public")]).with(3);
    assert_eq!(objects(), before, "what does not sign as its public half says goes again");
    let mut bytes = std::fs::read(&wrapped).unwrap();
    bytes[20] ^= 1;
    std::fs::write(desk.home.path("damaged"), bytes).unwrap();
    let damaged = unwrap(&["--in", &desk.place("damaged"), "--algorithm", "p256", "--public", &public]).with(3);
    println!("{}", damaged.stderr);
    std::fs::write(desk.home.path("short"), "short").unwrap();
    unwrap(&["--in", &desk.place("short"), "--algorithm", "p256", "--public", &public]).with(3);
    // What is an RSA key is no key of a curve.
    unwrap(&["--in", &desk.place("rsa2048.wrapped"), "--algorithm", "p256", "--public", &public]).with(3);
    let format = unwrap(&["--in", &wrapped, "--algorithm", "p256", "--public", &public, "--format", "rsa-oaep"]).with(2);
    assert!(format.stderr.contains("Under above nothing is unwrapped as rsa-oaep"), "{}", format.stderr);
    assert_eq!(objects(), before);
    // Its name is free: nothing was made.
    unwrap(&["--in", &wrapped, "--algorithm", "p256", "--public", &public]).done();
    desk.run(&["generate", "soft", "--algorithm", "rsa2048"], None).done();
    let soft = ["unwrap", "newer", "--under", "soft", "--in", &wrapped, "--algorithm", "p256", "--public", &public];
    assert!(desk.open(&soft).with(2).stderr.contains("which gives keys out"));
}
