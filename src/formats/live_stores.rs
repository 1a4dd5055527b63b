//! The keystores that openssl, certtool, pk12util and keytool write on this machine, and certificates, are read here.

use std::path::Path;

use super::found::{Content, Found, Kind, Place, Reason, SymmetricKind};
use super::live::{Lab, PASSPHRASE, counts, given, said};
use super::recognise::read;
use crate::secret::Passphrase;

/// A key and a certificate of openssl's.
fn pair(lab: &Lab, name: &str) -> Vec<u8> {
    lab.run(&format!(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN={name} -keyout {name}.key -out {name}.crt"
    ));
    lab.run(&format!("openssl pkey -in {name}.key -pubout -outform DER"))
}

/// A private key that was found: with what, its PKCS#8, and the public half beside it.
type Half<'a> = (&'a Found, &'a [u8], Option<&'a [u8]>);

fn private_halves(found: &[Found]) -> Vec<Half<'_>> {
    fn half(found: &Found) -> Option<Half<'_>> {
        match &found.content {
            Ok(Content::Private { pkcs8, public_key, .. }) => Some((found, pkcs8.expose(), public_key.as_deref())),
            _ => None,
        }
    }
    found.iter().filter_map(half).collect()
}

#[test]
fn the_keystores_of_openssl() {
    let lab = Lab::new();
    let public_half = pair(&lab, "one");
    pair(&lab, "two");
    pair(&lab, "three");
    std::fs::write(lab.path("more.crt"), [lab.bytes("two.crt"), lab.bytes("three.crt")].concat()).unwrap();
    let forms = [
        "",
        "-legacy",
        "-legacy -descert",
        "-keypbe NONE -certpbe NONE",
        "-nomac",
        "-macalg sha512",
        "-macalg sha1 -maciter",
        "-keypbe AES-128-CBC -certpbe AES-192-CBC -macalg sha384",
        "-keypbe PBE-SHA1-RC2-40 -certpbe PBE-SHA1-RC4-40 -legacy",
        "-keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-RC4-128 -legacy",
        "-certpbe NONE",
        "-noiter -nomaciter",
    ];
    for form in forms {
        for passphrase in [PASSPHRASE, ""] {
            let mut words: Vec<String> =
                "openssl pkcs12 -export -inkey one.key -in one.crt -certfile more.crt -out store.p12 -name"
                    .split(' ')
                    .map(str::to_owned)
                    .collect();
            words.extend(["shop ключ".to_owned(), "-passout".to_owned(), format!("pass:{passphrase}")]);
            words.extend(form.split_whitespace().map(str::to_owned));
            lab.run_words(&words);
            let bytes = lab.bytes("store.p12");
            let found = read(&bytes, &given(Some(passphrase)));
            assert_eq!(counts(&found), [1, 0, 3, 0], "{form}: {}", said(&found));
            let [(key, pkcs8, beside)] = private_halves(&found)[..] else { panic!() };
            assert_eq!(key.name.as_deref(), Some("shop ключ"));
            assert_eq!(key.place, Place::Entry("shop ключ".to_owned()));
            assert_eq!(lab.public_half(pkcs8), public_half);
            assert_eq!(beside.unwrap(), public_half, "{form}");
            let others: [&[&str]; 2] = [&[], &["not it", "nor this"]];
            for other in others {
                let passphrases: Vec<Passphrase> = other.iter().map(|other| Passphrase::new((*other).to_owned())).collect();
                let found = read(&bytes, &passphrases);
                if passphrase.is_empty() {
                    assert_eq!(counts(&found), [1, 0, 3, 0], "{form}: the empty passphrase is tried: {}", said(&found));
                } else if !form.contains("NONE -certpbe NONE") && form != "-nomac" && form != "-certpbe NONE" {
                    let expected = if other.is_empty() { Reason::PassphraseNeeded } else { Reason::WrongPassphrase };
                    assert_eq!(found[0].content.as_ref().err(), Some(&expected), "{form}: {}", said(&found));
                }
            }
        }
    }
    // Damaged is told from a wrong passphrase: the key opens, the check does not hold.
    let mut words: Vec<String> = "openssl pkcs12 -export -inkey one.key -in one.crt -certpbe NONE -out store.p12 -passout"
        .split(' ')
        .map(str::to_owned)
        .collect();
    words.push(format!("pass:{PASSPHRASE}"));
    lab.run_words(&words);
    let mut changed = lab.bytes("store.p12");
    let at = memchr::memmem::find(&changed, b"\x0c\x03one").unwrap();
    changed[at + 2] = b'O';
    let found = read(&changed, &given(Some(PASSPHRASE)));
    assert!(matches!(&found[0].content, Err(Reason::Malformed(what)) if what.contains("integrity")), "{}", said(&found));
    assert_eq!(read(&changed, &given(Some("not it")))[0].content.as_ref().err(), Some(&Reason::WrongPassphrase));
}

