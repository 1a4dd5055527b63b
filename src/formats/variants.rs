//! What the specifications allow beside the usual, made by other programs on this machine.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::ber::{self, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::found::{Content, Found, Kind, Place};
use super::live::{Lab, counts, given, said};
use super::recognise::read;
use crate::crypto;
use crate::model::Algorithm;

/// The one private key among what was found, as `crypto` sees it.
fn inspected(found: &[Found]) -> crypto::Inspected {
    let key = found.iter().find_map(|found| match &found.content {
        Ok(Content::Private { pkcs8, public_key, .. }) => Some((pkcs8, public_key)),
        _ => None,
    });
    let (pkcs8, public_key) = key.unwrap_or_else(|| panic!("{}", said(found)));
    crypto::inspect(pkcs8, public_key.as_deref()).unwrap()
}

#[test]
fn a_friendly_name_beyond_the_basic_plane_is_read() {
    let lab = Lab::new();
    for (number, name) in ["🔑 schlüssel", "鍵 𠮷野家"].into_iter().enumerate() {
        let store = format!("store{number}");
        let line = format!(
            "env LC_ALL=C.UTF-8 keytool -genkeypair -keyalg EC -groupname secp256r1 -dname CN=x -keystore {store} -storetype PKCS12 -storepass changeit -alias"
        );
        let words: Vec<String> = line.split(' ').chain([name]).map(str::to_owned).collect();
        lab.run_words(&words);
        let found = read(&lab.bytes(&store), &given(Some("changeit")));
        assert_eq!(counts(&found), [1, 0, 1, 0], "{}", said(&found));
        assert!(found.iter().any(|found| found.place == Place::Entry(name.to_owned())), "{}", said(&found));
    }
}

#[test]
fn a_java_keystore_of_trusted_certificates_alone_needs_no_passphrase() {
    let lab = Lab::new();
    for name in ["one", "two"] {
        lab.run(&format!("openssl req -x509 -newkey ed25519 -nodes -days 9 -subj /CN={name} -keyout {name}.key -out {name}.crt"));
        for kind in ["JKS", "JCEKS", "PKCS12"] {
            lab.run(&format!("keytool -importcert -noprompt -alias {name} -file {name}.crt -keystore {kind} -storetype {kind} -storepass changeit"));
        }
    }
    for kind in ["JKS", "JCEKS"] {
        let found = read(&lab.bytes(kind), &[]);
        assert_eq!(counts(&found), [0, 0, 2, 0], "{kind}: {}", said(&found));
        assert_eq!(found[0].name.as_deref().map(|name| ["one", "two"].contains(&name)), Some(true));
    }
    for kind in ["JKS", "JCEKS", "PKCS12"] {
        assert_eq!(counts(&read(&lab.bytes(kind), &given(Some("changeit")))), [0, 0, 2, 0], "{kind}");
    }
}

#[test]
fn pkcs8_with_attributes_is_kept_byte_for_byte() {
    let key = crypto::generate(Algorithm::EcdsaP256).unwrap();
    let inside = ber::only(key.private.expose(), SEQUENCE).unwrap();
    // RFC 5958 section 2: a friendly name (RFC 2985 section 5.5.1) and the key usage of Microsoft's keys.
    let attribute = |oid: &[u8], value: &[u8]| ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[oid]), &ber::wrap(0x31, &[value])]);
    let name = attribute(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x14], &ber::wrap(0x1e, &[&[0, b'x']]));
    let usage = attribute(&[0x55, 0x1d, 0x0f], &[3, 2, 0, 0x80]);
    let with = ber::wrap(SEQUENCE, &[inside, &ber::wrap(0xa0, &[&name, &usage])]);
    let found = read(&with, &[]);
    let inspected = inspected(&found);
    assert_eq!((inspected.algorithm, inspected.pkcs8.expose()), (Algorithm::EcdsaP256, &with[..]));
}

