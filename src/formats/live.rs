//! What other programs write on this machine, now, is read here: the private keys of openssl; `live_stores` has the
//! keystores and certificates. A key is compared by the public
//! half that openssl derives, of their file and of what was read.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::found::{Content, Found, Kind, Reason};
use super::recognise::read;
use crate::model::Algorithm;
use crate::secret::Passphrase;

pub(super) const PASSPHRASE: &str = "pässword 1234";
const LEGACY: [&str; 4] = ["-provider", "default", "-provider", "legacy"];

pub(super) struct Lab(TempDir);

impl Lab {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a line of words in the folder; `PASS` is the passphrase.
    pub(super) fn run(&self, line: &str) -> Vec<u8> {
        self.run_words(&line.split_whitespace().map(|word| word.replace("PASS", PASSPHRASE)).collect::<Vec<_>>())
    }

    pub(super) fn run_words(&self, words: &[String]) -> Vec<u8> {
        let run =
            Command::new(&words[0]).args(&words[1..]).current_dir(self.0.path()).env("HOME", self.0.path()).output().unwrap();
        assert!(run.status.success(), "{words:?}: {}", String::from_utf8_lossy(&run.stderr));
        run.stdout
    }

    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The public half of a private key in PKCS#8 DER, as openssl sees it.
    pub(super) fn public_half(&self, pkcs8: &[u8]) -> Vec<u8> {
        std::fs::write(self.path("read.der"), pkcs8).unwrap();
        self.run("openssl pkey -inform DER -in read.der -pubout -outform DER")
    }

    /// Reads a file that holds one private key, which has to have this public half.
    fn expect(&self, name: &str, passphrase: Option<&str>, kind: Kind, public_half: &[u8]) {
        let found = read(&self.bytes(name), &given(passphrase));
        let [Found { kind: read_kind, content: Ok(Content::Private { pkcs8, public_key, encrypted }), .. }] = found.as_slice()
        else {
            panic!("{name}: {}", said(&found));
        };
        assert_eq!(*read_kind, kind, "{name}");
        assert_eq!(*encrypted, passphrase.is_some(), "{name}");
        assert_eq!(self.public_half(pkcs8.expose()), public_half, "{name}");
        if let Some(beside) = public_key {
            assert_eq!(**beside, *public_half, "{name}");
        }
    }

    /// The same, and that neither another passphrase nor none opens it.
    pub(super) fn expect_under_passphrase(&self, name: &str, kind: Kind, public_half: &[u8]) {
        self.expect(name, Some(PASSPHRASE), kind, public_half);
        let reason = |passphrase| match read(&self.bytes(name), &given(passphrase)).swap_remove(0).content {
            Ok(_) => panic!("{name} opened with {passphrase:?}"),
            Err(reason) => reason,
        };
        assert_eq!(reason(None), Reason::PassphraseNeeded, "{name}");
        let wrong = reason(Some("not it"));
        assert!(matches!(wrong, Reason::WrongPassphrase | Reason::WrongPassphraseOrDamaged), "{name}: {wrong}");
    }
}

pub(super) fn given(passphrase: Option<&str>) -> Vec<Passphrase> {
    passphrase.into_iter().map(|passphrase| Passphrase::new(passphrase.to_owned())).collect()
}