#[test]
fn the_keystores_and_keys_of_gnutls() {
    let lab = Lab::new();
    let public_half = pair(&lab, "one");
    for cipher in ["3des", "3des-pkcs12", "aes-128", "aes-256", "rc2-40", "arcfour"] {
        let mut words: Vec<String> = format!("certtool --to-p12 --load-privkey one.key --load-certificate one.crt --p12-name=shop --outder --outfile store.p12 --pkcs-cipher={cipher} --password=").split(' ').map(str::to_owned).collect();
        *words.last_mut().unwrap() += PASSPHRASE;
        lab.run_words(&words);
        let found = read(&lab.bytes("store.p12"), &given(Some(PASSPHRASE)));
        assert_eq!(counts(&found), [1, 0, 1, 0], "{cipher}: {}", said(&found));
        let [(_, pkcs8, beside)] = private_halves(&found)[..] else { panic!() };
        assert_eq!((lab.public_half(pkcs8), beside.unwrap()), (public_half.clone(), &public_half[..]));
        let mut words: Vec<String> =
            format!("certtool --to-p8 --load-privkey one.key --outfile key8.pem --pkcs-cipher={cipher} --password=")
                .split(' ')
                .map(str::to_owned)
                .collect();
        *words.last_mut().unwrap() += PASSPHRASE;
        lab.run_words(&words);
        lab.expect_under_passphrase("key8.pem", Kind::Pkcs8Encrypted, &public_half);
    }
    for kind in ["rsa", "ecdsa", "ed25519", "dsa"] {
        lab.run(&format!("certtool --generate-privkey --key-type={kind} --outfile key.pem"));
        let public_half = lab.run("openssl pkey -in key.pem -pubout -outform DER");
        // Text stands before the block, and for some kinds it is a form of its own.
        let found = read(&lab.bytes("key.pem"), &[]);
        let halves = private_halves(&found);
        assert_eq!(halves.len(), 1, "{kind}: {}", said(&found));
        assert_eq!(lab.public_half(halves[0].1), public_half, "{kind}");
    }
}

#[test]
fn the_keystores_of_nss() {
    let lab = Lab::new();
    std::fs::create_dir(lab.path("db")).unwrap();
    std::fs::write(lab.path("noise"), [7; 64]).unwrap();
    std::fs::write(lab.path("passphrase"), PASSPHRASE).unwrap();
    lab.run("certutil -N -d sql:db --empty-password");
    lab.run("certutil -S -d sql:db -n first -s CN=first -x -t ,, -k ec -q nistp256 -z noise");
    lab.run("certutil -S -d sql:db -n second -s CN=second -x -t ,, -k rsa -g 2048 -z noise");
    let ciphers = [
        "",
        "-c AES-128-CBC -C AES-128-CBC",
        "-c AES-256-CBC -C AES-256-CBC -M SHA-512",
        "-c DES-EDE3-CBC -C RC2-CBC",
        "-C none",
        "-c CAMELLIA-256-CBC",
    ];
    // NSS derives its keys slowly, so each way of closing a keystore is tried with one of the keys.
    for (number, cipher) in ciphers.into_iter().enumerate() {
        let name = if number % 2 == 0 { "first" } else { "second" };
        lab.run(&format!("pk12util -o store.p12 -n {name} -d sql:db -w passphrase {cipher}"));
        let found = read(&lab.bytes("store.p12"), &given(Some(PASSPHRASE)));
        assert_eq!(counts(&found), [1, 0, 1, 0], "{cipher}: {}", said(&found));
        let [(key, pkcs8, beside)] = private_halves(&found)[..] else { panic!() };
        assert_eq!(lab.public_half(pkcs8), beside.unwrap(), "{cipher}");
        assert_eq!(key.name.as_deref(), Some(name));
    }
}

