//! Against OpenSSL: what it makes is understood, and what is made of it is what OpenSSL says.

use super::{genpkey, oid, openssl, pkcs8, public_of, secret, tlv};
use crate::crypto::{algorithm_of, generate, inspect, sign, verify};
use crate::model::Algorithm;

/// Every algorithm that OpenSSL 3.0 makes, with the words that make it.
fn made() -> Vec<(Algorithm, Vec<String>)> {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let rsa = [1024, 1536, 2048, 2056, 3072, 4096]
        .map(|bits: u16| (Algorithm::rsa(bits), words(&format!("-algorithm RSA -pkeyopt rsa_keygen_bits:{bits}"))));
    let pss = "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits";
    let pss_with = format!(
        "{pss}:2048 -pkeyopt rsa_pss_keygen_md:sha384 -pkeyopt rsa_pss_keygen_mgf1_md:sha384 -pkeyopt rsa_pss_keygen_saltlen:40"
    );
    let others = [
        (Algorithm::RsaPss(1024), format!("{pss}:1024")),
        (Algorithm::RsaPss(2048), pss_with),
        (Algorithm::EcdsaP256, "-algorithm EC -pkeyopt ec_paramgen_curve:P-256".to_owned()),
        (Algorithm::EcdsaP384, "-algorithm EC -pkeyopt ec_paramgen_curve:P-384".to_owned()),
        (Algorithm::EcdsaP521, "-algorithm EC -pkeyopt ec_paramgen_curve:P-521".to_owned()),
        (Algorithm::EcdsaSecp256k1, "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1".to_owned()),
        (Algorithm::Ed25519, "-algorithm ED25519".to_owned()),
        (Algorithm::Ed448, "-algorithm ED448".to_owned()),
        (Algorithm::X25519, "-algorithm X25519".to_owned()),
        (Algorithm::X448, "-algorithm X448".to_owned()),
    ];
    rsa.into_iter().chain(others.map(|(algorithm, text)| (algorithm, words(&text)))).collect()
}

fn made_now(words: &[String]) -> Vec<u8> {
    genpkey(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The identifier of PSS in a public key that OpenSSL derives is followed by the parameters, as here.
#[test]
fn every_key_of_openssl_has_the_public_half_that_openssl_says() {
    for (algorithm, words) in made() {
        let key = made_now(&words);
        let public = public_of(&key);
        let found = inspect(&secret(&key), Some(&public)).unwrap();
        assert_eq!(found.algorithm, algorithm, "{words:?}");
        assert_eq!(found.public_key.as_deref(), Some(&public[..]), "{words:?}");
        assert_eq!(found.pkcs8.expose(), key, "{words:?}");
        assert!(!found.rewritten);
        assert_eq!(algorithm_of(&public).unwrap(), algorithm);
    }
}

#[test]
fn a_large_rsa_key_of_openssl_is_understood() {
    let key = genpkey(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:8192"]);
    let found = inspect(&secret(&key), None).unwrap();
    assert_eq!((found.algorithm.id(), found.public_key.as_deref()), ("rsa8192", Some(&public_of(&key)[..])));
}

#[test]
fn a_dsa_key_of_openssl_is_legacy_and_signs_nothing() {
    for (bits, subgroup) in [("1024", "160"), ("2048", "256")] {
        let (size, q) = (format!("dsa_paramgen_bits:{bits}"), format!("dsa_paramgen_q_bits:{subgroup}"));
        let parameters = openssl(&["genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", &size, "-pkeyopt", &q], b"");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), parameters).unwrap();
        let key = genpkey(&["-paramfile", file.path().to_str().unwrap()]);
        let public = public_of(&key);
        let found = inspect(&secret(&key), Some(&public)).unwrap();
        assert_eq!(found.algorithm, Algorithm::Dsa(bits.parse().unwrap()));
        assert!(found.algorithm.is_legacy());
        assert_eq!(found.public_key.as_deref(), Some(&public[..]));
        let refused = sign(&secret(&key), found.algorithm, b"m").unwrap_err();
        assert_eq!(refused.to_string(), format!("DSA {bits} keys sign nothing here."));
        assert!(verify(&public, b"m", b"s").is_err());
    }
}

/// Signatures go both ways: OpenSSL verifies those made here, and those it makes are verified here.
#[test]
fn openssl_and_keystead_verify_each_others_signatures() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("message"), b"message").unwrap();
    for (algorithm, words) in made().into_iter().filter(|(algorithm, _)| algorithm.signs()) {
        let key = made_now(&words);
        std::fs::write(path("key"), &key).unwrap();
        std::fs::write(path("public"), public_of(&key)).unwrap();
        std::fs::write(path("signature"), sign(&secret(&key), algorithm, b"message").unwrap()).unwrap();
        let digest: Vec<&str> = match algorithm {
            Algorithm::Ed25519 | Algorithm::Ed448 => vec!["-rawin"],
            Algorithm::EcdsaP384 => vec!["-rawin", "-digest", "sha384"],
            Algorithm::EcdsaP521 => vec!["-rawin", "-digest", "sha512"],
            Algorithm::RsaPss(2048) => vec!["-rawin", "-digest", "sha384", "-pkeyopt", "rsa_pss_saltlen:40"],
            Algorithm::RsaPss(_) => vec!["-rawin", "-digest", "sha256", "-pkeyopt", "rsa_pss_saltlen:32"],
            _ => vec!["-rawin", "-digest", "sha256"],
        };
        let (message, signature) = (path("message"), path("signature"));
        let common = ["-keyform", "DER", "-in", &message, "-sigfile", &signature, "-inkey"];
        let answer = openssl(&[&["pkeyutl", "-verify", "-pubin"], &common[..], &[&path("public")], &digest].concat(), b"");
        assert!(String::from_utf8_lossy(&answer).contains("Verified Successfully"), "{}", algorithm.name());
        let common = ["-keyform", "DER", "-in", &message, "-inkey"];
        let theirs = openssl(&[&["pkeyutl", "-sign"], &common[..], &[&path("key")], &digest].concat(), b"");
        assert!(verify(&public_of(&key), b"message", &theirs).unwrap(), "{}", algorithm.name());
        assert!(!verify(&public_of(&key), b"massage", &theirs).unwrap(), "{}", algorithm.name());
    }
}