/// What was found, in words, for the message of a failed test.
pub(super) fn said(found: &[Found]) -> String {
    let one = |found: &Found| {
        let content = match &found.content {
            Ok(Content::Private { .. }) => "private key".to_owned(),
            Ok(Content::Symmetric { .. }) => "symmetric key".to_owned(),
            Ok(Content::Public(_)) => "public key".to_owned(),
            Ok(Content::Certificate(_)) => "certificate".to_owned(),
            Ok(Content::SshCertificate { .. }) => "SSH certificate".to_owned(),
            Ok(Content::Request { .. }) => "request".to_owned(),
            Ok(Content::RevocationList(_)) => "revocation list".to_owned(),
            Err(reason) => reason.to_string(),
        };
        format!("{} at {}: {content}", found.kind.id(), found.place)
    };
    found.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// How many of each content there are: private, symmetric, certificates, revocation lists.
pub(super) fn counts(found: &[Found]) -> [usize; 4] {
    let count = |is: fn(&Content) -> bool| found.iter().filter(|found| found.content.as_ref().is_ok_and(is)).count();
    [
        count(|content| matches!(content, Content::Private { .. })),
        count(|content| matches!(content, Content::Symmetric { .. })),
        count(|content| matches!(content, Content::Certificate(_))),
        count(|content| matches!(content, Content::RevocationList(_))),
    ]
}

/// Every algorithm of openssl's private keys in each plain form it has.
#[test]
fn the_private_keys_of_openssl() {
    let lab = Lab::new();
    let algorithms = [
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", Some(Kind::Pkcs1)),
        ("-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", None),
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3", Some(Kind::Pkcs1)),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", Some(Kind::Sec1)),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-384", Some(Kind::Sec1)),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-521", Some(Kind::Sec1)),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", Some(Kind::Sec1)),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1", Some(Kind::Sec1)),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:sect283k1", Some(Kind::Sec1)),
        ("-algorithm ED25519", None),
        ("-algorithm ED448", None),
        ("-algorithm X25519", None),
        ("-algorithm X448", None),
        ("-paramfile dsa.params", Some(Kind::DsaPrivate)),
    ];
    lab.run("openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out dsa.params");
    for (algorithm, own) in algorithms {
        lab.run(&format!("openssl genpkey {algorithm} -out key.pem"));
        let public_half = lab.run("openssl pkey -in key.pem -pubout -outform DER");
        lab.expect("key.pem", None, Kind::Pkcs8, &public_half);
        lab.run("openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der");
        lab.expect("key.der", None, Kind::Pkcs8, &public_half);
        let plain = read(&lab.bytes("key.der"), &[]);
        let Ok(Content::Private { pkcs8, .. }) = &plain[0].content else { panic!() };
        assert_eq!(pkcs8.expose(), lab.bytes("key.der"), "{algorithm}: kept byte for byte");
        if let Some(own) = own {
            for form in ["PEM", "DER"] {
                lab.run(&format!("openssl pkey -in key.pem -traditional -outform {form} -out own"));
                lab.expect("own", None, own, &public_half);
            }
        }
        lab.run("openssl pkey -in key.pem -pubout -out public.pem");
        let found = read(&lab.bytes("public.pem"), &[]);
        assert!(matches!(&found[0].content, Ok(Content::Public(der)) if **der == *public_half), "{}", said(&found));
    }
    lab.run("openssl genrsa -traditional -out rsa.pem 2048");
    lab.run("openssl rsa -in rsa.pem -RSAPublicKey_out -out rsa.pub");
    let public_half = lab.run("openssl rsa -in rsa.pem -pubout -outform DER");
    let found = read(&lab.bytes("rsa.pub"), &[]);
    assert!(matches!(&found[0].content, Ok(Content::Public(der)) if **der == *public_half), "{}", said(&found));
}

#[test]
fn elliptic_curves_written_out_and_parameters_before_the_key() {
    let lab = Lab::new();
    for curve in ["P-256", "P-384", "secp224r1", "P-521", "secp256k1", "brainpoolP384r1", "prime192v1"] {
        for point in ["uncompressed", "compressed", "hybrid"] {
            lab.run(&format!("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve} -out named.pem"));
            let public_half = lab.run("openssl pkey -in named.pem -pubout -outform DER");
            lab.run(&format!("openssl ec -in named.pem -param_enc explicit -conv_form {point} -out explicit.pem"));
            lab.run(&format!("openssl pkey -in named.pem -ec_param_enc explicit -ec_conv_form {point} -out explicit8.pem"));
            lab.run(&format!(
                "openssl pkey -in named.pem -ec_param_enc explicit -ec_conv_form {point} -pubout -out explicit.pub"
            ));
            for (name, kind) in [("explicit.pem", Kind::Sec1), ("explicit8.pem", Kind::Pkcs8)] {
                let found = read(&lab.bytes(name), &[]);
                let Ok(Content::Private { pkcs8, .. }) = &found[0].content else { panic!("{curve} {name}: {}", said(&found)) };
                std::fs::write(lab.path("read.der"), pkcs8.expose()).unwrap();
                let read_half = lab.run("openssl pkey -inform DER -in read.der -ec_conv_form uncompressed -pubout -outform DER");
                assert_eq!((found[0].kind, read_half), (kind, public_half.clone()), "{curve} {point}");
            }
            let found = read(&lab.bytes("explicit.pub"), &[]);
            let Ok(Content::Public(named)) = &found[0].content else { panic!("{curve}: {}", said(&found)) };
            assert!(named.len() < 2 * public_half.len(), "the curve has its name");
        }
    }
    lab.run("openssl ecparam -genkey -name prime256v1 -out both.pem");
    let public_half = lab.run("openssl pkey -in both.pem -pubout -outform DER");
    lab.expect("both.pem", None, Kind::Sec1, &public_half);
    lab.run("openssl ecparam -genkey -name prime256v1 -param_enc explicit -out both.pem");
    let public_half = lab.run("openssl ec -in both.pem -param_enc named_curve -pubout -outform DER");
    lab.expect("both.pem", None, Kind::Sec1, &public_half);
    // A generator of its own makes another curve, whatever else is the same.
    let mut changed = lab.run("openssl ec -in both.pem -param_enc explicit -outform DER");
    let generator = memchr::memmem::find(&changed, &crate::model::hex::decode("046b17d1f2").unwrap()).unwrap();
    changed[generator + 40] ^= 1;
    let found = read(&changed, &[]);
    let Ok(Content::Private { pkcs8, public_key, .. }) = &found[0].content else { panic!("{}", said(&found)) };
    let inspected = crate::crypto::inspect(pkcs8, public_key.as_deref()).unwrap();
    assert_eq!((inspected.algorithm, inspected.public_key), (Algorithm::Unknown, None), "it is not P-256");
    assert!(memchr::memmem::find(pkcs8.expose(), &changed).is_some(), "and is kept whole");
}