#[test]
fn the_keystores_of_java() {
    let lab = Lab::new();
    let keytool = |rest: &str| lab.run(&format!("keytool {rest} -keystore store.p12 -storetype PKCS12 -storepass changeit"));
    keytool("-genkeypair -alias first -keyalg EC -groupname secp256r1 -dname CN=first");
    keytool("-genkeypair -alias second -keyalg RSA -keysize 2048 -dname CN=second");
    keytool("-genseckey -alias third -keyalg AES -keysize 256");
    keytool("-genseckey -alias fourth -keyalg HmacSHA256 -keysize 256");
    let found = read(&lab.bytes("store.p12"), &given(Some("changeit")));
    assert_eq!(counts(&found), [2, 2, 2, 0], "{}", said(&found));
    for (key, pkcs8, beside) in private_halves(&found) {
        assert_eq!(lab.public_half(pkcs8), beside.unwrap());
        assert!(["first", "second"].contains(&key.name.as_deref().unwrap()));
    }
    let lengths: Vec<(SymmetricKind, usize)> = found
        .iter()
        .filter_map(|found| match &found.content {
            Ok(Content::Symmetric { secret, cipher, .. }) => Some((*cipher, secret.expose().len())),
            _ => None,
        })
        .collect();
    assert_eq!(lengths.len(), 2);
    assert!(
        lengths.contains(&(SymmetricKind::Aes, 32)) && lengths.iter().any(|(kind, _)| *kind == SymmetricKind::Hmac),
        "{lengths:?}"
    );
}

#[test]
fn certificates_requests_and_revocation_lists() {
    let lab = Lab::new();
    let public_half = pair(&lab, "one");
    pair(&lab, "two");
    let certificate = lab.run("openssl x509 -in one.crt -outform DER");
    let one = |name: &str| read(&lab.bytes(name), &[]);
    let is_one = |found: &[Found]| matches!(&found[0].content, Ok(Content::Certificate(der)) if **der == *certificate);
    lab.run("openssl x509 -in one.crt -trustout -setalias shop -addtrust serverAuth -out trusted.pem");
    for name in ["one.crt", "trusted.pem"] {
        let found = one(name);
        assert!(found.len() == 1 && is_one(&found), "{name}: {}", said(&found));
        assert_eq!(found[0].name.as_deref(), name.starts_with("trusted").then_some("shop"), "{name}");
    }
    let old = String::from_utf8(lab.bytes("one.crt")).unwrap().replace("CERTIFICATE-", "WRONG LABEL-");
    assert!(is_one(&read(old.as_bytes(), &[])), "content wins over the label");
    for new in ["", "-newhdr"] {
        lab.run(&format!("openssl req -new -key one.key -subj /CN=shop {new} -out one.csr"));
        let found = one("one.csr");
        assert!(
            matches!(&found[0].content, Ok(Content::Request { public_key, .. }) if **public_key == *public_half),
            "{}",
            said(&found)
        );
    }
    std::fs::write(
        lab.path("ca.cnf"),
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=9\ncrlnumber=number\n",
    )
    .unwrap();
    std::fs::write(lab.path("index"), "").unwrap();
    std::fs::write(lab.path("number"), "01\n").unwrap();
    lab.run("openssl ca -config ca.cnf -gencrl -keyfile one.key -cert one.crt -out list.pem");
    assert_eq!(counts(&one("list.pem")), [0, 0, 0, 1]);
    for form in ["PEM", "DER"] {
        lab.run(&format!("openssl crl2pkcs7 -in list.pem -certfile one.crt -certfile two.crt -outform {form} -out bag"));
        assert_eq!(counts(&one("bag")), [0, 0, 2, 1], "{}", said(&one("bag")));
        lab.run(&format!("openssl cms -sign -in index -binary -nodetach -signer one.crt -inkey one.key -certfile two.crt -outform {form} -out signed"));
        assert_eq!(counts(&one("signed")), [0, 0, 2, 0], "{}", said(&one("signed")));
        // Streamed CMS is BER with indefinite lengths and strings in pieces.
        lab.run(&format!(
            "openssl cms -sign -in one.crt -stream -binary -nodetach -signer one.crt -inkey one.key -outform {form} -out streamed"
        ));
        assert_eq!(counts(&one("streamed")), [0, 0, 1, 0], "{}", said(&one("streamed")));
    }
    let mut text = lab.run("openssl x509 -in one.crt -text");
    text.extend(lab.run("openssl x509 -in two.crt -text"));
    assert_eq!(counts(&read(&text, &[])), [0, 0, 2, 0]);
}

/// The path of a program that a test needs is asked for in one place: packaging/packages.txt names its package.
#[test]
fn the_programs_are_there() {
    for program in ["openssl", "certtool", "certutil", "pk12util", "keytool"] {
        let found =
            std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|folder| Path::new(&folder).join(program).exists());
        assert!(found, "{program} is missing; packaging/packages.txt names its package");
    }
}