#[test]
fn each_label_of_pem_is_read_or_said_to_hold_no_key() {
    let lab = Lab::new();
    lab.run("openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=x -keyout key -out crt");
    lab.run("openssl req -new -key key -subj /CN=x -out csr");
    lab.run("openssl crl2pkcs7 -nocrl -certfile crt -out p7");
    lab.run("openssl rsa -in key -RSAPublicKey_out -out rsapub");
    lab.run("openssl pkey -in key -pubout -out pub");
    let relabelled = |name: &str, from: &str, to: &str| String::from_utf8(lab.bytes(name)).unwrap().replace(from, to);
    let cases = [
        ("crt", "CERTIFICATE", "X509 CERTIFICATE", Kind::Certificate),
        ("crt", "CERTIFICATE", "TRUSTED CERTIFICATE", Kind::Certificate),
        ("csr", "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", Kind::Request),
        ("p7", "PKCS7", "CMS", Kind::Certificate),
        ("p7", "PKCS7", "PKCS #7 SIGNED DATA", Kind::Certificate),
        ("rsapub", "", "", Kind::Spki),
        ("pub", "PUBLIC KEY", "RSA PUBLIC KEY", Kind::Spki),
        ("key", "PRIVATE KEY", "ANY PRIVATE KEY", Kind::Pkcs8),
        ("key", "PRIVATE KEY", "RSA PRIVATE KEY", Kind::Pkcs8),
    ];
    for (name, from, to, kind) in cases {
        let found = read(relabelled(name, from, to).as_bytes(), &[]);
        assert!(found.len() == 1 && found[0].kind == kind && found[0].content.is_ok(), "{name} as {to}: {}", said(&found));
    }
    for (command, what) in [
        ("openssl ecparam -name P-256", "A curve without a key is not read."),
        ("openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048", "A set of parameters without a key is not read."),
        (
            "openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024",
            "A set of parameters without a key is not read.",
        ),
    ] {
        let found = read(&lab.run(command), &[]);
        assert_eq!(
            found[0].content.as_ref().err().map(ToString::to_string).as_deref(),
            Some(what),
            "{command}: {}",
            said(&found)
        );
    }
}

#[test]
fn ed448_and_x448_as_json_web_keys_are_read() {
    let lab = Lab::new();
    for (algorithm, curve, bytes) in [("ED448", "Ed448", 57), ("X448", "X448", 56), ("X25519", "X25519", 32)] {
        let pkcs8 = lab.run(&format!("openssl genpkey -algorithm {algorithm} -outform DER"));
        std::fs::write(lab.path("key"), &pkcs8).unwrap();
        let spki = lab.run("openssl pkey -inform DER -in key -pubout -outform DER");
        let [d, x] = [&pkcs8, &spki].map(|der| Base64UrlUnpadded::encode_string(&der[der.len() - bytes..]));
        let private = format!(r#"{{"kty":"OKP","crv":"{curve}","x":"{x}","d":"{d}"}}"#);
        let inspected = inspected(&read(private.as_bytes(), &[]));
        assert_eq!(inspected.public_key.as_deref(), Some(&spki[..]), "{curve}");
        let public = format!(r#"{{"keys":[{{"kty":"OKP","crv":"{curve}","x":"{x}"}}]}}"#);
        let found = read(public.as_bytes(), &[]);
        assert!(matches!(&found[..], [Found { content: Ok(Content::Public(read)), .. }] if **read == *spki), "{}", said(&found));
    }
}

#[test]
fn diffie_hellman_and_other_keys_that_are_not_known_are_kept_whole() {
    let lab = Lab::new();
    let dh = lab.run("openssl genpkey -algorithm DH -pkeyopt group:ffdhe2048 -outform DER");
    let odd = ber::wrap(
        SEQUENCE,
        &[&[INTEGER, 1, 0], &ber::wrap(SEQUENCE, &[&ber::wrap(OID, &[&[0x2a, 3, 4]])]), &ber::wrap(OCTET_STRING, &[b"key"])],
    );
    for key in [&dh[..], &odd] {
        let inspected = inspected(&read(key, &[]));
        assert_eq!((inspected.algorithm, inspected.pkcs8.expose()), (Algorithm::Unknown, key));
    }
}
