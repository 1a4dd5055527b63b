//! Keys of a transit engine, with OpenSSL and the server's own command as judges.

use keystead::crypto::{self, SignatureHash};
use keystead::formats::spki;
use keystead::model::hex;
use keystead::network::bao::{BaoError, KeyType, NewTransitKey, Scheme, TransitConfig};
use keystead::secret::SecretBytes;

use super::server::Bao;

const INSIDE: fn(KeyType) -> NewTransitKey = |key_type| NewTransitKey { key_type, exportable: false };

/// Whether OpenSSL finds that a signature of a file fits.
fn fits(bao: &Bao, public_key: &[u8], message: &[u8], signature: &[u8], options: &str) {
    bao.file("key.pem", spki::to_pem(public_key));
    bao.file("message", message);
    bao.file("signature", signature);
    let said = match options {
        "raw" => bao.openssl("pkeyutl -verify -pubin -inkey key.pem -rawin -in message -sigfile signature"),
        options => bao.openssl(&format!("dgst {options} -verify key.pem -signature signature message")),
    };
    assert!(said.contains("Verified OK") || said.contains("Verified Successfully"), "{said}");
}

#[test]
fn keys_of_every_type_are_made_and_what_they_sign_openssl_verifies() {
    let Some(bao) = Bao::with_transit("openbao_keys") else { return };
    let server = bao.root();
    let transit = server.transit("transit");
    let cases = [
        (KeyType::EcdsaP256, "-sha256"),
        (KeyType::EcdsaP384, "-sha384"),
        (KeyType::EcdsaP521, "-sha512"),
        (KeyType::Ed25519, "raw"),
        (KeyType::Rsa2048, "-sha256"),
        (KeyType::Rsa3072, "-sha256"),
        (KeyType::Rsa4096, "-sha256"),
    ];
    for (key_type, options) in cases {
        let name = key_type.word();
        let made = transit.create(name, INSIDE(key_type)).unwrap();
        assert!(!made.exportable && !made.derived && !made.deletion_allowed && !made.imported && made.latest == 1);
        let public_key = made.versions[0].public_key.clone().unwrap();
        assert_eq!(crypto::algorithm_of(&public_key).unwrap(), key_type.algorithm());
        let scheme = Scheme::of(key_type.algorithm()).unwrap();
        let signature = transit.sign(name, Some(1), scheme, b"message").unwrap();
        fits(&bao, &public_key, b"message", &signature, options);
        assert!(crypto::verify(&public_key, b"message", &signature).unwrap());
        assert!(transit.verify(name, 1, scheme, b"message", &signature).unwrap());
        assert!(!transit.verify(name, 1, scheme, b"massage", &signature).unwrap());
        assert_eq!(transit.create(name, INSIDE(key_type)), Err(BaoError::Occupied(name.into())));
        assert!(matches!(transit.export(name, key_type, 1), Err(BaoError::Invalid(_))), "it never leaves");
    }
    for key_type in [KeyType::Aes128, KeyType::Aes256, KeyType::Hmac] {
        let made = transit.create(key_type.word(), INSIDE(key_type)).unwrap();
        assert_eq!((made.key_type, made.versions[0].public_key.as_deref()), (key_type, None));
        assert_eq!(made.versions[0].created.is_some(), key_type != KeyType::Hmac);
    }
    let listed = bao.bao(["list", "-format=json", "transit/keys"]);
    KeyType::MADE.iter().for_each(|key_type| assert!(listed.contains(key_type.word()), "{listed}"));
}

#[test]
fn rsa_signs_in_both_ways_with_every_hash() {
    let Some(bao) = Bao::with_transit("openbao_rsa") else { return };
    let server = bao.root();
    let transit = server.transit("transit");
    let made = transit.create("rsa", INSIDE(KeyType::Rsa2048)).unwrap();
    let public_key = made.versions[0].public_key.clone().unwrap();
    for (hash, word) in
        [(SignatureHash::Sha256, "-sha256"), (SignatureHash::Sha384, "-sha384"), (SignatureHash::Sha512, "-sha512")]
    {
        let signature = transit.sign("rsa", None, Scheme::pkcs1(hash), b"message").unwrap();
        fits(&bao, &public_key, b"message", &signature, word);
        let signature = transit.sign("rsa", None, Scheme::pss(hash), b"message").unwrap();
        fits(
            &bao,
            &public_key,
            b"message",
            &signature,
            &format!("{word} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"),
        );
        assert!(transit.verify("rsa", 1, Scheme::pss(hash), b"message", &signature).unwrap());
    }
}