#[test]
fn keys_that_agree_on_secrets_sign_nothing() {
    for (algorithm, name) in [(Algorithm::X25519, "X25519"), (Algorithm::X448, "X448")] {
        let key = genpkey(&["-algorithm", name]);
        assert_eq!(sign(&secret(&key), algorithm, b"m").unwrap_err().to_string(), format!("{name} keys sign nothing here."));
        assert_eq!(
            generate(algorithm).err().unwrap().to_string(),
            format!("{name} keys are kept and not made here. Choose another algorithm.")
        );
    }
}

/// OpenSSL 3.0 refuses the form that has the public half inside, so it is stored without.
#[test]
fn a_public_half_inside_is_taken_out_for_openssl() {
    for (name, prefix) in [("ED25519", 12), ("ED448", 12), ("X25519", 12)] {
        let key = genpkey(&["-algorithm", name]);
        let public = public_of(&key);
        let bits = &public[prefix..];
        // SEQUENCE { 1, algorithm, key, [1] public }
        let inside = tlv(0x81, &[&[0], bits]);
        let with = tlv(0x30, &[&[2, 1, 1], &key[5..], &inside]);
        let found = inspect(&secret(&with), None).unwrap();
        assert!(found.rewritten);
        assert_eq!(found.pkcs8.expose(), key, "{name}");
        assert_eq!(found.public_key.as_deref(), Some(&public[..]));
    }
}

#[test]
fn attributes_stay_when_the_public_half_is_taken_out() {
    let key = genpkey(&["-algorithm", "ED25519"]);
    let attributes = tlv(0xa0, &[&tlv(0x30, &[&oid("1.2.840.113549.1.9.20"), &tlv(0x31, &[&tlv(0x1e, &[b"\0k"])])])]);
    let plain = tlv(0x30, &[&key[2..], &attributes]);
    assert_eq!(inspect(&secret(&plain), None).unwrap().pkcs8.expose(), plain);
    let public = tlv(0x81, &[&[0], &public_of(&key)[12..]]);
    let with = tlv(0x30, &[&[2, 1, 1], &key[5..], &attributes, &public]);
    let found = inspect(&secret(&with), None).unwrap();
    assert_eq!(found.pkcs8.expose(), plain);
    assert_eq!(public_of(found.pkcs8.expose()), public_of(&key));
}

#[test]
fn an_unknown_algorithm_is_kept_whole() {
    let brainpool = genpkey(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"]);
    let gost = pkcs8(&[&oid("1.2.643.7.1.1.1.1"), &[5, 0]], b"whatever it keeps");
    for (key, name) in [(brainpool, "1.2.840.10045.2.1"), (gost, "1.2.643.7.1.1.1.1")] {
        let found = inspect(&secret(&key), Some(b"not looked at")).unwrap();
        assert_eq!((found.algorithm, found.public_key.as_deref()), (Algorithm::Unknown, None));
        assert_eq!(found.pkcs8.expose(), key);
        assert_eq!(found.oid().unwrap(), name);
        assert!(sign(&secret(&key), Algorithm::Unknown, b"m").is_err());
        assert!(crate::crypto::public_key(&secret(&key)).is_err());
    }
}

#[test]
fn explicit_curve_parameters_are_kept_as_unknown() {
    let words = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"];
    let key = genpkey(&words);
    let found = inspect(&secret(&key), None).unwrap();
    assert_eq!(found.algorithm, Algorithm::Unknown);
    assert_eq!(found.pkcs8.expose(), key);
}