#[test]
fn every_scheme_of_pkcs8() {
    let lab = Lab::new();
    lab.run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem");
    let public_half = lab.run("openssl pkey -in key.pem -pubout -outform DER");
    let old = [
        "MD5-DES",
        "SHA1-DES",
        "MD5-RC2-64",
        "SHA1-RC2-64",
        "SHA1-RC4-128",
        "SHA1-RC4-40",
        "SHA1-3DES",
        "SHA1-2DES",
        "SHA1-RC2-128",
        "SHA1-RC2-40",
    ];
    let mut schemes: Vec<String> = old.iter().map(|scheme| format!("-v1 PBE-{scheme}")).collect();
    let ciphers = [
        "aes-128-cbc",
        "aes-192-cbc",
        "aes-256-cbc",
        "des3",
        "des-cbc",
        "rc2-cbc",
        "rc2-40-cbc",
        "rc2-64-cbc",
        "bf-cbc",
        "cast5-cbc",
        "camellia-128-cbc",
        "camellia-192-cbc",
        "camellia-256-cbc",
        "aria-128-cbc",
        "aria-192-cbc",
        "aria-256-cbc",
    ];
    schemes.extend(ciphers.iter().map(|cipher| format!("-v2 {cipher}")));
    let prfs = ["SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA512-224", "SHA512-256"];
    schemes.extend(prfs.iter().map(|prf| format!("-v2 aes256 -v2prf hmacWith{prf}")));
    schemes.extend(
        ["-scrypt", "-scrypt -v2 aes128 -scrypt_N 1024 -scrypt_r 8 -scrypt_p 2", "-v2 aes256 -iter 1"].map(str::to_owned),
    );
    for scheme in schemes {
        for form in ["PEM", "DER"] {
            let mut words: Vec<String> =
                "openssl pkcs8 -topk8 -in key.pem -out encrypted -passout".split(' ').map(str::to_owned).collect();
            words.push(format!("pass:{PASSPHRASE}"));
            words.extend(scheme.split(' ').chain(["-outform", form]).chain(LEGACY).map(str::to_owned));
            lab.run_words(&words);
            println!("{scheme}");
            lab.expect_under_passphrase("encrypted", Kind::Pkcs8Encrypted, &public_half);
        }
    }
}

#[test]
fn the_old_encrypted_pem_of_openssl() {
    let lab = Lab::new();
    lab.run("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem");
    lab.run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out ec.pem");
    for (kind, key) in [("rsa", "rsa.pem"), ("ec", "ec.pem")] {
        let public_half = lab.run(&format!("openssl pkey -in {key} -pubout -outform DER"));
        let ciphers = [
            "aes128",
            "aes192",
            "aes256",
            "des3",
            "des",
            "camellia128",
            "camellia256",
            "aria128",
            "aria256",
            "bf",
            "cast",
            "des-ede-cbc",
            "rc2-cbc",
        ];
        for cipher in ciphers {
            let mut words: Vec<String> =
                format!("openssl {kind} -in {key} -{cipher} -out old -passout").split(' ').map(str::to_owned).collect();
            words.push(format!("pass:{PASSPHRASE}"));
            words.extend((kind == "rsa").then(|| "-traditional".to_owned()));
            words.extend(LEGACY.map(str::to_owned));
            lab.run_words(&words);
            lab.expect_under_passphrase("old", Kind::OldPem, &public_half);
        }
    }
    let seed = String::from_utf8(lab.bytes("old")).unwrap().replace("RC2-CBC", "SEED-CBC");
    assert_eq!(
        read(seed.as_bytes(), &[])[0].content.as_ref().err().unwrap().to_string(),
        "Encryption with the cipher SEED-CBC is not read."
    );
}