#[test]
fn an_hmac_is_the_one_that_openssl_makes() {
    let Some(bao) = Bao::with_transit("openbao_hmac") else { return };
    let server = bao.root();
    let transit = server.transit("transit");
    transit.create("mac", NewTransitKey { key_type: KeyType::Hmac, exportable: true }).unwrap();
    let key = transit.export("mac", KeyType::Hmac, 1).unwrap();
    bao.file("message", "message");
    let hex = hex::encode(key.expose());
    let said = bao.openssl(&format!("dgst -sha256 -mac HMAC -macopt hexkey:{hex} message"));
    let mac = hex::encode(&transit.hmac("mac", Some(1), b"message").unwrap());
    assert!(said.trim().ends_with(&mac), "{said} {mac}");
}

#[test]
fn a_rotation_is_made_once_and_the_old_version_goes_on_verifying() {
    let Some(bao) = Bao::with_transit("openbao_rotate") else { return };
    let server = bao.root();
    let transit = server.transit("transit");
    let first = transit.create("turned", INSIDE(KeyType::EcdsaP256)).unwrap();
    let scheme = Scheme::of(first.key_type.algorithm()).unwrap();
    let old = transit.sign("turned", Some(1), scheme, b"message").unwrap();
    let second = transit.rotate("turned", first.latest).unwrap();
    assert_eq!((second.latest, second.versions.len()), (2, 2));
    // Asked again with what was recorded before it, as after a crash: it was made already.
    assert_eq!(transit.rotate("turned", first.latest).unwrap().latest, 2);
    assert!(transit.verify("turned", 1, scheme, b"message", &old).unwrap());
    // What somebody made at the server is seen.
    bao.bao(["write", "-f", "transit/keys/turned/rotate"]);
    assert_eq!(transit.read("turned").unwrap().versions.iter().map(|version| version.number).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn minimum_versions_hold_and_what_is_trimmed_is_gone() {
    let Some(bao) = Bao::with_transit("openbao_minimum") else { return };
    let server = bao.root();
    let transit = server.transit("transit");
    transit.create("old", INSIDE(KeyType::Ed25519)).unwrap();
    let scheme = Scheme::of(KeyType::Ed25519.algorithm()).unwrap();
    let signature = transit.sign("old", Some(1), scheme, b"message").unwrap();
    transit.rotate("old", 1).unwrap();
    let both = TransitConfig { min_decryption_version: Some(2), min_encryption_version: Some(2), deletion_allowed: None };
    assert_eq!(transit.configure("old", &both).unwrap().min_decryption, 2);
    assert!(matches!(transit.sign("old", Some(1), scheme, b"message"), Err(BaoError::Invalid(_))));
    assert!(!matches!(transit.verify("old", 1, scheme, b"message", &signature), Ok(true)));
    let left = transit.trim("old", 2).unwrap();
    assert_eq!((left.min_available, left.versions.len()), (2, 1));
    let down = TransitConfig { min_decryption_version: Some(1), ..TransitConfig::default() };
    assert!(matches!(transit.configure("old", &down), Err(BaoError::Invalid(_))), "it cannot come back");
    transit.delete("old").unwrap();
    assert!(matches!(transit.read("old"), Err(BaoError::Absent { .. })));
    assert!(matches!(transit.delete("old"), Err(BaoError::Absent { .. })));
    assert!(!bao.try_bao(super::server::ROOT, &["read", "transit/keys/old"]).0);
}

#[test]
fn what_is_brought_in_signs_as_before_and_comes_out_again() {
    let Some(bao) = Bao::with_transit("openbao_import") else { return };
    let server = bao.root();
    let transit = server.transit("transit");
    let types = [KeyType::EcdsaP256, KeyType::EcdsaP384, KeyType::EcdsaP521, KeyType::Ed25519, KeyType::Rsa2048];
    for key_type in types {
        let name = key_type.word();
        let pair = crypto::generate(key_type.algorithm()).unwrap();
        let there = transit.import(name, key_type, true, &pair.private).unwrap();
        assert!(there.imported && there.exportable);
        assert_eq!(there.versions[0].public_key.as_deref(), Some(&*pair.public_key));
        let scheme = Scheme::of(key_type.algorithm()).unwrap();
        let signature = transit.sign(name, Some(1), scheme, b"message").unwrap();
        assert!(crypto::verify(&pair.public_key, b"message", &signature).unwrap());
        let out = transit.export(name, key_type, 1).unwrap();
        assert_eq!(crypto::public_key(&out).unwrap(), (key_type.algorithm(), pair.public_key));
        assert!(matches!(transit.import(name, key_type, true, &pair.private), Err(BaoError::Occupied(_))));
        let outside = transit.import(&format!("{name}-kept"), key_type, false, &pair.private).unwrap();
        assert!(!outside.exportable);
        assert!(matches!(transit.export(&outside.name, key_type, 1), Err(BaoError::Invalid(_))));
    }
    for (key_type, length) in [(KeyType::Aes128, 16), (KeyType::Aes256, 32), (KeyType::Hmac, 32)] {
        let secret = SecretBytes::new((0..length).collect());
        transit.import(key_type.word(), key_type, true, &secret).unwrap();
        assert!(transit.export(key_type.word(), key_type, 1).unwrap().same_as(&secret), "{key_type:?}");
    }
    let twelve = SecretBytes::new(vec![7; 12]);
    let error = transit.import("short", KeyType::Aes256, false, &twelve).unwrap_err();
    assert!(matches!(error, BaoError::Invalid(_) | BaoError::Fault { .. }), "{error}");
    assert!(matches!(transit.read("short"), Err(BaoError::Absent { .. })));
}

#[test]
fn a_batch_of_signatures_is_a_request_a_hundred() {
    let Some(bao) = Bao::with_transit("openbao_batch") else { return };
    let server = bao.root();
    let transit = server.transit("transit");
    let made = transit.create("many", INSIDE(KeyType::EcdsaP256)).unwrap();
    let public_key = made.versions[0].public_key.clone().unwrap();
    let scheme = Scheme::of(made.key_type.algorithm()).unwrap();
    let texts: Vec<String> = (0..250).map(|number| format!("message {number}")).collect();
    let messages: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    let before = server.requests();
    let signatures = transit.sign_all("many", Some(1), scheme, &messages).unwrap();
    assert_eq!(server.requests() - before, 3, "a hundred a request");
    assert_eq!(signatures.len(), messages.len());
    for (message, signature) in messages.iter().zip(&signatures) {
        assert!(crypto::verify(&public_key, message, signature).unwrap());
    }
    assert!(transit.sign_all("many", Some(1), scheme, &[]).unwrap().is_empty());
}

#[test]
fn a_listing_is_two_requests_a_hundred_keys_at_most() {
    let Some(bao) = Bao::with_transit("openbao_list") else { return };
    let server = bao.root();
    let transit = server.transit("transit");
    assert!(transit.list().unwrap().is_empty());
    // More than a page of them, made with as few steps as they can be.
    let names: Vec<String> = (0..1_050).map(|number| format!("key-{number:05}")).collect();
    std::thread::scope(|scope| {
        for part in names.chunks(210) {
            let server = &server;
            scope.spawn(move || {
                part.iter().for_each(|name| drop(server.transit("transit").create(name, INSIDE(KeyType::Ed25519)).unwrap()));
            });
        }
    });
    let before = server.requests();
    assert_eq!(transit.list().unwrap(), names);
    let sent = server.requests() - before;
    assert!(sent * 100 <= 2 * names.len() as u64, "{sent} requests");
    assert_eq!(sent, 2, "a page has a thousand names");
}
